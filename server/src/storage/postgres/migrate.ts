import type pg from "pg";
import { migrations } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { sqlState } from "./failures.ts";
import { IN_RECOVERY, LOSES, openSession, refuseUnsteady, STEADY, UnfitDatabase } from "./session.ts";

export interface MigrationReport {
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
  readonly version: number;
}

export const OLDEST_MAJOR = 15;
/** Any number, but the same in every version: two starting processes must not migrate at once. */
const ADVISORY_LOCK = 7_455_929;

/**
 * Brings the schema up to what this program knows. Safe to call from many processes at once.
 * A newer schema on which this program works stays as it is.
 * Throws `UnfitDatabase` where the server is too old or would lose commits, or the schema is too new for this program.
 * @param now for the record of what was applied when
 */
export async function migrate(
  databaseUrl: string,
  now: () => number = Date.now,
  steps: readonly Migration[] = migrations,
): Promise<MigrationReport> {
  return withClient(databaseUrl, async (client) => {
    await refuseUnfit(client);
    await client.query("select pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await client.query(OWN_TABLE);
    const version = await versionOf(client, steps);
    const applied: string[] = [];
    for (const step of steps.filter((each) => each.id > version)) {
      await apply(client, step, now());
      applied.push(step.name);
    }
    return { applied, version: Math.max(version, steps.at(-1)?.id ?? 0) };
  });
}

/** For starting processes: refuses an unfit server, and a schema that this program does not work on. Throws `UnfitDatabase`. */
export async function checkDatabase(databaseUrl: string, steps: readonly Migration[] = migrations): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await refuseUnfit(client);
    const found = await client.query("select to_regclass('migrations') is not null as found");
    const version = found.rows[0].found ? await versionOf(client, steps) : 0;
    if (version < steps.length)
      throw new UnfitDatabase(`The database has schema ${version}, this program needs ${steps.length}: run \`tillway migrate\`.`);
  });
}

/** The second statement is for a database whose migrations did not yet say which programs work on them. */
const OWN_TABLE = `
create table if not exists migrations
  (id integer primary key, name text not null, why text not null, applied_at timestamptz(3) not null, oldest_program integer);
do $$ begin
  if not exists (select from pg_attribute where attrelid = 'migrations'::regclass and attname = 'oldest_program') then
    alter table migrations add column oldest_program integer;
  end if;
end $$`;

/** The schema of the oldest program that works on one that is newer than itself; one that does not say it has no such program. */
export const oldestProgramText = "select coalesce(max(coalesce(oldest_program, id)), 0)::int as oldest from migrations where id > $1";

async function withClient<Result>(databaseUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  await refuseUnsteady(databaseUrl);
  // Waits for the advisory lock as long as another process migrates, so without a statement timeout.
  const client = await openSession(databaseUrl, STEADY, { connectionTimeoutMillis: 5_000 });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function refuseUnfit(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding, pg_is_in_recovery() as recovers,
       (select reset_val from pg_settings where name = 'synchronous_commit') as synchronous_commit`,
  );
  const { major, synchronous_commit: synchronousCommit, encoding, recovers } = rows[0];
  if (major < OLDEST_MAJOR) throw new UnfitDatabase(`PostgreSQL ${major} is too old: ${OLDEST_MAJOR} or newer is needed.`);
  // Its schema is that of an hour ago, and takes no step.
  if (recovers) throw new UnfitDatabase(IN_RECOVERY);
  // Our own sessions hold it on; a server that is set so may lose commits in other ways too.
  if (synchronousCommit === "off") throw new UnfitDatabase(LOSES("synchronous_commit"));
  if (encoding !== "UTF8") throw new UnfitDatabase(`The database's encoding is ${encoding}: create it with encoding UTF8.`);
}

async function versionOf(client: pg.Client, steps: readonly Migration[]): Promise<number> {
  const { rows } = await client.query("select coalesce(max(id), 0) as version from migrations");
  const version = rows[0].version as number;
  const known = steps.at(-1)?.id ?? 0;
  if (version <= known) return version;
  const newer = await client.query(oldestProgramText, [known]);
  const oldest = newer.rows[0].oldest as number;
  if (oldest <= known) return version;
  throw new UnfitDatabase(
    `The database has schema ${version}, which works with programs from schema ${oldest} on, and this one is of ${known}: use a newer program.`,
  );
}

/**
 * Whoever waits for a table's lock makes all wait who come after: so not for longer than a caller's patience, and then again. After a second
 * (`deadlock_timeout`) PostgreSQL calls off an autovacuum that is in the way, unless the wait is over by then.
 */
const LOCK_WAIT_MS = 1_500;
const LOCK_TRIES_MAX = 60;

async function apply(client: pg.Client, step: Migration, now: number): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await applyOnce(client, step, now);
    } catch (error) {
      if (sqlState((error as Error).cause) !== "55P03" || tried === LOCK_TRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
    }
  }
}

async function applyOnce(client: pg.Client, step: Migration, now: number): Promise<void> {
  await client.query("begin");
  try {
    await client.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
    await client.query(step.sql);
    await client.query(
      "insert into migrations (id, name, why, applied_at, oldest_program) values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5)",
      [step.id, step.name, step.why, now, step.oldestProgram ?? step.id - 1],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw new Error(`migration ${step.id} (${step.name}) failed: ${(error as Error).message}`, { cause: error });
  }
}
