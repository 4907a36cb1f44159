/** The clean-up: bounded deletes of old rows, each over an index that begins with the time. */
import { newId } from "../../core/ids.ts";
import type { IdPrefix } from "../../core/change.ts";
import type { Purged, Store } from "../../core/ports/store.ts";
import { attemptIsOpen, attemptMachine, type AttemptStatus } from "../../core/states.ts";
import type { Database, Statement } from "./connect.ts";

/** Throws `StoreUnavailable` through `Database`. */
export function cleanUp(database: Database): Pick<Store, "purge" | "forgetKey"> {
  return {
    purge: async (what, before, limit) => {
      const { prefix, ...statement } = purges[what];
      const firstId = prefix === null ? [] : [newId(prefix, before, new Uint8Array(16))];
      const [row] = await database.query(statement, [before, limit, ...firstId]);
      return row!.removed as number;
    },
    forgetKey: async ({ merchantId, mode, audience, key, requestId }) =>
      void (await database.query(forgetStatement, [merchantId, mode, audience, key, requestId])),
  };
}

interface Purge extends Statement {
  /** Of the ids whose range is deleted: the third parameter is the first id of that moment. */
  readonly prefix: IdPrefix | null;
}

const before = "to_timestamp($1::float8 / 1000)";
const openStatuses = Object.keys(attemptMachine.states)
  .filter((status) => attemptIsOpen(status as AttemptStatus))
  .map((status) => `'${status}'`)
  .join(", ");
/** Up to which time append-only rows may go: for this statement only, since each is a transaction of its own. */
const said = "(select set_config('tillway.purged_before', $1::float8::text, true)) is not null";

/** The cases about this subject that a person has yet to look into. */
const openCases = (subject: string): string => `(select count(*) from cases c
      where c.subject = ${subject} and c.merchant_id = t.merchant_id and c.mode = t.mode and c.status = 'open')`;

const purges: Readonly<Record<Purged, Purge>> = {
  processes: deleting("processes", null, `where t.seen_at < ${before} order by t.seen_at`),
  // A key goes on naming what is under way, and its answer lives as long as any: a repeat must not be answered by a refusal.
  keys: deleting(
    "idempotency",
    null,
    `where not t.creates and t.created_at < ${before}
    and (select count(*) from attempts a
      where a.payment_id = t.subject and a.merchant_id = t.merchant_id and a.mode = t.mode
        and (a.status in (${openStatuses}) or a.closed_at >= ${before})) = 0
    order by t.created_at`,
  ),
  inbox: deleting(
    "inbox",
    "inb",
    `where t.id < $3 and t.received_at < ${before} and t.status <> 'received' and ${openCases("t.id")} = 0 order by t.id`,
  ),
  // A case may be about an attempt that is closed, such as one whose late truth a person has to look into.
  exchanges: deleting(
    "exchanges",
    "exc",
    `where t.id < $3 and t.started_at < ${before} and ${said}
    and (select count(*) from attempts a
      where a.id = t.attempt_id and a.merchant_id = t.merchant_id and a.mode = t.mode and a.status in (${openStatuses})) = 0
    and ${openCases("t.attempt_id")} = 0 order by t.id`,
  ),
  requests: deleting("requests", "req", `where t.id < $3 and t.at < ${before} order by t.id`),
  // By their ids, which are as old as they: none ends before it began.
  resets: deleting("password_resets", "rst", `where t.id < $3 and coalesce(t.used_at, t.expires_at) < ${before} order by t.id`),
  invitations: deleting(
    "invitations",
    "inv",
    `where t.id < $3 and coalesce(t.used_at, t.revoked_at, t.expires_at) < ${before} order by t.id`,
  ),
  sessions: deleting("person_sessions", "ses", `where t.id < $3 and t.expires_at < ${before} order by t.id`),
  dead_messages: deleting("dead_messages", "dmsg", `where t.id < $3 and t.handled_at < ${before} order by t.id`),
  // By the key that begins with the event's id, which is as old as the delivery. A delivery and its log go together.
  deliveries: deleting(
    "deliveries",
    "evt",
    `where t.event_id < $3 and t.status <> 'pending' and coalesce(t.finished_at, t.created_at) < ${before} and ${said} order by t.event_id`,
    "log as (delete from delivery_tries where delivery_id = any(array(select id from gone)))",
  ),
};

/**
 * Whatever the planner believes of a limit that it does not know, this reads as many rows as it removes: the subqueries above are
 * asked per row, and what was found is deleted by its place. Rows that others hold are left to the next time.
 */
function deleting(table: string, prefix: IdPrefix | null, condition: string, log?: string): Purge {
  return {
    prefix,
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
