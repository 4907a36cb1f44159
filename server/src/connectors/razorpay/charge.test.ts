/** A charge without idempotency keys: every way in which a request of it can be lost. */
import type { FaultName } from "@tillway/sandbox";
import { describe, expect, it } from "vitest";
import type { PaymentMethod } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import { again, bench, KEY, orders, paid, payments } from "./bench.testing.ts";

const withOtp: PaymentMethod = { ...paid, token: "token_VisaSuccess" };
const link: PaymentMethod = { type: "upi", vpa: null };

describe("an order whose answer is lost", () => {
  it.each<FaultName>(["timeout-before", "timeout-after", "reset-after", "cut-after", "error-before", "error-after", "html-after"])(
    "by %s: nothing was charged, and another account may try at once",
    async (fault) => {
      const at = bench();
      at.fault("/orders", fault, "POST");
      expect((await at.send()).outcome).toMatchObject({ kind: "not_sent" });
      expect(payments(at)).toEqual([]);
      // Sent again, the order comes back that is there.
      expect((await at.send({ sends: 2 })).outcome.kind).toBe("succeeded");
      expect([orders(at).length, payments(at).length]).toEqual([1, 1]);
    },
  );

  it("proves nothing once an earlier request may have arrived", async () => {
    const at = bench();
    at.fault("/orders", "reset-after", "POST");
    expect((await at.send(again)).outcome.kind).toBe("unknown");
  });

  it("throttled is throttled", async () => {
    const at = bench();
    at.fault("/orders", "throttled", "POST");
    expect((await at.send()).outcome).toEqual({ kind: "throttled", retryAfterMs: 1_000 });
  });
});

describe("a payment whose answer is lost", () => {
  const lost: FaultName[] = ["timeout-after", "reset-after", "cut-after", "error-after", "html-after"];

  it.each(lost)("by %s and sent again: the order shows it, and it is not made twice", async (fault) => {
    const at = bench();
    at.fault("/payments/create", fault);
    expect((await at.send()).outcome).toMatchObject({ kind: "unknown", storedError: false });
    expect((await at.send(again)).outcome).toMatchObject({ kind: "succeeded" });
    expect([payments(at).length, at.far.taken(KEY)]).toEqual([1, 4_500]);
  });

  it("and whose order can't be looked at is not sent again", async () => {
    const at = bench();
    at.fault("/payments/create", "timeout-after");
    await at.send();
    at.fault("/payments", "timeout-before", "GET");
    expect((await at.send(again)).outcome.kind).toBe("unknown");
    expect(payments(at)).toHaveLength(1);
  });

  it("is not sent again while the order says that it was tried, and does not show by what", async () => {
    const at = bench();
    at.fault("/payments/create", "timeout-after");
    await at.send();
    const order = orders(at)[0]!;
    const hidden = order.payments.splice(0);
    order.status = "attempted";
    expect(await at.find({ questions: 1 })).toMatchObject({ kind: "unknown" });
    expect((await at.send(again)).outcome).toMatchObject({ kind: "unknown" });
    expect(payments(at)).toHaveLength(1);
    order.payments.push(...hidden);
    expect((await at.find({ questions: 2 })).kind).toBe("succeeded");
  });

  it("while the shopper is at the bank is open: it is neither lost nor made again", async () => {
    const at = bench();
    at.fault("/payments/create", "timeout-after");
    await at.send({}, { method: withOtp });
    expect(await at.find({ questions: 1 }, { method: withOtp })).toMatchObject({ kind: "pending" });
    expect((await at.send(again, { method: withOtp })).outcome).toMatchObject({ kind: "pending" });
    expect(payments(at)).toHaveLength(1);
  });

  it("that never arrived is not found, and then made on the same order", async () => {
    const at = bench();
    at.fault("/payments/create", "timeout-before");
    expect((await at.send()).outcome.kind).toBe("unknown");
    expect(await at.find({ questions: 1 })).toEqual({ kind: "not_found" });
    expect((await at.send(again)).outcome.kind).toBe("succeeded");
    expect([orders(at).length, payments(at).length]).toEqual([1, 1]);
  });

  it("that arrives beside the one that was sent for it: the order takes one of them, and that one counts", async () => {
    const at = bench({ upiAfterMs: 60_000 });
    const first = await at.send({}, { method: link });
    const order = orders(at)[0]!;
    // The request that was given up arrives now: a second payment on the same order.
    const headers = { authorization: `Basic ${Buffer.from("rzp_test_bench:secret").toString("base64")}` };
    const body = {
      amount: 4_500,
      currency: "INR",
      order_id: order.id,
      email: "a@b.c",
      contact: "1",
      method: "upi",
      upi: { flow: "intent" },
    };
    await at.far.handle({ method: "POST", path: "/v1/payments/create/json", headers, body: JSON.stringify(body) });
    expect(payments(at)).toHaveLength(2);
    await at.clock.advance(120_000);
    expect(await at.retrieve(order.id, { questions: 1 }, { method: link })).toMatchObject({ kind: "succeeded", reference: order.id });
    expect([first.outcome.kind, at.far.taken(KEY)]).toEqual(["requires_action", 4_500]);
    expect(
      payments(at)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["captured", "refunded"]);
  });
});

