/** What the consumer does where BullMQ, Redis or the way to it does something else than usual. */
import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needs } from "../../../../test/support/require-services.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { redisPlace } from "../../config/redis-url.ts";
import { bulkOf, type Bulk, type Taken } from "./bulk.ts";
import { connectRedis } from "./connection.ts";
import { watchedConsumer } from "./consumer.ts";

const redis = needs("redis", process.env["TEST_REDIS_URL"] ?? process.env.REDIS_URL);
/** Of its own: other tests use other databases of this server. */
const DATABASE = 6;
/** Far less than the five seconds after which BullMQ looks without being woken. */
const soon = { timeoutMs: 3_000 };

redis.describe("a consumer of jobs in bulk", () => {
  let direct: ioredis.Redis;
  let queue: bullmq.Queue;
  let bulk: Bulk;
  const warnings: string[] = [];
  const got: string[] = [];
  const closes: (() => Promise<unknown>)[] = [];
  const log = {
    info: () => {},
    warn: (_: object, text: string) => void warnings.push(text),
    error: (_: object, text: string) => void warnings.push(text),
  };

  beforeEach(async () => {
    direct = new ioredis.Redis(`${redis.url}/${DATABASE}`, { maxRetriesPerRequest: null });
    await direct.flushdb();
    queue = new bullmq.Queue("payment-queue", { connection: direct, prefix: "{t}" });
    bulk = bulkOf(direct, { prefix: "{t}:payment-queue:", lockMs: 60_000, kept: { count: 1_000, age: 3_600 } });
    warnings.length = got.length = 0;
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) await close();
    await queue.close();
    direct.disconnect();
  });

  function consume(run: (taken: Taken) => Promise<string>, { by = bulk, silentMs = 60_000 } = {}): void {
    const consumer = watchedConsumer({
      open: () => new bullmq.Worker("payment-queue", null, { connection: direct, prefix: "{t}" }),
      find: (worker, id) => bullmq.Job.fromId(worker, id),
      bulk: by,
      queue,
      atOnce: 10,
      run: async (taken) => (got.push(taken.id), run(taken)),
      log,
      silentMs,
    });
    closes.push(() => consumer.stop().then(() => consumer.close()));
  }
  const add = (ids: string[], options: bullmq.JobsOptions = {}) =>
    queue.addBulk(ids.map((id) => ({ name: "charge", data: {}, opts: { jobId: id, attempts: 1, ...options } })));

  it("takes the next one at once when one has failed, also in a queue that runs one at a time", async () => {
    await queue.setGlobalConcurrency(1);
    await add(["a", "b", "c"]);
    consume(() => Promise.reject(new Error("no")));
    await waitFor("all to fail", async () => (await queue.getFailedCount()) === 3, soon);
    expect(got).toEqual(["a", "b", "c"]);
  });

  it("takes those with a priority one after the other, where one may run at a time", async () => {
    await queue.setGlobalConcurrency(1);
    await add(["a", "b", "c"], { priority: 2 });
    consume(() => Promise.resolve("done"));
    await waitFor("all to end", async () => (await queue.getCompletedCount()) === 3, soon);
  });

  it("runs what was taken by a request whose answer was lost and that was sent again", async () => {
    await add(Array.from({ length: 20 }, (_, n) => `m${n}`));
    let isLost = false;
    const take: Bulk["take"] = async (count, token) => {
      if (!isLost) {
        isLost = true;
        await bulk.take(count, token);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return bulk.take(count, token);
    };
    consume(() => Promise.resolve("done"), { by: { ...bulk, take } });
    await waitFor("all to end", async () => (await queue.getCompletedCount()) === 20, soon);
    expect(new Set(got).size).toBe(20);
    expect(got).toHaveLength(20);
  });

  it("looks less and less often at a queue that may take no more for a while, and replaces nobody for it", async () => {
    await queue.setGlobalRateLimit(1, 60_000);
    await add(["a", "b"]);
    let looks = 0;
    const take: Bulk["take"] = (count, token) => ((looks += 1), bulk.take(count, token));
    const beganMs = performance.now();
    consume(() => Promise.resolve("done"), { by: { ...bulk, take }, silentMs: 300 });
    await waitFor("some looks", () => looks >= 9);
    // 10, 20, 40 … 640 ms after each other.
    expect(performance.now() - beganMs).toBeGreaterThan(1_000);
    expect([got.length, warnings]).toEqual([1, []]);
  });

  it("does not run what BullMQ wants to fail, and lets it fail for that reason", async () => {
    await add(["a", "b"]);
    await direct.hset("{t}:payment-queue:a", "defa", "job stalled more than allowable limit");
    consume(() => Promise.resolve("done"));
    await waitFor("both to end", async () => (await queue.getFailedCount()) + (await queue.getCompletedCount()) === 2, soon);
    expect(got).toEqual(["b"]);
    expect((await queue.getFailed()).map(({ id, failedReason }) => [id, failedReason])).toEqual([
      ["a", "job stalled more than allowable limit"],
    ]);
  });

  it("says once why Redis takes no ends, and again if that comes back", async () => {
    let isRefused = true;
    const end: Bulk["end"] = (...given) => (isRefused ? Promise.reject(new Error("READONLY")) : bulk.end(...given));
    consume(() => Promise.resolve("done"), { by: { ...bulk, end } });
    for (const id of ["a", "b", "c", "d"]) {
      isRefused = id !== "c";
      await add([id]);
      await waitFor(`${id} to have run`, () => got.includes(id));
      await waitFor(`${id} to be told of`, async () =>
        isRefused ? warnings.length === (id === "d" ? 2 : 1) : (await queue.getCompletedCount()) === 1,
      );
    }
    expect(new Set(warnings)).toEqual(new Set(["Redis was not told that jobs have ended; their messages come again"]));
  });
});

it("a connection whose server says nothing any more is left, after longer than BullMQ blocks", () => {
  const place = redisPlace("redis://127.0.0.1:1")!;
  for (const purpose of ["publish", "consume"] as const) {
    const connection = connectRedis(ioredis, place, purpose);
    connection.on("error", () => {});
    expect((connection.options as ioredis.RedisOptions).socketTimeout).toBe(15_000);
    connection.disconnect();
  }
});
