/** Payments over Razorpay, on real parts: HTTP, PostgreSQL, worker, and Razorpay's far side behind HTTP with webhooks of its own. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRazorpayFarSide, startGatewayServer, type RazorpayFarSide } from "../../sandbox/src/index.ts";
import { createHttp } from "../../server/src/net/http.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json, Merchant } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const MINUTE = 60_000;
const keyId = "rzp_test_journeys";
const credentials = { key_id: keyId, key_secret: "key-secret-of-journeys", webhook_secret: "webhooks-of-journeys" };
const customer = { email: "asha@example.com", phone: "+919999999999" };
const card = (name: string, more: object = {}): object => ({
  amount: 50_000,
  currency: "INR",
  method: "card",
  card: { token: `token_${name}` },
  customer,
  ...more,
});
const upi = (vpa: string | null, more: object = {}): object => ({
  amount: 50_000,
  currency: "INR",
  method: "upi",
  upi: vpa === null ? {} : { vpa: `${vpa}@razorpay` },
  customer,
  ...more,
});

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  const stops: (() => unknown)[] = [];
  let far: RazorpayFarSide;
  let farUrl: string;
  let stage: Stage;
  let shop: Merchant;
  let accountId: string;

  beforeAll(async () => {
    const port = await freePort();
    farUrl = `http://127.0.0.1:${port}`;
    const http = createHttp();
    stops.push(() => http.close());
    far = createRazorpayFarSide({ clock: machineClock(), http, publicUrl: farUrl, upiAfterMs: 300 });
    stops.push(() => far.close());
    const server = await startGatewayServer(far, { port });
    stops.push(() => server.close());
    stage = await openStage(serverUrl, { RAZORPAY_URL: farUrl, RAZORPAY_UPI_COLLECT: "true", TEST_MODE: "true" });
    stops.push(() => stage.close());
    shop = (await stage.merchant()).client;
    const made = await shop.post("/v1/connector-accounts", { connector: "razorpay", name: "Razorpay", credentials });
    expect([made.status, made.json]).toMatchObject([201, { connector: "razorpay", verified_at: expect.any(String) }]);
    accountId = made.json.id;
    // The sandbox's would take the payments otherwise.
    const accounts: Json[] = (await shop.get("/v1/connector-accounts")).json.data;
    for (const { id, connector } of accounts)
      if (connector === "sandbox") await shop.patch(`/v1/connector-accounts/${id}`, { status: "disabled" });
    await control("/_webhooks", {
      key_id: keyId,
      key_secret: credentials.key_secret,
      url: made.json.webhook_url,
      secret: credentials.webhook_secret,
    });
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const control = async (path: string, body: object): Promise<Json> =>
    (await fetch(farUrl + path, { method: "POST", body: JSON.stringify(body) })).json();
  const webhooks = (mode: "auto" | "hold" | "drop" | "twice"): Promise<Json> => control("/_webhooks", { mode });
  const fault = (path: string, name: string): Promise<Json> => control("/_faults", { path, fault: name });
  const pass = (ms: number): Promise<unknown> => shop.post("/v1/test/clock/advance", { seconds: ms / 1_000 });
  /** Captured less refunded, over all payments of its orders, by Razorpay's own books. */
  const net = async (id: string): Promise<number> => {
    const shown = await shop.payment(id);
    const references = new Set(shown.attempts.map((attempt: Json) => attempt.gateway_reference));
    return [...far.books.payments.values()]
      .filter(({ order, captured }) => references.has(order.id) && captured)
      .reduce(
        (sum, one) =>
          sum + one.amount - one.refunds.reduce((back, refund) => (refund.status === "failed" ? back : back + refund.amount), 0),
        0,
      );
  };
  const made = async (id: string): Promise<number> => {
    const references = new Set((await shop.payment(id)).attempts.map((attempt: Json) => attempt.gateway_reference));
    return [...far.books.payments.values()].filter(({ order }) => references.has(order.id)).length;
  };

  it("a card succeeds at once, and a refund in parts gives it back", async () => {
    const paid = (await shop.create(card("AbroadSuccess", { confirm: true }))).json;
    expect(paid).toMatchObject({ status: "succeeded", amount_captured: 50_000, card: { network: null, last4: null } });
    // Only webhooks show the card of a token.
    await waitFor("the card", async () => ((await shop.payment(paid.id)).card.last4 === "1881" ? true : null));
    expect((await shop.payment(paid.id)).card).toEqual({ network: "visa", last4: "1881" });
    for (const amount of [20_000, undefined]) {
      const { id } = (await shop.post("/v1/refunds", { payment_id: paid.id, amount })).json;
      await waitFor("the refund", async () => ((await shop.get(`/v1/refunds/${id}`)).json.status === "succeeded" ? true : null));
    }
    expect([await net(paid.id), (await shop.payment(paid.id)).amount_refunded]).toEqual([0, 50_000]);
  });

  it.each([
    ["AbroadDeclined", "card_declined"],
    ["AbroadInsufficient", "insufficient_funds"],
    ["AbroadRisk", "fraud_suspected"],
  ])("%s is declined, and the answer says why: %s", async (name, decline_code) => {
    const answer = await shop.create(card(name, { confirm: true }));
    expect([answer.status, answer.json.error]).toMatchObject([402, { code: "payment_failed", decline_code }]);
    expect(await net(answer.json.error.payment_id)).toBe(0);
  });

  it("an Indian card is asked for an OTP on the bank's page, and the webhook brings the outcome", async () => {
    const asked = (await shop.create(card("VisaSuccess", { confirm: true, return_url: "https://shop.example/back" }))).json;
    expect(asked).toMatchObject({ status: "requires_action", next_action: { type: "redirect", url: expect.stringContaining(farUrl) } });
    expect(await (await fetch(asked.next_action.url)).text()).toContain("One-time password");
    await fetch(asked.next_action.url, { method: "POST", body: "otp=123456" });
    await shop.until(asked.id, "succeeded");
    expect(await net(asked.id)).toBe(50_000);
  });

  it("a wrong OTP fails it", async () => {
    const { id, next_action: next } = (await shop.create(card("VisaSuccess", { confirm: true }))).json;
    await fetch(next.url, { method: "POST", body: "otp=1" });
    expect(await shop.until(id, "failed")).toMatchObject({ error: { decline_code: "authentication_failed" } });
  });

  it("a question in between leaves the shopper's page as it is", async () => {
    await webhooks("drop");
    const { id, next_action: next } = (await shop.create(card("VisaSuccess", { confirm: true }))).json;
    await pass(MINUTE);
    await waitFor("a question", async () => ((await shop.get(`/v1/payments/${id}/timeline`)).text.includes("/orders/") ? true : null));
    expect(await shop.payment(id)).toMatchObject({ status: "requires_action", next_action: next });
    await fetch(next.url, { method: "POST", body: "otp=123456" });
    await webhooks("auto");
    await pass(15 * MINUTE);
    await shop.until(id, "succeeded");
  });

  it("UPI without a VPA is a link, and its payer pays", async () => {
    const asked = (await shop.create(upi(null, { confirm: true }))).json;
    expect(asked).toMatchObject({
      upi: {},
      next_action: { type: "upi_intent", url: expect.stringMatching(/^upi:\/\/pay\?pa=.*&am=500\.00&cu=INR/) },
    });
    expect(await shop.until(asked.id, "succeeded")).toMatchObject({ upi: { vpa: "payer@farside" } });
  });

  it.each([
    ["success", "succeeded"],
    ["failure", "failed"],
  ])("a UPI request to %s@razorpay is %s", async (vpa, status) => {
    const { id } = (await shop.create(upi(vpa))).json;
    await shop.until(id, status);
  });

  it("a hold is captured whole, not in part, and not released", async () => {
    const held = (await shop.create(card("AbroadSuccess", { confirm: true, capture_method: "manual" }))).json;
    expect(held).toMatchObject({ status: "authorized", amount_captured: 0 });
    const part = await shop.post(`/v1/payments/${held.id}/capture`, { amount: 20_000, final: true });
    expect([part.status, part.json.error]).toMatchObject([409, { code: "invalid_state" }]);
    for (const way of ["void", "cancel"]) {
      const refused = await shop.post(`/v1/payments/${held.id}/${way}`);
      expect([way, refused.status, refused.json.error.code]).toEqual([way, 409, "invalid_state"]);
    }
    expect((await shop.post(`/v1/payments/${held.id}/capture`)).json).toMatchObject({ status: "succeeded", amount_captured: 50_000 });
    expect(await net(held.id)).toBe(50_000);
  });

  it("a hold that nobody captures lapses, and cancels the payment", async () => {
    const { id, attempts } = (await shop.create(card("AbroadSuccess", { confirm: true, capture_method: "manual" }))).json;
    const payment = [...far.books.payments.values()].find(({ order }) => order.id === attempts[0].gateway_reference)!;
    await control(`/_payments/${payment.id}/lapse`, {});
    await shop.until(id, "canceled");
    expect(await net(id)).toBe(0);
  });

  it.each(["reset-after", "cut-after", "error-after"])(
    "an answer that is lost by %s is found by our receipt, and charged once",
    async (name) => {
      await webhooks("drop");
      await fault("/payments/create", name);
      const { id } = (await shop.create(card("AbroadSuccess"))).json;
      await waitFor("an unknown outcome", async () => ((await shop.payment(id)).attempts[0]?.status === "unknown" ? true : null));
      await pass(MINUTE);
      expect(await shop.until(id, "succeeded")).toMatchObject({ amount_captured: 50_000 });
      await webhooks("auto");
      expect([await made(id), await net(id)]).toEqual([1, 50_000]);
    },
  );

  it("a request that never arrived is sent again on the same order, after two questions", async () => {
    await fault("/payments/create", "reset-before");
    const { id } = (await shop.create(card("AbroadSuccess"))).json;
    await waitFor("an unknown outcome", async () => ((await shop.payment(id)).attempts[0]?.status === "unknown" ? true : null));
    // Step by step, so that the questions come in their order: after a quarter of an hour the request would not be sent again.
    const isCharged = async (): Promise<true | null> => {
      await pass(30_000);
      return (await shop.payment(id)).status === "succeeded" ? true : null;
    };
    await waitFor("it to be charged", isCharged, { pauseMs: 1_000, timeoutMs: 60_000 });
    const { attempts } = await shop.payment(id);
    expect(attempts).toHaveLength(1);
    expect([await made(id), await net(id)]).toEqual([1, 50_000]);
  });

  it("an order that could not be made is made at the next try, and charged once", async () => {
    await fault("/v1/orders", "reset-after");
    const { id } = (await shop.create(card("AbroadSuccess"))).json;
    await shop.until(id, "succeeded");
    expect([await made(id), await net(id)]).toEqual([1, 50_000]);
  });

  it("a payment that failed and is captured later is given back, and a case says so", async () => {
    const declined = await shop.create(card("AbroadLateSuccess", { confirm: true }));
    const id = declined.json.error.payment_id;
    expect(declined.json.error.decline_code).toBe("technical_decline");
    const order = (await shop.payment(id)).attempts[0].gateway_reference;
    const payment = [...far.books.payments.values()].find((one) => one.order.id === order)!;
    await control(`/_payments/${payment.id}/authorize`, {});
    await waitFor("the money to be back", async () => (payment.status === "refunded" ? true : null));
    expect(await shop.payment(id)).toMatchObject({ status: "failed", amount_captured: 0 });
    expect(await net(id)).toBe(0);
  });

  it("one of which no webhook tells is found by the comparison with Razorpay's list", async () => {
    await webhooks("drop");
    const declined = await shop.create(card("AbroadLateSuccess", { confirm: true }));
    const { payment_id: id } = declined.json.error;
    const order = (await shop.payment(id)).attempts[0].gateway_reference;
    const payment = [...far.books.payments.values()].find((one) => one.order.id === order)!;
    await control(`/_payments/${payment.id}/authorize`, {});
    await pass(5 * MINUTE);
    expect((await shop.post(`/v1/connector-accounts/${accountId}/sweep`)).status).toBe(202);
    await waitFor("the money to be back", async () => (payment.status === "refunded" ? true : null));
    await webhooks("auto");
    expect([(await shop.payment(id)).status, await net(id)]).toEqual(["failed", 0]);
  });

  it.each([
    ["doubled", { order: "written", twice: true }],
    ["reordered", { order: "reversed" }],
    ["reordered and doubled", { order: "reversed", twice: true }],
  ])("webhooks that come %s change nothing twice", async (_, how) => {
    await webhooks("hold");
    const { id, next_action: next } = (await shop.create(card("VisaSuccess", { confirm: true }))).json;
    await fetch(next.url, { method: "POST", body: "otp=123456" });
    const before = far.webhooks.sent.length;
    await webhooks("auto");
    await control("/_webhooks/release", how);
    await shop.until(id, "succeeded");
    await waitFor("all of them", () => far.webhooks.sent.length >= before + 3 && far.webhooks.owed.length === 0);
    expect(far.webhooks.sent.slice(before).every(({ status }) => status === 200)).toBe(true);
    const events = (await shop.get(`/v1/events?payment_id=${id}`)).json.data.map(({ type }: Json) => type as string);
    expect(events.filter((type: string) => type === "payment.succeeded")).toHaveLength(1);
    expect(await net(id)).toBe(50_000);
  });

  it("without a customer no request leaves, and the answer names what is missing", async () => {
    const before = far.books.orders.size;
    const answer = await shop.create({ ...card("AbroadSuccess", { confirm: true }), customer: undefined });
    expect([answer.status, answer.json.error.message]).toEqual([402, expect.stringContaining("customer.email")]);
    expect(far.books.orders.size).toBe(before);
  });

  it("no credential and no payer is in the evidence", async () => {
    const { id } = (await shop.create(upi("success"))).json;
    await shop.until(id, "succeeded");
    const { text } = await shop.get(`/v1/payments/${id}/timeline`);
    for (const secret of [Buffer.from(`${keyId}:${credentials.key_secret}`).toString("base64"), customer.phone, "success@razorpay"])
      expect(text).not.toContain(secret);
  });
});
