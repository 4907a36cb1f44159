/** Our bulk scripts against the installed BullMQ: the same jobs, handled by both, must leave the same keys behind. */
import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needs } from "../../../../test/support/require-services.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import type { Message } from "../../core/ports/engine.ts";
import { bulkOf, type Bulk, type Taken } from "./bulk.ts";

const redis = needs("redis", process.env["TEST_REDIS_URL"] ?? process.env.REDIS_URL);
/** Of its own: other tests use other databases of this server. */
const DATABASE = 5;
const KEPT = { count: 4, age: 3_600 };
const TOKEN = "worker-1";

const message = (id: string): Message => {
  const about = {
    merchantId: "mer_1",
    mode: "test",
    kind: "charge",
    subject: "pay_1",
    lane: "acc_1",
    tries: 0,
    traceparent: null,
  } as const;
  return { id, queue: "payment-queue", jobId: `job_${id}`, ...about };
};
const messages = (...ids: string[]): Message[] => ids.map(message);

redis.describe("jobs of BullMQ in bulk", () => {
  let direct: ioredis.Redis;
  let bulk: Bulk;
  let queue: bullmq.Queue;
  const workers: bullmq.Worker[] = [];
  const bulkUnder = (prefix: string, lockMs = 60_000) => bulkOf(direct, { prefix: `${prefix}:payment-queue:`, lockMs, kept: KEPT });
  const queueUnder = (prefix: string) => new bullmq.Queue("payment-queue", { connection: direct, prefix });
  const workerUnder = (prefix: string, options: Partial<bullmq.WorkerOptions> = {}, run: bullmq.Processor | null = null) => {
    const kept = { removeOnComplete: KEPT, removeOnFail: KEPT };
    const worker = new bullmq.Worker("payment-queue", run, { connection: direct, prefix, lockDuration: 60_000, ...kept, ...options });
    workers.push(worker);
    return worker;
  };

  beforeEach(async () => {
    direct = new ioredis.Redis(`${redis.url}/${DATABASE}`, { maxRetriesPerRequest: null });
    await direct.flushdb();
    [bulk, queue] = [bulkUnder("{t}"), queueUnder("{t}")];
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close(true)));
    await queue.close();
    direct.disconnect();
  });

  it("leave the keys that BullMQ leaves: added, added again, taken, ended, and beyond what is kept", async () => {
    const theirs = queueUnder("{b}");
    const worker = workerUnder("{b}");
    const ours = bulkUnder("{o}");
    const add = async (...ids: string[]) => {
      await ours.add(messages(...ids));
      await theirs.addBulk(messages(...ids).map((data) => ({ name: data.kind, data, opts: { jobId: data.id, delay: 0, attempts: 1 } })));
    };
    const handle = async (count: number, andLeave = false) => {
      const taken: Taken[] = [];
      // Half of what waits each time.
      while (taken.length < count) taken.push(...(await ours.take(count - taken.length, TOKEN)));
      const jobs = [];
      for (let n = 0; n < count; n++) jobs.push((await worker.getNextJob(TOKEN, { block: false }))!);
      expect(taken.map(({ id, data }) => [id, JSON.parse(data)])).toEqual(jobs.map(({ id, data }) => [id, data]));
      if (andLeave) return;
      // As a look for stalled jobs between the two leaves them.
      for (const prefix of ["{o}", "{b}"]) await direct.sadd(`${prefix}:payment-queue:stalled`, ...jobs.map(({ id }) => id!));
      await ours.end(
        taken.map(({ id }) => ({ id, value: '"done"' })),
        TOKEN,
      );
      for (const job of jobs) await job.moveToCompleted("done", TOKEN, false);
    };
    // Both only see to it that versions and the like stand where BullMQ writes them at a start.
    await Promise.all([queueUnder("{o}").waitUntilReady(), theirs.waitUntilReady()]);
    const same = async () => expect(await keysUnder(direct, "{o}")).toEqual(await keysUnder(direct, "{b}"));

    await add("a", "b", "c");
    await same();
    await add("c", "d");
    await same();
    await handle(2);
    await same();
    for (const prefix of ["{o}", "{b}"]) await direct.rpush(`${prefix}:payment-queue:a:logs`, "a line of its log");
    await handle(1, true);
    await same();
    await add("e", "f", "g", "h");
    await handle(4);
    await same();
    expect(await direct.exists("{o}:payment-queue:a", "{o}:payment-queue:a:logs", "{o}:payment-queue:b", "{o}:payment-queue:c")).toBe(1);
  });

  const ends = (...ids: string[]) =>
    bulk.end(
      ids.map((jobId) => ({ id: jobId, value: '"done"' })),
      TOKEN,
    );
  const events = async () => (await direct.xrange("{t}:payment-queue:events", "-", "+")).map(([, fields]) => fields[1]);

  it("the last of them says that the queue is drained, and only the last", async () => {
    await bulk.add(messages("a", "b"));
    for (let n = 0; n < 2; n++) await bulk.take(9, TOKEN);
    await ends("a");
    expect(await events()).toEqual(["added", "waiting", "added", "waiting", "active", "active", "completed"]);
    await ends("b");
    expect((await events()).slice(7)).toEqual(["completed", "drained"]);
    await bulk.add(messages("c"));
    await bulk.take(9, TOKEN);
    await queue.add("charge", message("p"), { jobId: "p", priority: 3 });
    await ends("c");
    expect((await events()).slice(-1)).toEqual(["completed"]);
  });

  it("each step that leaves something to take wakes whoever waits for it; in a paused queue none does", async () => {
    const marker = "{t}:payment-queue:marker";
    const wakes = async (step: () => Promise<unknown>) => {
      await direct.del(marker);
      await step();
      return (await direct.exists(marker)) === 1;
    };
    expect(await wakes(() => bulk.add(messages("a", "b", "c")))).toBe(true);
    expect(await wakes(() => bulk.take(1, TOKEN))).toBe(true);
    expect(await wakes(() => ends("a"))).toBe(true);
    expect(await wakes(() => ends())).toBe(true);
    await queue.pause();
    expect(await wakes(() => bulk.add(messages("d")))).toBe(false);
    expect(await wakes(() => ends())).toBe(false);
    await queue.resume();
    for (const _ of ["b", "c", "d"]) await bulk.take(1, TOKEN);
    expect(await wakes(() => ends("b", "c", "d"))).toBe(false);
    await queue.add("charge", message("p"), { jobId: "p", priority: 3 });
    expect(await wakes(() => ends())).toBe(true);
  });

  it("the stream of events stays as short as it was set", async () => {
    const [short, stream] = [bulkUnder("{u}"), "{u}:payment-queue:events"];
    await direct.hset("{u}:payment-queue:meta", "opts.maxLenEvents", 10);
    // By whole blocks of a hundred or so.
    await short.add(messages(...Array.from({ length: 400 }, (_, n) => `m${n}`)));
    expect(await direct.xlen(stream)).toBeLessThan(250);
    for (let part = await short.take(100, TOKEN); part.length > 0; part = await short.take(100, TOKEN))
      await short.end(
        part.map(({ id: jobId }) => ({ id: jobId, value: "1" })),
        TOKEN,
      );
    expect(await direct.xlen(stream)).toBeLessThan(250);
  });

  it("one that BullMQ wants to fail says why", async () => {
    await bulk.add(messages("a"));
    await direct.hset("{t}:payment-queue:a", "defa", "job stalled more than allowable limit");
    expect(await bulk.take(1, TOKEN)).toMatchObject([{ id: "a", refusal: "job stalled more than allowable limit" }]);
  });

  it("what this process took and does not run goes back, before all others; what it runs, and what others took, stays", async () => {
    await bulk.add(messages("a", "b", "c", "d"));
    const mine = [...(await bulk.take(2, TOKEN)), ...(await bulk.take(1, "another"))].map(({ id }) => id);
    expect(mine).toEqual(["a", "b", "c"]);
    await bulk.giveBack(["b"], TOKEN);
    expect(await queue.getJobCounts("waiting", "active")).toEqual({ waiting: 2, active: 2 });
    expect((await bulk.take(1, TOKEN)).map(({ id }) => id)).toEqual(["a"]);
  });

  it.each([
    ["paused", () => queue.pause()],
    ["limited to so many at once", () => queue.setGlobalConcurrency(1)],
    ["limited to so many a second", () => queue.setGlobalRateLimit(1, 1_000)],
    ["behind with delayed ones", () => queue.add("charge", message("z"), { jobId: "z", delay: 1, timestamp: Date.now() - 1_000 })],
  ])("a queue that is %s is left to BullMQ", async (_how, make) => {
    await bulk.add(messages("a", "b"));
    await make();
    expect(await bulk.take(9, TOKEN)).toEqual([]);
    expect(await queue.getJobCounts("waiting", "active")).toEqual({ waiting: 2, active: 0 });
  });

  it("more than one script's worth comes whole, and in the order in which it was added", async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `m${n}`);
    await bulk.add(messages(...ids));
    const taken: string[] = [];
    for (let part = await bulk.take(1_000, TOKEN); part.length > 0; part = await bulk.take(1_000, TOKEN)) {
      taken.push(...part.map(({ id }) => id));
    }
    expect(taken).toEqual(ids);
  });

  it("one whose lock was lost stays as it is, whoever has it now", async () => {
    await bulk.add(messages("a"));
    await bulk.take(1, TOKEN);
    await bulk.end([{ id: "a", value: '"done"' }], "worker-2");
    expect(await queue.getJobCounts("active", "completed")).toEqual({ active: 1, completed: 0 });
  });

  it("one that a process took and then died with is brought back by BullMQ's own look for stalled jobs", async () => {
    await bulk.add(messages("a"));
    await bulkUnder("{t}", 50).take(1, TOKEN);
    const got: unknown[] = [];
    workerUnder("{t}", { stalledInterval: 50 }, async ({ data }) => void got.push(data));
    await waitFor("it to be run", () => got.length > 0);
    expect(got).toEqual([message("a")]);
  });

  it("a worker of BullMQ that blocks is woken by them", async () => {
    const got: unknown[] = [];
    const worker = workerUnder("{t}", {}, async ({ data }) => void got.push(data));
    await new Promise<void>((resolve) => worker.once("drained", resolve));
    await bulk.add(messages("a", "b"));
    await waitFor("both to be run", () => got.length === 2);
  });

  it("what was kept longer than its time goes", async () => {
    await direct.zadd("{t}:payment-queue:completed", Date.now() - KEPT.age * 1_000 - 1, "old");
    await direct.hset("{t}:payment-queue:old", "name", "charge");
    await bulk.add(messages("a"));
    await bulk.take(1, TOKEN);
    await ends("a");
    expect(await direct.zrange("{t}:payment-queue:completed", "0", "-1")).toEqual(["a"]);
    expect(await direct.exists("{t}:payment-queue:old")).toBe(0);
  });
});

/** All keys of a prefix with what is in them; times are made equal. */
async function keysUnder(direct: ioredis.Redis, prefix: string): Promise<Record<string, unknown>> {
  const keys = (await direct.keys(`${prefix}:*`)).toSorted();
  const entries = await Promise.all(keys.map(async (key) => [key.slice(prefix.length), await contentOf(direct, key)] as const));
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)).replaceAll(/\b1\d{12}\b/g, "<time>")) as Record<string, unknown>;
}

async function contentOf(direct: ioredis.Redis, key: string): Promise<unknown> {
  const type = await direct.type(key);
  if (type === "hash") return direct.hgetall(key);
  if (type === "list") return direct.lrange(key, 0, -1);
  if (type === "zset") return direct.zrange(key, "0", "-1", "WITHSCORES");
  if (type === "set") return (await direct.smembers(key)).toSorted();
  if (type === "stream") return (await direct.xrange(key, "-", "+")).map(([, fields]) => fields);
  return direct.get(key);
}
