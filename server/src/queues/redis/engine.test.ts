import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { lineTo } from "../../../../test/support/line.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { ENGINE_DELAYED_MAX } from "../../core/engines.ts";
import { QUEUE_NAMES } from "../../core/queues.ts";
import { redisPlace } from "../../config/redis-url.ts";
import type { EngineServer } from "../engine-bench.testing.ts";
import { engineConformance } from "../engine-conformance.testing.ts";
import type { Unreadable } from "../../core/dead-messages.ts";
import type { Bury, Engine, Message } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { openRedisEngine } from "./engine.ts";

const redis = needs("redis", process.env["TEST_REDIS_URL"] ?? process.env.REDIS_URL);
/** Of its own: other tests use other databases of this server. */
const DATABASE = 3;

async function redisServer(): Promise<EngineServer> {
  const direct = new ioredis.Redis(`${redis.url}/${DATABASE}`);
  await direct.flushdb();
  const line = await lineTo(`${redis.url}/${DATABASE}`);
  return {
    open: (log) => openRedisEngine({ place: redisPlace(line.url)!, log, bury, libraries: { bullmq, ioredis } }),
    goAway: () => line.set("cut"),
    comeBack: () => line.set("open"),
    empty: async () => void (await direct.flushdb()),
    close: async () => {
      direct.disconnect();
      await line.close();
    },
  };
}

const buried: Unreadable[] = [];
const bury: Bury = async (found) => void buried.push(found);

const [server] = databaseServers();

describe("one rule for all engines", () => {
  let storage: TestStorage;
  beforeAll(async () => {
    storage = await postgresStorage(server!.url);
  });
  afterAll(() => storage.close());

  engineConformance({ name: "PostgreSQL", storage: () => storage, server: null });
  redis.describe("with Redis", () => {
    engineConformance({ name: "Redis", storage: () => storage, server: redisServer });
  });
});

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const message = (id: string): Message => {
  const about = {
    merchantId: "mer_1",
    mode: "test",
    kind: "webhook",
    subject: "dlv_1",
    lane: "whe_1",
    tries: 1,
    traceparent: null,
  } as const;
  return { id, queue: "webhook-queue", jobId: `job_${id}`, ...about };
};

