/**
 * The whole platform on Kafka, with real servers: `PaymentCreatedEvent`, payment worker, Stripe's far side, `PaymentResultEvent`, e-mail, and the raw
 * exchange in the audit store; with poison among the messages and a gateway that is away. Nothing is lost, nothing is doubled.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createStripeFarSide, startGatewayServer, STRIPE_TEST_KEY, type StripeFarSide } from "../../sandbox/src/index.ts";
import { createMerchant } from "../../server/src/flows/setup/merchant.ts";
import { MongoClient } from "../../server/src/storage/mongodb/raw.testing.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { databaseServers } from "../support/databases.ts";
import { kafkaFaults } from "../support/kafka-schemas.ts";
import { mongoServers, ownDatabase } from "../support/mongo-servers.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { mailbox } from "./support/mailbox.ts";
import { Merchant, patiently, type Json } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { readTopics, type Seen, type Topics } from "./support/topics.ts";
import "./support/patience.ts";

/** How long the gateway is away; `npm run proof:full` takes half a minute. */
const OUTAGE_MS = Number(process.env["OUTAGE_MS"] ?? 3_000);
const LATEST_MS = 60_000 + 2 * OUTAGE_MS;

const audit = mongoServers.find(({ url }) => url !== "")?.url ?? "";
const urls = [process.env["TEST_KAFKA_BROKERS"] ?? process.env.KAFKA_BROKERS, process.env["MAILPIT_SMTP_URL"], audit];
const servers = needs("kafka, mailpit and ferretdb", urls.every(Boolean) ? urls[0] : undefined);
const stripeAccount = { connector: "stripe", credentials: { secret_key: STRIPE_TEST_KEY, webhook_secret: "{secret}" } };
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const VISA = "pm_card_visa";
const endings: Readonly<Record<string, readonly [status: string, result: string, outcome: string]>> = {
  [VISA]: ["succeeded", "APPROVED", "captured"],
  pm_card_visa_chargeDeclinedInsufficientFunds: ["failed", "DENIED", "insufficient_funds"],
  pm_card_radarBlock: ["failed", "DENIED", "fraud"],
  pm_card_visa_chargeDeclined: ["failed", "DENIED", "declined"],
};

