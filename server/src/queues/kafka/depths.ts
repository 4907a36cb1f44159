import type * as KafkaJs from "kafkajs";
import { ENGINE_DEPTH_MAX } from "../../core/engines.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { placesOf, type Names, type Place } from "./names.ts";

interface Depth {
  /** At the last look. */
  waiting: number;
  /** Since then: sent, less taken, by this process. */
  since: number;
}

/** After somebody asked for all figures, all are kept for so long: longer than one collection of metrics takes to the next. */
const SHOWN_MS = 120_000;

/** How much waits in each topic that somebody asks for. */
export interface Depths {
  room(queue: QueueName): number;
  isAnyFull(): boolean;
  /** What waits in each queue, as last looked at: of those that this process does not relay, up to date from a second after the first call on. */
  waiting(): Record<QueueName, number>;
  sent(queue: QueueName, count: number): void;
  taken(queue: QueueName, count: number): void;
  measure(admin: KafkaJs.Admin): Promise<void>;
}

export function createDepths(names: Names): Depths {
  const depths = new Map<QueueName, Depth>(QUEUE_NAMES.map((queue) => [queue, { waiting: 0, since: 0 }]));
  // All at the first look; then those that this process relays.
  let allUntilMs = Number.POSITIVE_INFINITY;
  const asked = new Set<QueueName>();
  const roomOf = ({ waiting, since }: Depth): number => ENGINE_DEPTH_MAX - Math.max(0, waiting + since);

  async function measureOne(admin: KafkaJs.Admin, queue: QueueName): Promise<void> {
    const depth = depths.get(queue)!;
    const before = depth.since;
    const waiting = await Promise.all(placesOf(names, queue).map((place) => waitingIn(admin, place)));
    depth.waiting = waiting.reduce((sum, count) => sum + count, 0);
    depth.since -= before;
  }

  return {
    room: (queue) => (asked.add(queue), roomOf(depths.get(queue)!)),
    isAnyFull: () => [...asked].some((queue) => roomOf(depths.get(queue)!) <= 0),
    waiting: () => {
      allUntilMs = performance.now() + SHOWN_MS;
      const of = (queue: QueueName): number => Math.max(0, depths.get(queue)!.waiting);
      return { "payment-queue": of("payment-queue"), "refund-queue": of("refund-queue"), "webhook-queue": of("webhook-queue") };
    },
    sent: (queue, count) => void (depths.get(queue)!.since += count),
    taken: (queue, count) => void (depths.get(queue)!.since -= count),
    measure: async (admin) => {
      const queues = performance.now() < allUntilMs ? QUEUE_NAMES : [...asked];
      await Promise.all(queues.map((queue) => measureOne(admin, queue)));
      if (allUntilMs === Number.POSITIVE_INFINITY) allUntilMs = 0;
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
