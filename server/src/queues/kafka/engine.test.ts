import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { allDone, EngineBench, patiently, subjects } from "../engine-bench.testing.ts";
import { engineConformance } from "../engine-conformance.testing.ts";
import { kafkaServer } from "./server.testing.ts";

const kafka = needs("kafka", process.env["TEST_KAFKA_BROKERS"] ?? process.env.KAFKA_BROKERS);
const broker = kafka.url.split(",")[0]!;
const [server] = databaseServers();

kafka.describe("one rule for all engines, with Kafka", () => {
  let storage: TestStorage;
  beforeAll(async () => {
    storage = await postgresStorage(server!.url);
  });
  afterAll(() => storage.close());

  describe("conformance", () => engineConformance({ name: "Kafka", storage: () => storage, server: () => kafkaServer(broker) }));

  it(
    "a hundred jobs that fail and wait for their next try stand before no healthy one of their partition",
    { timeout: 120_000 },
    async () => {
      const one = await kafkaServer(broker);
      const { topic, group } = one.names.places["webhook-queue"];
      await one.admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
      const bench = new EngineBench({ name: "Kafka", storage: () => storage, server: null }, one);
      try {
        const failed = new Set<string>();
        bench.work = ({ subject }) => {
          if (!subject.startsWith("dlv_FA")) return;
          failed.add(subject);
          throw new Error("the receiver is broken");
        };
        await bench.start();
        // Both share their lanes, too.
        const poor = await bench.add(100, (n) => ({ subject: `dlv_FA${String(n).padStart(24, "0")}` }));
        await waitFor("each of them to fail", () => failed.size === poor.length, patiently);
        const healthy = await bench.add(100);
        await allDone(bench, healthy);
        expect(bench.done.toSorted()).toEqual(subjects(healthy));
        await waitFor(
          "the offset to have passed all of them",
          async () => {
            const [{ partitions } = { partitions: [] }] = await one.admin.fetchOffsets({ groupId: group, topics: [topic] });
            return partitions.length === 1 && Number(partitions[0]!.offset) >= poor.length + healthy.length;
          },
          patiently,
        );
        bench.work = () => undefined;
        bench.aheadMs += 60_000;
        await allDone(bench, poor);
      } finally {
        await bench.close();
      }
    },
  );
});
