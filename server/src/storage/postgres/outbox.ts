/** Exchanges on their way to an archive: in the order of their ids, which is that of their time, over the primary key. */
import { FIGURES_COUNTED_MAX } from "../../core/constants.ts";
import type { Exchange, Ms } from "../../core/model.ts";
import type { Outbox } from "../../core/ports/archive.ts";
import { exchanges } from "../tables.ts";
import type { Database } from "./connect.ts";
import { queryOf } from "./lists.ts";

/** Over the pool of the lists: moving may be slow, and must not hold up a payment. Throws `StoreUnavailable`. */
export function outboxOf(database: Database): Outbox {
  const query = queryOf(database);
  return {
    lease: async (token, now, until) => (await query("outbox_lease", texts.lease, [token, now, until])).length > 0,
    next: async (after, limit) => (await query("outbox_next", texts.next, [after, limit])).map((row) => exchanges.rowOf(row) as Exchange),
    remove: async (ids) => void (await query("outbox_remove", texts.remove, [ids])),
    waiting: async () => {
      const [row] = await query("outbox_waiting", texts.waiting, [FIGURES_COUNTED_MAX]);
      return { count: row!.count as number, oldestAt: row!.oldest_at as Ms | null };
    },
  };
}

const texts = {
  lease: `insert into leases (name, token, until) values ('mover', $1, to_timestamp($3::float8 / 1000))
    on conflict (name) do update set token = excluded.token, until = excluded.until
    where leases.token = excluded.token or leases.until <= to_timestamp($2::float8 / 1000) returning name`,
  next: `select ${exchanges.select("t")} from exchanges t where t.id > $1 order by t.id limit $2`,
  // The setting lets the trigger pass, for this statement only: each is a transaction of its own.
  remove: `delete from exchanges t where t.id = any($1::text[]) and (select set_config('tillway.archived', 'acknowledged', true)) is not null`,
  waiting: `select (select count(*)::int from (select from exchanges limit $1::int) t) as count,
    (select t.started_at from exchanges t order by t.id limit 1) as oldest_at`,
};
