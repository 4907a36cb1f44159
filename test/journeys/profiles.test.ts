/**
 * The same journeys with whatever Tillway stands on: the profiles that a deployment may have. They run beside each other, since most of them
 * wait for the bank. All profiles but one with servers that tests share: on a
 * cluster of Redis nothing keeps two Tillways apart, so it is run alone, by `npm run proof:full` (PROFILES=redis-cluster).
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { MongoClient } from "../../server/src/storage/mongodb/raw.testing.ts";
import { databaseServers } from "../support/databases.ts";
import { sampleOr } from "../support/how-much.ts";
import { mongoServers, ownDatabase } from "../support/mongo-servers.ts";
import { needs, type Need } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { mailbox } from "./support/mailbox.ts";
import { patiently, upi, type Json, type Merchant } from "./support/merchant.ts";
import { eventsAt, startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

interface Profile {
  /** What it stands on; with its PostgreSQL's URL. */
  readonly server: Need;
  readonly settings?: () => Readonly<Record<string, string>>;
}

const [embedded, server] = databaseServers();
const kafkaBrokers = process.env["TEST_KAFKA_BROKERS"] ?? process.env.KAFKA_BROKERS;
const audit = mongoServers.find(({ url }) => url !== "")?.url;
const auditUrl = audit === undefined ? "" : ownDatabase(audit);
/** On the embedded PostgreSQL, if these are there. */
const onEmbedded = (what: string, ...urls: readonly (string | undefined)[]): Need =>
  needs(what, urls.every(Boolean) ? embedded!.url : undefined);
const redisUrl = process.env["TEST_REDIS_URL"] ?? process.env.REDIS_URL;
const kafka = (name: string) => ({
  KAFKA_BROKERS: kafkaBrokers!,
  KAFKA_PREFIX: `t${process.pid}-${Date.now().toString(36)}-${name}.`,
});
const everything = [kafkaBrokers, audit, process.env["MAILPIT_SMTP_URL"], process.env["REPLICA_DATABASE_URL"]];
const full = "kafka + mongo + mail + replica";

const profiles: Readonly<Record<string, Profile>> = {
  embedded: { server: onEmbedded("PostgreSQL") },
  server: { server: needs("postgres", server?.url) },
  // A database of its own on that server.
  redis: { server: onEmbedded("redis", redisUrl), settings: () => ({ REDIS_URL: `${redisUrl}/8` }) },
  "redis-cluster": {
    server: onEmbedded("redis-cluster", process.env.REDIS_CLUSTER_URL),
    settings: () => ({ REDIS_URL: process.env.REDIS_CLUSTER_URL!.replace("redis://", "redis-cluster://") }),
  },
  kafka: { server: onEmbedded("kafka", kafkaBrokers), settings: () => kafka("alone") },
  [full]: {
    server: needs(full, everything.every(Boolean) ? process.env["REPLICATED_DATABASE_URL"] : undefined),
    settings: () => ({
      ...kafka("full"),
      MONGODB_URL: auditUrl,
      SMTP_URL: process.env["MAILPIT_SMTP_URL"]!,
      MAIL_FROM: "payments@tillway.example",
      DATABASE_REPLICA_URL: process.env["REPLICA_DATABASE_URL"]!.replace(/\/[^/]*$/, "/{database}"),
    }),
  },
};
const shared = Object.keys(profiles).filter((name) => name !== "redis-cluster");
/** In the sample, each engine is in one of them. */
const wanted = process.env["PROFILES"]?.split(",") ?? sampleOr(["redis", full], shared);

for (const name of wanted) {
  const { server: needed, settings } = profiles[name]!;
  needed.describe(`the profile ${name}`, () => {
    let stage: Stage;
    let receiver: Receiver;
    let shop: Merchant;
    const refused = new Set<string>();

    beforeAll(async () => {
      stage = await openStage(needed.url, { ...settings?.(), WEBHOOK_RETRY_INTERVALS_TEST: "true" });
      receiver = await startReceiver((response, { headers }) => {
        // Each event is refused once, so that each webhook is tried again.
        const event = String(headers["webhook-id"]);
        const isNew = !refused.has(event);
        refused.add(event);
        response.writeHead(isNew ? 500 : 200).end();
      });
      shop = (await stage.merchant(receiver.url)).client;
    });
    afterAll(async () => {
      await stage?.close();
      await receiver?.close();
    });

    const created = async (body: object): Promise<string> => (await patiently(() => shop.create(body))).json.id;

    it.concurrent("a payment succeeds, its webhook is tried again after a refusal, and a refund is paid", async () => {
      const id = await created(upi("success"));
      await shop.until(id, "succeeded");
      await waitFor("its webhook, twice", () => eventsAt(receiver, id).filter((type) => type === "payment.succeeded").length === 2, {
        timeoutMs: 30_000,
      });
      const refund = (await shop.post("/v1/refunds", { payment_id: id, amount: 20_000 })).json;
      await waitFor("the refund", async () => (await shop.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded");
      expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({ charges: 1, net: 30_000 });
    });

    it.concurrent.each([
      ["insufficient-funds", "failed"],
      ["pending", "succeeded"],
      ["processing", "succeeded"],
    ])("%s ends as %s", async (scenario, status) => {
      await shop.until(await created(upi(scenario)), status);
    });

    it.concurrent("a hold is captured in parts by whoever was asked", async () => {
      const { id } = (await shop.create(upi("success", { capture_method: "manual", confirm: true }))).json;
      const part = (await shop.post(`/v1/payments/${id}/capture`, { amount: 20_000 })).json;
      expect(part).toMatchObject({ status: "authorized", amount_captured: 20_000 });
      await shop.post(`/v1/payments/${id}/capture`, { amount: 10_000, final: true });
      expect(await shop.until(id, "succeeded")).toMatchObject({ amount_captured: 30_000 });
    });

    it.concurrent("equal requests at once are one payment and one charge", async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => patiently(() => shop.create(upi("success"), `${name}-once`))));
      const [id, ...others] = new Set(answers.map(({ json }) => json.id as string));
      expect(others).toEqual([]);
      await shop.until(id!, "succeeded");
      expect(await moneyOf(stage.sandboxUrl, id!)).toMatchObject({ charges: 1, net: 50_000 });
    });

    if (name !== full) return;
    it.concurrent("the shopper gets an e-mail, the exchange is in the audit store, and lists come from the standby", async () => {
      const box = mailbox(process.env["MAILPIT_API_URL"] ?? "");
      const raw = new MongoClient(auditUrl);
      try {
        expect((await shop.put("/v1/email-settings", { enabled: true })).status).toBe(200);
        const to = box.address();
        const id = await created(upi("success", { customer: { email: to } }));
        await shop.until(id, "succeeded");
        expect(await box.mailsTo(to, 1)).toHaveLength(1);
        const documents = raw.db().collection<{ _id: string; payment_id: string }>("exchanges");
        await waitFor("its exchange", async () => (await documents.countDocuments({ payment_id: id })) > 0, { timeoutMs: 30_000 });
        const list: Json = (await shop.get("/v1/payments?limit=50")).json;
        expect(list.data.map((one: Json) => one.id)).toContain(id);
        const replica = async (): Promise<Json> => (await shop.get("/health/ready")).json.checks.replica;
        await waitFor("the standby to be read", async () => (await replica()).status === "ok", { timeoutMs: 30_000 });
      } finally {
        await raw.db().dropDatabase();
        await raw.close();
      }
    });
  });
}