describe("a database that was restored", () => {
  it("sends for the first time what was sent before, and charges no second time", async () => {
    const at = bench();
    await at.send();
    await at.clock.advance(3_600_000);
    expect((await at.send()).outcome.kind).toBe("succeeded");
    expect([payments(at).length, at.far.taken(KEY)]).toEqual([1, 4_500]);
  });

  it("nor with another amount: the receipt is taken, and the order shows what is there", async () => {
    const at = bench();
    await at.send();
    const { outcome } = await at.send({ amount: 9_000 });
    expect(outcome).toMatchObject({ kind: "unknown", mismatch: "an order of 4500 INR instead of 9000 INR" });
    expect(payments(at)).toHaveLength(1);
  });
});

describe("a payment that fails", () => {
  it("is declined, and a re-send makes no other one", async () => {
    const at = bench();
    const declined: PaymentMethod = { ...paid, token: "token_AbroadInsufficient" };
    expect((await at.send({}, { method: declined })).outcome).toMatchObject({ kind: "declined", declineCode: "insufficient_funds" });
    expect((await at.send(again, { method: declined })).outcome).toMatchObject({ kind: "declined" });
    expect(payments(at)).toHaveLength(1);
  });

  it("and is authorized later is the truth of a question", async () => {
    const at = bench();
    const late: PaymentMethod = { ...paid, token: "token_AbroadLateSuccess" };
    expect((await at.send({}, { method: late })).outcome).toMatchObject({ kind: "declined", declineCode: "technical_decline" });
    await at.clock.advance(60_000);
    expect(await at.retrieve(orders(at)[0]!.id)).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
  });

  it("after Razorpay captures by itself is held, for us to capture", async () => {
    const at = bench();
    const late: PaymentMethod = { ...paid, token: "token_AbroadLateSuccess" };
    await at.send({}, { method: late });
    const order = orders(at)[0]!;
    Object.assign(order, { automaticMs: 1_000 });
    await at.clock.advance(60_000);
    expect(await at.retrieve(order.id)).toMatchObject({ kind: "pending" });
    await at.clock.advance(1_200_000);
    expect(await at.retrieve(order.id)).toMatchObject({ kind: "authorized" });
    expect((await at.send({ operation: "capture", gatewayKey: "capture-0000001", parentReference: order.id })).outcome.kind).toBe(
      "succeeded",
    );
    expect(at.far.taken(KEY)).toBe(4_500);
  });

  it("whose answer names it is read from the order, also if that is not to be had at first", async () => {
    const at = bench();
    at.fault("/payments", "timeout-before", "GET");
    const declined: PaymentMethod = { ...paid, token: "token_AbroadDeclined" };
    const { outcome } = await at.send({}, { method: declined });
    expect(outcome).toEqual({ kind: "pending", reference: orders(at)[0]!.id });
    expect(await at.retrieve(orders(at)[0]!.id)).toMatchObject({ kind: "declined", declineCode: "card_declined" });
  });
});

describe("what the shopper must do", () => {
  it("is a page, and stays so for as long as the payment waits", async () => {
    const at = bench();
    const { outcome } = await at.send({}, { method: withOtp });
    const { nextAction, reference } = outcome as Extract<Outcome, { kind: "requires_action" }>;
    expect(nextAction).toEqual({ type: "redirect", url: `http://razorpay.test/v1/payments/${payments(at)[0]!.id}/authorize` });
    expect(await at.retrieve(reference, {}, { nextAction })).toEqual(outcome);
    await at.far.handle({ method: "POST", path: new URL(nextAction.url).pathname, headers: {}, body: "otp=123456" });
    expect(await at.retrieve(reference, {}, { nextAction })).toMatchObject({ kind: "succeeded" });
  });

  it("is a UPI link, whose payer then pays", async () => {
    const at = bench();
    const { outcome } = await at.send({}, { method: link });
    expect(outcome).toMatchObject({ kind: "requires_action", nextAction: { type: "upi_intent" } });
    const { nextAction } = outcome as Extract<Outcome, { kind: "requires_action" }>;
    expect(nextAction.url).toMatch(/^upi:\/\/pay\?pa=.+&pn=Far%20side&am=45\.00&cu=INR&tr=pay_/);
    await at.clock.advance(5_000);
    expect((await at.find()).kind).toBe("succeeded");
  });

  it("and leaves undone fails after ten minutes", async () => {
    const at = bench();
    await at.send({}, { method: withOtp });
    await at.clock.advance(600_000);
    expect(await at.find()).toMatchObject({ kind: "declined", declineCode: "authentication_failed" });
  });
});
