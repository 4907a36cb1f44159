import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { kafkaFaults } from "../../../../test/support/kafka-schemas.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import type { Engine } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { createAnnouncer } from "../../flows/upkeep/results.ts";
import { event, newScope, payment, T0 } from "../../storage/conformance/rows.testing.ts";
import { kafkaServer, type KafkaServer } from "./server.testing.ts";

const kafka = needs("kafka", process.env["TEST_KAFKA_BROKERS"] ?? process.env.KAFKA_BROKERS);
const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };

kafka.describe("results of payments in Kafka", () => {
  let storage: TestStorage;
  let server: KafkaServer;
  let engine: Engine;
  beforeAll(async () => {
    storage = await postgresStorage(databaseServers()[0]!.url);
    server = await kafkaServer(kafka.url.split(",")[0]!);
    engine = await server.open(quiet);
  });
  afterAll(async () => {
    server.comeBack();
    await engine.close();
    await server.close();
    await storage.close();
  });

  it("that were committed while it was away are announced when it is back, each once, in their order", async () => {
    const { results } = storage.upkeep;
    await results.begin();
    const scope = newScope();
    const by = { kind: "person", id: "per_1", label: "Ann Lee", requestId: "req_1", at: T0 } as const;
    await storage.settings.by(by).createMerchant({ id: scope.merchantId, name: "Shop", email: "shop@example.com", createdAt: T0 });
    const row = payment(scope);
    const body = JSON.stringify({ id: row.id, amount: 500, amount_captured: 0, currency: "EUR", order_id: null, error: null });
    const tell = async (type: "payment.authorized" | "payment.succeeded", sequence: number): Promise<string> => {
      const one = event(row, { type, sequence, body });
      await storage.store.commit({ ...scope, events: [{ ...one, paymentId: null }] });
      return one.id;
    };
    const announced: string[] = [];
    const announcer = createAnnouncer(new World().deps, withPayment(results, row.id), async (some) => {
      await engine.announce!(some);
      announced.push(...some.map((each) => each.event.id));
    });
    const { signal } = new AbortController();
    server.goAway();
    await waitFor("its loss", async () => (await engine.health()).status === "down");
    const ids = [await tell("payment.authorized", 1), await tell("payment.succeeded", 2)];
    for (let n = 0; n < 3; n++) await announcer.round(signal);
    expect(announced).toEqual([]);
    server.comeBack();
    await waitFor("all to be announced", async () => (await announcer.round(signal), announced.length === 2), { timeoutMs: 30_000 });
    await announcer.round(signal);
    expect(announced).toEqual(ids);

    const seen: { readonly id: string; readonly key: string; readonly faults: readonly string[] }[] = [];
    const reader = server.client.consumer({ groupId: `${server.names.results.PaymentResultEvent}.reader` });
    await reader.connect();
    await reader.subscribe({ topic: server.names.results.PaymentResultEvent, fromBeginning: true });
    await reader.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        const told = JSON.parse(String(value)) as { readonly id: string };
        const said = Object.fromEntries(Object.entries(headers ?? {}).map(([name, each]) => [name, String(each)]));
        seen.push({ id: told.id, key: String(key), faults: kafkaFaults(said, told) });
      },
    });
    await waitFor("them to be read", () => seen.length >= 2);
    expect(seen).toEqual(ids.map((id) => ({ id, key: row.id, faults: [] })));
    await reader.disconnect();
  });
});

/** The rows of this test have no payment beside them, which an event must name. */
function withPayment(results: TestStorage["upkeep"]["results"], paymentId: string): TestStorage["upkeep"]["results"] {
  return {
    ...results,
    next: async (scope, limit) => {
      const found = await results.next(scope, limit);
      return { ...found, results: found.results.map((each) => ({ ...each, paymentId })) };
    },
  };
}
