/** Whether Kafka is there, and how much waits in it: looked at in the background, so that nobody who asks waits for it. */
import { setTimeout as sleep } from "node:timers/promises";
import type * as KafkaJs from "kafkajs";
import { ENGINE_DEPTH_MAX } from "../../core/engines.ts";
import type { Log } from "../../core/ports/world.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { within } from "../within.ts";
import type { Names, Place } from "./names.ts";
import { ensureTopics, NoTopic } from "./topics.ts";

const LOOK_MS = 2_000;
const FIRST_LOOK_MS = 8_000;
const EVERY_MS = 1_000;
/** While a queue is full, its relay waits for the figure. */
const EVERY_FULL_MS = 200;

export interface Watch {
  /** Throws what is wrong with Kafka, instead of waiting for it. */
  check(): void;
  /** How many more messages of a queue it should get. */
  room(queue: QueueName): number;
  /** Told by this process, so that the figure is right between two looks. */
  sent(queue: QueueName, count: number): void;
  taken(queue: QueueName, count: number): void;
  close(): Promise<void>;
}

interface Depth {
  /** At the last look. */
  waiting: number;
  /** Since then: sent, less taken. */
  since: number;
}

/** Looks once before it resolves. Throws `NoTopic` if a topic is missing that we may not make; a Kafka that is away is waited for behind. */
export async function openWatch(makeAdmin: () => KafkaJs.Admin, names: Names, log: Log): Promise<Watch> {
  const depths = new Map<QueueName, Depth>(QUEUE_NAMES.map((queue) => [queue, { waiting: 0, since: 0 }]));
  const asked = new Set<QueueName>(QUEUE_NAMES);
  const stopping = new AbortController();
  let problem: string | null = "Kafka was not reached yet";
  let admin: KafkaJs.Admin | null = null;
  let hasTopics = false;
  const roomOf = ({ waiting, since }: Depth): number => ENGINE_DEPTH_MAX - Math.max(0, waiting + since);

  async function look(): Promise<void> {
    if (admin === null) {
      admin = makeAdmin();
      await admin.connect();
    }
    const own = admin;
    if (!hasTopics) await ensureTopics(own, names);
    hasTopics = true;
    // Also where nobody asks for a depth: it is the sign that Kafka is there, and the topics with it.
    await own.fetchTopicMetadata({ topics: names.topics.map(({ topic }) => topic) });
    await Promise.all([...asked].map((queue) => measure(own, queue)));
  }

  async function measure(own: KafkaJs.Admin, queue: QueueName): Promise<void> {
    const depth = depths.get(queue)!;
    const before = depth.since;
    depth.waiting = await waitingIn(own, names.places[queue]);
    depth.since -= before;
  }

  async function tryLook(ms: number): Promise<unknown> {
    try {
      await within(ms, look(), "Kafka");
      if (problem !== null) log.info({}, "Kafka is there");
      problem = null;
      return null;
    } catch (error) {
      if (stopping.signal.aborted) return null;
      const said = error instanceof NoTopic ? error.message : `Kafka is away: ${(error as Error).message}`;
      if (problem === null || problem === FIRST) log.warn({ error: String(error) }, `${said}; jobs wait in the database until it is there`);
      problem = said;
      hasTopics = false;
      // Another one next time: what a connection went through while the broker was away is not to be guessed.
      void admin?.disconnect().catch(() => undefined);
      admin = null;
      return error;
    }
  }

  async function goOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const isFull = [...asked].some((queue) => roomOf(depths.get(queue)!) <= 0);
      await sleep(isFull ? EVERY_FULL_MS : EVERY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (!stopping.signal.aborted) await tryLook(LOOK_MS);
    }
  }

  const FIRST = problem;
  const failure = await tryLook(FIRST_LOOK_MS);
  if (failure instanceof NoTopic) throw failure;
  asked.clear();
  void goOn();
  return {
    check: () => {
      if (problem !== null) throw new Error(problem);
    },
    room: (queue) => (asked.add(queue), roomOf(depths.get(queue)!)),
    sent: (queue, count) => void (depths.get(queue)!.since += count),
    taken: (queue, count) => void (depths.get(queue)!.since -= count),
    close: async () => {
      stopping.abort();
      await admin?.disconnect();
    },
  };
}

/** Messages of a topic that its group has not passed yet. */
async function waitingIn(admin: KafkaJs.Admin, { topic, group: groupId }: Place): Promise<number> {
  const [ends, groups] = await Promise.all([admin.fetchTopicOffsets(topic), admin.fetchOffsets({ groupId, topics: [topic] })]);
  const passed = new Map(groups.flatMap(({ partitions }) => partitions.map(({ partition, offset }) => [partition, Number(offset)])));
  let waiting = 0;
  // −1 of a group that has passed nothing; what was removed at the front is passed.
  for (const { partition, low, high } of ends) waiting += Math.max(0, Number(high) - Math.max(Number(low), passed.get(partition) ?? -1));
  return waiting;
}
