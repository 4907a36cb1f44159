/** Kafka as another program sees it: a consumer group of its own, and a producer that knows no better. */
import { kafkajs } from "../../../server/src/queues/kafka/direct.testing.ts";
import type { Json } from "./merchant.ts";

export interface Seen {
  readonly topic: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Null: it is no JSON. */
  readonly value: Json;
}

export interface Topics {
  /** All records of the topics so far, each as it came. */
  readonly seen: readonly Seen[];
  put(topic: string, messages: readonly kafkajs.Message[]): Promise<void>;
  /** Removes the topics too. */
  close(): Promise<void>;
}

/** @param names without the prefix; the topics must be there */
export async function readTopics(broker: string, prefix: string, names: readonly string[]): Promise<Topics> {
  const client = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `${prefix}reader`, maxWaitTimeInMs: 100 });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const seen: Seen[] = [];
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics: names.map((name) => prefix + name), fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message: { key, value, headers } }) => {
      const text = value?.toString() ?? "";
      const read = Object.entries(headers ?? {}).map(([name, each]) => [name, String(each)]);
      seen.push({
        topic: topic.slice(prefix.length),
        key: key?.toString() ?? null,
        headers: Object.fromEntries(read),
        text,
        value: jsonOf(text),
      });
    },
  });
  return {
    seen,
    put: async (name, messages) => void (await producer.send({ topic: prefix + name, messages: [...messages] })),
    close: async () => {
      await Promise.all([consumer.disconnect(), producer.disconnect()]);
      const admin = client.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
      await admin.disconnect();
    },
  };
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
