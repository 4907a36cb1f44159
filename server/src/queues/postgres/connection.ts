import pg from "pg";
import type { Log } from "../../core/ports/log.ts";

export interface ConnectionOptions {
  readonly databaseUrl: string;
  /** Shown in `pg_stat_activity`. */
  readonly name: string;
  readonly log: Log;
  /** Called each time a connection is up. What it rejects with ends that connection. */
  readonly onUp?: (client: pg.Client) => Promise<void>;
  readonly onNotification?: (payload: string) => void;
  /** Other times than the usual ones, for tests. */
  readonly pace?: Pace;
}

export interface Pace {
  /** Before the first try to connect again; each further pause is twice as long, up to `mostPauseMs`. */
  readonly firstPauseMs: number;
  readonly mostPauseMs: number;
  /** A statement that takes longer hangs on a dead connection. */
  readonly silenceMs: number;
  /** An idle connection is asked this often whether it still lives: a cut cable ends no connection by itself. */
  readonly aliveMs: number;
}

const PACE: Pace = { firstPauseMs: 100, mostPauseMs: 5_000, silenceMs: 5_000, aliveMs: 30_000 };
const CONNECT_TIMEOUT_MS = 5_000;

/** One connection to PostgreSQL that comes back by itself, with growing pauses. Nothing of it throws or rejects. */
export class KeptConnection {
  readonly #options: ConnectionOptions;
  readonly #pace: Pace;
  #client: pg.Client | null = null;
  #isUp = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #connecting: Promise<void>;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#pace = options.pace ?? PACE;
    this.#connecting = this.#connect();
  }

  /** Runs a statement if the connection is up. False: it was not, or the statement failed. */
  async run(text: string, values: readonly unknown[]): Promise<boolean> {
    const client = this.#client;
    if (client === null || !this.#isUp) return false;
    try {
      await client.query(text, [...values]);
      return true;
    } catch (error) {
      this.#drop(client, error);
      return false;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#connecting;
    const client = this.#client;
    this.#client = null;
    this.#isUp = false;
    if (client !== null) await endQuietly(client);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      application_name: this.#options.name,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: this.#pace.silenceMs,
      keepAlive: true,
    });
    this.#client = client;
    client.on("error", (error) => this.#drop(client, error));
    client.on("end", () => this.#drop(client, new Error("the server closed the connection")));
    client.on("notification", (message) => this.#options.onNotification?.(message.payload ?? ""));
    try {
      await client.connect();
      this.#isUp = true;
      await this.#options.onUp?.(client);
      this.#failures = 0;
      this.#checkAliveLater(client);
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
    this.#options.log.warn({ error, delayMs, connection: this.#options.name }, "connection for hints lost; polling goes on meanwhile");
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#connecting = this.#connect();
    }, delayMs).unref();
  }

  #checkAliveLater(client: pg.Client): void {
    const check = (): void => {
      if (this.#client !== client) return;
      client.query("SELECT 1").then(
        () => this.#client === client && this.#checkAliveLater(client),
        (error: unknown) => this.#drop(client, error),
      );
    };
    this.#timer = setTimeout(check, this.#pace.aliveMs).unref();
  }
}

/** A broken connection may never confirm its end: the socket is cut instead of waited for. */
async function endQuietly(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([client.end().catch(() => {}), patience]);
  clearTimeout(timer);
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
}
