import { randomUUID } from "node:crypto";
import pg from "pg";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Queue } from "../../core/ports/queue.ts";
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
  const local = createMemoryQueue(options);
  const channel = new Channel(options, (queues) => local.hint(queues));
  return {
    hint: (queues) => {
      local.hint(queues);
      channel.send(queues);
    },
    onHint: (callback) => local.onHint(callback),
    close: async () => {
      await local.close();
      await channel.close();
    },
  };
}

/**
 * One connection that listens, notifies, and comes back by itself with growing pauses. Names are collected while a NOTIFY is under
 * way or was just sent, so their rate is bounded. No method throws or rejects.
 */
class Channel {
  readonly #options: PostgresQueueOptions;
  readonly #pace: Pace;
  readonly #onHint: (queues: readonly QueueName[]) => void;
  readonly #self = randomUUID();
  readonly #waiting = new Set<QueueName>();
  #client: pg.Client | null = null;
  #isUp = false;
  #failures = 0;
  /** Of the next reconnect or the next check. */
  #timer: NodeJS.Timeout | undefined;
  #sendTimer: NodeJS.Timeout | null = null;
  #isSending = false;
  #isClosed = false;
  #connecting: Promise<void>;

  constructor(options: PostgresQueueOptions, onHint: (queues: readonly QueueName[]) => void) {
    this.#options = options;
    this.#pace = options.pace ?? PACE;
    this.#onHint = onHint;
    this.#connecting = this.#connect();
  }

  send(queues: readonly QueueName[]): void {
    for (const queue of queues) this.#waiting.add(queue);
    if (this.#isClosed || this.#isSending || this.#waiting.size === 0) return;
    this.#sendTimer ??= setTimeout(() => void this.#notify(), NOTIFY_GAP_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#sendTimer !== null) clearTimeout(this.#sendTimer);
    await this.#connecting;
    const client = this.#client;
    this.#client = null;
    if (client !== null) await endQuietly(client);
  }

  async #notify(): Promise<void> {
    this.#sendTimer = null;
    this.#isSending = true;
    const payload = `${this.#self} ${[...this.#waiting].join(" ")}`;
    this.#waiting.clear();
    const client = this.#client;
    // A NOTIFY that fails is not repeated: by the time the connection is back, the other processes' polls have found the work.
    if (client !== null && this.#isUp)
      await client.query("SELECT pg_notify($1, $2)", [CHANNEL, payload]).catch((error: unknown) => this.#drop(client, error));
    this.#isSending = false;
    this.send([]);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      application_name: "tillway-hints",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: this.#pace.silenceMs,
      keepAlive: true,
    });
    this.#client = client;
    client.on("error", (error) => this.#drop(client, error));
    client.on("end", () => this.#drop(client, new Error("the server closed the connection")));
    client.on("notification", ({ payload = "" }) => this.#onHint(readPayload(payload, this.#self)));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.#isUp = true;
      this.#failures = 0;
      // Hints sent during the disconnect are lost.
      this.#onHint(QUEUE_NAMES);
      this.#checkLater(client);
    } catch (error) {
      this.#drop(client, error);
    }
  }

  /** Lets go of a broken connection and plans the next one. A client that was dropped before is ignored. */
  #drop(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#isUp = false;
    void endQuietly(client);
    if (this.#isClosed) return;
    const { firstPauseMs, mostPauseMs } = this.#pace;
    // Spread, so that not all processes come back in the same moment after the server was away.
    const delayMs = Math.min(firstPauseMs * 2 ** this.#failures, mostPauseMs) * (0.75 + Math.random() / 2);
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#options.log.warn({ error, delayMs }, "connection for hints lost; polling goes on meanwhile");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#connecting = this.#connect();
    }, delayMs).unref();
  }

  #checkLater(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#timer = setTimeout(() => {
      client.query("SELECT 1").then(
        () => this.#checkLater(client),
        (error: unknown) => this.#drop(client, error),
      );
    }, this.#pace.aliveMs).unref();
  }
}

/** A broken connection may never confirm its end: after a second its socket is cut. */
async function endQuietly(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([client.end().catch(() => {}), patience]);
  clearTimeout(timer);
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
}

/** The queues that another process names. Our own hints were delivered already; names of a newer version may be unknown. */
function readPayload(payload: string, self: string): QueueName[] {
  const [sender, ...names] = payload.split(" ");
  return sender === self ? [] : QUEUE_NAMES.filter((name) => names.includes(name));
}
