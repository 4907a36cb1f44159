/** The rollup behind the figures: one statement counts new rows and says how far it has come. */
import { ANALYTICS_ROWS_MAX, ANALYTICS_STEP_MAX, BUCKET_MS, type Counted } from "../../core/analytics.ts";
import type { Mode, Ms, Scope } from "../../core/model.ts";
import type { Analytics, AnalyticsWish } from "../../core/ports/analytics.ts";
import { added, at, beginOf, bucket, deliveryOf, markText, toldRows, toldSums } from "./analytics-sums.ts";
import { rebuildOf } from "./analytics-rebuild.ts";
import type { Database } from "./connect.ts";
import { queryOf, settledBefore, type Query } from "./lists.ts";
import { todayOf } from "./overview.ts";

/**
 * Over the pool of the lists: it may be slow, and must not hold up a payment.
 * @param stepMax events and deliveries of one step
 * @param rowsMax sums that make one answer
 */
export function analyticsOf(database: Database, stepMax = ANALYTICS_STEP_MAX, rowsMax = ANALYTICS_ROWS_MAX): Analytics {
  const query = queryOf(database);
  return {
    async turns(now, before, limit) {
      const values = [now, before, limit];
      let rows = await query("analytics_turns", turnsText, values);
      // Merchants without a row yet are looked for only when nothing else is due.
      if (rows.length === 0 && (await query("analytics_scopes", scopesText, [])).length > 0)
        rows = await query("analytics_turns", turnsText, values);
      return rows.map((row) => ({ merchantId: row.merchant_id as string, mode: row.mode as Mode }));
    },
    rollUp: (scope, now) => rollUp(query, scope, { now, stepMax }),
    async upTo({ merchantId, mode }) {
      const [row] = await query("analytics_up_to", "select up_to from analytics_marks where merchant_id = $1 and mode = $2", [
        merchantId,
        mode,
      ]);
      return (row?.up_to ?? null) as Ms | null;
    },
    read: (scope, wish) => read(query, scope, wish, rowsMax),
    today: (scope, now, zone) => todayOf(query, scope, { now, zone }),
    async ofAccounts({ merchantId, mode }, from) {
      const rows = await query("analytics_accounts", accountsText, [merchantId, mode, from]);
      return rows.map((row) => ({
        what: row.what as "attempt" | "latency",
        accountId: row.account_id as string,
        outcome: row.outcome as string,
        count: row.count as number,
      }));
    },
    ...rebuildOf(query, stepMax),
  };
}

const accountsText = `select account_id, what, outcome, sum(count)::float8 as count from analytics
  where merchant_id = $1 and mode = $2 and what in ('attempt', 'latency') and at >= date_trunc('hour', to_timestamp($3::float8 / 1000), 'UTC')
  group by account_id, what, outcome`;

async function rollUp(query: Query, { merchantId, mode }: Scope, { now, stepMax }: { now: Ms; stepMax: number }): Promise<boolean> {
  const scope = [merchantId, mode] as const;
  const [mark] = await query("analytics_mark", markText, scope);
  if (!mark) return false;
  // Asked before the rows are read: see `settledBefore`.
  const [events, deliveries] = [await settledBefore(query, { name: "events" }), await settledBefore(query, { name: "deliveries" })];
  const [told] = await query("analytics_events", eventsText, [...scope, mark.version, mark.at, mark.event_id, events, stepMax, now]);
  if (told!.kept === 0) return false;
  const version = (mark.version as number) + 1;
  const [owed] = await query("analytics_deliveries", deliveriesText, [
    ...scope,
    version,
    mark.delivery_at,
    mark.delivery_id,
    deliveries,
    stepMax,
    now,
  ]);
  return told!.rows === stepMax || owed!.rows === stepMax;
}

async function read(query: Query, { merchantId, mode }: Scope, wish: AnalyticsWish, rowsMax: number): ReturnType<Analytics["read"]> {
  const { by, zone, from, to } = wish;
  const times = await query("analytics_times", timesText, [from, to, by, zone]);
  if (times.length === 0) return { times: [], rows: [], isCut: false };
  const [first, after] = [times[0]!.at, times.at(-1)!.next] as Ms[];
  const group = wish.group ?? "''";
  const rows = await query(`analytics_${wish.group ?? "all"}`, sumsText(group), [
    merchantId,
    mode,
    wish.what,
    first,
    after,
    by,
    zone,
    rowsMax + 1,
  ]);
  return {
    times: times.map((row) => row.at as Ms),
    rows: rows.slice(0, rowsMax) as unknown as Counted[],
    isCut: rows.length > rowsMax,
  };
}

const turnsText = `
with mine as materialized (
  select merchant_id, mode from analytics_marks where turn_at < ${at(2)} order by turn_at limit $3::int for update skip locked
)
update analytics_marks m set turn_at = ${at(1)} from mine where m.merchant_id = mine.merchant_id and m.mode = mine.mode
returning m.merchant_id, m.mode`;

