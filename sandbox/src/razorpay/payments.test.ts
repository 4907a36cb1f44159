import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { open, type Json } from "./counter.testing.ts";
import { testCards } from "./instruments.ts";

describe("a payment", () => {
  it("of a card from abroad is captured at once, and its result is signed", async () => {
    const { orderOf, pay, get } = open();
    const order = await orderOf();
    const { json } = await pay(order);
    const signature = createHmac("sha256", "secret").update(`${order}|${json["razorpay_payment_id"]}`).digest("hex");
    expect(json).toMatchObject({ razorpay_order_id: order, razorpay_signature: signature });
    expect((await get(`/orders/${order}`)).json).toMatchObject({ status: "paid", amount_paid: 4_500, amount_due: 0, attempts: 1 });
    expect((await get(`/payments/${json["razorpay_payment_id"]}`)).json).toMatchObject({ status: "captured", captured: true, fee: 90 });
  });

  it("has no idempotency: made twice it is there twice, and the order takes one success", async () => {
    const { orderOf, pay, get } = open();
    const order = await orderOf();
    for (let n = 0; n < 2; n++) await pay(order, { token: "token_VisaSuccess" });
    expect((await get(`/orders/${order}/payments`)).json).toMatchObject({ count: 2 });
    await pay(order);
    expect(await pay(order)).toMatchObject({ status: 400, json: { error: { reason: "order_already_paid" } } });
  });

  it.each(testCards.filter(({ isPublished }) => isPublished).map((card) => [card.number, card] as const))(
    "with the published card %s does at the bank's page what Razorpay's page says",
    async (number, { script }) => {
      const { orderOf, pay, ask, get } = open();
      const order = await orderOf();
      const card = { number, name: "Asha", expiry_month: 12, expiry_year: 40, cvv: "123" };
      const { json } = await pay(order, { token: undefined, card });
      const [next] = json["next"] as { action: string; url: string }[];
      expect(next).toMatchObject({ action: "redirect" });
      const path = new URL(next!.url).pathname;
      expect((await ask("GET", path)).body).toContain("One-time password");
      await ask("POST", path, "otp=1234");
      expect((await get(`/payments/${json["razorpay_payment_id"]}`)).json).toMatchObject(
        script.reason === null ? { status: "captured" } : { status: "failed", error_reason: script.reason },
      );
    },
  );

  it.each([
    ["otp=123", "failed"],
    ["otp=12345678901", "failed"],
    ["otp=12a4", "failed"],
    ["", "failed"],
    ["otp=1234567890", "captured"],
  ])("whose shopper types %j is %s", async (typed, status) => {
    const { orderOf, pay, ask, get } = open();
    const { json } = await pay(await orderOf(), { token: "token_VisaSuccess" });
    const id = json["razorpay_payment_id"] as string;
    await ask("POST", `/v1/payments/${id}/authorize`, typed);
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status });
  });

  it("sends the shopper back with the signed result, and no text of theirs becomes markup", async () => {
    const { orderOf, pay, ask } = open();
    const callback = 'https://shop.example/back?a="><script>';
    const { json } = await pay(await orderOf(), { token: "token_VisaSuccess", callback_url: callback });
    const page = await ask("POST", `/v1/payments/${json["razorpay_payment_id"]}/authorize`, "otp=1234");
    expect(page.body).toContain('name="razorpay_signature"');
    expect(page.body).not.toContain("<script>");
  });

  it.each([
    [201, "insufficient_funds"],
    [204, "incorrect_pin"],
    [302, "payment_cancelled"],
    [402, "payment_declined"],
  ])("by UPI of %d paise fails with %s", async (amount, reason) => {
    const { clock, orderOf, pay, get } = open();
    const { json } = await pay(await orderOf({ amount }), { amount, method: "upi", token: undefined, upi: { flow: "intent" } });
    expect((json["next"] as Json[])[0]).toMatchObject({
      action: "intent",
      url: expect.stringMatching(/^upi:\/\/pay\?.*am=\d+\.\d\d&cu=INR/) as string,
    });
    await clock.advance(2_000);
    expect((await get(`/payments/${json["razorpay_payment_id"]}`)).json).toMatchObject({ status: "failed", error_reason: reason });
  });

  it.each([
    ["success@razorpay", "captured"],
    ["failure@razorpay", "failed"],
    ["silent@razorpay", "created"],
  ])("by UPI from %s is %s", async (vpa, status) => {
    const { clock, orderOf, pay, get } = open();
    const { json } = await pay(await orderOf(), { method: "upi", token: undefined, upi: { flow: "collect", vpa, expiry_time: 5 } });
    expect(json["next"]).toMatchObject([{ action: "poll" }]);
    await clock.advance(2_000);
    expect((await get(`/payments/${json["razorpay_payment_id"]}`)).json).toMatchObject({ status });
  });

  it.each([
    ["success", "captured", null],
    ["failure", "failed", "payment_declined"],
    ["nothing at all", "failed", "payment_cancelled"],
  ])("by net banking asks on the bank's page, where %s makes it %s", async (answer, status, reason) => {
    const { ask, orderOf, pay, get } = open();
    const { json } = await pay(await orderOf(), { method: "netbanking", token: undefined, bank: "HDFC" });
    const id = json["razorpay_payment_id"] as string;
    expect(json["next"]).toEqual([{ action: "redirect", url: `http://razorpay.test/v1/payments/${id}/authorize` }]);
    expect((await ask("GET", `/v1/payments/${id}/authorize`)).body).toMatch(/Success.*Failure/);
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status: "created", method: "netbanking", bank: "HDFC", card_id: null });
    await ask("POST", `/v1/payments/${id}/authorize`, `answer=${answer}`);
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status, error_reason: reason });
  });

  it("that is left alone fails after ten minutes", async () => {
    const { clock, orderOf, pay, get } = open();
    const { json } = await pay(await orderOf(), { token: "token_VisaSuccess" });
    const status = async () => (await get(`/payments/${json["razorpay_payment_id"]}`)).json["status"] as string;
    await clock.advance(599_000);
    expect(await status()).toBe("created");
    await clock.advance(1_000);
    expect(await status()).toBe("failed");
  });

  it.each<[string, object, object]>([
    ["another amount than its order", { amount: 1 }, { reason: "order_amount_mismatch" }],
    ["an order of nobody", { order_id: "order_x" }, { description: "The id provided does not exist" }],
    ["no contact", { contact: undefined }, { field: "contact" }],
    ["a method that is not enabled", { method: "wallet" }, { reason: "payment_method_not_enabled" }],
    ["a card that is no test card", { token: undefined, card: { number: "4111111111111111" } }, { reason: "card_number_invalid" }],
    ["no VPA to ask", { method: "upi", upi: { flow: "collect" } }, { reason: "invalid_vpa" }],
    ["no bank", { method: "netbanking", token: undefined }, { field: "bank" }],
    ["a bank that is none", { method: "netbanking", token: undefined, bank: "hdfc" }, { field: "bank" }],
    ["a field too many", { idempotency_key: "x" }, { reason: "extra_field_sent" }],
    ["a field of the card too many", { card: { pin: "1" } }, { reason: "extra_field_sent" }],
  ])("with %s is refused", async (_, more, error) => {
    const { orderOf, pay } = open();
    expect(await pay(await orderOf(), more)).toMatchObject({ status: 400, json: { error } });
  });
});

