/** The official SDK is a judge: whatever it misreads, the far side has wrong. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HttpPort } from "../ports.ts";
import { type GatewayServer, startGatewayServer } from "../server.ts";
import { RETURN_URL } from "./desk.testing.ts";
import { createStripeFarSide, STRIPE_TEST_KEY, type StripeFarSide } from "./far-side.ts";

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    }),
};

const http: HttpPort = {
  async send({ url, headers, body }) {
    const response = await fetch(url, { method: "POST", headers, body });
    return { kind: "answer", status: response.status, headers: {}, body: await response.text(), durationMs: 0 };
  },
};

let far: StripeFarSide;
let server: GatewayServer;
let stripe: Stripe;
const client = (key: string): Stripe =>
  new Stripe(key, { host: "127.0.0.1", port: server.port, protocol: "http", maxNetworkRetries: 0, telemetry: false });

beforeEach(async () => {
  far = createStripeFarSide({ clock, http, laterMs: 20, secretKeys: [STRIPE_TEST_KEY, "sk_test_rolled"] });
  server = await startGatewayServer(far, { port: 0 });
  stripe = client(STRIPE_TEST_KEY);
});
afterEach(async () => {
  await server.close();
  await far.close();
});

const amount = { amount: 1_099, currency: "usd" } as const;
const paid = { ...amount, confirm: true, payment_method: "pm_card_visa", return_url: RETURN_URL } as const;
const failure = async (promise: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  promise.then(
    () => expect.fail("no error"),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

describe("the official SDK at the far side", () => {
  it("creates, confirms, retrieves and refunds", async () => {
    const intent = await stripe.paymentIntents.create({ ...amount, metadata: { tillway_key: "k1" } }, { idempotencyKey: "k1" });
    expect([intent.status, intent.lastResponse.idempotencyKey, intent.lastResponse.apiVersion]).toEqual([
      "requires_payment_method",
      "k1",
      "2026-10-28.endive",
    ]);
    const confirmed = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: "pm_card_visa",
      return_url: RETURN_URL,
      expand: ["latest_charge"],
    });
    expect(confirmed).toMatchObject({ status: "succeeded", latest_charge: { outcome: { network_status: "approved_by_network" } } });
    const refund = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 99,
      reason: "requested_by_customer",
      metadata: { tillway_key: "k2" },
    });
    expect(refund).toMatchObject({ status: "succeeded", amount: 99, payment_intent: intent.id });
    expect((await stripe.refunds.retrieve(refund.id)).metadata).toEqual({ tillway_key: "k2" });
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ id }) => id)).toEqual([refund.id]);
    const charge = await stripe.charges.retrieve((confirmed.latest_charge as Stripe.Charge).id);
    expect(charge).toMatchObject({ amount_refunded: 99, refunded: false });
    expect(far.book("k1")).toMatchObject({ captured: 1_099, refunded: 99 });
    expect((await stripe.balance.retrieve()).pending).toMatchObject([{ amount: 1_000, currency: "usd" }]);
  });

  it("captures and cancels", async () => {
    const held = await stripe.paymentIntents.create({ ...paid, capture_method: "manual" });
    expect((await stripe.paymentIntents.capture(held.id, { amount_to_capture: 500 })).amount_received).toBe(500);
    const other = await stripe.paymentIntents.create({ ...paid, capture_method: "manual" });
    expect((await stripe.paymentIntents.cancel(other.id, { cancellation_reason: "duplicate" })).status).toBe("canceled");
  });

  it("walks lists and searches", async () => {
    const made = [];
    for (let n = 0; n < 5; n++) made.push(await stripe.paymentIntents.create({ ...amount, metadata: { tillway_key: `k'${n}` } }));
    const seen = [];
    for await (const one of stripe.paymentIntents.list({ limit: 2, created: { gte: made[0]!.created } })) seen.push(one.id);
    expect(seen).toEqual(made.map(({ id }) => id).toReversed());
    const found = await stripe.paymentIntents.search({ query: String.raw`metadata['tillway_key']:'k\'3'` });
    expect(found.data.map(({ id }) => id)).toEqual([made[3]!.id]);
    const pages = [];
    for await (const one of stripe.paymentIntents.search({ query: "amount>1000 AND currency:'usd'", limit: 2 })) pages.push(one.id);
    expect(pages).toEqual(seen);
    expect((await stripe.events.list({ types: ["payment_intent.created"], limit: 3 })).has_more).toBe(true);
  });

  it("reads errors as what they are", async () => {
    const { StripeAuthenticationError, StripeCardError, StripeIdempotencyError, StripeInvalidRequestError, StripeRateLimitError } =
      Stripe.errors;
    const declined = await failure(
      stripe.paymentIntents.create({ ...paid, payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds" }),
    );
    expect(declined).toBeInstanceOf(StripeCardError);
    expect(declined).toMatchObject({
      statusCode: 402,
      code: "card_declined",
      decline_code: "insufficient_funds",
      advice_code: "try_again_later",
      payment_intent: { status: "requires_payment_method" },
    });
    expect(await failure(client("sk_test_wrong").balance.retrieve())).toBeInstanceOf(StripeAuthenticationError);
    expect((await client("sk_test_rolled").balance.retrieve()).object).toBe("balance");
    const gone = await failure(stripe.paymentIntents.retrieve("pi_none"));
    expect(gone).toBeInstanceOf(StripeInvalidRequestError);
    expect(gone).toMatchObject({ statusCode: 404, code: "resource_missing", param: "intent" });
    expect(await failure(stripe.paymentIntents.create({ ...amount, payment_method_types: ["card"] } as never))).toMatchObject({
      code: "parameter_unknown",
      param: "payment_method_types",
    });
    await stripe.paymentIntents.create(amount, { idempotencyKey: "same" });
    expect(await failure(stripe.paymentIntents.create({ ...amount, amount: 2_000 }, { idempotencyKey: "same" }))).toBeInstanceOf(
      StripeIdempotencyError,
    );
    far.setFaults([{ name: "throttled" }]);
    expect(await failure(stripe.balance.retrieve())).toBeInstanceOf(StripeRateLimitError);
    far.setFaults([{ name: "reset-after", times: 2 }]);
    expect(await failure(stripe.paymentIntents.create(paid))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    far.setFaults([{ name: "html-after" }]);
    expect(await failure(stripe.paymentIntents.create(paid))).toBeInstanceOf(Stripe.errors.StripeAPIError);
  });

  it("is charged once under one key, whatever the first answer became", async () => {
    far.setFaults([{ name: "error-after", path: "/v1/payment_intents" }]);
    const create = () => stripe.paymentIntents.create({ ...paid, metadata: { tillway_key: "once" } }, { idempotencyKey: "once" });
    for (const _ of [1, 2]) expect(await failure(create())).toMatchObject({ statusCode: 500 });
    expect(far.book("once")).toMatchObject({ captured: 1_099, charges: [{}] });
    expect(far.calls().map(({ replayed, status }) => [replayed, status])).toEqual([
      [false, 500],
      [true, 500],
    ]);
  });

  it("makes a payment method of a published number, and of no other", async () => {
    const card = { number: "4000000000009995", exp_month: 12, exp_year: 2030, cvc: "123" };
    const method = await stripe.paymentMethods.create({ type: "card", card, billing_details: { name: "Asha Rao" } });
    expect((await stripe.paymentMethods.retrieve(method.id)).card).toMatchObject({ last4: "9995", exp_year: 2030, brand: "visa" });
    expect(await failure(stripe.paymentIntents.create({ ...paid, payment_method: method.id }))).toMatchObject({
      decline_code: "insufficient_funds",
    });
    const real = await failure(stripe.paymentMethods.create({ type: "card", card: { ...card, number: "4539578763621486" } }));
    expect(real).toMatchObject({ decline_code: "test_mode_live_card" });
    expect(JSON.stringify([real, far.calls()])).not.toContain("4539578763621486");
  });
});

describe("webhooks to the official SDK", () => {
  let receiver: Server;
  let got: { body: string; signature: string }[];
  let failures: number;
  beforeEach(async () => {
    [got, failures] = [[], 0];
    receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString("utf8")));
      request.on("end", () => {
        got.push({ body, signature: String(request.headers["stripe-signature"]) });
        response.writeHead(failures-- > 0 ? 500 : 200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const url = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

  it("are signed with the endpoint's secret and name the request that caused them", async () => {
    const endpoint = await stripe.webhookEndpoints.create({ url: url(), enabled_events: ["payment_intent.succeeded"] });
    expect(endpoint.secret).toMatch(/^whsec_/);
    const intent = await stripe.paymentIntents.create({ ...paid, metadata: { tillway_key: "k1" } }, { idempotencyKey: "k1-confirm" });
    await expect.poll(() => got.length).toBe(1);
    const { body, signature } = got[0]!;
    const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret!);
    expect(event).toMatchObject({
      type: "payment_intent.succeeded",
      api_version: "2026-10-28.endive",
      request: { idempotency_key: "k1-confirm", id: intent.lastResponse.requestId },
      data: { object: { id: intent.id, metadata: { tillway_key: "k1" }, amount_received: 1_099 } },
    });
    expect(() => stripe.webhooks.constructEvent(body, signature, "whsec_other")).toThrow(Stripe.errors.StripeSignatureVerificationError);
    expect((await stripe.events.retrieve(event.id)).type).toBe(event.type);
    expect((await stripe.webhookEndpoints.list()).data[0]).not.toHaveProperty("secret");
  });
});