const scopesText = `
insert into analytics_marks (merchant_id, mode, turn_at, version, committed, event_id, delivery_committed, delivery_id)
select m.id, o.mode, '-infinity', 1, '0', '', '0', '' from merchants m cross join (values ('test'), ('live')) o(mode)
where not exists (select from analytics_marks c where c.merchant_id = m.id and c.mode = o.mode) limit 100
on conflict do nothing returning merchant_id`;

const eventsText = `
with told as materialized (
  select e.id, e.committed, e.payment_id, e.type, e.closes, e.created_at from events e
  where (e.merchant_id || e.mode) collate "C" = $1::text || $2::text and (e.committed, e.id) > ($4::xid8, $5) and e.committed < $6::xid8
  order by e.committed, e.id limit $7::int
), last as (
  select committed, id, created_at from told order by committed desc, id desc limit 1
), kept as (
  update analytics_marks m set version = m.version + 1, committed = coalesce((select committed from last), m.committed),
    event_id = coalesce((select id from last), m.event_id),
    up_to = case when (select count(*) from told) = $7::int then (select created_at from last) else ${at(8)} end
  where m.merchant_id = $1 and m.mode = $2 and m.version = $3::int returning 1
), ${toldRows}, written as (${added(toldSums)}
)
select (select count(*) from told)::int as rows, (select count(*) from kept)::int as kept`;

/** A webhook counts where it was owed, by the way it first ended: who is sent it again by hand does not change that. */
const deliveriesText = `
with fresh as materialized (
  select d.id, d.committed, d.status, d.channel, d.created_at, d.endpoint_id from deliveries d
  where (d.merchant_id || d.mode) collate "C" = $1::text || $2::text and (d.committed, d.id) > ($4::xid8, $5) and d.committed < $6::xid8
  order by d.committed, d.id limit $7::int
), last as (
  select committed, id from fresh order by committed desc, id desc limit 1
), kept as (
  update analytics_marks m set version = m.version + 1, delivery_committed = coalesce((select committed from last), m.delivery_committed),
    delivery_id = coalesce((select id from last), m.delivery_id)
  where m.merchant_id = $1 and m.mode = $2 and m.version = $3::int returning 1
), again as materialized (
  select w.delivery_id as id, coalesce(d.status, 'gone') as status, d.created_at, d.endpoint_id from (
    select delivery_id from analytics_owed where merchant_id = $1 and mode = $2 order by looked_at limit $7::int) w
  left join lateral ${deliveryOf("w.delivery_id")} d on true
), owed as (
  insert into analytics_owed (merchant_id, mode, delivery_id, looked_at) select $1, $2, f.id, ${at(8)} from fresh f
  where f.status = 'pending' and f.channel = 'webhook' and (select count(*) from kept) > 0
), looked as (
  update analytics_owed w set looked_at = ${at(8)} from again g
  where w.merchant_id = $1 and w.mode = $2 and w.delivery_id = g.id and g.status = 'pending' and (select count(*) from kept) > 0
), ended as (
  delete from analytics_owed w using again g
  where w.merchant_id = $1 and w.mode = $2 and w.delivery_id = g.id and g.status <> 'pending' and (select count(*) from kept) > 0
), written as (${added(`
  select 'webhook' as what, ${bucket("d.created_at")} as at, '' as currency, '' as connector, d.endpoint_id as account_id, '' as method, d.status as outcome,
    '' as reason, 0 as amount
  from (select status, created_at, endpoint_id from fresh where channel = 'webhook' union all select status, created_at, endpoint_id from again) d
  where d.status in ('succeeded', 'failed', 'canceled')`)}
)
select (select count(*) from fresh)::int as rows`;

/** All hours or days of the zone, also those of 23 and 25 hours: a quarter of an hour is in one of them. */
const timesText = `
select distinct ${beginOf("q.at", "$3", "$4")} as at,
  case $3 when 'day' then ${beginOf("((date_trunc('day', q.at at time zone $4) + interval '1 day') at time zone $4)", "$3", "$4")}
    else date_trunc('hour', q.at, $4) + interval '1 hour' end as next
from generate_series(date_trunc($3, ${at(1)}, $4), ${at(2)} - interval '1 millisecond', interval '${BUCKET_MS} milliseconds') q(at) order by 1`;

const sumsText = (group: string): string => `
select round(extract(epoch from ${beginOf("a.at", "$6", "$7")}) * 1000)::float8 as at, a.what, a.currency, ${group} as "group", a.outcome, a.reason,
  sum(a.count)::float8 as count, sum(a.amount)::float8 as amount
from analytics a
where a.merchant_id = $1 and a.mode = $2 and a.what = any($3::text[]) and a.at >= ${at(4)} and a.at < ${at(5)}
group by 1, 2, 3, 4, 5, 6 order by 1 limit $8::int`;
