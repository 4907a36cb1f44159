// What a drill sees while it runs: how much work waits, and how long the API takes.
import pg from "pg";
import { sleep } from "../crash/stage.mjs";

const LOOK_EVERY_MS = 250;
/** Back to normal is what stays so for as long: the backlog of a busy server is a saw. */
const STEADY_MS = 3_000;
/** A look that takes longer says that nothing is known; the database may be what is away. */
const LOOK_TIMEOUT_MS = 2_000;

const BACKLOG = `
  (select count(*) from payments where status not in ('succeeded', 'failed', 'canceled'))
  + (select count(*) from deliveries where status = 'pending') + (select count(*) from inbox where status = 'received')`;

/** Looks at the backlog all the time. `beside` is what else waits, as an expression of SQL. */
export class Watch {
  /** `[at, backlog]`, Infinity while the database does not answer. */
  looks = [];
  tries = [];
  #stopped = false;

  constructor(databaseUrl, beside = "0") {
    this.databaseUrl = databaseUrl;
    this.sql = `select (${BACKLOG} + (${beside}))::int as backlog`;
    this.running = this.#run();
  }

  async stop() {
    this.#stopped = true;
    await this.running;
  }

  get backlog() {
    return this.looks.at(-1)?.[1] ?? Infinity;
  }

  async #run() {
    let client = null;
    while (!this.#stopped) {
      try {
        client ??= await connected(this.databaseUrl);
        const { rows } = await client.query(this.sql);
        this.looks.push([Date.now(), rows[0].backlog]);
      } catch {
        this.looks.push([Date.now(), Infinity]);
        client?.end().catch(() => {});
        client = null;
      }
      await sleep(LOOK_EVERY_MS);
    }
    await client?.end().catch(() => {});
  }

  /** The most that waits while all is well, with room for chance. */
  normal(from, to) {
    const seen = this.looks.filter(([at]) => at >= from && at < to).map(([, backlog]) => backlog);
    return Math.ceil(Math.max(...seen) * 1.25) + 5;
  }

  /** Milliseconds from `from` until the backlog is normal and stays so; null if it never does. */
  healedAfter(from, normal) {
    const after = this.looks.filter(([at]) => at >= from);
    for (const [n, [at]] of after.entries()) {
      const steady = after.slice(n).filter(([then]) => then <= at + STEADY_MS);
      if (steady.every(([, backlog]) => backlog <= normal) && after.at(-1)[0] >= at + STEADY_MS) return at - from;
    }
    return null;
  }

  /** How the tries that began within these times went: `waits` picks those that wait for the outcome, or those that do not. */
  latency(from, to, waits) {
    const taken = this.tries.filter((one) => one.at >= from && one.at < to && one.waits === waits).map(({ ms }) => ms);
    return taken.length === 0 ? null : taken.toSorted((a, b) => a - b)[Math.ceil(taken.length * 0.99) - 1];
  }

  refused(from, to) {
    return this.tries.filter(({ at, status }) => at >= from && at < to && (status === 0 || status >= 500)).length;
  }
}

async function connected(connectionString) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: LOOK_TIMEOUT_MS, query_timeout: LOOK_TIMEOUT_MS });
  client.on("error", () => {});
  await client.connect();
  return client;
}
