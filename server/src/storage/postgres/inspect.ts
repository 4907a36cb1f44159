/** What `tillway doctor` looks at in a database. It only reads, and takes one connection. */
import { oldestProgramText } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import { openSession, refuseUnsteady, STEADY } from "./session.ts";

export interface DatabaseFacts {
  readonly major: number;
  readonly encoding: string;
  readonly role: string;
  readonly database: string;
  /** As the server is set; our own sessions never have it off. */
  readonly synchronousCommit: string;
  /** A standby, or a database that is set read-only. */
  readonly isReadOnly: boolean;
  readonly mayCreateTables: boolean;
  /** Tables that the role may not read and write. */
  readonly closedTables: readonly string[];
  /** Null: no migration was ever applied. */
  readonly schemaVersion: number | null;
  readonly knownVersion: number;
  /** Of a schema that is newer than this program: that of the oldest program that works on it. */
  readonly oldestProgram: number;
  /** Those that an ordinary role may open. */
  readonly connectionsMax: number;
  readonly connectionsOpen: number;
  /** The server's clock less ours, in milliseconds; half of `roundTripMs` is uncertain. */
  readonly clockOffsetMs: number;
  readonly roundTripMs: number;
}

/** Reserved connections exist from PostgreSQL 16 on. */
const factsText = `
select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding,
  current_user::text as role, current_database()::text as database,
  (select reset_val from pg_settings where name = 'synchronous_commit') as synchronous_commit,
  pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as is_read_only,
  has_schema_privilege('public', 'create') as may_create,
  array(select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')) order by 1) as closed_tables,
  to_regclass('public.migrations') is not null as has_migrations,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as connections_max,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections_open`;

/** Throws the driver's error if it cannot be reached, or `UnfitDatabase` if a session on it is not safe. */
export async function inspectDatabase(databaseUrl: string): Promise<DatabaseFacts> {
  await refuseUnsteady(databaseUrl);
  const client = await openSession(databaseUrl, STEADY, { connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  try {
    const { rows } = await client.query(factsText);
    const [row] = rows;
    const readable = row.has_migrations && !row.closed_tables.includes("migrations");
    const version = readable ? await client.query("select coalesce(max(id), 0)::int as version from migrations") : null;
    const knownVersion = migrations.at(-1)!.id;
    const isNewer = (version?.rows[0].version ?? 0) > knownVersion;
    const oldest = isNewer ? (await client.query(oldestProgramText, [knownVersion])).rows[0].oldest : 0;
    const before = Date.now();
    const clock = await client.query("select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms");
    const after = Date.now();
    return {
      major: row.major,
      encoding: row.encoding,
      role: row.role,
      database: row.database,
      synchronousCommit: row.synchronous_commit,
      isReadOnly: row.is_read_only,
      mayCreateTables: row.may_create,
      closedTables: row.closed_tables,
      schemaVersion: version === null ? null : version.rows[0].version,
      knownVersion,
      oldestProgram: oldest,
      connectionsMax: row.connections_max,
      // Our own is counted too.
      connectionsOpen: row.connections_open - 1,
      clockOffsetMs: Math.round(clock.rows[0].ms - (before + after) / 2),
      roundTripMs: after - before,
    };
  } finally {
    await client.end();
  }
}
