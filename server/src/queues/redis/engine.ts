/** Jobs through BullMQ: its queues, states and tools over Redis. Loaded only where `REDIS_URL` is set. */
import type * as BullMq from "bullmq";
import type * as IoRedis from "ioredis";
import { ENGINE_DELAYED_MAX, ENGINE_DEPTH_MAX } from "../../core/engines.ts";
import type { Bury, Consumer, Ended, Engine, EngineHealth, Message } from "../../core/ports/engine.ts";
import type { RedisPlace } from "../../core/ports/redis-place.ts";
import type { Log } from "../../core/ports/world.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { connectRedis, type Connection } from "./connection.ts";
import { bulkOf, type Bulk, type Taken } from "./bulk.ts";
import { ComesAgain, watchedConsumer } from "./consumer.ts";
import { openLink, sayOutages, type Link } from "./link.ts";
import { within } from "../../net/within.ts";

/** In braces: a cluster keeps all keys of it together. */
const PREFIX = "{tillway}";
/** What has ended is kept for people to look at, and bounded: with `noeviction` a full Redis takes nothing more. */
const KEPT = { removeOnComplete: { count: 1_000, age: 86_400 }, removeOnFail: { count: 1_000, age: 7 * 86_400 } };
/** Longer than any job of ours runs: see the leases in `core/constants.ts`. So nobody renews it. */
const LOCK_MS = 60_000;
const PUBLISH_MS = 4_000;
const CLOSE_MS = 5_000;
const SILENT_MS = 10_000;

export interface RedisEngineOptions {
  readonly place: RedisPlace;
  readonly log: Log;
  readonly bury: Bury;
  readonly libraries: { readonly bullmq: typeof BullMq; readonly ioredis: typeof IoRedis };
  /** Replaces `SILENT_MS` in tests. */
  readonly silentMs?: number;
}

/** Throws `Evicts` if Redis may drop what waits. One that is away is waited for behind. */
export async function openRedisEngine({ place, log, bury, libraries, silentMs = SILENT_MS }: RedisEngineOptions): Promise<Engine> {
  const { bullmq, ioredis } = libraries;
  const publisher = connectRedis(ioredis, place, "publish");
  const consuming = connectRedis(ioredis, place, "consume");
  const disconnect = (): void => [publisher, consuming].forEach((connection) => connection.disconnect());
  for (const connection of [publisher, consuming]) sayOutages(connection, log);
  const link = await openLink(publisher, log).catch((error: unknown) => {
    disconnect();
    throw error;
  });
  const options = { prefix: PREFIX, skipVersionCheck: true };
  const queues = new Map(QUEUE_NAMES.map((name) => [name, new bullmq.Queue(name, { ...options, connection: publisher })]));
  for (const queue of queues.values()) queue.on("error", () => {});
  const bulks = bulkBy(consuming);
  const consumers: { close(): Promise<void> }[] = [];

  function consume(name: QueueName, { atOnce, receive }: Parameters<Engine["consume"]>[1]): Consumer {
    const run = async ({ id, data }: Taken): Promise<string> => {
      const message = messageIn(data, name);
      if (!("malformed" in message)) return shown(await receive(message).ended);
      const reason = `This is no message of Tillway: ${message.malformed}.`;
      try {
        await bury({ engine: "redis", place: name, partition: null, position: id, reason, headers: {}, value: data });
      } catch (error) {
        log.warn({ queue: name, error: String(error) }, "a message that can't be read could not be kept; it comes again");
        throw new ComesAgain(reason);
      }
      // So that BullMQ's tools show it among the failed.
      throw new Error(reason);
    };
    const consumer = watchedConsumer({
      open: () => new bullmq.Worker(name, null, { ...options, ...KEPT, connection: consuming, lockDuration: LOCK_MS }),
      find: (worker, id) => bullmq.Job.fromId(worker, id),
      bulk: bulks.get(name)!,
      queue: queues.get(name)!,
      atOnce,
      run,
      log,
      silentMs,
    });
    consumers.push(consumer);
    return consumer;
  }

  return {
    name: "redis",
    ...sendingBy(link, queues, bulkBy(publisher)),
    consume,
    close: async () => {
      await within(CLOSE_MS, Promise.all(consumers.map((consumer) => consumer.close())), "Redis").catch(() => undefined);
      await within(CLOSE_MS, Promise.all([...queues.values()].map((queue) => queue.close())), "Redis").catch(() => undefined);
      disconnect();
    },
  };
}

