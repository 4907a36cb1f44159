/** Razorpay's own SDK as a client of our Razorpay: what it can't use is wrong here. */
import Razorpay from "razorpay";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock, type ManualClock } from "../desk.testing.ts";
import type { HttpPort, HttpRequest } from "../ports.ts";
import { startGatewayServer } from "../server.ts";
import { createRazorpayFarSide, type RazorpayFarSide } from "./far-side.ts";

describe("razorpay's SDK", () => {
  const key = { key_id: "rzp_test_sdk", key_secret: "secret-of-the-sdk" };
  const got: HttpRequest[] = [];
  let clock: ManualClock;
  let far: RazorpayFarSide;
  let sdk: Razorpay;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    clock = manualClock();
    const http: HttpPort = {
      send: (request) => {
        got.push(request);
        return Promise.resolve({ kind: "answer", status: 200, headers: {}, body: "", durationMs: 1 });
      },
    };
    const merchants = [{ keyId: key.key_id, keySecret: key.key_secret, webhook: { url: "http://us.test", secret: "hook" } }];
    far = createRazorpayFarSide({ clock, http, publicUrl: "http://razorpay.test", merchants, refundAfterMs: 1_000 });
    const server = await startGatewayServer(far, { port: 0 });
    stop = () => Promise.all([server.close(), far.close()]);
    sdk = new Razorpay(key);
    // Its host is fixed otherwise.
    (sdk.api as unknown as { rq: { defaults: { baseURL: string } } }).rq.defaults.baseURL = `http://127.0.0.1:${server.port}`;
  });
  afterAll(() => stop());

  const customer = { email: "asha@example.com", contact: "+919999999999" };
  async function paid(payment: object, method: object): Promise<{ order: string; result: Record<string, string> }> {
    const order = await sdk.orders.create({ amount: 4_500, currency: "INR", notes: { shop: "one" }, payment } as Parameters<
      typeof sdk.orders.create
    >[0]);
    const body = { amount: 4_500, currency: "INR", order_id: order.id, ...customer, ...method };
    const result = await sdk.payments.createPaymentJson(body as unknown as Parameters<typeof sdk.payments.createPaymentJson>[0]);
    return { order: order.id, result: result as unknown as Record<string, string> };
  }
  const abroad = { method: "card", token: "token_AbroadSuccess" };

  it("makes an order once for its receipt, reads it, and finds it", async () => {
    const body = { amount: 4_500, currency: "INR", receipt: "sdk-1", unique_receipt: true };
    const [first, second] = [await sdk.orders.create(body), await sdk.orders.create(body)];
    expect(second).toEqual(first);
    expect(await sdk.orders.fetch(first.id)).toMatchObject({ id: first.id, status: "created", amount_due: 4_500 });
    expect((await sdk.orders.all({ receipt: "sdk-1" })).items.map(({ id }) => id)).toEqual([first.id]);
  });

  it("pays, and accepts the signature of the result", async () => {
    const { order, result } = await paid({ capture: "automatic" }, abroad);
    const { validatePaymentVerification: verify } = await import("razorpay/dist/utils/razorpay-utils.js");
    const named = { order_id: order, payment_id: result["razorpay_payment_id"]! };
    expect(verify(named, result["razorpay_signature"]!, key.key_secret)).toBe(true);
    expect(verify({ ...named, order_id: "order_other" }, result["razorpay_signature"]!, key.key_secret)).toBe(false);
    expect((await sdk.orders.fetchPayments(order)).items).toMatchObject([{ status: "captured", captured: true, order_id: order }]);
  });

  it("captures the whole of a hold, and reads why a part is refused", async () => {
    const { result } = await paid({ capture: "manual" }, abroad);
    const id = result["razorpay_payment_id"]!;
    await expect(sdk.payments.capture(id, 4_000, "INR")).rejects.toMatchObject({
      statusCode: 400,
      error: { code: "BAD_REQUEST_ERROR", field: "amount" },
    });
    expect(await sdk.payments.capture(id, 4_500, "INR")).toMatchObject({ status: "captured" });
    await expect(sdk.payments.capture(id, 4_500, "INR")).rejects.toMatchObject({
      error: { description: "This payment has already been captured" },
    });
  });

  it("reads a decline with its reason and the payment it is of", async () => {
    await expect(paid({ capture: "automatic" }, { method: "card", token: "token_AbroadInsufficient" })).rejects.toMatchObject({
      statusCode: 400,
      error: { reason: "insufficient_funds", metadata: { payment_id: expect.stringMatching(/^pay_/) as string } },
    });
  });

  it("refunds in parts and at once, and lists what was given back", async () => {
    const { result } = await paid({ capture: "automatic" }, abroad);
    const id = result["razorpay_payment_id"]!;
    const first = await sdk.payments.refund(id, { amount: 500, speed: "normal", receipt: "back-1" });
    expect(first).toMatchObject({ entity: "refund", status: "pending", amount: 500 });
    await sdk.payments.refund(id, { speed: "optimum" });
    await clock.advance(1_000);
    expect(await sdk.refunds.fetch(first.id)).toMatchObject({ status: "processed" });
    expect((await sdk.payments.fetchMultipleRefund(id)).items.map(({ amount }) => amount)).toEqual([4_000, 500]);
    expect(await sdk.payments.fetch(id)).toMatchObject({ status: "refunded", refund_status: "full", amount_refunded: 4_500 });
    expect((await sdk.refunds.all({ count: 1 })).count).toBe(1);
  });

  it("is refused with a wrong secret", async () => {
    const stranger = new Razorpay({ ...key, key_secret: "another" });
    Object.assign((stranger.api as unknown as { rq: { defaults: object } }).rq.defaults, {
      baseURL: (sdk.api as unknown as { rq: { defaults: { baseURL: string } } }).rq.defaults.baseURL,
    });
    await expect(stranger.orders.all()).rejects.toMatchObject({ statusCode: 401 });
  });

  it("accepts what our webhooks are signed with, and nothing else", async () => {
    await clock.advance(1_000);
    expect(got.length).toBeGreaterThan(8);
    for (const { body, headers } of got) {
      const signature = headers["x-razorpay-signature"]!;
      expect(Razorpay.validateWebhookSignature(body!, signature, "hook")).toBe(true);
      expect(Razorpay.validateWebhookSignature(`${body!} `, signature, "hook")).toBe(false);
    }
  });
});
