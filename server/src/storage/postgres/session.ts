/** What every session of ours is set to, whatever the server, database or role say; and what no session may be. */
import pg from "pg";

/** Says in one line what about this database must be different; nothing was changed. */
export class UnfitDatabase extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnfitDatabase";
  }
}

export interface Session {
  /** The process at the server that serves it. */
  readonly pid: number;
  readonly bornAtMs: number;
  /** When its plans were last dropped, and how much its pool had sent by then. */
  plansSince: { readonly ms: number; readonly sentChars: number };
}

/** `ALTER DATABASE … SET` and `ALTER ROLE … SET` change these for everybody. Our statements count on them. */
export const STEADY = [
  "timezone=UTC",
  "datestyle=ISO",
  "search_path=public",
  "default_transaction_isolation=read committed",
  "default_transaction_deferrable=off",
  "statement_timeout=0",
  "lock_timeout=0",
  "idle_session_timeout=0",
  "idle_in_transaction_session_timeout=0",
  // From PostgreSQL 17 on.
  "transaction_timeout=0",
];

/** At the start nobody waits. */
const SET_UP_MS = 5_000;

/** Settings that a server does not know are left out. Durability is held at what it is, and is never off. */
const setUpText = `
select s.name, set_config(s.name, s.value, false) as value from unnest($1::text[], $2::text[]) s(name, value)
where current_setting(s.name, true) is not null
union all
select 'synchronous_commit', set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)
union all select 'fsync', current_setting('fsync')
union all select 'is_in_recovery', pg_is_in_recovery()::text
union all select 'pid', pg_backend_pid()::text`;

/** Sets a new connection up. The later of two settings of one name holds. Throws `UnfitDatabase` while the server runs with fsync=off. */
export async function setUp(
  client: pg.Client,
  settings: readonly string[],
  waitMs = SET_UP_MS,
): Promise<Session & { readonly values: Map<string, string> }> {
  const wanted = new Map(settings.map((setting) => setting.split("=", 2) as [string, string]));
  const query = { text: setUpText, values: [[...wanted.keys()], [...wanted.values()]], query_timeout: waitMs };
  const { rows } = await client.query<{ name: string; value: string }>(query);
  const values = new Map(rows.map((row) => [row.name, row.value]));
  if (values.get("fsync") !== "on") throw new UnfitDatabase(LOSES("fsync"));
  const bornAtMs = performance.now();
  return { pid: Number(values.get("pid")), bornAtMs, plansSince: { ms: bornAtMs, sentChars: 0 }, values };
}

export const IN_RECOVERY = "the server is in recovery: it is a standby, or is being restored. DATABASE_URL must lead to the primary.";
/** Between two looks whether it still is. It has better things to do than to answer hundreds of sign-ins a second. */
const RECOVERING_MS = 250;

/**
 * Lets a pool have no session with a server in recovery. That answers reads while it still replays its log, also where it is being restored: with
 * what was true an hour ago, when a merchant's key may not have been there yet (seen: 401, which no shop repeats).
 */
export function recoveryWatch() {
  let found: { readonly atMs: number; readonly error: UnfitDatabase } | null = null;
  return {
    /** @param values of a session that was just set up. Throws `UnfitDatabase`. */
    look(values: ReadonlyMap<string, string>): void {
      if (values.get("is_in_recovery") !== "true") return;
      found = { atMs: performance.now(), error: new UnfitDatabase(IN_RECOVERY) };
      throw found.error;
    },
    async connect(pool: pg.Pool): Promise<pg.PoolClient> {
      if (found && performance.now() < found.atMs + RECOVERING_MS) throw found.error;
      return pool.connect();
    },
  };
}

export const LOSES = (setting: string): string => `The server runs with ${setting}=off: acknowledged payments could be lost. Turn it on.`;

/** One connection outside of a pool, set up. Throws what the driver throws, or `UnfitDatabase`. */
export async function openSession(databaseUrl: string, settings: readonly string[], more: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, ...more });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await setUp(client, settings);
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Refuses a way to the database on which a session does not stay itself: a pooler that gives each transaction another one loses settings,
 * timeouts and prepared statements. Throws `UnfitDatabase`.
 */
export async function refuseUnsteady(databaseUrl: string): Promise<void> {
  const clients = [0, 1].map(() => new pg.Client({ connectionString: databaseUrl, ...PATIENCE }));
  const [one, other] = clients as [pg.Client, pg.Client];
  for (const client of clients) client.on("error", () => undefined);
  try {
    await one.connect();
    if ((one as unknown as { processID: number }).processID === (await pidOf(one))) return await readBack(one);
    // The pooler hands out the connection that was given back last: here it is the other one's, unless each session keeps its own.
    await other.connect();
    for (let round = 0; round < ROUNDS; round++) {
      await one.query("begin");
      const before = await pidOf(one);
      await other.query("begin");
      for (const client of clients) await client.query("commit");
      if ((await pidOf(one)) !== before) throw new UnfitDatabase(UNSTEADY);
    }
    return await readBack(one);
  } catch (error) {
    // A pooler in statement mode allows no transactions.
    throw /statement pooling/i.test(String((error as Error).message)) ? new UnfitDatabase(UNSTEADY) : error;
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

const PATIENCE = { connectionTimeoutMillis: 5_000, query_timeout: 5_000 };
/** Others may use the pooler meanwhile and change whose turn it is. */
const ROUNDS = 3;
const UNSTEADY =
  "DATABASE_URL leads through a pooler that gives each transaction another session, so settings, timeouts and prepared statements are lost: " +
  "let the pooler work in session mode (PgBouncer: pool_mode = session), or connect to PostgreSQL directly.";

async function pidOf(client: pg.Client): Promise<number> {
  return (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!.pid;
}

/** What was set must be what is found, a statement later. */
async function readBack(client: pg.Client): Promise<void> {
  const { values } = await setUp(client, STEADY);
  const names = [...values.keys()].filter((name) => name !== "pid" && name !== "is_in_recovery");
  const text = "select name, current_setting(name) as value from unnest($1::text[]) s(name)";
  const { rows } = await client.query<{ name: string; value: string }>(text, [names]);
  const lost = rows.find((row) => row.value !== values.get(row.name));
  if (lost) throw new UnfitDatabase(`The way to the database does not keep ${lost.name} as we set it. ${UNSTEADY}`);
}

/**
 * The rows of an answer, which the driver then holds no more. Its objects of queries that are over hang on others that live long, until all
 * memory is collected: with their rows, an export of 100,000 payments made the process 90 MB larger.
 */
export function takenFrom(result: pg.QueryResult<Record<string, unknown>>): Record<string, unknown>[] {
  const { rows } = result;
  result.rows = [];
  return rows;
}
