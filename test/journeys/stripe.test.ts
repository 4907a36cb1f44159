/** What a merchant goes through with Stripe: the real API, worker and PostgreSQL before Stripe's far side behind real HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStripeFarSide, startGatewayServer, STRIPE_TEST_KEY, type StripeFarSide } from "../../sandbox/src/index.ts";
import { createMerchant } from "../../server/src/flows/setup/merchant.ts";
import { createHttp } from "../../server/src/net/http.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { answerFaults, requestFaults } from "../contracts/stripe.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { Merchant, type Answer, type Json } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { eventsAt, startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { setEndpoint } from "../../server/src/flows/setup/endpoint.ts";
import "./support/patience.ts";

const stripeAccount = { connector: "stripe", credentials: { secret_key: STRIPE_TEST_KEY, webhook_secret: "{secret}" } };

describe("a merchant with an account at Stripe", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let stage: Stage;
  let far: StripeFarSide;
  let receiver: Receiver;
  let shop: Merchant;
  let stripeUrl: string;

  beforeAll(async () => {
    const clock = machineClock();
    const port = await freePort();
    stripeUrl = `http://127.0.0.1:${port}`;
    // Each request and answer is held to Stripe's own description.
    const handle: StripeFarSide["handle"] = async (request, fault) => {
      const reply = await far.handle(request, fault);
      if (!request.path.startsWith("/v1")) return reply;
      faults.push(...requestFaults(request));
      if (reply.connection === "open" && reply.body.startsWith("{")) faults.push(...answerFaults(request, reply));
      return reply;
    };
    const server = await startGatewayServer({ clock, handle }, { port });
    stops.push(() => server.close());
    receiver = await startReceiver((response) => response.writeHead(200).end());
    stops.push(() => receiver.close());
    stage = await openStage(databaseServers()[0]!.url, { STRIPE_URL: stripeUrl });
    stops.push(() => stage.close());
    const created = await createMerchant(stage.parts.deps, { name: "Shop", email: "shop@stripe.example" }, stripeAccount);
    await setEndpoint(stage.parts.deps, { merchantId: created.merchantId, mode: "test" }, { url: receiver.url });
    shop = new Merchant(stage.url, created);
    const http = createHttp();
    stops.push(() => http.close());
    const url = `${stage.url}/v1/gateways/stripe/${created.accountId}/webhooks`;
    far = createStripeFarSide({ clock, http, publicUrl: stripeUrl, webhook: { url, secrets: [created.gatewaySecret] }, laterMs: 300 });
    stops.push(() => far.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    expect(faults).toEqual([]);
  });
  beforeEach(() => {
    far.setWebhooks({ mode: "prompt" });
    far.setFaults([]);
  });

  const pay = (token: string, more: object = {}): Promise<Answer> =>
    shop.create({
      amount: 45_00,
      currency: "EUR",
      method: "card",
      card: { token },
      confirm: true,
      return_url: "https://shop.example/back",
      ...more,
    });
  const key = (payment: Json): string => far.books().find((one) => one.intent === payment.attempts[0].gateway_reference)!.key!;
  const book = (payment: Json) => far.book(key(payment))!;
  const cases = async (id: string): Promise<string[]> => (await shop.payment(id)).open_cases.map((one: Json) => one.kind);
  const refunded = (id: string) =>
    waitFor(`refund ${id}`, async () => {
      const { json } = await shop.get(`/v1/refunds/${id}`);
      return json.status === "succeeded" ? json : null;
    });

  it("pays at once with a token, whose card is shown as far as it is known", async () => {
    const { status, json } = await pay("pm_card_visa");
    expect([status, json.status, json.amount_captured, json.card]).toEqual([201, "succeeded", 4_500, { network: "visa", last4: "4242" }]);
    expect(book(json)).toMatchObject({ status: "succeeded", currency: "eur", captured: 4_500, refunded: 0 });
    await waitFor("its webhook", () => eventsAt(receiver, json.id).includes("payment.succeeded"));
  });

  /** A token as Stripe's own script makes it: nothing in it shows the card. */
  const tokenOf = async (number: string): Promise<string> => {
    const body = new URLSearchParams({ type: "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040" });
    const headers = { authorization: `Bearer ${STRIPE_TEST_KEY}` };
    const answer = await fetch(`${stripeUrl}/v1/payment_methods`, { method: "POST", headers, body });
    return ((await answer.json()) as { id: string }).id;
  };

  it("shows the card of a token once Stripe has shown it, and Stripe keeps the merchant's words", async () => {
    const words = { description: "Order 7", metadata: { order: "7", "a[b]": "left out" } };
    const { json } = await pay(await tokenOf("5555555555554444"), words);
    expect([json.status, json.card]).toEqual(["succeeded", { network: "mastercard", last4: "4444" }]);
    const headers = { authorization: `Bearer ${STRIPE_TEST_KEY}` };
    const answer = await fetch(`${stripeUrl}/v1/payment_intents/${json.attempts[0].gateway_reference}`, { headers });
    const intent = (await answer.json()) as Json;
    const own = { tillway_key: key(json), tillway_account: json.attempts[0].account_id };
    expect(intent).toMatchObject({ description: "Order 7", metadata: { ...own, order: "7" } });
    expect(Object.keys(intent.metadata)).toHaveLength(3);
  });

  it("shows it as well if only a webhook does: a challenge that the shopper passed", async () => {
    const { json } = await pay(await tokenOf("4000000000003220"));
    expect([json.status, json.card]).toEqual(["requires_action", { network: null, last4: null }]);
    await fetch(`${json.next_action.url}/approve`, { method: "POST", redirect: "manual" });
    await waitFor("the card", async () => ((await shop.payment(json.id)).card.last4 === "3220" ? true : null));
    expect(await shop.until(json.id, "succeeded")).toMatchObject({ card: { network: "visa", last4: "3220" } });
    expect(await cases(json.id)).toEqual([]);
  });

  it("is told of a decline, with the bank's reason, and nothing was taken", async () => {
    const { status, json } = await pay("pm_card_visa_chargeDeclinedInsufficientFunds");
    expect([status, json.error.code, json.error.decline_code]).toEqual([402, "payment_failed", "insufficient_funds"]);
    const payment = await shop.payment(json.error.payment_id);
    expect([payment.status, book(payment).captured]).toEqual(["failed", 0]);
  });

  it("refuses what is no token of Stripe, and an amount that Stripe can't express, before anything leaves", async () => {
    const calls = far.calls().length;
    expect((await pay("tok_visa")).json.error).toMatchObject({ param: "card.token" });
    const { status, json } = await pay("pm_card_visa", { currency: "KWD", amount: 1_001 });
    expect([status, json.error]).toMatchObject([422, { type: "invalid_request_error", code: "unsupported_amount", param: "amount" }]);
    expect(json.error.message).toBe("stripe: KWD is taken in steps of 0.010 KWD. Send a multiple of 10.");
    expect(far.calls().length).toBe(calls);
  });

  it.each([
    ["ISK", 500, 200, [50_000, 20_000]],
    ["MGA", 50_000, 20_000, [500, 200]],
    ["JPY", 500, 200, [500, 200]],
    ["KWD", 1_230, 500, [1_230, 500]],
  ])("pays and gives back %s in Stripe's own units, which nobody sees here", async (currency, amount, part, wires) => {
    const { status, json } = await pay("pm_card_visa", { currency, amount });
    expect([status, json.status, json.amount_captured]).toEqual([201, "succeeded", amount]);
    const { json: refund } = await shop.post("/v1/refunds", { payment_id: json.id, amount: part });
    expect((await refunded(refund.id)).amount).toBe(part);
    expect(book(json)).toMatchObject({ currency: currency.toLowerCase(), captured: wires[0], refunded: wires[1] });
  });

  it.each([
    ["approve", "succeeded", 4_500],
    ["refuse", "failed", 0],
  ])("3-D Secure: the shopper decides to %s on the bank's page, and the payment is %s", async (verdict, status, captured) => {
    const { json } = await pay("pm_card_threeDSecure2Required");
    expect([json.status, json.next_action.type]).toEqual(["requires_action", "redirect"]);
    const back = await fetch(`${json.next_action.url}/${verdict}`, { method: "POST", redirect: "manual" });
    expect([back.status, back.headers.get("location")]).toEqual([303, expect.stringContaining(`payment_id=${json.id}`)]);
    const payment = await shop.until(json.id, status);
    expect(book(payment).captured).toBe(captured);
    if (status === "failed") expect(payment.error.decline_code).toBe("authentication_failed");
  });

  it("an answer that Stripe lost is found out, whether it did the work, did nothing yet or stored its own error, and charged once", async () => {
    far.setWebhooks({ mode: "lost" });
    const ways = ["reset_after", "error_before", "error_after"].map(async (fault) => {
      const { json } = await pay(`pm_sim_fault_${fault}`, { confirm: undefined });
      const payment = await shop.until(json.id, "succeeded");
      expect(payment.attempts).toHaveLength(1);
      expect(book(payment)).toMatchObject({ captured: 4_500, charges: [{ captured: 4_500 }] });
      expect(far.books().filter((one) => one.key === key(payment))).toHaveLength(1);
      expect(far.calls().find((one) => one.fault === fault.replace("_", "-") && one.body?.includes(fault))).toBeDefined();
    });
    await Promise.all(ways);
  });

  it("captures a part, and what is left is released; Stripe's events about it open no case", async () => {
    const { json } = await pay("pm_card_visa", { capture_method: "manual" });
    expect([json.status, json.amount_authorized]).toEqual(["authorized", 4_500]);
    const unclear = await shop.post(`/v1/payments/${json.id}/capture`, { amount: 4_000 });
    expect([unclear.status, unclear.json.error.message]).toEqual([409, expect.stringContaining("final")]);
    const captured = await shop.post(`/v1/payments/${json.id}/capture`, { amount: 4_000, final: true });
    expect([captured.json.status, captured.json.amount_captured]).toEqual(["succeeded", 4_000]);
    expect(book(captured.json)).toMatchObject({ captured: 4_000, refunded: 0 });
    await waitFor("its webhooks", () => far.owed().length === 0);
    expect(await cases(json.id)).toEqual([]);
  });

  it("releases a hold by a cancel", async () => {
    const { json } = await pay("pm_card_visa", { capture_method: "manual" });
    const canceled = await shop.post(`/v1/payments/${json.id}/cancel`);
    expect(canceled.json.status).toBe("canceled");
    expect(book(canceled.json)).toMatchObject({ status: "canceled", captured: 0 });
  });

  it.each(["pm_card_visa", "pm_card_pendingRefund"])("gives back in parts what %s paid, and no more than that", async (token) => {
    const { json } = await pay(token);
    for (const amount of [1_500, 3_000]) {
      const { json: refund } = await shop.post("/v1/refunds", { payment_id: json.id, amount });
      await refunded(refund.id);
    }
    const payment = await shop.payment(json.id);
    expect([payment.amount_refunded, book(payment).refunded]).toEqual([4_500, 4_500]);
    const more = await shop.post("/v1/refunds", { payment_id: json.id, amount: 1 });
    expect(more.status).toBeGreaterThanOrEqual(400);
    expect(book(payment).refunded).toBe(4_500);
  });

  it("a payment that succeeds after its decline is given back, and a person is told", async () => {
    const { json } = await pay("pm_card_visa_chargeDeclined");
    const payment = await shop.payment(json.error.payment_id);
    // Somebody with the key of the account confirms the intent again, past Tillway.
    const answer = await fetch(`${stripeUrl}/v1/payment_intents/${payment.attempts[0].gateway_reference}/confirm`, {
      method: "POST",
      headers: { authorization: `Bearer ${STRIPE_TEST_KEY}`, "content-type": "application/x-www-form-urlencoded" },
      body: "payment_method=pm_card_visa",
    });
    expect(answer.status).toBe(200);
    await waitFor("the money to be back", () => book(payment).refunded === 4_500);
    expect(book(payment)).toMatchObject({ captured: 4_500, refunded: 4_500 });
    expect((await shop.payment(payment.id)).status).toBe("failed");
    const seen = async () => (await shop.get("/v1/cases")).json.data.filter((one: Json) => one.payment_id === payment.id);
    await expect.poll(async () => (await seen()).map((one: Json) => one.kind)).toEqual(["late_truth"]);
  });

  it("an account is saved only with a key that Stripe takes, of the mode of the caller's", async () => {
    const make = (secretKey: string): Promise<Answer> => {
      const credentials = { secret_key: secretKey, webhook_secret: "whsec_not_known_yet" };
      return shop.post("/v1/connector-accounts", { connector: "stripe", name: "Second", priority: 9, credentials });
    };
    expect((await make("sk_test_a_key_of_nobody")).json.error.code).toBe("credentials_refused");
    expect((await make("sk_live_a_key_of_nobody")).status).toBeGreaterThanOrEqual(400);
    const { status, json } = await make(STRIPE_TEST_KEY);
    expect([status, json.status]).toEqual([201, "enabled"]);
    expect(JSON.stringify(json)).not.toContain(STRIPE_TEST_KEY);
  });

  it("events that come twice and in another order bring a payment to one end", async () => {
    far.setWebhooks({ mode: "reordered", copies: 3 });
    const { json } = await pay("pm_sim_processing", { confirm: undefined });
    const payment = await shop.until(json.id, "succeeded");
    await waitFor("all webhooks", () => far.owed().length === 0);
    await waitFor("its webhook", () => eventsAt(receiver, json.id).includes("payment.succeeded"));
    expect(eventsAt(receiver, json.id).filter((type) => type === "payment.succeeded")).toHaveLength(1);
    expect([book(payment).captured, await cases(json.id)]).toEqual([4_500, []]);
  });
});