redis.describe("what a BullMQ dashboard shows", () => {
  const place = redisPlace(`${redis.url}/${DATABASE + 1}`)!;
  let engine: Engine;
  let direct: ioredis.Redis;
  let queue: bullmq.Queue;
  beforeEach(async () => {
    direct = new ioredis.Redis(`${redis.url}/${DATABASE + 1}`, { maxRetriesPerRequest: null });
    await direct.flushdb();
    engine = await openRedisEngine({ place, log: quiet, bury, libraries: { bullmq, ioredis }, silentMs: 300 });
    queue = new bullmq.Queue("webhook-queue", { connection: direct, prefix: "{tillway}" });
  });
  afterEach(async () => {
    await engine.close();
    await queue.close();
    direct.disconnect();
  });
  const receipt = (ended: Promise<{ readonly outcome: "done" | "failed"; readonly reason?: string }>) => ({
    held: Promise.resolve(),
    ended,
  });

  it("a message by the kind of its job, delayed until it is due, then completed, or failed with its reason", async () => {
    await engine.publish("webhook-queue", [message("later")], 700.2);
    await engine.publish("webhook-queue", [message("good"), message("bad")], 0);
    expect(await queue.getJobCounts("delayed", "waiting")).toEqual({ delayed: 1, waiting: 2 });
    expect((await queue.getDelayed()).map(({ name, opts }) => [name, opts.delay])).toEqual([["webhook", 701]]);
    engine.consume("webhook-queue", {
      atOnce: 2,
      receive: ({ jobId }) =>
        receipt(Promise.resolve(jobId === "job_bad" ? { outcome: "failed", reason: "410 Gone" } : { outcome: "done" })),
    });
    await waitFor("all to end", async () => (await queue.getJobCounts("completed"))["completed"] === 2);
    expect((await queue.getFailed()).map((job) => [job.data.jobId, job.failedReason])).toEqual([["job_bad", "410 Gone"]]);
    expect((await queue.getCompleted()).map((job) => [job.data.jobId, job.returnvalue])).toEqual([
      ["job_later", "done"],
      ["job_good", "done"],
    ]);
  });

  it("a message that is none of ours is buried with where it was, and shown as failed; one that could not be buried comes again", async () => {
    const got: string[] = [];
    let poor = true;
    const once: Bury = async (found) => {
      if (found.position === "b" && poor) {
        poor = false;
        throw new Error("the database is away");
      }
      buried.push(found);
    };
    buried.length = 0;
    const other = await openRedisEngine({ place, log: quiet, bury: once, libraries: { bullmq, ioredis } });
    other.consume("webhook-queue", { atOnce: 2, receive: ({ jobId }) => (got.push(jobId), receipt(Promise.resolve({ outcome: "done" }))) });
    await queue.add("any", { hello: "world" }, { jobId: "a" });
    await queue.add("any", { ...message("x"), queue: "payment-queue" }, { jobId: "b" });
    await other.publish("webhook-queue", [message("good")], 0);
    await waitFor("both to fail", async () => (await queue.getJobCounts("failed"))["failed"] === 2);
    expect(buried.map(({ engine: name, place: where, position, reason, value }) => [name, where, position, reason, value])).toEqual([
      ["redis", "webhook-queue", "a", "This is no message of Tillway: it names no job.", '{"hello":"world"}'],
      ["redis", "webhook-queue", "b", "This is no message of Tillway: it is not of webhook-queue.", expect.stringContaining("job_x")],
    ]);
    expect((await queue.getFailed()).map(({ failedReason }) => failedReason).toSorted()).toEqual(
      buried.map(({ reason }) => reason).toSorted(),
    );
    expect(poor).toBe(false);
    await waitFor("the good one", () => got.length === 1);
    await other.close();
  });

  it("no more than 50,000 delayed messages of a queue", { timeout: 30_000 }, async () => {
    const delayed = direct.pipeline();
    for (let n = 0; n < ENGINE_DELAYED_MAX; n++) delayed.zadd("{tillway}:webhook-queue:delayed", Date.now() + 3_600_000, `planted-${n}`);
    await delayed.exec();
    expect(await engine.room("webhook-queue")).toBe(1_000);
    await engine.publish("webhook-queue", [message("one-more")], 60_000);
    await engine.publish("webhook-queue", [message("now")], 0);
    expect(await queue.getJobCounts("delayed", "waiting")).toEqual({ delayed: ENGINE_DELAYED_MAX, waiting: 1 });
  });

  it("a queue that a person paused is named, and its messages wait", async () => {
    await queue.pause();
    await engine.publish("webhook-queue", [message("one")], 0);
    expect(await engine.health()).toMatchObject({
      status: "ok",
      paused: ["webhook-queue"],
      messages: { "webhook-queue": 1, "refund-queue": 0 },
    });
    expect(await engine.room("webhook-queue")).toBe(999);
    await queue.resume();
    expect((await engine.health()).paused).toEqual([]);
  });

  it("a consumer that stopped without a word is replaced while messages wait", async () => {
    const workers: unknown[] = [];
    const deaf: unknown[] = [];
    class Silent extends bullmq.Worker {
      constructor(name: string, run: null, options: bullmq.WorkerOptions) {
        super(name, run, options);
        workers.push(this);
      }
      override getNextJob(token: string): Promise<bullmq.Job> {
        if (this !== workers[0]) return super.getNextJob(token);
        deaf.push(token);
        return new Promise(() => {});
      }
    }
    const errors: string[] = [];
    const log: Log = { ...quiet, error: (_fields, text) => void errors.push(text) };
    const libraries = { bullmq: { ...bullmq, Worker: Silent as unknown as typeof bullmq.Worker }, ioredis };
    const poor = await openRedisEngine({ place, log, bury, libraries, silentMs: 300 });
    const got: string[] = [];
    poor.consume("webhook-queue", { atOnce: 5, receive: ({ jobId }) => (got.push(jobId), receipt(Promise.resolve({ outcome: "done" }))) });
    await waitFor("it to wait for a job", () => deaf.length === 1);
    await poor.publish("webhook-queue", [message("one")], 0);
    await waitFor("it to be received", () => got.length === 1);
    expect([workers.length, errors.length]).toEqual([2, 1]);
    await poor.close();
  });

  it("a Redis that may drop jobs is refused at the start, and not used when it turns out so later", async () => {
    // As this server would say it with another policy: it is everybody's, so its own stays.
    let policy = "allkeys-lru";
    const saying = (made: ioredis.Redis): ioredis.Redis => {
      const info = made.info.bind(made) as (...given: unknown[]) => Promise<string>;
      const said = (...given: unknown[]) =>
        given[0] === "memory" ? info("memory").then((text) => text.replace(/(maxmemory_policy:)\S+/, `$1${policy}`)) : info(...given);
      return Object.assign(made, { info: said });
    };
    const Redis = new Proxy(ioredis.Redis, { construct: (target, given) => saying(Reflect.construct(target, given) as ioredis.Redis) });
    const libraries = { bullmq, ioredis: { ...ioredis, Redis } };
    const line = await lineTo(`${redis.url}/${DATABASE + 1}`);
    const open = () => openRedisEngine({ place: redisPlace(line.url)!, log: quiet, bury, libraries });
    await expect(open()).rejects.toThrow(/maxmemory-policy allkeys-lru.*config set maxmemory-policy noeviction/);
    policy = "noeviction";
    const fit = await open();
    await fit.publish("webhook-queue", [message("one")], 0);
    policy = "volatile-ttl";
    line.set("cut");
    line.set("open");
    await waitFor("it to be seen", async () => ((await fit.health()).problem ?? "").includes("volatile-ttl"));
    await expect(fit.publish("webhook-queue", [message("two")], 0)).rejects.toThrow("volatile-ttl");
    await fit.close();
    await line.close();
  });
});

const cluster = needs("redis-cluster", process.env.REDIS_CLUSTER_URL);
cluster.describe("a cluster of Redis", () => {
  it("carries messages of all queues, by the braces in their keys", async () => {
    const place = redisPlace(cluster.url.replace("redis://", "redis-cluster://"))!;
    const engine = await openRedisEngine({ place, log: quiet, bury, libraries: { bullmq, ioredis } });
    const got: string[] = [];
    const receive = ({ jobId }: Message) => (
      got.push(jobId),
      { held: Promise.resolve(), ended: Promise.resolve({ outcome: "done" as const }) }
    );
    const id = `one-${process.pid}-${Date.now()}`;
    for (const name of QUEUE_NAMES) engine.consume(name, { atOnce: 5, receive });
    for (const name of QUEUE_NAMES) await engine.publish(name, [{ ...message(`${id}-${name}`), queue: name }], 0);
    await waitFor("all three", () => QUEUE_NAMES.every((name) => got.includes(`job_${id}-${name}`)));
    expect((await engine.health()).status).toBe("ok");
    await engine.close();
  });
});
