import { afterAll, beforeAll, describe } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
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
});
