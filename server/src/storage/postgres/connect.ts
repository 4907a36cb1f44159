import pg from "pg";
import type { By } from "../../core/admin-actions.ts";
import { CONNECT_WAIT_MS, LOCK_TIMEOUT_MS, POOL_QUEUE_MAX, POOL_WAIT_MS, STATEMENT_TIMEOUT_MS } from "../../core/constants.ts";
import type { PoolUse } from "../../core/ports/figures.ts";
import type { Log } from "../../core/ports/world.ts";
import { failureOf, isReadOnly, mustClose, NoConnection } from "./failures.ts";
import { recoveryWatch, setUp, STEADY, takenFrom, type Session } from "./session.ts";
import { parserOf } from "./parsers.ts";
import { doubter } from "./silence.ts";

/** A statement with a name is prepared once per connection; one whose name is empty is planned each time. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /**
   * Throws `NoConnection` before anything was sent, or the driver's error.
   * @param by who changes something, as the triggers of configuration note it: the statement has a transaction around it then
   */
  query(statement: Statement, values: readonly unknown[], by?: string): Promise<readonly Record<string, unknown>[]>;
  /** Opens all connections now, so that a burst right after the start need not wait for them. A server that is away is no error. */
  warm(): Promise<void>;
  /** Whose statements these are, if it is said for all of them. */
  readonly by?: By;
  close(): Promise<void>;
}

export interface Pool extends Database {
  /** How many connections are open and in use now, and how many statements wait for one. */
  use(): PoolUse;
}

/**
 * A batch statement may hold more than 100 parameters and meets few rows of every table: always by index, always the same plan.
 * Without `enable_seqscan=off` the key checks planned on an empty database read whole tables until the first autoanalyze.
 */
const HOT_SETTINGS = ["enable_seqscan=off", "enable_bitmapscan=off", "plan_cache_mode=force_generic_plan"];
/**
 * Lists meet tables of every size and filters of every rarity: planning takes less than reading a page. Always by index as well: a list
 * then comes in the order of its ids, and ends at its page; a planner without figures would read all of a merchant's rows and sort them.
 */
const COLD_SETTINGS = ["enable_seqscan=off", "enable_bitmapscan=off", "plan_cache_mode=force_custom_plan"];
const SETTINGS = [...STEADY, "jit=off", `statement_timeout=${STATEMENT_TIMEOUT_MS}`, `lock_timeout=${LOCK_TIMEOUT_MS}`];
/**
 * A generic plan is kept until the tables are analyzed again. One that was made while they were empty (a fresh database, a quiet night)
 * reads tables as a whole, so plans are dropped while that still costs little: as soon as about a thousand payments were written, and in
 * the end in any case, since others write as well. Planning again takes a millisecond for each statement.
 */
export const PLANS_LIVE_MS = { atLeast: 5_000, atMost: 30_000 };
/** Characters of parameters; a payment takes some six thousand. */
export const PLANS_LIVE_CHARS = 6_000_000;
/** The server ends a statement after its own timeout; this is for a server that has fallen silent. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 1_000;
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
  /** Whoever asks it checks how far it is. Left out: no session is had with a server in recovery. */
  readonly isStandby?: boolean;
  /** Told of each new session before anything else uses it. If it throws, there is no session. */
  readonly onSession?: (client: Pick<pg.Client, "query">) => Promise<void>;
}

/** Opens no connection yet: the first statement does. */
export function openDatabase(options: PoolOptions): Pool {
  const connections = new Connections(options);
  return {
    query: (statement, values, by) => connections.query(statement, values, by),
    warm: () => connections.warm(),
    use: () => connections.use(),
    close: () => connections.close(),
  };
}