type Bulks = ReadonlyMap<QueueName, Bulk>;

function bulkBy(connection: Connection): Bulks {
  const shared = { lockMs: LOCK_MS, kept: KEPT.removeOnComplete };
  return new Map(QUEUE_NAMES.map((name) => [name, bulkOf(connection, { ...shared, prefix: `${PREFIX}:${name}:` })]));
}

function sendingBy(link: Link, queues: ReadonlyMap<QueueName, BullMq.Queue>, bulks: Bulks): Pick<Engine, "publish" | "room" | "health"> {
  /** As each was last seen. */
  const delayedCounts = new Map<QueueName, number>();
  return {
    publish: async (queue, messages, delayMs) => {
      link.check();
      if (delayMs > 0 && (delayedCounts.get(queue) ?? 0) >= ENGINE_DELAYED_MAX) return;
      // A whole number that is a number: BullMQ 6.7 shows a delay that is text, and does not wait for it.
      const delay = Math.max(0, Math.ceil(delayMs));
      if (delay === 0) return within(PUBLISH_MS, bulks.get(queue)!.add(messages), "Redis");
      const jobs = messages.map((message) => ({ name: message.kind, data: message, opts: { jobId: message.id, delay, attempts: 1 } }));
      await within(PUBLISH_MS, queues.get(queue)!.addBulk(jobs), "Redis");
    },
    room: async (queue) => {
      link.check();
      const asked = queues.get(queue)!.getJobCounts("waiting", "prioritized", "delayed");
      const { waiting = 0, prioritized = 0, delayed = 0 } = await within(PUBLISH_MS, asked, "Redis");
      delayedCounts.set(queue, delayed);
      return ENGINE_DEPTH_MAX - waiting - prioritized;
    },
    health: async (): Promise<EngineHealth> => {
      try {
        link.check();
        const looks = QUEUE_NAMES.map((name) => lookAt(queues.get(name)!));
        const found = await within(PUBLISH_MS, Promise.all(looks), "Redis");
        const messages = Object.fromEntries(found.map(({ name, count }) => [name, count])) as Record<QueueName, number>;
        return { status: "ok", problem: null, paused: found.filter(({ isPaused }) => isPaused).map(({ name }) => name), messages };
      } catch (error) {
        return { status: "down", problem: (error as Error).message, paused: [] };
      }
    },
  };
}

async function lookAt(queue: BullMq.Queue) {
  const [counts, isPaused] = await Promise.all([queue.getJobCounts("waiting", "prioritized", "delayed"), queue.isPaused()]);
  return { name: queue.name as QueueName, isPaused, count: Object.values(counts).reduce((sum, count) => sum + count, 0) };
}

/** The message of a job of BullMQ, or why it is none. */
function messageIn(text: string, name: QueueName): Message | { readonly malformed: string } {
  const data = parsed(text);
  const { jobId, lane, queue } = (data ?? {}) as Partial<Message>;
  if (typeof jobId !== "string" || typeof lane !== "string") return { malformed: "it names no job" };
  return queue === name ? (data as Message) : { malformed: `it is not of ${name}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What BullMQ shows as the result; a failure is thrown, so that it is shown among the failed. */
function shown({ outcome, reason }: Ended): string {
  if (outcome === "failed") throw new Error(reason ?? "failed");
  return outcome;
}
