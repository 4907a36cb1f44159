/** Whether this database was set back, and what is done about it: see docs/decisions/0075. */
import { randomBytes } from "node:crypto";
import type { Ms } from "../../core/model.ts";
import type { Restores } from "../../core/ports/restores.ts";
import type { Log } from "../../core/ports/world.ts";
import { newId } from "../../core/ids.ts";
import { lostFrom, whyRestored, type Found, type Mark, type Restore, type Unswept } from "../../core/restore.ts";
import { withFailures, type Database } from "./connect.ts";

/** Keeps a mark for each installation outside of the database. */
export interface Marks {
  read(installation: string): Mark | null;
  /** Never throws: whoever can't write says so once. */
  write(installation: string, mark: Mark): void;
}

export interface RestoreWatch {
  readonly marks: Marks;
  /** See `whyRestored`. */
  readonly keepsCommits: boolean;
  readonly log: Log;
  /** What this process has last seen. */
  readonly state: { isOpen: boolean };
}

/** Of a process that keeps none elsewhere: it notices what happens while it runs. */
export function marksInMemory(): Marks {
  const known = new Map<string, Mark>();
  return { read: (installation) => known.get(installation) ?? null, write: (installation, mark) => void known.set(installation, mark) };
}

type Row = Readonly<Record<string, unknown>>;
type Ask = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/**
 * Looks at a database, and enters restore mode if it was set back; null: it takes no writes, or is not migrated. Whoever does so before a session
 * is used sends nothing from an old state: a database can't be set back under a session.
 */
export async function watchOver(ask: Ask, { marks, keepsCommits, log, state }: RestoreWatch): Promise<Found | null> {
  const [row] = await ask("restore_look", look, []);
  if (!row) return null;
  const found = foundIn(row);
  const why = whyRestored(found, marks.read(found.installation), keepsCommits);
  state.isOpen = found.isOpen || why !== null;
  const { systemIdentifier, timeline, last, at, livedUntil } = found;
  const isElsewhere = last.systemIdentifier !== systemIdentifier || last.timeline !== timeline;
  if (why !== null) {
    const id = newId("rstr", at, randomBytes(16));
    const values = [id, why.reason, why.detail, lostFrom(livedUntil, at), at, systemIdentifier, timeline];
    const entered = await ask("restore_enter", enter, values);
    if (entered.length > 0) log.error({ restore_id: id, ...why }, "this database was restored: no money moves (tillway restore status)");
    return { ...found, isOpen: true, restoreId: (entered[0]?.id as string | undefined) ?? found.restoreId };
  }
  if (isElsewhere) await ask("restore_identity", identity, [systemIdentifier, timeline]);
  return found;
}

export function restoresOf(database: Database, watch: RestoreWatch): Restores {
  const { query } = withFailures(database);
  const ask: Ask = (name, text, values) => query({ name, text }, values);
  const { state, marks } = watch;
  const latest = async (): Promise<Restore | null> => {
    const [row] = await ask("restore_latest", newest, []);
    return row ? restoreIn(row) : null;
  };
  return {
    isOpen: () => state.isOpen,
    async look() {
      const found = await watchOver(ask, watch);
      if (found === null) return null;
      const { installation, systemIdentifier, timeline, position, restoreId, at } = found;
      marks.write(installation, { systemIdentifier, timeline, position, restoreId, at });
      return found.isOpen ? latest() : null;
    },
    latest,
    async begin({ id, reason, detail, lostFrom: from, begunAt }, by) {
      const rows = await query({ name: "restore_begin", text: begin }, [id, reason, detail, from, begunAt], JSON.stringify(by));
      state.isOpen = true;
      return rows[0] ? restoreIn(rows[0]) : null;
    },
    async finish({ id, finishedAt, forcedReason }, by) {
      await query({ name: "restore_finish", text: finish }, [id, finishedAt, forcedReason], JSON.stringify(by));
      state.isOpen = false;
    },
    async unswept(until, limit) {
      const rows = await ask("restore_unswept", unswept, [until, limit]);
      return rows.map(
        ({ merchant_id: merchantId, mode, id, connector, failure }) =>
          ({ account: { merchantId, mode, id, connector }, failure }) as unknown as Unswept,
      );
    },
  };
}

function foundIn(row: Row): Found {
  return {
    installation: row.installation as string,
    systemIdentifier: row.system_identifier as string,
    timeline: row.timeline as string,
    position: row.position as string,
    last: { systemIdentifier: row.last_system_identifier as string, timeline: row.last_timeline as string },
    restoreId: row.restore_id as string | null,
    restoreBegunAt: row.restore_begun_at as Ms | null,
    isOpen: row.is_open as boolean,
    livedUntil: row.lived_until as Ms | null,
    at: row.at as Ms,
  };
}

function restoreIn(row: Row): Restore {
  return {
    id: row.id as string,
    reason: row.reason as Restore["reason"],
    detail: row.detail as string,
    lostFrom: row.lost_from as Ms,
    begunAt: row.begun_at as Ms,
    finishedAt: row.finished_at as Ms | null,
    forcedReason: row.forced_reason as string | null,
  };
}

const ms = (time: string): string => `round(extract(epoch from ${time}) * 1000)::float8`;
const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;

/** The one that is open is the last one, whatever the clocks said. */
const last = "finished_at is null desc, id desc";

/** A standby has no position of its own. Signs of life that are younger than the server's start are of this life. */
const look = `
select d.id as installation, d.system_identifier as last_system_identifier, d.timeline as last_timeline,
  (select system_identifier::text from pg_control_system()) as system_identifier,
  left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) as timeline,
  (pg_current_wal_flush_lsn() - '0/0')::text as position,
  r.id as restore_id, ${ms("r.begun_at")} as restore_begun_at, r.id is not null and r.finished_at is null as is_open,
  (select ${ms("max(seen_at)")} from processes where seen_at < pg_postmaster_start_time()) as lived_until,
  ${ms("clock_timestamp()")} as at
from database_identity d left join (select * from restores order by ${last} limit 1) r on true
where not pg_is_in_recovery()`;

const shown = `id, reason, detail, ${ms("lost_from")} as lost_from, ${ms("begun_at")} as begun_at, ${ms("finished_at")} as finished_at, forced_reason`;
const newest = `select ${shown} from restores order by ${last} limit 1`;
const inserted = `insert into restores (id, reason, detail, lost_from, begun_at) values ($1, $2, $3, ${at(4)}, ${at(5)})
  on conflict do nothing returning`;
const begin = `${inserted} ${shown}`;
const enter = `with moved as (update database_identity set system_identifier = $6, timeline = $7 returning id) ${inserted} id`;
const identity = "update database_identity set system_identifier = $1, timeline = $2";
const finish = `update restores set finished_at = ${at(2)}, forced_reason = $3 where id = $1 and finished_at is null`;

const unswept = `select a.merchant_id, a.mode, a.id, a.connector, s.failure
from connector_accounts a left join sweeps s on s.merchant_id = a.merchant_id and s.mode = a.mode and s.account_id = a.id
where s.swept_until is null or s.swept_until < ${at(1)}
order by a.id limit $2`;
