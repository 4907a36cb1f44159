import pg from "pg";
import { LOCK_TIMEOUT_MS, POOL_WAIT_MS, STATEMENT_TIMEOUT_MS } from "../../core/constants.ts";
import type { Log } from "../../core/ports/log.ts";
import { NoConnection } from "./failures.ts";

/** A statement with a name is prepared once per connection; one whose name is empty is planned each time. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /** Throws `NoConnection` before anything was sent, or the driver's error. */
  query(statement: Statement, values: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Opens all connections now, so that a burst right after the start need not wait for them. A server that is away is no error. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A batch statement may hold more than 100 parameters and meets few rows of every table: always by index, always the same plan.
 * Without `enable_seqscan=off` the key checks planned on an empty database read whole tables until the first autoanalyze.
 */
const HOT_SETTINGS = ["enable_seqscan=off", "enable_bitmapscan=off", "plan_cache_mode=force_generic_plan"];
/** Lists meet tables of every size and filters of every rarity: planning takes less than reading a page. */
const COLD_SETTINGS = ["plan_cache_mode=force_custom_plan"];
const SETTINGS = [
  "jit=off",
  "timezone=UTC",
  "datestyle=ISO",
  `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  `lock_timeout=${LOCK_TIMEOUT_MS}`,
];
/**
 * A generic plan is kept until the tables are analyzed again. One that was made while they were empty (a fresh database, a quiet night)
 * reads tables as a whole, so plans are dropped while that still costs little. Planning again takes a millisecond for each statement.
 */
export const PLANS_LIVE_MS = 5_000;
/** The server ends a statement after its own timeout; this is for a server that has fallen silent. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 1_000;

export interface PoolOptions {
  readonly databaseUrl: string;
  readonly log: Log;
  readonly size: number;
  /** Other patience than `POOL_WAIT_MS`: tests on a loaded machine are not about the time to connect. */
  readonly poolWaitMs?: number;
  /** For the statements of the store, which always know their keys. */
  readonly hot: boolean;
}

/** Sockets of a live server close within a round trip. */
const CLOSE_WAIT_MS = 1_000;

/** Opens no connection yet: the first statement does. */
export function openDatabase(options: PoolOptions): Database {
  const settings = [...SETTINGS, ...(options.hot ? HOT_SETTINGS : COLD_SETTINGS)];
  const pool = new pg.Pool({
    ...target(options.databaseUrl, settings),
    max: options.size,
    connectionTimeoutMillis: options.poolWaitMs ?? POOL_WAIT_MS,
    idleTimeoutMillis: 0,
    query_timeout: SILENCE_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  });
  // Without a listener a restart of the server would end this process; the next statement notices by itself.
  let closing = false;
  pool.on("error", (error) => closing || options.log.warn({ error: error.message }, "an idle database connection was lost"));
  const open = new Set<pg.PoolClient>();
  const plannedAt = new WeakMap<pg.PoolClient, number>();
  pool.on("connect", (client) => {
    open.add(client);
    client.once("end", () => open.delete(client));
    // A connection at work emits its loss too, beside failing its query, and the pool does not listen then.
    client.on("error", () => undefined);
  });
  return {
    query: (statement, values) => query(pool, statement, values, options.hot ? plannedAt : null),
    warm: () => warm(pool, options.size),
    async close() {
      closing = true;
      // The pool's own end comes before its sockets are closed; what is stopped after us must not find them open.
      const gone = [...open].map((client) => new Promise<void>((resolve) => client.once("end", () => resolve())));
      await pool.end();
      // A server that has fallen silent closes nothing: then the wait has an end of its own.
      const patience = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_WAIT_MS).unref());
      await Promise.race([Promise.all(gone), patience]);
    },
  };
}

async function warm(pool: pg.Pool, size: number): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: size }, () => pool.connect()));
  for (const one of opened) if (one.status === "fulfilled") one.value.release();
}

/** The connection settings of a URL, with these server settings in the start packet, where they cost no round trip. */
export function target(databaseUrl: string, settings: readonly string[]): { connectionString: string; options: string } {
  const [base, search = ""] = databaseUrl.split("?", 2) as [string, string?];
  const params = new URLSearchParams(search);
  const given = params.get("options");
  params.delete("options");
  const rest = params.toString();
  const options = [given, ...settings.map((setting) => `-c ${setting}`)].filter(Boolean).join(" ");
  return { connectionString: rest ? `${base}?${rest}` : base, options };
}

async function query(
  pool: pg.Pool,
  statement: Statement,
  values: readonly unknown[],
  plannedAt: WeakMap<pg.PoolClient, number> | null,
): Promise<readonly Record<string, unknown>[]> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new NoConnection(cause);
  });
  let broken: Error | undefined;
  try {
    if (plannedAt) await dropOldPlans(client, plannedAt);
    const result = await client.query<Record<string, unknown>>({ name: statement.name, text: statement.text, values: values as unknown[] });
    return result.rows;
  } catch (error) {
    // Where the server did not answer, or is going away, this connection must not be used again.
    if (!(error instanceof pg.DatabaseError) || error.code?.startsWith("57P")) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The plans of key checks go as well. A connection lost here is lost before the statement: nothing was written. */
async function dropOldPlans(client: pg.PoolClient, plannedAt: WeakMap<pg.PoolClient, number>): Promise<void> {
  const now = performance.now();
  const since = plannedAt.get(client);
  if (since !== undefined && now - since < PLANS_LIVE_MS) return;
  plannedAt.set(client, now);
  if (since !== undefined) await client.query("discard plans");
}

const INT8 = 20;
const JSON_TEXT = 114;
const TIMESTAMPTZ = 1184;

/** Of this pool only: `pg.types` is global and belongs to everybody in the process. */
function parserOf(oid: number, format?: string): (text: string) => unknown {
  if (format !== "binary") {
    if (oid === INT8) return Number;
    if (oid === TIMESTAMPTZ) return parseTime;
    if (oid === JSON_TEXT) return JSON.parse as (text: string) => unknown;
  }
  return pg.types.getTypeParser(oid, format as "text") as (text: string) => unknown;
}

/** `2026-11-21 03:22:00.12+00` in milliseconds; the session's time zone is UTC. */
function parseTime(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11)}:00`);
}
