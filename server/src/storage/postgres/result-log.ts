/** Events in the order of commits, for those who tell other programs: see `flows/upkeep/results.ts`. */
import type { EventType } from "../../core/events.ts";
import type { Ms, Scope } from "../../core/model.ts";
import type { ResultLog } from "../../core/ports/result-log.ts";
import { resultTypes } from "../../core/results.ts";
import type { Database } from "./connect.ts";
import { queryOf, settledBefore } from "./lists.ts";

/** Over the pool of the lists: it may be slow, and must not hold up a payment. Throws `StoreUnavailable`. */
export function resultLogOf(database: Database): ResultLog {
  const query = queryOf(database);
  return {
    begin: async () => void (await query("results_begin", texts.begin, [await settledBefore(query, { name: "events" })])),
    lease: async (token, now, until) => (await query("results_lease", texts.lease, [token, now, until])).length > 0,
    scopes: async (limit) => (await query("results_scopes", texts.scopes, [limit])) as unknown as Scope[],
    oldestWaitingAt: async () => ((await query("results_oldest", texts.oldest, []))[0]?.at ?? null) as Ms | null,
    async next({ merchantId, mode }, limit) {
      // Asked before the rows are read: see `settledBefore`.
      const settled = await settledBefore(query, { name: "events" });
      const rows = await query("results_next", texts.next, [merchantId, mode, settled, limit, resultTypes]);
      const last = rows.at(-1);
      const results = rows
        .filter((row) => row.body !== null)
        .map((row) => ({
          merchantId,
          mode,
          id: row.id as string,
          paymentId: row.payment_id as string | null,
          sequence: row.sequence as number,
          type: row.type as EventType,
          body: row.body as string,
          createdAt: row.created_at as Ms,
        }));
      return {
        results,
        mark: last ? { committed: last.committed as string, id: last.id as string } : null,
        hasMore: rows.length === limit,
      };
    },
    passed: async ({ merchantId, mode }, { committed, id }) =>
      void (await query("results_passed", texts.passed, [merchantId, mode, committed, id])),
  };
}

/** Of a scope without a mark of its own: where it was begun. */
const markOf = (merchant: string, mode: string): string => `(select committed, event_id from result_marks
    where (merchant_id, mode) in ((${merchant}, ${mode}), ('', '')) order by merchant_id desc limit 1)`;

/** The first of each, in the order of their index: asked whether there is any, the planner may choose to join all events. */
const firstOfEach = `from merchants m cross join (values ('test'), ('live')) v (mode)
    left join result_marks k on k.merchant_id = m.id and k.mode = v.mode
    cross join (select committed, event_id from result_marks where merchant_id = '' and mode = '') b
    cross join lateral (select e.created_at from events e where (e.merchant_id || e.mode) collate "C" = m.id || v.mode
      and (e.committed, e.id) > (coalesce(k.committed, b.committed), coalesce(k.event_id, b.event_id))
      order by e.committed, e.id limit 1) f`;

const texts = {
  begin: `insert into result_marks (merchant_id, mode, committed, event_id) values ('', '', $1::xid8, '') on conflict do nothing`,
  lease: `insert into leases (name, token, until) values ('announcer', $1, to_timestamp($3::float8 / 1000))
    on conflict (name) do update set token = excluded.token, until = excluded.until
    where leases.token = excluded.token or leases.until <= to_timestamp($2::float8 / 1000) returning name`,
  scopes: `select m.id as "merchantId", v.mode ${firstOfEach} order by k.committed nulls first limit $1::int`,
  oldest: `select min(f.created_at) as at ${firstOfEach}`,
  next: `select e.id, e.committed::text as committed, e.payment_id, e.sequence, e.type, e.created_at,
      case when e.type = any($5::text[]) then e.body end as body
    from ${markOf("$1::text", "$2::text")} k cross join lateral (
      select * from events e where (e.merchant_id || e.mode) collate "C" = $1::text || $2::text
        and (e.committed, e.id) > (k.committed, k.event_id) and e.committed < $3::xid8
      order by e.committed, e.id limit $4::int) e
    order by e.committed, e.id`,
  passed: `insert into result_marks as k (merchant_id, mode, committed, event_id) values ($1, $2, $3::xid8, $4)
    on conflict (merchant_id, mode) do update set committed = excluded.committed, event_id = excluded.event_id
    where (k.committed, k.event_id) < (excluded.committed, excluded.event_id)`,
};