servers.describe("the platform on Kafka", () => {
  const stops: (() => unknown)[] = [];
  const prefix = `t${process.pid}-${Date.now().toString(36)}-platform.`;
  const box = mailbox(process.env["MAILPIT_API_URL"] ?? "");
  let stage: Stage;
  let far: StripeFarSide;
  let gateway: Awaited<ReturnType<typeof startGatewayServer>>;
  let port: number;
  let shop: Merchant;
  let topics: Topics;
  let raw: MongoClient;

  beforeAll(async () => {
    port = await freePort();
    const stripeUrl = `http://127.0.0.1:${port}`;
    far = createStripeFarSide({ clock: machineClock(), http: null, publicUrl: stripeUrl, webhook: null, laterMs: 300 });
    stops.push(() => far.close());
    gateway = await startGatewayServer(far, { port });
    stops.push(() => gateway.close());
    const mongodbUrl = ownDatabase(audit);
    raw = new MongoClient(mongodbUrl);
    stops.push(async () => {
      await raw.db().dropDatabase();
      await raw.close();
    });
    stage = await openStage(databaseServers()[0]!.url, {
      KAFKA_BROKERS: servers.url,
      KAFKA_PREFIX: prefix,
      STRIPE_URL: stripeUrl,
      SMTP_URL: process.env["MAILPIT_SMTP_URL"]!,
      MAIL_FROM: "payments@tillway.example",
      MONGODB_URL: mongodbUrl,
    });
    topics = await readTopics(servers.url.split(",")[0]!, prefix, [
      "payments.created",
      "payments.results",
      "refunds.results",
      "notifications.created",
      "payments.dlq",
      "notifications.dlq",
    ]);
    stops.push(
      () => topics.close(),
      () => stage.close(),
    );
    shop = new Merchant(stage.url, await createMerchant(stage.parts.deps, { name: "Shop", email: "shop@kafka.example" }, stripeAccount));
    expect((await shop.put("/v1/email-settings", { enabled: true })).status).toBe(200);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  interface Bought {
    readonly id: string;
    readonly token: string;
    readonly to: string;
  }
  async function buy(token: string): Promise<Bought> {
    const to = box.address();
    const body = { amount: 45_00, currency: "EUR", method: "card", card: { token }, customer: { email: to } };
    const { json, status } = await patiently(() => shop.create(body, to));
    expect(status).toBe(201);
    return { id: json.id, token, to };
  }
  const buyAll = () => Promise.all([...Object.keys(endings), VISA, VISA].map(buy));
  /** A later one of an id is a repeat. */
  const events = (type: string, id: string): Seen[] => {
    const its = topics.seen.filter(({ headers, key }) => headers["event-type"] === type && key === id);
    return [...new Map(its.map((each) => [each.headers["message-id"], each])).values()];
  };
  const poison = (key: string) => [
    { key, value: "poison" },
    { key, value: JSON.stringify({ version: 1, type: "PaymentCreatedEvent", payment_id: key, job: { jobId: 7 } }) },
  ];
  const dead = (topic: string): Seen[] => topics.seen.filter((each) => each.topic === topic);

  it(
    `every payment comes to its end, its event, its e-mail and its record, past poison and a gateway that is away for ${OUTAGE_MS} ms`,
    { timeout: 90_000 + LATEST_MS },
    async () => {
      const before = await buyAll();
      // Into the partitions of payments that are under way, and of e-mails.
      await topics.put(
        "payments.created",
        before.flatMap(({ id }) => poison(id)),
      );
      await topics.put("notifications.created", poison("dlv_1"));
      const ended = (those: readonly Bought[]) =>
        Promise.all(those.map(({ id, token }) => shop.until(id, endings[token]![0], { timeoutMs: LATEST_MS })));
      await ended(before);
      // It refuses connections: what was not sent is sent later, and nobody needs to ask whether it arrived.
      await gateway.close();
      const during = await buyAll();
      await sleep(OUTAGE_MS);
      gateway = await startGatewayServer(far, { port });
      const bought = [...before, ...during, ...(await buyAll())];

      await ended(bought);
      const refund = (await shop.post("/v1/refunds", { payment_id: before[0]!.id, amount: 5_00 })).json;
      await waitFor("the refund", async () => (await shop.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded");

      // Told to other programs: created, then how it ended, once each, as the schemas say.
      for (const { id, token } of bought) {
        const [, result, outcome] = endings[token]!;
        const [told, ...others] = await waitFor(
          `the result of ${id}`,
          () => (events("PaymentResultEvent", id).length > 0 ? events("PaymentResultEvent", id) : null),
          {
            timeoutMs: 30_000,
          },
        );
        expect(others).toEqual([]);
        expect(told).toMatchObject({
          topic: "payments.results",
          value: { payment_id: id, result, outcome, amount: 45_00, currency: "EUR" },
        });
        expect(events("PaymentCreatedEvent", id)[0]).toMatchObject({ topic: "payments.created", value: { payment_id: id } });
      }
      const refunded = await waitFor("the refund's result", () => events("RefundResultEvent", before[0]!.id)[0]);
      expect(refunded).toMatchObject({ topic: "refunds.results", value: { refund_id: refund.id, outcome: "refunded", amount: 5_00 } });
      const told = topics.seen.filter(({ headers }) => headers["event-type"]?.endsWith("Event"));
      expect(told.flatMap(({ headers, value }) => kafkaFaults(headers, value))).toEqual([]);
      expect(told.map(({ text }) => text).join()).not.toMatch(/@shopper\.example|pm_card/);

      // The shopper was told once, and the money was taken once.
      for (const { id, to, token } of bought) {
        const count = id === before[0]!.id ? 2 : 1;
        expect((await box.mailsTo(to, count)).length).toBe(count);
        const keys = (await shop.payment(id)).attempts.map((attempt: Json) => attempt.gateway_key);
        const taken = far.books().filter(({ key }) => keys.includes(key));
        expect(taken.flatMap(({ charges }) => charges)).toHaveLength(token === VISA ? 1 : 0);
      }
      expect(far.books().flatMap(({ charges }) => charges)).toHaveLength(bought.filter(({ token }) => token === VISA).length);
      const mails = topics.seen.filter(({ topic, headers }) => topic === "notifications.created" && headers["kind"] !== undefined);
      expect(new Set(mails.map(({ headers }) => headers["kind"]))).toEqual(new Set(["email"]));

      // Each exchange with the gateway is in the audit store, by its payment.
      const documents = raw.db().collection<{ _id: string; payment_id: string; response: string | null }>("exchanges");
      for (const { id } of bought) {
        const kept = await waitFor(`the exchanges of ${id}`, async () => {
          const found = await documents.find({ payment_id: id }).toArray();
          return found.some(({ response }) => response !== null) ? found : null;
        });
        expect(new Set(kept.map(({ _id }) => _id)).size).toBe(kept.length);
      }

      // The poison is aside, with its reason, and is nobody's job.
      await waitFor("the dead letters", () => dead("payments.dlq").length >= 2 * before.length && dead("notifications.dlq").length >= 2);
      expect(dead("payments.dlq")[0]!.headers["reason"]).toMatch(/^This is no message of Tillway: /);
      const cases: Json[] = (await shop.get("/v1/cases")).json.data;
      expect(cases).toEqual([]);
    },
  );

  it("a payment whose request waits for the outcome is told of as well, and charged once", async () => {
    const before = far.books().flatMap(({ charges }) => charges).length;
    const body = { amount: 45_00, currency: "EUR", method: "card", card: { token: VISA }, confirm: true };
    const { json } = await patiently(() => shop.create(body, box.address()));
    expect(json.status).toBe("succeeded");
    await waitFor(
      "both events",
      () => events("PaymentCreatedEvent", json.id).length > 0 && events("PaymentResultEvent", json.id).length > 0,
    );
    expect(far.books().flatMap(({ charges }) => charges).length).toBe(before + 1);
  });

  it("the trace of a request goes with its payment through both events", async () => {
    const headers = {
      "x-api-key": shop.keys.key,
      "x-api-secret": shop.keys.secret,
      "content-type": "application/json",
      traceparent: TRACE,
    };
    const body = JSON.stringify({ amount: 45_00, currency: "EUR", method: "card", card: { token: VISA } });
    const { id } = (await (await fetch(`${stage.url}/v1/payments`, { method: "POST", headers, body })).json()) as Json;
    const told = await waitFor("its result", () => events("PaymentResultEvent", id)[0]);
    const of = (seen: Seen): string | undefined => seen.headers["traceparent"]?.slice(3, 35);
    expect([events("PaymentCreatedEvent", id)[0]!, told].map(of)).toEqual([TRACE.slice(3, 35), TRACE.slice(3, 35)]);
  });
});
