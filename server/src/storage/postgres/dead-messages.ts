/** Messages of engines that nobody could read. Few and rare, so lists of them go over the table itself. */
import { DEAD_MESSAGES_OPEN_MAX, type DeadMessage } from "../../core/dead-messages.ts";
import { ENGINE_TOKEN } from "../../core/engines.ts";
import type { DeadMessageHandled, DeadMessageHandling, DeadMessages } from "../../core/ports/dead-messages.ts";
import { adminActions, table } from "../tables.ts";
import { withFailures, type Database } from "./connect.ts";

const deadMessages = table<DeadMessage>("dead_messages", ({ fixed, mutable }) => ({
  ...fixed("text", "id", "engine", "place"),
  ...fixed("int", "partition"),
  ...fixed("text", "position", "digest", "reason", "value"),
  ...fixed("int", "bytes"),
  ...fixed("json", "headers"),
  ...fixed("text", "jobId"),
  ...fixed("time", "foundAt"),
  ...mutable("text", "freely", "status"),
  ...mutable("time", "freely", "handledAt"),
  ...mutable("text", "freely", "handledBy", "handledReason"),
}));

/** Over the pool of the lists. Throws `StoreUnavailable`. */
export function deadMessagesOf(database: Database): DeadMessages {
  const { query } = withFailures(database);
  return {
    async keep(message) {
      const values = deadMessages.columns.map((column) => column.of(message));
      const [row] = await query({ name: "dead_message_keep", text: texts.keep }, [...values, DEAD_MESSAGES_OPEN_MAX]);
      return row!.kept === true ? "kept" : row!.is_full === true ? "full" : "known";
    },
    async list({ status, engine, place, text, limit, after }) {
      const values = [limit + 1, status ?? null, engine ?? null, place ?? null, text ?? null, after ?? null];
      const rows = await query({ name: "dead_messages", text: texts.list }, values);
      return { rows: rows.slice(0, limit).map(deadMessages.rowOf), hasMore: rows.length > limit };
    },
    async find(id) {
      const [row] = await query({ name: "dead_message", text: texts.find }, [id]);
      return row ? deadMessages.rowOf(row) : null;
    },
    async handle(handling) {
      const [row] = await query({ name: "dead_message_handle", text: texts.handle }, valuesOf(handling));
      return row!.outcome as DeadMessageHandled;
    },
  };
}

function valuesOf({ after, action, jobId, now }: DeadMessageHandling): unknown[] {
  const own = [after.id, after.status, after.handledBy, after.handledReason, now, jobId, ENGINE_TOKEN];
  return [...own, ...adminActions.columns.map((column) => column.of(action))];
}

interface Typed {
  readonly kind: string;
}

const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;
const placed = ({ kind }: Typed, n: number): string => (kind === "time" ? at(n) : kind === "int" ? `$${n}::int8` : `$${n}`);
const namesOf = (columns: readonly { readonly name: string }[]): string => columns.map(({ name }) => name).join(", ");

const HANDLED_FROM = 8;

const texts = {
  keep: `with open as (select count(*) as open from (select from dead_messages where status = 'open' limit $${deadMessages.columns.length + 1}::int) t),
    kept as (insert into dead_messages (${namesOf(deadMessages.columns)})
      select ${deadMessages.columns.map((column, n) => placed(column, n + 1)).join(", ")} from open
      where open < $${deadMessages.columns.length + 1}::int on conflict do nothing returning id)
    select (select count(*) from kept) = 1 as kept, open >= $${deadMessages.columns.length + 1}::int as is_full from open`,
  list: `select ${deadMessages.select("t")} from dead_messages t
    where ($2::text is null or t.status = $2::text) and ($3::text is null or t.engine = $3::text) and ($4::text is null or t.place = $4::text)
      and ($5::text is null or strpos(lower(concat_ws(' ', t.reason, t.value)), lower($5::text)) > 0) and ($6::text is null or t.id < $6::text)
    order by t.id desc limit $1::int`,
  find: `select ${deadMessages.select("t")} from dead_messages t where t.id = $1`,
  // The job before the message, as a runner would: nobody waits in a circle.
  handle: `with job as materialized (select t.id, t.lease_token is null or t.lease_token = $7 or t.run_at <= ${at(5)} as is_free
      from jobs t where t.id = $6 for update),
    found as materialized (select t.id from dead_messages t where t.id = $1 and t.status = 'open' and (select count(*) from job) >= 0 for update),
    whole as materialized (select f.id from found f where $6::text is null or (select is_free from job)),
    ended as (update dead_messages t set status = $2, handled_by = $3, handled_reason = $4, handled_at = ${at(5)} from whole w where t.id = w.id),
    due as (update jobs t set run_at = ${at(5)}, tries = 0, lease_token = null, hinted_until = null from job j, whole w where t.id = j.id),
    noted as (insert into admin_actions (${namesOf(adminActions.columns)})
      select ${adminActions.columns.map((column, n) => placed(column, n + HANDLED_FROM)).join(", ")} from whole)
    select case when exists (select from whole) then 'applied' when not exists (select from found) then 'stale'
      when exists (select from job) then 'busy' else 'gone' end as outcome`,
};
