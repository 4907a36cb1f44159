import pg from "pg";
import { CONNECT_WAIT_MS, LOCK_TIMEOUT_MS, POOL_QUEUE_MAX, POOL_WAIT_MS, STATEMENT_TIMEOUT_MS } from "../../core/constants.ts";
import type { Log } from "../../core/ports/log.ts";
import { isReadOnly, mustClose, NoConnection } from "./failures.ts";
import { setUp, STEADY, type Session } from "./session.ts";

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
const SETTINGS = [...STEADY, "jit=off", `statement_timeout=${STATEMENT_TIMEOUT_MS}`, `lock_timeout=${LOCK_TIMEOUT_MS}`];
/**
 * A generic plan is kept until the tables are analyzed again. One that was made while they were empty (a fresh database, a quiet night)
 * reads tables as a whole, so plans are dropped while that still costs little. Planning again takes a millisecond for each statement.
 */
export const PLANS_LIVE_MS = 5_000;
/** The server ends a statement after its own timeout; this is for a server that has fallen silent. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 1_000;
/** A statement without an answer for so long may have been lost on the way: the server is asked whether it works on it. */
const DOUBT_MS = 400;
/** Timers may be a little early. */
const EARLY_MS = 5;
/** An answer that was on its way while the server was asked arrives within this. */
const GRACE_MS = 50;
/** Between two tries to open a connection. */
const RETRY_MS = 50;
/** A session that found the server read-only is opened again at most this often. */
const READ_ONLY_RETRY_MS = 1_000;
/** Sockets of a live server close within a round trip. */
const CLOSE_WAIT_MS = 1_000;

export interface PoolOptions {
  readonly databaseUrl: string;
  readonly log: Log;
  readonly size: number;
  /** Other patience than `CONNECT_WAIT_MS`: tests on a loaded machine are not about the time to connect. */
  readonly connectWaitMs?: number;
  /** For the statements of the store, which always know their keys. */
  readonly hot: boolean;
}

/** One statement on its way. */
interface Sent {
  readonly client: pg.PoolClient;
  readonly pid: number;
  readonly atMs: number;
}

