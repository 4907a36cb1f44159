/** Jobs through Kafka's topics and consumer groups. Loaded only where `KAFKA_BROKERS` is set. */
import type { Bury, Consumer, Engine, EngineHealth } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import type { QueueName } from "../../core/queues.ts";
import { within } from "../../net/within.ts";
import { kafkaClients, type KafkaPlace } from "./clients.ts";
import { openConsumer, type Consumed } from "./consumer.ts";
import { createDepths, type Depths } from "./depths.ts";
import { deadLetterOf, recordOf, resultRecordOf, unreadableOf } from "./message.ts";
import { namesOf, placeOf, placesOf, type Names, type Place } from "./names.ts";
import { createSender, type Sender } from "./sender.ts";
import { openWatch, type Watch } from "./watch.ts";

const CLOSE_MS = 5_000;

export interface KafkaEngineOptions extends KafkaPlace {
  readonly log: Log;
  readonly bury: Bury;
  /** Before the names of topics and groups, where others share the brokers. */
  readonly prefix?: string;
}

/** Throws `NoTopic` if a topic is missing that we may not make. A Kafka that is away is waited for behind. */
export async function openKafkaEngine({ log, bury: keep, prefix = "", ...place }: KafkaEngineOptions): Promise<Engine> {
  const clients = kafkaClients(place);
  const names = namesOf(prefix);
  const depths = createDepths(names);
  const watch = await openWatch({ makeAdmin: clients.admin, names, depths, log });
  const sender = createSender(clients.producer());
  const consumers: Consumer[] = [];

  function consumePlace(place: Place, queue: QueueName, { atOnce, receive }: Parameters<Engine["consume"]>[1]): Consumer {
    const { topic, deadLetters } = place;
    const bury: Consumed["bury"] = async (record, partition, reason) => {
      // The row first: it is there once however often this comes, and people look there.
      await keep(unreadableOf(record, { reason, topic, partition }));
      await sender.send(deadLetters, [deadLetterOf(record, { reason, topic, partition })]);
    };
    const consumer = openConsumer({ queue, place, atOnce, receive, open: clients.consumer, bury, depths, watch, log });
    consumers.push(consumer);
    return consumer;
  }

  function consume(queue: QueueName, options: Parameters<Engine["consume"]>[1]): Consumer {
    const own = placesOf(names, queue).map((place) => consumePlace(place, queue, options));
    return { stop: async () => void (await Promise.all(own.map((consumer) => consumer.stop()))) };
  }

  return {
    name: "kafka",
    ...sendingBy({ sender, watch, depths, names }),
    room: async (queue) => {
      watch.check();
      return depths.room(queue);
    },
    consume,
    health: async (): Promise<EngineHealth> => {
      try {
        watch.check();
        return { status: "ok", problem: null, paused: [], messages: depths.waiting() };
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

interface Sending {
  readonly sender: Sender;
  readonly watch: Watch;
  readonly depths: Depths;
  readonly names: Names;
}

function sendingBy({ sender, watch, depths, names }: Sending): Required<Pick<Engine, "publish" | "announce">> {
  return {
    publish: async (queue, messages, delayMs) => {
      // Kafka has no delay: the row is due by itself then, and is published at that time.
      if (delayMs > 0) return;
      watch.check();
      depths.sent(queue, messages.length);
      for (const place of placesOf(names, queue)) {
        const its = messages.filter((message) => placeOf(names, queue, message) === place);
        if (its.length > 0) await sender.send(place.topic, its.map(recordOf));
      }
    },
    announce: async (results) => {
      watch.check();
      for (const type of ["PaymentResultEvent", "RefundResultEvent"] as const) {
        const its = results.filter(({ event }) => event.type === type);
        const records = its.map(({ event, traceparent }) => resultRecordOf(event, traceparent));
        if (records.length > 0) await sender.send(names.results[type], records);
      }
    },
  };
}