describe("what comes late", () => {
  it("is authorized after it failed, and captured if the order still waits for it", async () => {
    const { clock, orderOf, pay, get } = open();
    const reply = await pay(await orderOf(), { token: "token_AbroadLateSuccess" });
    expect(reply).toMatchObject({ status: 400, json: { error: { reason: "gateway_technical_error", code: "GATEWAY_ERROR" } } });
    const id = (reply.json["error"] as Json)["metadata"]["payment_id"] as string;
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status: "failed" });
    await clock.advance(30_000);
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status: "captured", late_authorized: true, error_reason: null });
  });

  it("is given back if another payment of the order has won", async () => {
    const { far, clock, orderOf, pay, get } = open();
    const order = await orderOf({ receipt: "r-1" });
    const reply = await pay(order, { token: "token_AbroadLateSuccess" });
    await pay(order);
    await clock.advance(30_000);
    const id = (reply.json["error"] as Json)["metadata"]["payment_id"] as string;
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status: "refunded", captured: false, amount_refunded: 4_500 });
    expect(far.taken("r-1")).toBe(4_500);
  });

  it("is not captured, and given back by itself, if nobody captures a hold", async () => {
    const { far, clock, orderOf, pay, get } = open();
    const order = await orderOf({ receipt: "r-1", payment: { capture: "manual", capture_options: { manual_expiry_period: 60 } } });
    const { json } = await pay(order);
    const shown = async () => (await get(`/payments/${json["razorpay_payment_id"]}`)).json;
    expect(await shown()).toMatchObject({ status: "authorized", captured: false, fee: null });
    await clock.advance(3_600_000);
    expect(await shown()).toMatchObject({ status: "refunded", captured: false, refund_status: "full" });
    expect(far.taken("r-1")).toBe(0);
  });
});

