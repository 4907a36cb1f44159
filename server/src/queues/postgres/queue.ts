import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import type { Log, Queue } from "../../core/ports/world.ts";
import { createMemoryQueue } from "../memory.ts";

export interface PostgresQueueOptions {
  /** A direct connection, not one of a pooler in transaction mode: LISTEN belongs to a session. */
  readonly databaseUrl: string;
  readonly log: Log;
  /** Other times than the usual ones, for tests. */
  readonly pace?: Pace;
}

export interface Pace {
  /** The pause before the first reconnect; each further pause is twice as long, up to `mostPauseMs`. */
  readonly firstPauseMs: number;
  readonly mostPauseMs: number;
  /** A statement that takes longer hangs on a dead connection. */
  readonly silenceMs: number;
  /** How often an idle connection is checked: a cut cable ends no connection by itself. */
  readonly aliveMs: number;
}

const PACE: Pace = { firstPauseMs: 100, mostPauseMs: 5_000, silenceMs: 5_000, aliveMs: 30_000 };
const CONNECT_TIMEOUT_MS = 5_000;
const CHANNEL = "tillway_hints";

/**
 * At most one NOTIFY in this time per process: a notification takes a lock over the whole cluster while it commits, so thousands of
 * them would hold up payments. Never sent inside a commit that writes money: there it costs three quarters of the write rate.
 */
export const NOTIFY_GAP_MS = 5;

/**
 * Hints for the default engine: at once within this process, and by NOTIFY and LISTEN to and from the others. A hint may be lost
 * with its connection; the rows are polled anyway, and after each reconnect all queues are hinted.
 */
export function createPostgresQueue(options: PostgresQueueOptions): Queue {
  const self = randomUUID();
  const local = createMemoryQueue(options);
  const line = listen(options, (payload) => local.hint(payload === null ? QUEUE_NAMES : namedIn(payload, self)));
  // Names are collected while a NOTIFY is under way or was just sent, so their rate is bounded.
  const waiting = new Set<QueueName>();
  let sending: NodeJS.Timeout | undefined;
  let isClosed = false;

  function notifySoon(): void {
    if (!isClosed && waiting.size > 0) sending ??= setTimeout(() => void notify(), NOTIFY_GAP_MS);
  }

  async function notify(): Promise<void> {
    const payload = `${self} ${[...waiting].join(" ")}`;
    waiting.clear();
    await line.notify(payload);
    sending = undefined;
    notifySoon();
  }

  return {
    hint: (queues) => {
      local.hint(queues);
      for (const queue of queues) waiting.add(queue);
      notifySoon();
    },
    onHint: (callback) => local.onHint(callback),
    close: async () => {
      isClosed = true;
      clearTimeout(sending);
      await local.close();
      await line.close();
    },
  };
}

/**
 * One connection that listens, notifies, and comes back by itself with growing pauses. Nothing here throws or rejects.
 * @param onPayload null: the connection is up, and what was sent before is lost
 */
function listen({ databaseUrl, log, pace = PACE }: PostgresQueueOptions, onPayload: (payload: string | null) => void) {
  const closing = new AbortController();
  let up: pg.Client | null = null;
  let check: NodeJS.Timeout | undefined;
  let failures = 0;
  const running = run();

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const client = new pg.Client({
        connectionString: databaseUrl,
        application_name: "tillway-hints",
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: pace.silenceMs,
        keepAlive: true,
      });
      const lost = new Promise<unknown>((resolve) => {
        client.on("error", resolve);
        client.on("end", () => resolve(new Error("the server closed the connection")));
      });
      const error = (await open(client).catch((failure: unknown) => failure)) ?? (await lost);
      up = null;
      clearTimeout(check);
      void endQuietly(client);
      if (closing.signal.aborted) return;
      // Spread, so that not all processes come back in the same moment after the server was away.
      const delayMs = Math.min(pace.firstPauseMs * 2 ** failures, pace.mostPauseMs) * (0.75 + Math.random() / 2);
      failures = Math.min(failures + 1, 16);
      log.warn({ error, delayMs }, "connection for hints lost; polling goes on meanwhile");
      await sleep(delayMs, undefined, { ref: false, signal: closing.signal }).catch(() => {});
    }
  }

  async function open(client: pg.Client): Promise<void> {
    client.on("notification", ({ payload = "" }) => onPayload(payload));
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    closing.signal.throwIfAborted();
    up = client;
    failures = 0;
    onPayload(null);
    checkLater(client);
  }

  function checkLater(client: pg.Client): void {
    if (up === client) check = setTimeout(() => void send(client, "SELECT 1").then(() => checkLater(client)), pace.aliveMs).unref();
  }

  return {
    /** One that fails is not repeated: by the time the connection is back, the other processes' polls have found the work. */
    notify: async (payload: string): Promise<void> => {
      if (up !== null) await send(up, "SELECT pg_notify($1, $2)", [CHANNEL, payload]);
    },
    close: async (): Promise<void> => {
      closing.abort();
      if (up !== null) await endQuietly(up);
      await running;
    },
  };
}

/** A statement that fails ends its connection. */
async function send(client: pg.Client, text: string, values?: string[]): Promise<void> {
  await client.query(text, values).catch((error: unknown) => client.emit("error", error));
}

/** A broken connection may never confirm its end: after a second its socket is cut. */
async function endQuietly(client: pg.Client): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref());
  await Promise.race([client.end().catch(() => {}), patience]);
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
}

/** The queues that another process names. Our own hints were delivered already; names of a newer version may be unknown. */
function namedIn(payload: string, self: string): QueueName[] {
  const [sender, ...names] = payload.split(" ");
  return sender === self ? [] : QUEUE_NAMES.filter((name) => names.includes(name));
}