class Connections {
  readonly #options: PoolOptions;
  readonly #pool: pg.Pool;
  readonly #sessions = new WeakMap<object, Session>();
  readonly #open = new Set<pg.PoolClient>();
  readonly #places: ReturnType<typeof placesFor>;
  readonly #doubts: ReturnType<typeof doubter>;
  #isClosing = false;
  readonly #recovery = recoveryWatch();
  #sentChars = 0;
  /** From its start on, a server may be as slow as one that was heard of just now. */
  #heardAtMs = performance.now();
  /** Sessions that are older may belong to a server that takes no writes any more. */
  #suspectBeforeMs = -Infinity;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = placesFor(options.size);
    this.#doubts = doubter(options.databaseUrl);
    this.#pool = this.#openPool();
  }

  #openPool(): pg.Pool {
    const { databaseUrl, size, hot, log, connectWaitMs = CONNECT_WAIT_MS } = this.#options;
    const settings = [...SETTINGS, ...(hot ? HOT_SETTINGS : COLD_SETTINGS)];
    const pool = new pg.Pool({
      connectionString: databaseUrl,
      max: size,
      connectionTimeoutMillis: connectWaitMs,
      idleTimeoutMillis: 0,
      query_timeout: SILENCE_MS,
      keepAlive: true,
      types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
      // The pool waits for it.
      onConnect: (client) => this.#begin(client as pg.Client, settings) as unknown as void,
    });
    // Without a listener a restart of the server would end this process; the next statement notices by itself.
    pool.on("error", (error) => this.#isClosing || log.warn({ error: error.message }, "an idle database connection was lost"));
    pool.on("connect", (client) => {
      this.#open.add(client);
      client.once("end", () => this.#open.delete(client));
      // A connection at work emits its loss too, beside failing its query, and the pool does not listen then.
      client.on("error", () => undefined);
    });
    return pool;
  }

  async #begin(client: pg.Client, settings: readonly string[]): Promise<void> {
    const { connectWaitMs = CONNECT_WAIT_MS, isStandby = false, onSession } = this.#options;
    const { values, ...session } = await setUp(client, settings, connectWaitMs);
    if (!isStandby) this.#recovery.look(values);
    this.#sessions.set(client, session);
    await onSession?.(client);
  }

  async query(statement: Statement, values: readonly unknown[], by?: string): Promise<readonly Record<string, unknown>[]> {
    const rows = await this.#once(statement, values, by);
    // The second session is young, so this ends.
    return rows === "again" ? this.query(statement, values, by) : rows;
  }

  /** "again": nothing was written, because this session was opened while its server took no writes; a new one may write. */
  async #once(statement: Statement, values: readonly unknown[], by?: string): Promise<readonly Record<string, unknown>[] | "again"> {
    const client = await this.#acquire();
    const session = this.#sessions.get(client)!;
    const sent = { client, pid: session.pid, atMs: performance.now() };
    const settle = this.#doubts.watch(sent);
    let broken: Error | undefined;
    try {
      if (this.#options.hot) await dropOldPlans(client, session, (this.#sentChars += charsOf(values)));
      const query = { name: statement.name, text: statement.text, values: values as unknown[] };
      const result = by === undefined ? await client.query<Record<string, unknown>>(query) : await queryBy(client, query, by);
      this.#heardAtMs = performance.now();
      return takenFrom(result);
    } catch (error) {
      const isStale = isReadOnly(error) && sent.atMs - session.bornAtMs > READ_ONLY_RETRY_MS;
      if (isStale) this.#suspectBeforeMs = sent.atMs;
      if (isStale || mustClose(error)) broken = error as Error;
      if (error instanceof pg.DatabaseError) this.#heardAtMs = performance.now();
      if (isStale) return "again";
      throw error;
    } finally {
      settle();
      client.release(broken);
      this.#places.free();
    }
  }

  /** Waits for a place and a connection, no longer than a caller waits. An outage that has lasted so long is told at once. */
  async #acquire(): Promise<pg.PoolClient> {
    const giveUpAtMs = performance.now() + POOL_WAIT_MS;
    await this.#places.take();
    try {
      for (;;) {
        const client = await this.#recovery.connect(this.#pool).catch(async (cause: unknown) => {
          if (performance.now() + RETRY_MS > Math.min(giveUpAtMs, this.#heardAtMs + POOL_WAIT_MS)) throw new NoConnection(cause);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          return null;
        });
        if (client && this.#sessions.get(client)!.bornAtMs > this.#suspectBeforeMs) return client;
        client?.release(true);
      }
    } catch (error) {
      this.#places.free();
      throw error;
    }
  }

  use(): PoolUse {
    return { open: this.#open.size, ...this.#places.use() };
  }

  async warm(): Promise<void> {
    const opened = await Promise.allSettled(Array.from({ length: this.#options.size }, () => this.#pool.connect()));
    for (const one of opened) if (one.status === "fulfilled") one.value.release();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    // The pool's own end comes before its sockets are closed; what is stopped after us must not find them open.
    const gone = [...this.#open].map((client) => new Promise<void>((resolve) => client.once("end", () => resolve())));
    await this.#pool.end();
    // A server that has fallen silent closes nothing: then the wait has an end of its own.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_WAIT_MS).unref());
    await Promise.race([Promise.all(gone), patience]);
  }
}

/** One statement, whose transaction says who changes something. */
async function queryBy(client: pg.PoolClient, query: pg.QueryConfig, by: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  await client.query(`begin; select set_config('tillway.by', ${client.escapeLiteral(by)}, true)`);
  try {
    const result = await client.query<Record<string, unknown>>(query);
    await client.query("commit");
    return result;
  } catch (error) {
    // Of a connection that is lost, nothing is left to be taken back.
    if (!mustClose(error)) await client.query("rollback");
    throw error;
  }
}

/** The same database, for statements of this one caller. */
export function queriesBy(database: Database, by: By): Database {
  const text = JSON.stringify(by);
  return { ...database, by, query: (statement, values, given) => database.query(statement, values, given ?? text) };
}

/** Batches tell failures apart themselves; a single statement's failure is its caller's. */
export function withFailures(database: Database): Database {
  const query: Database["query"] = async (statement, values, by) => {
    try {
      return await database.query(statement, values, by);
    } catch (error) {
      throw failureOf(error);
    }
  };
  return { ...database, query };
}

/** The plans of key checks go as well. A connection lost here is lost before the statement: nothing was written. */
async function dropOldPlans(client: pg.PoolClient, session: Session, sentChars: number): Promise<void> {
  const ageMs = performance.now() - session.plansSince.ms;
  const isMuch = sentChars - session.plansSince.sentChars >= PLANS_LIVE_CHARS;
  if (ageMs < (isMuch ? PLANS_LIVE_MS.atLeast : PLANS_LIVE_MS.atMost)) return;
  session.plansSince = { ms: performance.now(), sentChars };
  await client.query("discard plans");
}

function charsOf(values: readonly unknown[]): number {
  let chars = 0;
  for (const value of values) if (typeof value === "string") chars += value.length;
  return chars;
}

/** As many statements at once as there are connections; a bounded number of others waits, in order, for a bounded time. */
function placesFor(size: number) {
  let free = size;
  const waiting = new Set<() => void>();
  return {
    use: () => ({ busy: size - free, waiting: waiting.size }),
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
