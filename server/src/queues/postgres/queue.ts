import { randomUUID } from "node:crypto";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Queue } from "../../core/ports/queue.ts";
import { HintHub } from "../hints.ts";
import { KeptConnection } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";

export interface PostgresQueueOptions {
  /** A direct connection, not one of a pooler in transaction mode: LISTEN belongs to a session. */
  readonly databaseUrl: string;
  readonly log: Log;
  /** Other times than the usual ones, for tests. */
  readonly pace?: ConnectionOptions["pace"];
}

const CHANNEL = "tillway_hints";

/**
 * At most one NOTIFY in this time per process: a notification takes a lock over the whole cluster while it commits, so thousands of
 * them would hold up payments. Never sent inside a commit that writes money, where it costs three quarters of the write rate.
 */
export const NOTIFY_GAP_MS = 5;

/**
 * Hints for the default engine: at once within this process, and by NOTIFY and LISTEN to and from the others. A hint may be lost
 * with its connection; the rows are polled anyway, and after each reconnect all queues are hinted.
 */
export function createPostgresQueue(options: PostgresQueueOptions): Queue {
  const hub = new HintHub(options.log);
  const self = randomUUID();
  const { databaseUrl, log, pace } = options;
  const listener = new KeptConnection({
    databaseUrl,
    log,
    pace,
    name: "tillway-listen",
    onUp: async (client) => {
      await client.query(`LISTEN ${CHANNEL}`);
      // What was said while nobody listened is made good.
      hub.hint(QUEUE_NAMES);
    },
    onNotification: (payload) => hub.hint(readPayload(payload, self)),
  });
  const notifier = new Notifier(new KeptConnection({ databaseUrl, log, pace, name: "tillway-notify" }), self);
  return {
    hint: (queues) => {
      hub.hint(queues);
      notifier.add(queues);
    },
    onHint: (callback) => hub.onHint(callback),
    close: async () => {
      hub.close();
      await Promise.all([listener.close(), notifier.close()]);
    },
  };
}

/** Collects names while a NOTIFY is under way or was just sent, so the rate is bounded whatever happens. */
class Notifier {
  readonly #connection: KeptConnection;
  readonly #self: string;
  readonly #waiting = new Set<QueueName>();
  #timer: NodeJS.Timeout | null = null;
  #isSending = false;
  #isClosed = false;

  constructor(connection: KeptConnection, self: string) {
    this.#connection = connection;
    this.#self = self;
  }

  add(queues: readonly QueueName[]): void {
    if (this.#isClosed) return;
    for (const queue of queues) this.#waiting.add(queue);
    this.#plan();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#connection.close();
  }

  #plan(): void {
    if (this.#isClosed || this.#isSending || this.#waiting.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, NOTIFY_GAP_MS);
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    const payload = `${this.#self} ${[...this.#waiting].join(" ")}`;
    this.#waiting.clear();
    // Not said again when it fails: by the time the connection is back, the other processes' polls have found the work.
    await this.#connection.run("SELECT pg_notify($1, $2)", [CHANNEL, payload]);
    this.#isSending = false;
    this.#plan();
  }
}

/** The queues that another process names. One's own words were heard already; words of a newer version may be unknown. */
function readPayload(payload: string, self: string): QueueName[] {
  const [sender, ...names] = payload.split(" ");
  return sender === self ? [] : QUEUE_NAMES.filter((name) => names.includes(name));
}
