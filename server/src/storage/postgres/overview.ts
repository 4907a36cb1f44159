/** How today stands: the sums that were rolled up, and beside them the rows that were not yet, in one statement each. */
import { OVERVIEW_ROWS_MAX } from "../../core/analytics.ts";
import type { Ms, Scope } from "../../core/model.ts";
import type { Today } from "../../core/ports/analytics.ts";
import { at, beginOf, deliveryOf, toldRows, toldSums } from "./analytics-sums.ts";
import type { Query } from "./lists.ts";

export async function todayOf(
  query: Query,
  { merchantId, mode }: Scope,
  { now, zone }: { readonly now: Ms; readonly zone: string },
): Promise<Today> {
  const scope = [merchantId, mode] as const;
  const values = [...scope, now, zone, OVERVIEW_ROWS_MAX];
  const [sums, webhooks, open] = await Promise.all([
    query("overview_sums", sumsText, values),
    query("overview_webhooks", webhooksText, values),
    query("overview_open", openText, [...scope, OVERVIEW_ROWS_MAX]),
  ]);
  const [day, owed, counts] = [sums[0]!, webhooks[0]!, open[0]!] as Record<string, number>[];
  return {
    from: day!.begins!,
    to: day!.ends!,
    rows: sums.filter((row) => row.what !== null) as unknown as Today["rows"],
    webhooks: { succeeded: owed!.succeeded!, failed: owed!.failed!, pending: owed!.pending!, retrying: owed!.retrying! },
    unknownAttempts: counts!.unknown!,
    openCases: counts!.cases!,
    isBehind: [day!.told!, owed!.fresh!, owed!.again!].includes(OVERVIEW_ROWS_MAX),
  };
}

const zone = "$4::text";
const midnightAfter = `((date_trunc('day', ${at(3)} at time zone ${zone}) + interval '1 day') at time zone ${zone})`;
const day = `day(begins, ends) as materialized (select ${beginOf(at(3), "'day'", zone)}, ${beginOf(midnightAfter, "'day'", zone)})`;

/**
 * The mark and the sums are moved together, and one statement sees both as of one moment. So each event that it sees is in the sums or after
 * the mark, and none is in both.
 */
const sumsText = `
with ${day}, mark as materialized (
  select committed, event_id from analytics_marks where merchant_id = $1 and mode = $2
), told as materialized (
  select e.id, e.payment_id, e.type, e.closes, e.created_at from events e
  where (e.merchant_id || e.mode) collate "C" = $1::text || $2::text
    and (e.committed, e.id) > (coalesce((select committed from mark), '0'), coalesce((select event_id from mark), ''))
  order by e.committed, e.id limit $5::int
), ${toldRows}, counted as (
  select what, currency, outcome, count, amount from analytics
  where merchant_id = $1 and mode = $2 and what in ('payment', 'captured', 'refunded')
    and at >= (select begins from day) and at < (select ends from day)
  union all
  select n.what, n.currency, n.outcome, 1, n.amount from (${toldSums}) n
  where n.what in ('payment', 'captured', 'refunded') and n.at >= (select begins from day) and n.at < (select ends from day)
), sums as (
  select what, currency, outcome, sum(count)::float8 as count, sum(amount)::float8 as amount from counted group by 1, 2, 3
)
select d.begins, d.ends, (select count(*) from told)::int as told, s.what, s.currency, s.outcome, s.count, s.amount
from day d left join sums s on true order by s.what, s.currency, s.outcome`;

/** In the same way, with the list of those that had not ended when they were met. */
const webhooksText = `
with ${day}, mark as materialized (
  select delivery_committed as committed, delivery_id from analytics_marks where merchant_id = $1 and mode = $2
), fresh as materialized (
  select d.channel, d.status, d.tries, d.last_status_code as code, d.created_at from deliveries d
  where (d.merchant_id || d.mode) collate "C" = $1::text || $2::text
    and (d.committed, d.id) > (coalesce((select committed from mark), '0'), coalesce((select delivery_id from mark), ''))
  order by d.committed, d.id limit $5::int
), again as materialized (
  select d.channel, d.status, d.tries, d.last_status_code as code, d.created_at
  from (select delivery_id from analytics_owed where merchant_id = $1 and mode = $2 limit $5::int) w
  cross join lateral ${deliveryOf("w.delivery_id")} d
), met as (
  select * from fresh where channel = 'webhook' union all select * from again
), ended as (
  select outcome, sum(count) as count from (
    select outcome, count from analytics where merchant_id = $1 and mode = $2 and what = 'webhook'
      and at >= (select begins from day) and at < (select ends from day)
    union all
    select status, 1 from met where created_at >= (select begins from day) and created_at < (select ends from day)) t
  group by 1
), waiting as (
  select count(*)::int as pending, count(*) filter (where tries > 0 and (code is null or code >= 300))::int as retrying from met where status = 'pending'
)
select coalesce((select count from ended where outcome = 'succeeded'), 0)::float8 as succeeded,
  coalesce((select count from ended where outcome = 'failed'), 0)::float8 as failed,
  (select pending from waiting) as pending, (select retrying from waiting) as retrying,
  (select count(*) from fresh)::int as fresh, (select count(*) from again)::int as again`;

/** Both over an index that has open rows only, in its order: no other one gives it, also where the planner knows nothing of the tables. */
const openText = `
select (select count(*) from (select from attempts where merchant_id = $1 and mode = $2 and status = 'unknown' order by subject limit $3::int) t)::int as unknown,
  (select count(*) from (select from cases where merchant_id = $1 and mode = $2 and status = 'open' order by id limit $3::int) t)::int as cases`;