/** Opens no connection yet: the first statement does. */
export function openDatabase(options: PoolOptions): Database {
  const settings = [...SETTINGS, ...(options.hot ? HOT_SETTINGS : COLD_SETTINGS)];
  const connectWaitMs = options.connectWaitMs ?? CONNECT_WAIT_MS;
  const sessions = new WeakMap<object, Session>();
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.size,
    connectionTimeoutMillis: connectWaitMs,
    idleTimeoutMillis: 0,
    query_timeout: SILENCE_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
    onConnect: async (client) => void sessions.set(client, await setUp(client as pg.Client, settings, connectWaitMs)),
  });
  // Without a listener a restart of the server would end this process; the next statement notices by itself.
  let closing = false;
  pool.on("error", (error) => closing || options.log.warn({ error: error.message }, "an idle database connection was lost"));
  const open = new Set<pg.PoolClient>();
  pool.on("connect", (client) => {
    open.add(client);
    client.once("end", () => open.delete(client));
    // A connection at work emits its loss too, beside failing its query, and the pool does not listen then.
    client.on("error", () => undefined);
  });
  const doubts = doubter(options.databaseUrl);
  const places = placesFor(options.size);
  let heardAtMs = -Infinity;
  /** Sessions that are older may belong to a server that takes no writes any more. */
  let suspectBeforeMs = -Infinity;

  /** Waits for a place and a connection, no longer than a caller waits. An outage that has lasted so long is told at once. */
  async function acquire(): Promise<pg.PoolClient> {
    const giveUpAtMs = performance.now() + POOL_WAIT_MS;
    await places.take();
    try {
      for (;;) {
        const client = await pool.connect().catch(async (cause: unknown) => {
          if (performance.now() + RETRY_MS > Math.min(giveUpAtMs, heardAtMs + POOL_WAIT_MS)) throw new NoConnection(cause);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          return null;
        });
        if (client && sessions.get(client)!.bornAtMs > suspectBeforeMs) return client;
        client?.release(true);
      }
    } catch (error) {
      places.free();
      throw error;
    }
  }

  async function once(statement: Statement, values: readonly unknown[]): Promise<readonly Record<string, unknown>[] | "again"> {
    const client = await acquire();
    const session = sessions.get(client)!;
    const sent = { client, pid: session.pid, atMs: performance.now() };
    const settle = doubts.watch(sent);
    let broken: Error | undefined;
    try {
      if (options.hot) await dropOldPlans(client, session);
      const result = await client.query<Record<string, unknown>>({ ...statement, values: values as unknown[] });
      heardAtMs = performance.now();
      return result.rows;
    } catch (error) {
      const isStale = isReadOnly(error) && sent.atMs - session.bornAtMs > READ_ONLY_RETRY_MS;
      if (isStale) suspectBeforeMs = sent.atMs;
      if (isStale || mustClose(error)) broken = error as Error;
      if (error instanceof pg.DatabaseError) heardAtMs = performance.now();
      // Nothing was written, and the session was opened before the server came back as the primary, or another one took over.
      if (isStale) return "again";
      throw error;
    } finally {
      settle();
      client.release(broken);
      places.free();
    }
  }

  return {
    async query(statement, values) {
      const rows = await once(statement, values);
      // The second session is young, so this ends.
      return rows === "again" ? this.query(statement, values) : rows;
    },
    warm: async () => {
      const opened = await Promise.allSettled(Array.from({ length: options.size }, () => pool.connect()));
      for (const one of opened) if (one.status === "fulfilled") one.value.release();
    },
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

/** The plans of key checks go as well. A connection lost here is lost before the statement: nothing was written. */
async function dropOldPlans(client: pg.PoolClient, session: Session): Promise<void> {
  const now = performance.now();
  if (now - session.plansSinceMs < PLANS_LIVE_MS) return;
  session.plansSinceMs = now;
  await client.query("discard plans");
}

/** As many statements at once as there are connections; a bounded number of others waits, in order, for a bounded time. */
function placesFor(size: number) {
  let free = size;
  const waiting = new Set<() => void>();
  return {
    take(): Promise<void> {
      if (free > 0) return Promise.resolve(void free--);
      if (waiting.size >= POOL_QUEUE_MAX) return Promise.reject(new NoConnection(new Error("too many statements wait")));
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(enter);
          reject(new NoConnection(new Error("all connections are busy")));
        }, POOL_WAIT_MS);
        waiting.add(enter);
      });
    },
    free(): void {
      const [next] = waiting;
      if (next === undefined) return void free++;
      waiting.delete(next);
      next();
    },
  };
}

/**
 * A hole in the network swallows a statement or its answer, and its connection waits for nothing. When one is silent, the server is asked
 * over another connection; a session that does nothing, or waits for the rest of a statement, is cut, so that others go on.
 */
function doubter(databaseUrl: string) {
  const running = new Set<Sent>();
  let isLooking = false;

  async function look(): Promise<void> {
    const silent = [...running].filter((sent) => performance.now() - sent.atMs >= DOUBT_MS - EARLY_MS);
    if (isLooking || silent.length === 0) return;
    isLooking = true;
    const busy = await busyAmong(silent).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    for (const sent of silent) if (busy !== null && running.has(sent) && !busy.has(sent.pid)) cut(sent.client);
    isLooking = false;
    setTimeout(() => void look(), busy === null ? RETRY_MS : DOUBT_MS).unref();
  }

  async function busyAmong(silent: readonly Sent[]): Promise<Set<number>> {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: DOUBT_MS, query_timeout: DOUBT_MS });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const text =
        "select pid from pg_stat_activity where pid = any($1::int[]) and state is distinct from 'idle' and wait_event is distinct from 'ClientRead'";
      const { rows } = await client.query<{ pid: number }>(text, [silent.map((sent) => sent.pid)]);
      return new Set(rows.map((row) => row.pid));
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  return {
    /** @returns to be called when it was answered */
    watch(sent: Sent): () => void {
      running.add(sent);
      const timer = setTimeout(() => void look(), DOUBT_MS).unref();
      return () => {
        clearTimeout(timer);
        running.delete(sent);
      };
    },
  };
}

function cut(client: pg.PoolClient): void {
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
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
