import pg from "pg";

/** A statement without an answer for so long may have been lost on the way: the server is asked whether it works on it. */
const DOUBT_MS = 400;
/** Timers may be a little early. */
const EARLY_MS = 5;
/** An answer that was on its way while the server was asked arrives within this. */
const GRACE_MS = 50;
/** Between two questions that got no answer. */
const AGAIN_MS = 50;

/** One statement on its way. */
export interface Sent {
  readonly client: pg.PoolClient;
  readonly pid: number;
  readonly atMs: number;
}

/**
 * A hole in the network swallows a statement or its answer, and its connection waits for nothing. When one is silent, the server is asked
 * over another connection; a session that does nothing, or waits for the rest of a statement, is cut, so that others go on.
 */
export function doubter(databaseUrl: string) {
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
    setTimeout(() => void look(), busy === null ? AGAIN_MS : DOUBT_MS).unref();
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
