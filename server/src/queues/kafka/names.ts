import type { QueueName } from "../../core/queues.ts";

export interface Place {
  readonly topic: string;
  /** The consumer group that works on it. */
  readonly group: string;
}

/** Where each queue's messages travel: names that other programs may read, too. */
const PLACES: Readonly<Record<QueueName, Place>> = {
  "payment-queue": { topic: "payments.created", group: "payment-worker" },
  "refund-queue": { topic: "refunds.created", group: "refund-worker" },
  "webhook-queue": { topic: "payments.results", group: "webhook-worker" },
};
/** What is no message of ours goes there, with the reason in a header. */
const DEAD_LETTERS = "payments.dlq";
/** Of the topics that we make. Twelve processes share a queue; more partitions may be added at any time. */
const PARTITIONS = 12;

export interface Names {
  readonly places: Readonly<Record<QueueName, Place>>;
  readonly deadLetters: string;
  /** All topics, with the number of partitions that they are made with. */
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
}

/** @param prefix before all topics and groups, so that tests don't meet */
export function namesOf(prefix: string): Names {
  const placed = (queue: QueueName): Place => ({ topic: prefix + PLACES[queue].topic, group: prefix + PLACES[queue].group });
  const places = {
    "payment-queue": placed("payment-queue"),
    "refund-queue": placed("refund-queue"),
    "webhook-queue": placed("webhook-queue"),
  };
  const deadLetters = prefix + DEAD_LETTERS;
  const topics = [...Object.values(places).map(({ topic }) => ({ topic, partitions: PARTITIONS })), { topic: deadLetters, partitions: 1 }];
  return { places, deadLetters, topics };
}
