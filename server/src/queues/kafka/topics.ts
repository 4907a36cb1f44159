import { setTimeout as sleep } from "node:timers/promises";
import type * as KafkaJs from "kafkajs";
import type { Names } from "./names.ts";

/** More copies than this are made by whoever wants them. */
const REPLICAS_MAX = 3;
/** A new topic answers after a moment, when its partitions have found their leaders. */
const SETTLE_MS = 5_000;
const SETTLE_EVERY_MS = 50;

/** Says that a topic is missing and that Kafka does not let us make it. */
export class NoTopic extends Error {
  constructor(topic: string, partitions: number, reason: string) {
    super(
      `Kafka has no topic ${topic} and does not let Tillway make it (${reason}). ` +
        `Make it: kafka-topics.sh --bootstrap-server HOST:9092 --create --topic ${topic} --partitions ${partitions}`,
    );
    this.name = "NoTopic";
  }
}

/** Makes those topics that are missing. Throws `NoTopic`, or what went wrong on the way. */
export async function ensureTopics(admin: KafkaJs.Admin, { topics }: Names): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = topics.filter(({ topic }) => !there.has(topic));
  if (missing.length === 0) return;
  const { brokers } = await admin.describeCluster();
  const replicationFactor = Math.min(REPLICAS_MAX, brokers.length);
  try {
    await admin.createTopics({
      topics: missing.map(({ topic, partitions: numPartitions }) => ({ topic, numPartitions, replicationFactor })),
      timeout: 5_000,
      // The library's own wait gives up at the first answer that a topic is not there yet; ours is below.
      waitForLeaders: false,
    });
  } catch (error) {
    throw refusalIn(error, missing) ?? error;
  }
  const until = performance.now() + SETTLE_MS;
  for (const { topic } of missing) while (!(await answers(admin, topic)) && performance.now() < until) await sleep(SETTLE_EVERY_MS);
}

/** Whatever is wrong, the look that follows says it: the library wraps the answer that we wait out when it has tried again. */
async function answers(admin: KafkaJs.Admin, topic: string): Promise<boolean> {
  return admin.fetchTopicOffsets(topic).then(
    () => true,
    () => false,
  );
}

/** Kafka's answer that it will not; null: something else went wrong, and may go right another time. */
function refusalIn(error: unknown, missing: Names["topics"]): NoTopic | null {
  const { errors = [error] } = error as { readonly errors?: readonly unknown[] };
  for (const each of errors) {
    const {
      type,
      topic = missing[0]!.topic,
      retriable,
      message,
    } = each as Partial<KafkaJs.KafkaJSProtocolError & { readonly topic: string }>;
    if (typeof type !== "string" || retriable === true || type === "TOPIC_ALREADY_EXISTS") continue;
    const { partitions } = missing.find((one) => one.topic === topic) ?? missing[0]!;
    return new NoTopic(topic, partitions, `${type}: ${message ?? ""}`);
  }
  return null;
}
