import { setTimeout as sleep } from "node:timers/promises";
import type * as KafkaJs from "kafkajs";
import type { Consumer, Message, Receipt } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import type { QueueName } from "../../core/queues.ts";
import { within } from "../../net/within.ts";
import { createCommitter } from "./committer.ts";
import type { Depths } from "./depths.ts";
import { messageIn } from "./message.ts";
import type { Place } from "./names.ts";
import type { Watch } from "./watch.ts";

const AGAIN_MS = 1_000;
const STOP_MS = 5_000;
const HEARTBEAT_MS = 1_000;
/** One that neither fetches, nor joins, nor says that it lives for so long, while Kafka is there, has stopped without a word. */
const SILENT_MS = 25_000;
/** Of a topic's partitions, handled at once: each waits for the database. */
const PARTITIONS_AT_ONCE = 12;

export interface Consumed {
  readonly queue: QueueName;
  readonly place: Place;
  readonly atOnce: number;
  readonly receive: (message: Message) => Receipt;
  readonly open: (group: string) => KafkaJs.Consumer;
  /** Puts what is no message of ours aside. */
  readonly bury: (record: KafkaJs.KafkaMessage, partition: number, reason: string) => Promise<void>;
  readonly depths: Depths;
  readonly watch: Watch;
  readonly log: Log;
}

/** Takes a queue's messages until stopped; one that crashed or went silent is replaced. */
export function openConsumer(given: Consumed): Consumer {
  const { queue, place, open, watch, log } = given;
  const stopping = new AbortController();
  const handle = handler(given, stopping.signal);
  const kept = keep();

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        // Without its topics it would fail at once; the watch makes them.
        watch.check();
        const end = await live();
        if (!stopping.signal.aborted) log.error({ queue, error: String(end) }, "the consumer of this queue ended; another takes its place");
      } catch {
        // Said by the watch, if Kafka is away.
      }
      await sleep(AGAIN_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Resolves with the reason when the consumer is of no more use. */
  async function live(): Promise<unknown> {
    const consumer = open(place.group);
    const ended = endOf(consumer, watch, stopping.signal);
    try {
      return await Promise.race([ended, begin(consumer).then(() => ended)]);
    } finally {
      // Leaves its group, so that others go on at once. It may hang, and be replaced for that.
      await within(STOP_MS, consumer.disconnect(), "Kafka").catch(() => undefined);
    }
  }

  async function begin(consumer: KafkaJs.Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: handle,
    });
  }

  return {
    stop: async () => {
      stopping.abort();
      await kept;
    },
  };
}

/** Resolves when the consumer crashed for good, went silent, or is to stop. */
function endOf(consumer: KafkaJs.Consumer, watch: Watch, signal: AbortSignal): Promise<unknown> {
  const { events } = consumer;
  let aliveMs = performance.now();
  const alive = (): void => void (aliveMs = performance.now());
  consumer.on(events.FETCH, alive);
  consumer.on(events.HEARTBEAT, alive);
  consumer.on(events.GROUP_JOIN, alive);
  return new Promise((resolve) => {
    const end = (reason: unknown): void => {
      clearInterval(timer);
      resolve(reason);
    };
    const look = (): void => {
      try {
        watch.check();
        if (performance.now() - aliveMs > SILENT_MS) end(new Error("it went silent"));
      } catch {
        alive();
      }
    };
    const timer = setInterval(look, AGAIN_MS).unref();
    // The other ones start again by themselves.
    consumer.on(events.CRASH, ({ payload }) => void (payload.restart || end(payload.error)));
    if (signal.aborted) end(null);
    signal.addEventListener("abort", () => end(null), { once: true });
  });
}

/** Never rejects: an error thrown into kafkajs ends the consumer, or has it come back to the same message for ever. */
function handler({ queue, place, atOnce, receive, bury, depths, log }: Consumed, stopping: AbortSignal): KafkaJs.EachBatchHandler {
  const commit = createCommitter(place.topic);
  const waiting: (() => void)[] = [];
  let working = 0;

  return async (payload) => {
    try {
      await handle(payload);
    } catch (error) {
      log.error({ queue, error: String(error) }, "could not handle a batch of messages; it comes again");
      restLater(payload);
    }
  };

  async function handle(payload: KafkaJs.EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale, resolveOffset, heartbeat, commitOffsetsIfNecessary } = payload;
    const begun: Promise<boolean>[] = [];
    for (const record of batch.messages) {
      if (stopping.aborted || !isRunning() || isStale()) break;
      if (working >= atOnce) {
        waiting.push(payload.pause());
        break;
      }
      begun.push(begin(record, batch.partition));
    }
    if (begun.length === 0) return;
    const held = await beating(Promise.all(begun), heartbeat);
    const firstPoor = held.indexOf(false);
    if (firstPoor >= 0) restLater(payload);
    const count = firstPoor < 0 ? held.length : firstPoor;
    if (count === 0) return;
    const { offset } = batch.messages[count - 1]!;
    resolveOffset(offset);
    depths.taken(queue, count);
    await commit(batch.partition, offset, commitOffsetsIfNecessary);
  }

  /** True once the message may be passed. */
  async function begin(record: KafkaJs.KafkaMessage, partition: number): Promise<boolean> {
    const message = messageIn(record, queue);
    if ("malformed" in message) {
      const reason = `This is no message of Tillway: ${message.malformed}.`;
      return bury(record, partition, reason).then(
        () => true,
        () => false,
      );
    }
    working += 1;
    const { held, ended } = receive(message);
    void ended.finally(() => {
      working -= 1;
      // All at once: whoever finds it full again waits again.
      if (working < atOnce) for (const resume of waiting.splice(0)) resume();
    });
    await held;
    return true;
  }
}

/** The same messages come again, but not at once. */
function restLater({ pause }: KafkaJs.EachBatchPayload): void {
  const resume = pause();
  setTimeout(resume, AGAIN_MS).unref();
}

/** Tells the group that we live while the database takes its time. */
async function beating<Value>(work: Promise<Value>, heartbeat: () => Promise<void>): Promise<Value> {
  const done = new AbortController();
  const beat = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await sleep(HEARTBEAT_MS, undefined, { signal: done.signal, ref: false });
      // A rebalance is seen by kafkajs itself, when the batch is over.
      await heartbeat().catch(() => undefined);
    }
  };
  void beat().catch(() => undefined);
  return work.finally(() => done.abort());
}