describe("a capture and a refund", () => {
  async function held() {
    const bench = open({ refundAfterMs: 60_000, refundRunsMs: 1_000 });
    const order = await bench.orderOf({ receipt: "r-1", payment: { capture: "manual" } });
    const id = (await bench.pay(order)).json["razorpay_payment_id"] as string;
    return { ...bench, order, id };
  }

  it("takes the whole once", async () => {
    const { post, id } = await held();
    const of = async (body: object) => post(`/payments/${id}/capture`, body);
    expect(await of({ amount: 4_000, currency: "INR" })).toMatchObject({ status: 400, json: { error: { field: "amount" } } });
    expect(await of({ amount: 4_500, currency: "INR" })).toMatchObject({ status: 200, json: { status: "captured" } });
    expect((await of({ amount: 4_500, currency: "INR" })).json).toMatchObject({
      error: { description: "This payment has already been captured" },
    });
  });

  it("gives back once for each key: at work and another body are 409", async () => {
    const { far, clock, post, get, id } = await held();
    const refund = (body: object, idempotency?: string) =>
      post(`/payments/${id}/refund`, body, idempotency === undefined ? {} : { "x-refund-idempotency": idempotency });
    expect((await refund({ amount: 500 })).json).toMatchObject({ error: { description: expect.stringContaining("captured") as string } });
    await post(`/payments/${id}/capture`, { amount: 4_500, currency: "INR" });
    const first = await refund({ amount: 500, receipt: "back-1" }, "refund-key-1");
    expect(first.json).toMatchObject({ status: "pending", speed_requested: "normal", speed_processed: "normal" });
    expect((await refund({ amount: 500, receipt: "back-1" }, "refund-key-1")).status).toBe(409);
    await clock.advance(1_000);
    expect((await refund({ amount: 500, receipt: "back-1" }, "refund-key-1")).json).toEqual(first.json);
    expect((await refund({ amount: 600, receipt: "back-1" }, "refund-key-1")).status).toBe(409);
    expect((await refund({ amount: 1 }, "short")).status).toBe(400);
    await clock.advance(60_000);
    expect((await get(`/refunds/${first.json["id"]}`)).json).toMatchObject({ status: "processed" });
    expect(await refund({ amount: 4_001 })).toMatchObject({ status: 400 });
    expect((await refund({ speed: "optimum" })).json).toMatchObject({ amount: 4_000, status: "processed", speed_processed: "instant" });
    expect((await get(`/payments/${id}`)).json).toMatchObject({ status: "refunded", refund_status: "full", captured: true });
    expect((await refund({})).json).toMatchObject({ error: { description: "The payment has been fully refunded already" } });
    expect((await get(`/payments/${id}/refunds`)).json).toMatchObject({ count: 2 });
    expect(far.taken("r-1")).toBe(0);
  });

  it("is refused half a year later", async () => {
    const { clock, post, id } = await held();
    await post(`/payments/${id}/capture`, { amount: 4_500, currency: "INR" });
    await clock.advance(16_000_000_000);
    expect((await post(`/payments/${id}/refund`, {})).status).toBe(400);
  });
});
