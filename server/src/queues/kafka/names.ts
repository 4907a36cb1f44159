import type { Message } from "../../core/ports/engine.ts";
import type { ResultEvent } from "../../core/results.ts";
import type { QueueName } from "../../core/queues.ts";

export interface Place {
  readonly topic: string;
  /** The consumer group that works on it. */
  readonly group: string;
  /** Where what is no message of ours goes, with the reason in a header. */
  readonly deadLetters: string;
}

type PlaceName = QueueName | "notifications";

/** Where messages travel: names that other programs may read, too. E-mails have workers of their own. */
const PLACES: Readonly<Record<PlaceName, Place>> = {
  "payment-queue": { topic: "payments.created", group: "payment-worker", deadLetters: "payments.dlq" },
  "refund-queue": { topic: "refunds.created", group: "refund-worker", deadLetters: "payments.dlq" },
  "webhook-queue": { topic: "webhooks.created", group: "webhook-worker", deadLetters: "payments.dlq" },
  notifications: { topic: "notifications.created", group: "notification-worker", deadLetters: "notifications.dlq" },
};
/** What other programs read; nobody here works on it. */
const RESULTS: Readonly<Record<ResultEvent["type"], string>> = {
  PaymentResultEvent: "payments.results",
  RefundResultEvent: "refunds.results",
};
/** Of the topics that we make. Twelve processes share a queue; more partitions may be added at any time. */
const PARTITIONS = 12;

export interface Names {
  readonly places: Readonly<Record<PlaceName, Place>>;
  readonly results: typeof RESULTS;
  /** Of payments. */
  readonly deadLetters: string;
  /** All topics, with the number of partitions that they are made with. */
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
}

/** @param prefix before all topics and groups */
export function namesOf(prefix: string): Names {
  const placed = (name: PlaceName): Place => {
    const { topic, group, deadLetters } = PLACES[name];
    return { topic: prefix + topic, group: prefix + group, deadLetters: prefix + deadLetters };
  };
  const places = {
    "payment-queue": placed("payment-queue"),
    "refund-queue": placed("refund-queue"),
    "webhook-queue": placed("webhook-queue"),
    notifications: placed("notifications"),
  };
  const results = {
    PaymentResultEvent: prefix + RESULTS.PaymentResultEvent,
    RefundResultEvent: prefix + RESULTS.RefundResultEvent,
  };
  const own = Object.values(places);
  const shared = [...own.map(({ topic }) => topic), ...Object.values(results)];
  const dead = new Set(own.map(({ deadLetters }) => deadLetters));
  const topics = [...shared.map((topic) => ({ topic, partitions: PARTITIONS })), ...[...dead].map((topic) => ({ topic, partitions: 1 }))];
  return { places, results, deadLetters: places["payment-queue"].deadLetters, topics };
}

/** E-mails are deliveries, and so jobs of the webhooks' queue; here they travel apart. */
export function placeOf({ places }: Names, queue: QueueName, { kind }: Pick<Message, "kind">): Place {
  return places[kind === "email" || kind === "person-email" ? "notifications" : queue];
}

/** All places that a queue's messages are in. */
export function placesOf({ places }: Names, queue: QueueName): readonly Place[] {
  return queue === "webhook-queue" ? [places[queue], places.notifications] : [places[queue]];
}
