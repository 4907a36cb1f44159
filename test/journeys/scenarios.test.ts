/**
 * Each scenario of docs/test-scenarios.md that ends within seconds, over real HTTP: the merchant's view and the gateway's own books.
 * All payments are made before the first test; each test waits for its own.
 */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { card, upi, type Json } from "./support/merchant.ts";
import { ends, meanwhile } from "./support/scenario-ends.ts";
import { startReceiver, eventsAt, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

interface Scene {
  readonly stage: Stage;
  readonly shop: StageMerchant;
  /** Payment ids by scenario. */
  readonly ids: ReadonlyMap<string, string>;
  /** The summary of each that needs longer, once it is as expected; else what went wrong. */
  readonly said: ReadonlyMap<string, Promise<string>>;
}

let receiver: Receiver;
const scenes = new Map<string, Scene>();

// On all servers at once: the gateway's waits pass while the first one's tests run.
beforeAll(async () => {
  receiver = await startReceiver((response) => response.writeHead(200).end());
  await Promise.all(sampledServers().map(async ({ url }) => scenes.set(url, await openScene(url))));
});
afterAll(async () => {
  await Promise.all([...scenes.values()].map(({ stage }) => stage.close()));
  await receiver?.close();
});

async function openScene(serverUrl: string): Promise<Scene> {
  const stage = await openStage(serverUrl);
  const shop = await stage.merchant(receiver.url);
  const made = Object.keys(ends).map(async (name) => [name, (await shop.client.create(upi(name))).json.id as string] as const);
  const said = Object.entries(meanwhile).map(([name, words]) => [name, summaryUnderWay(shop, name, words)] as const);
  return { stage, shop, ids: new Map(await Promise.all(made)), said: new Map(said) };
}

const timelineOf = async ({ client }: StageMerchant, id: string): Promise<Json> => (await client.get(`/v1/payments/${id}/timeline`)).json;

/** Looked at from the start, for it passes. */
async function summaryUnderWay(shop: StageMerchant, name: string, words: RegExp): Promise<string> {
  const { json } = await shop.client.create(upi(name));
  let last = "";
  return waitFor(
    "its summary",
    async () => {
      last = (await timelineOf(shop, json.id)).summary;
      return words.test(last) ? last : null;
    },
    { timeoutMs: 60_000, pauseMs: 200 },
  ).catch((error: Error) => `${error.message}; it was: ${last}`);
}

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let shop: StageMerchant;
  let ids: Scene["ids"];
  let said: Scene["said"];
  beforeAll(() => void ({ stage, shop, ids, said } = scenes.get(serverUrl)!));

  const rows = (sql: string, ...values: unknown[]): Promise<Json[]> =>
    connect(stage.databaseUrl, async (client) => (await client.query(sql, values)).rows);
  const cases = (id: string): Promise<Json[]> => rows("select kind, status from cases where payment_id = $1 order by id", id);

  async function givenBack(id: string): Promise<void> {
    await waitFor("the reversal", async () => (await moneyOf(stage.sandboxUrl, id)).operations.includes("refund succeeded"), {
      timeoutMs: 30_000,
    });
    await waitFor("the case to close", async () => (await cases(id)).every((one) => one.status === "resolved"));
  }

  it.each(Object.entries(ends))("%s ends as %s, and takes the money at most once", async (name, [status, code]) => {
    const id = ids.get(name)!;
    const payment = await shop.client.until(id, status, { timeoutMs: 35_000 });
    expect(payment.error?.decline_code ?? payment.error?.code).toBe(code);
    const money = await moneyOf(stage.sandboxUrl, id);
    expect(money.charges).toBeLessThanOrEqual(1);
    if (status === "succeeded") expect(money.net).toBe(50_000);
    if (status === "processing") return;
    await waitFor("its webhook", () => eventsAt(receiver, id).includes(`payment.${status}`));
    expect(eventsAt(receiver, id).filter((type) => type === `payment.${status}`)).toHaveLength(1);
  });

  it.each(Object.entries(ends))(
    "%s: why it is so, and what to do, stands on its timeline in plain words, over all that happened in its order (UX-U2)",
    async (name, [status, , says]) => {
      const id = ids.get(name)!;
      await shop.client.until(id, status, { timeoutMs: 35_000 });
      if (name === "captured-later") await givenBack(id);
      if (name === "wrong-amount") await waitFor("the case", async () => (await cases(id)).length > 0);
      const { summary, entries } = await timelineOf(shop, id);
      expect(summary).toEqual(says instanceof RegExp ? expect.stringMatching(says) : says);
      const times: string[] = entries.map(({ at }: Json) => at);
      expect(times).toEqual(times.toSorted());
      const steps = [/^Created: 500/, /^Charge 1 of 500/, /^Send: POST /, /^Charge 1 ended as/].map((words) =>
        entries.findIndex(({ text }: Json) => words.test(text)),
      );
      const [asked, decided, sent] = steps;
      const known = steps.filter((at) => at >= 0);
      expect([asked, decided! > 0, known]).toEqual([0, true, known.toSorted((one, other) => one - other)]);
      // Where the answer is lost, a webhook may end the charge before that is known.
      if (status === "failed" || name === "success") expect(sent).toBeGreaterThan(decided!);
    },
  );

  it.each(Object.entries(meanwhile))("%s: what is not known yet is said in plain words as long as it is so", async (name, words) => {
    expect(await said.get(name)).toMatch(words);
  });

  it.each([
    ["refund-failure", "failed", /^500\.00 INR was taken at sandbox\. The last refund failed: .+\. 500\.00 INR can be refunded\.$/],
    ["refund-pending", "succeeded", /^500\.00 INR was taken at sandbox\. 500\.00 INR of it was given back\. Nothing is left of it\.$/],
    [
      "refund-fails-later",
      "failed",
      / 500\.00 INR can be refunded\. Case case_\w+ \(refund_contradicted\): Give the money back at the gateway/,
    ],
  ])("%s: a refund that ends as %s is told in the payment's words", async (name, status, words) => {
    const { json } = await shop.client.create(upi(name, { confirm: true }));
    await shop.client.until(json.id, "succeeded");
    expect((await shop.client.post("/v1/refunds", { payment_id: json.id })).status).toBe(201);
    await waitFor("the refund to end", async () => (await shop.client.payment(json.id)).refunds[0].status === status, {
      timeoutMs: 30_000,
    });
    expect((await timelineOf(shop, json.id)).summary).toMatch(words);
  });

  it("captured-later: failed stays failed, a case opens, the money goes back, and the case closes", async () => {
    const id = ids.get("captured-later")!;
    await givenBack(id);
    expect(await cases(id)).toEqual([{ kind: "late_truth", status: "resolved" }]);
    expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({ charges: 1, net: 0 });
    expect(await shop.client.payment(id)).toMatchObject({ status: "failed", amount_captured: 0, amount_refunded: 0 });
    expect(await rows("select kind, status, amount::int as amount from refunds where payment_id = $1", id)).toEqual([
      { kind: "reversal", status: "succeeded", amount: 50_000 },
    ]);
  });

  it("wrong-amount: an answer with other figures is never applied; a case opens", async () => {
    const id = ids.get("wrong-amount")!;
    await waitFor("the case", async () => (await cases(id)).length > 0);
    expect(await cases(id)).toEqual([{ kind: "mismatched_answer", status: "open" }]);
    expect(await shop.client.payment(id)).toMatchObject({ status: "processing", amount_captured: 0 });
    const open = async () => (await shop.client.get("/v1/cases?status=open")).json.data.map((one: Json) => one.payment_id);
    await expect.poll(open).toContain(id);
  });

  it("duplicate-webhook: three deliveries of one event are one inbox row", async () => {
    const id = ids.get("duplicate-webhook")!;
    await shop.client.until(id, "succeeded", { timeoutMs: 30_000 });
    const [attempt] = await rows("select gateway_key from attempts where payment_id = $1", id);
    const seen = await rows("select status from inbox where gateway_event_id like $1", `%${attempt.gateway_key}%`);
    expect(seen).toHaveLength(1);
  });

  describe("a challenge", () => {
    it.each([
      ["4000002500003155", "complete", "succeeded", undefined],
      ["4000002500003155", "fail", "failed", "authentication_failed"],
      ["4000008400001629", "complete", "failed", "card_declined"],
    ])("of %s that the shopper answers with %s ends as %s (U17)", async (number, verdict, status, code) => {
      const back = "https://shop.example/back?order=1";
      const { json } = await shop.client.create(card(number, { confirm: true, return_url: back }));
      expect([json.status, json.next_action.type]).toEqual(["requires_action", "redirect"]);
      const page = await fetch(json.next_action.url);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringMatching(/^text\/html/)]);
      const [path, query] = json.next_action.url.split("?");
      const answered = await fetch(`${path}/${verdict}?${query}`, { method: "POST", redirect: "manual" });
      expect(answered.headers.get("location")).toBe(`${back}&payment_id=${json.id}&status=${status}`);
      const payment = await shop.client.until(json.id, status);
      expect(payment.error?.decline_code ?? payment.error?.code).toBe(code);
      expect(payment.next_action).toBeNull();
      expect((await moneyOf(stage.sandboxUrl, json.id)).net).toBe(status === "succeeded" ? 50_000 : 0);
    });

    it("whose payment is canceled is called off at the gateway at once: the page can't charge, and the order is free (U3)", async () => {
      const order = { confirm: true, order_id: "called-off" };
      const { json } = await shop.client.create(card("4000002500003155", order));
      await shop.client.post(`/v1/payments/${json.id}/cancel`);
      // The schedule of questions alone would ask after the shopper's 15 minutes.
      await shop.client.until(json.id, "canceled", { timeoutMs: 10_000 });
      const [path, query] = json.next_action.url.split("?");
      expect((await fetch(`${path}/complete?${query}`, { method: "POST", redirect: "manual" })).status).toBe(409);
      expect(await moneyOf(stage.sandboxUrl, json.id)).toMatchObject({ net: 0 });
      await waitFor("its webhook", () => eventsAt(receiver, json.id).includes("payment.canceled"));
      expect((await shop.client.create(upi("success", order))).status).toBe(201);
    });
  });

  it("capture-failure: the capture is refused and the hold stays", async () => {
    const { json } = await shop.client.create(upi("capture-failure", { capture_method: "manual", confirm: true }));
    const refused = await shop.client.post(`/v1/payments/${json.id}/capture`);
    expect([refused.status, refused.json.error.code]).toEqual([402, "capture_failed"]);
    expect(await shop.client.payment(json.id)).toMatchObject({ status: "authorized", amount_captured: 0 });
    expect((await moneyOf(stage.sandboxUrl, json.id)).net).toBe(0);
  });

  it("void-failure: the cancel is refused and the hold stays", async () => {
    const { json } = await shop.client.create(upi("void-failure", { capture_method: "manual", confirm: true }));
    const refused = await shop.client.post(`/v1/payments/${json.id}/cancel`);
    expect([refused.status, refused.json.error.code]).toEqual([402, "cancel_failed"]);
    expect((await shop.client.payment(json.id)).status).toBe("authorized");
  });

  describe("the gateway's webhook to us", () => {
    const send = (accountId: string, body: string, secret: string, atMs = Date.now()) => {
      const at = Math.floor(atMs / 1_000);
      const signature = `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
      const headers = { "content-type": "application/json", "sandbox-signature": signature };
      return fetch(`${stage.url}/v1/gateways/sandbox/${accountId}/webhooks`, { method: "POST", headers, body });
    };
    const event = (id: string): string =>
      JSON.stringify({
        id,
        type: "charge.succeeded",
        created: Date.now(),
        account: shop.created.accountId,
        data: {
          object: "charge",
          reference: "ch_nobody",
          key: "nobody",
          account: shop.created.accountId,
          status: "succeeded",
          amount: 1,
          currency: "INR",
        },
      });
    const inbox = async (id: string): Promise<number> => (await rows("select from inbox where gateway_event_id = $1", id)).length;

    it("is kept once, however often it comes, also at the same moment", async () => {
      const body = event("sev_twice");
      const answers = await Promise.all(Array.from({ length: 5 }, () => send(shop.created.accountId, body, shop.created.gatewaySecret)));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
      const said = await Promise.all(answers.map((answer) => answer.json() as Promise<{ duplicate: boolean }>));
      expect(said.filter((one) => !one.duplicate)).toHaveLength(1);
      expect(await inbox("sev_twice")).toBe(1);
    });

    it("with a wrong or old signature is 400, of an unknown account 404, and neither is kept", async () => {
      const { accountId, gatewaySecret } = shop.created;
      const forged = await send(accountId, event("sev_forged"), "wrong");
      const old = await send(accountId, event("sev_old"), gatewaySecret, Date.now() - 600_000);
      const elsewhere = await send(`${accountId.slice(0, -2)}ZZ`, event("sev_elsewhere"), gatewaySecret);
      expect([forged.status, old.status, elsewhere.status]).toEqual([400, 400, 404]);
      expect([await inbox("sev_forged"), await inbox("sev_old"), await inbox("sev_elsewhere")]).toEqual([0, 0, 0]);
    });

    it("signed for one account touches no other's", async () => {
      const other = await stage.merchant();
      expect((await send(other.created.accountId, event("sev_other"), shop.created.gatewaySecret)).status).toBe(400);
    });
  });
});
