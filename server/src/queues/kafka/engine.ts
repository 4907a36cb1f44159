/** Jobs through Kafka's topics and consumer groups. Loaded only where `KAFKA_BROKERS` is set. */
import type { Consumer, Engine, EngineHealth } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import type { QueueName } from "../../core/queues.ts";
import { within } from "../../net/within.ts";
import { kafkaClients, type KafkaPlace } from "./clients.ts";
import { openConsumer, type Consumed } from "./consumer.ts";
import { createDepths } from "./depths.ts";
import { deadLetterOf, recordOf } from "./message.ts";
import { namesOf } from "./names.ts";
import { createSender } from "./sender.ts";
import { openWatch } from "./watch.ts";

const CLOSE_MS = 5_000;

export interface KafkaEngineOptions extends KafkaPlace {
  readonly log: Log;
  /** Before the names of topics and groups: of tests, which share a broker. */
  readonly prefix?: string;
}

/** Throws `NoTopic` if a topic is missing that we may not make. A Kafka that is away is waited for behind. */
export async function openKafkaEngine({ log, prefix = "", ...place }: KafkaEngineOptions): Promise<Engine> {
  const clients = kafkaClients(place);
  const names = namesOf(prefix);
  const depths = createDepths(names);
  const watch = await openWatch({ makeAdmin: clients.admin, names, depths, log });
  const sender = createSender(clients.producer());
  const consumers: Consumer[] = [];

  function consume(queue: QueueName, { atOnce, receive }: Parameters<Engine["consume"]>[1]): Consumer {
    const { topic } = names.places[queue];
    const bury: Consumed["bury"] = async (record, partition, reason) => {
      await sender.send(names.deadLetters, [deadLetterOf(record, { reason, topic, partition })]);
      log.error({ queue, topic, partition, offset: record.offset, reason }, `a message was put into ${names.deadLetters}`);
    };
    const consumer = openConsumer({ queue, place: names.places[queue], atOnce, receive, open: clients.consumer, bury, depths, watch, log });
    consumers.push(consumer);
    return consumer;
  }

  return {
    name: "kafka",
    publish: async (queue, messages, delayMs) => {
      // Kafka has no delay: the row is due by itself then, and is published at that time.
      if (delayMs > 0) return;
      watch.check();
      depths.sent(queue, messages.length);
      await sender.send(names.places[queue].topic, messages.map(recordOf));
    },
    room: async (queue) => {
      watch.check();
      return depths.room(queue);
    },
    consume,
    health: async (): Promise<EngineHealth> => {
      try {
        watch.check();
        return { status: "ok", problem: null, paused: [] };
      } catch (error) {
        return { status: "down", problem: (error as Error).message, paused: [] };
      }
    },
    close: async () => {
      const closed = [...consumers.map((consumer) => consumer.stop()), watch.close(), sender.close()];
      await within(CLOSE_MS, Promise.allSettled(closed), "Kafka").catch(() => undefined);
    },
  };
}
