import type * as KafkaJs from "kafkajs";
import { within } from "../../net/within.ts";

const PUBLISH_MS = 4_000;

export interface Sender {
  /** Resolves once all in-sync copies of the topic have them. A rejected one may have been written. */
  send(topic: string, messages: KafkaJs.Message[]): Promise<void>;
  close(): Promise<void>;
}

/** One send at a time: overlapping ones may be lost where the first of them fails. */
export function createSender(producer: KafkaJs.Producer): Sender {
  let isConnected = false;
  let last: Promise<unknown> = Promise.resolve();

  async function write(topic: string, messages: KafkaJs.Message[]): Promise<void> {
    if (!isConnected) await producer.connect();
    isConnected = true;
    await producer.send({ topic, messages, acks: -1, timeout: PUBLISH_MS });
  }

  return {
    send: (topic, messages) => {
      const sent = last.then(() => write(topic, messages));
      last = sent.catch(() => undefined);
      return within(PUBLISH_MS, sent, "Kafka");
    },
    close: () => producer.disconnect(),
  };
}
