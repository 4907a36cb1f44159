import { connect } from "node:net";
import * as kafkajs from "kafkajs";
import type { Unreadable } from "../../core/dead-messages.ts";
import type { Bury, Engine } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { lineTo } from "../../../../test/support/line.ts";
import type { EngineServer } from "../engine-bench.testing.ts";
import { openKafkaEngine } from "./engine.ts";
import { namesOf, type Names } from "./names.ts";

export interface KafkaServer extends EngineServer {
  readonly names: Names;
  readonly admin: kafkajs.Admin;
  readonly client: kafkajs.Kafka;
  /** What was no message of ours. */
  readonly buried: Unreadable[];
  open(log: Log, library?: typeof kafkajs): Promise<Engine>;
}

let count = 0;

/** Topics and groups of its own, which are gone afterwards. */
export async function kafkaServer(broker: string): Promise<KafkaServer> {
  const prefix = `t${process.pid}-${Date.now().toString(36)}-${(count += 1)}.`;
  const names = namesOf(prefix);
  const { topics, places } = names;
  const client = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const line = await lineTo(`tcp://${broker}`);
  // A broker names its own address, so the line is put below the client.
  const socketFactory: kafkajs.ISocketFactory = ({ onConnect }) => {
    const { hostname: host, port } = new URL(line.url);
    return connect({ host, port: Number(port), noDelay: true }, onConnect).setKeepAlive(true);
  };
  const buried: Unreadable[] = [];
  const bury: Bury = async (found) => void buried.push(found);
  return {
    names,
    admin,
    client,
    buried,
    open: (log, library = kafkajs) => openKafkaEngine({ brokers: [broker], log, library, prefix, socketFactory, bury }),
    goAway: () => line.set("cut"),
    comeBack: () => line.set("open"),
    empty: async () => {
      for (const { topic } of Object.values(places)) {
        const ends = await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: ends.map(({ partition, high }) => ({ partition, offset: high })) });
      }
    },
    close: async () => {
      const there = new Set(await admin.listTopics());
      await admin.deleteTopics({ topics: topics.map(({ topic }) => topic).filter((topic) => there.has(topic)) });
      await admin.disconnect();
      await line.close();
    },
  };
}
