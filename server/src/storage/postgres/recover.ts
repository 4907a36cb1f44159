/** Deliveries that have ended and are owed again, many in one statement. */
import type { Move } from "../../core/change.ts";
import type { Delivery } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { adminActions, deliveries, idempotency, jobs } from "../tables.ts";
import { inputsFrom, namesOf, parametersOf, unnested, valueOf, type Input } from "./arrays.ts";
import type { Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { lastTrySays } from "./letter-picks.ts";

/** Throws `StoreUnavailable`. */
export function recoveryOf(database: Database): Pick<Store, "ended" | "oweAgain"> {
  return {
    async ended({ merchantId, mode }, { status, channel, endpointIds, eventTypes, idFrom, idBefore, text: said, limit }) {
      const values: unknown[] = [merchantId, mode, status, limit];
      const value = (given: unknown): string => `$${values.push(given)}`;
      // Rare ones are found by the column of their own, as in lists.
      const where = ["t.merchant_id = $1", "t.mode = $2", `${status === "succeeded" ? "t.status" : "t.listed_status"} = $3`];
      // The expression that their index begins with.
      if (status !== "succeeded") where.push(`(t.merchant_id || t.mode) collate "C" = $1::text || $2::text`);
      if (channel) where.push(`t.channel = ${value(channel)}`);
      if (endpointIds) where.push(`t.endpoint_id = any(${value(endpointIds)}::text[])`);
      if (eventTypes) where.push(`t.event_type = any(${value(eventTypes)}::text[])`);
      if (idFrom !== undefined) where.push(`t.id >= ${value(idFrom)}`);
      if (idBefore !== undefined) where.push(`t.id < ${value(idBefore)}`);
      if (said !== undefined) where.push(lastTrySays(value(said)));
      const parts = [
        status === "succeeded" && "succeeded",
        channel && "channel",
        endpointIds ? "" : "anywhere",
        eventTypes && "types",
        idFrom && "from",
        idBefore && "before",
        said !== undefined && "text",
      ];
      const name = ["ended", ...parts.filter(Boolean)].join("_");
      const text = `select ${deliveries.select("t")} from deliveries t where ${where.join(" and ")} order by t.id limit $4::int`;
      return (await database.query({ name, text }, values)).map(deliveries.rowOf);
    },
    async oweAgain({ deliveries: moves, jobs: inserted, actions, idempotency: key }) {
      const values = [
        ...parametersOf(moveInputs, moves),
        ...parametersOf(jobs.columns, inserted),
        ...parametersOf(idempotency.columns, key ? [key] : []),
        ...parametersOf(adminActions.columns, actions ?? []),
      ];
      const rows = await orDuplicate(database.query({ name: "owe_again", text: oweAgain }, values));
      return rows === "duplicate" ? rows : rows[0]!.whole ? "applied" : "stale";
    },
  };
}

const after = deliveries.pick("scheduleStart", "nextTryAt");
const moveInputs: readonly Input<Move<Delivery>>[] = [
  ...inputsFrom(deliveries.pick("merchantId", "mode", "id", "status", "tries"), (move: Move<Delivery>) => move.before),
  ...inputsFrom(deliveries.pick("scheduleStart"), (move: Move<Delivery>) => move.before, "before_"),
  ...inputsFrom(after, (move: Move<Delivery>) => move.after, "after_"),
];
const jobStart = 1 + moveInputs.length;
const keyStart = jobStart + jobs.columns.length;
const actionStart = keyStart + idempotency.columns.length;

/** All of them as they were read, or none: locked in the order of their ids, since two of these may meet. */
const oweAgain = `
with m as materialized (select * from ${unnested(moveInputs, 1)} where r.id is not null),
locked as materialized (select t.id from m join deliveries t on t.merchant_id = m.merchant_id and t.mode = m.mode and t.id = m.id
  and t.status = m.status and t.tries = m.tries and t.schedule_start = m.before_schedule_start order by t.id for update of t),
whole as materialized (select (select count(*) from locked) = (select count(*) from m) as whole),
keyed as (insert into idempotency (${namesOf(idempotency.columns)})
  select ${idempotency.columns.map(valueOf).join(", ")} from ${unnested(idempotency.columns, keyStart)}, whole w where r.key is not null and w.whole),
moved as (update deliveries t set status = 'pending', finished_at = null,
    ${after.map((column) => `${column.name} = ${valueOf({ ...column, name: `after_${column.name}` })}`).join(", ")}
  from m r, whole w where w.whole and t.merchant_id = r.merchant_id and t.mode = r.mode and t.id = r.id),
queued as (insert into jobs (${namesOf(jobs.columns)})
  select ${jobs.columns.map(valueOf).join(", ")} from ${unnested(jobs.columns, jobStart)}, whole w where r.id is not null and w.whole on conflict do nothing),
noted as (insert into admin_actions (${namesOf(adminActions.columns)})
  select ${adminActions.columns.map(valueOf).join(", ")} from ${unnested(adminActions.columns, actionStart)}, whole w where r.id is not null and w.whole)
select whole from whole`;
