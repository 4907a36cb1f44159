import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { databaseServers, freshDatabase } from "../../../../test/support/databases.ts";
import type { FreshDatabase } from "../../../../test/support/databases.ts";
import type { Log, Queue } from "../../core/ports/world.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { queueConformance } from "../conformance.testing.ts";
import { createPostgresQueue, type Pace } from "./queue.ts";

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
/** Many checks, each a round trip, on a machine that may be busy. */
const patiently = { timeout: 15_000 };
const pace: Pace = { firstPauseMs: 5, mostPauseMs: 20, silenceMs: 5_000, aliveMs: 30_000 };

describe.each(databaseServers())("on $name", ({ url }) => {
  let database: FreshDatabase;
  let watcher: pg.Client;
  const open: Queue[] = [];

  beforeAll(async () => {
    database = await freshDatabase(url);
    watcher = new pg.Client({ connectionString: database.url });
    await watcher.connect();
  });
  afterAll(async () => {
    await watcher.end();
    await database.drop();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.close()));
    await vi.waitFor(async () => expect(await connections()).toEqual([]));
  });

  async function connections(): Promise<{ pid: number; name: string }[]> {
    const sql =
      "SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tillway-%' ORDER BY name";
    return (await watcher.query(sql)).rows;
  }

  /** A queue whose connection is up and has given its first hints. */
  async function start(heard: QueueName[] = [], log = quiet): Promise<Queue> {
    const queue = createPostgresQueue({ databaseUrl: database.url, log, pace });
    open.push(queue);
    const greeting: QueueName[] = [];
    let isGreeting = true;
    queue.onHint((name) => (isGreeting ? greeting : heard).push(name));
    await vi.waitFor(() => expect(greeting).toEqual(QUEUE_NAMES));
    await vi.waitFor(async () => expect((await connections()).length).toBe(open.length));
    isGreeting = false;
    return queue;
  }

  queueConformance("postgres", async (log) => {
    const queue = createPostgresQueue({ databaseUrl: database.url, log });
    let greeted = 0;
    queue.onHint(() => (greeted += 1));
    await vi.waitFor(() => expect(greeted).toBeGreaterThanOrEqual(QUEUE_NAMES.length));
    return queue;
  });

  describe("hints between processes", () => {
    it("reach the others, and the sender hears each once", async () => {
      const [heardByA, heardByB]: [QueueName[], QueueName[]] = [[], []];
      const a = await start(heardByA);
      const b = await start(heardByB);
      a.hint(["webhook-queue"]);
      await vi.waitFor(() => expect(heardByB).toEqual(["webhook-queue"]));
      b.hint(["payment-queue", "refund-queue"]);
      await vi.waitFor(() => expect(heardByA).toEqual(["webhook-queue", "payment-queue", "refund-queue"]));
      expect(heardByB).toEqual(["webhook-queue", "payment-queue", "refund-queue"]);
    });

    it("become few notifications, however many are given", async () => {
      const notifications: number[] = [];
      watcher.on("notification", () => notifications.push(performance.now()));
      await watcher.query("LISTEN tillway_hints");
      const heard: QueueName[] = [];
      const a = await start();
      await start(heard);
      const startedMs = performance.now();
      for (let n = 0; n < 200; n += 1) {
        a.hint(["payment-queue"]);
        await new Promise((resolve) => setImmediate(resolve));
      }
      a.hint(["refund-queue"]);
      await vi.waitFor(() => expect(heard).toContain("refund-queue"));
      await watcher.query("UNLISTEN *");
      watcher.removeAllListeners("notification");
      expect(notifications.length).toBeGreaterThan(0);
      expect(notifications.length).toBeLessThanOrEqual(Math.ceil((performance.now() - startedMs) / 5) + 1);
    });

    it("of another version are read as far as their names are known", async () => {
      const heard: QueueName[] = [];
      await start(heard);
      for (const payload of ["", "x", "someone dispute-queue", "someone payment-queue; drop", "someone dispute-queue webhook-queue"]) {
        await watcher.query("SELECT pg_notify('tillway_hints', $1)", [payload]);
      }
      await vi.waitFor(() => expect(heard).toEqual(["webhook-queue"]));
    });
  });

  describe("a lost connection", () => {
    it("comes back and hints all queues, because some hints were missed", async () => {
      const heard: QueueName[] = [];
      const a = await start(heard);
      await watcher.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tillway-%' AND datname = current_database()",
      );
      await vi.waitFor(() => expect(heard).toEqual(QUEUE_NAMES));
      await vi.waitFor(async () => expect((await connections()).map(({ name }) => name)).toEqual(["tillway-hints"]));
      const heardByB: QueueName[] = [];
      await start(heardByB);
      a.hint(["webhook-queue"]);
      await vi.waitFor(() => expect(heardByB).toEqual(["webhook-queue"]));
    });

    it("keeps no hint from this process, nor does a server that was never there, and nothing is thrown", async () => {
      const port = await freePort();
      const warnings: string[] = [];
      const log: Log = { ...quiet, warn: (_fields, message) => void warnings.push(message) };
      const queue = createPostgresQueue({ databaseUrl: `postgres://nobody@127.0.0.1:${port}/x`, log, pace });
      const heard: QueueName[] = [];
      queue.onHint((name) => heard.push(name));
      queue.hint(["payment-queue"]);
      await vi.waitFor(() => expect(heard).toEqual(["payment-queue"]));
      await vi.waitFor(() => expect(warnings.length).toBeGreaterThan(4));
      await queue.close();
      const { length } = warnings;
      await new Promise((resolve) => setTimeout(resolve, pace.mostPauseMs * 2));
      expect(warnings).toHaveLength(length);
    });

    it("that is only silent, as after a cut cable, is noticed and replaced", async () => {
      const line = await lineTo(new URL(database.url));
      const lost: unknown[] = [];
      const log: Log = { ...quiet, warn: (fields) => void lost.push(fields["error"]) };
      const hasty = { ...pace, silenceMs: 2_000, aliveMs: 20 };
      const queue = createPostgresQueue({ databaseUrl: line.url, log, pace: hasty });
      open.push(queue);
      const heard: QueueName[] = [];
      queue.onHint((name) => heard.push(name));
      await vi.waitFor(() => expect(heard).toEqual(QUEUE_NAMES), patiently);
      await vi.waitFor(() => expect(line.count()).toBe(1), patiently);
      // Alive for many checks, and nothing is lost.
      await vi.waitFor(() => expect(line.bytes()).toBeGreaterThan(1_500), patiently);
      expect(lost).toEqual([]);
      line.cut();
      await vi.waitFor(() => expect(lost).toHaveLength(1), patiently);
      await vi.waitFor(() => expect(heard).toEqual([...QUEUE_NAMES, ...QUEUE_NAMES]), patiently);
      await queue.close();
      await line.close();
    });

    it("does not hold up close()", async () => {
      const line = await lineTo(new URL(database.url));
      const queue = createPostgresQueue({ databaseUrl: line.url, log: quiet, pace });
      await vi.waitFor(() => expect(line.count()).toBe(1), patiently);
      line.cut();
      const startedAt = performance.now();
      await queue.close();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      await line.close();
    });

    it("is not opened again when the queue is closed while it connects", async () => {
      const port = await freePort();
      const warnings: string[] = [];
      const log: Log = { ...quiet, warn: (_fields, message) => void warnings.push(message) };
      await createPostgresQueue({ databaseUrl: `postgres://nobody@127.0.0.1:${port}/x`, log, pace }).close();
      await new Promise((resolve) => setTimeout(resolve, pace.mostPauseMs * 2));
      expect(warnings).toEqual([]);
    });
  });
});

/** A line to the server that can be cut without either end noticing. A later connection is a line of its own. */
async function lineTo(target: URL) {
  const sockets: Socket[] = [];
  let bytes = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    sockets.push(near, far);
    near.on("data", (chunk) => (bytes += chunk.length));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => [near, far].forEach((end) => end.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.searchParams.delete("host");
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: String(url),
    count: () => sockets.length / 2,
    bytes: () => bytes,
    cut: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
