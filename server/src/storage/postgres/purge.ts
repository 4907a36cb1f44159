/** The clean-up: bounded deletes of old rows, each over an index that begins with the time. */
import { newId } from "../../core/ids.ts";
import type { IdPrefix } from "../../core/change.ts";
import type { IdempotencyRow, Ms } from "../../core/model.ts";
import type { Purged } from "../../core/ports/store.ts";
import { attemptIsOpen, attemptMachine, type AttemptStatus } from "../../core/states.ts";
import type { Database, Statement } from "./connect.ts";

export async function purge(database: Database, what: Purged, wish: { readonly before: Ms; readonly limit: number }): Promise<number> {
  const { prefix, statement } = purges[what];
  const values = [wish.before, wish.limit, ...(prefix === null ? [] : [newId(prefix, wish.before, new Uint8Array(16))])];
  const [row] = await database.query(statement, values);
  return row!.removed as number;
}

export async function forgetKey(database: Database, row: IdempotencyRow): Promise<void> {
  await database.query(forgetStatement, [row.merchantId, row.mode, row.audience, row.key, row.requestId]);
}

interface Purge {
  /** Of the ids whose range is deleted: the third parameter is the first id of that moment. */
  readonly prefix: IdPrefix | null;
  readonly statement: Statement;
}

const before = "to_timestamp($1::float8 / 1000)";
const openStatuses = Object.keys(attemptMachine.states)
  .filter((status) => attemptIsOpen(status as AttemptStatus))
  .map((status) => `'${status}'`)
  .join(", ");
/** Up to which time append-only rows may go: for this statement only, since each is a transaction of its own. */
const said = "(select set_config('tillway.purged_before', $1::float8::text, true)) is not null";

const purges: Readonly<Record<Purged, Purge>> = {
  processes: { prefix: null, statement: deleting("processes", `where t.seen_at < ${before} order by t.seen_at`) },
  // A key goes on naming what is under way, and its answer lives as long as any: a repeat must not be answered by a refusal.
  keys: {
    prefix: null,
    statement: deleting(
      "idempotency",
      `where not t.creates and t.created_at < ${before}
    and (select count(*) from attempts a
      where a.payment_id = t.subject and a.merchant_id = t.merchant_id and a.mode = t.mode
        and (a.status in (${openStatuses}) or a.closed_at >= ${before})) = 0
    order by t.created_at`,
    ),
  },
  inbox: {
    prefix: "inb",
    statement: deleting(
      "inbox",
      `where t.id < $3 and t.received_at < ${before} and t.status <> 'received'
    and (select count(*) from cases c
      where c.subject = t.id and c.merchant_id = t.merchant_id and c.mode = t.mode and c.status = 'open') = 0 order by t.id`,
    ),
  },
  // A case may be about an attempt that is closed, such as one whose late truth a person has to look into.
  exchanges: {
    prefix: "exc",
    statement: deleting(
      "exchanges",
      `where t.id < $3 and t.started_at < ${before} and ${said}
    and (select count(*) from attempts a
      where a.id = t.attempt_id and a.merchant_id = t.merchant_id and a.mode = t.mode and a.status in (${openStatuses})) = 0
    and (select count(*) from cases c
      where c.subject = t.attempt_id and c.merchant_id = t.merchant_id and c.mode = t.mode and c.status = 'open') = 0 order by t.id`,
    ),
  },
  // By the key that begins with the event's id, which is as old as the delivery. A delivery and its log go together.
  deliveries: {
    prefix: "evt",
    statement: deleting(
      "deliveries",
      `where t.event_id < $3 and t.status <> 'pending' and coalesce(t.finished_at, t.created_at) < ${before} and ${said} order by t.event_id`,
      "log as (delete from delivery_tries where delivery_id = any(array(select id from gone)))",
    ),
  },
};

/**
 * Whatever the planner believes of a limit that it does not know, this reads as many rows as it removes: the subqueries above are
 * asked per row, and what was found is deleted by its place. Rows that others hold are left to the next time.
 */
function deleting(table: string, condition: string, log?: string): Statement {
  return {
    name: `purge_${table}`,
    text: `
with old as materialized (select t.ctid as place from ${table} t ${condition} limit $2::int for update of t skip locked),
gone as (delete from ${table} where ctid = any(array(select place from old)) returning ${log ? "id" : "1"})${log ? `,\n${log}` : ""}
select count(*)::int as removed from gone`,
  };
}

const forgetStatement: Statement = {
  name: "forget_key",
  text: `delete from idempotency
    where merchant_id = $1 and mode = $2 and audience = $3 and key = $4 and request_id = $5
    and (not creates or not exists (select from payments p
      where p.id = idempotency.subject and p.merchant_id = idempotency.merchant_id and p.mode = idempotency.mode))`,
};
