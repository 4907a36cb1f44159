import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { says, START } from "../../../../test/support/flows/rows.ts";
import { REFUNDS_PER_PAYMENT_MAX } from "../constants.ts";
import type { RefundLimits } from "../model.ts";

/** A payment of 1,000 that was charged. */
async function charged(): Promise<Desk> {
  const desk = await new Desk({ endpoints: 1 }).create();
  const sent = (await desk.begin())!;
  await desk.answer(sent, says.succeeded(sent));
  return desk;
}

describe("refunding", () => {
  it.each<[string, number | undefined, number]>([
    ["all of it, if no amount is named", undefined, 1_000],
    ["a part", 1, 1],
    ["all of it, by its amount", 1_000, 1_000],
  ])("%s: the amount is reserved in the commit that queues the attempt", async (_, wanted, amount) => {
    const desk = await charged();
    await desk.refund(wanted, "returned");
    expect(desk.payment).toMatchObject({ status: "succeeded", amountRefunded: 0, refundReserved: amount });
    expect(desk.refunds).toMatchObject([
      { status: "pending", kind: "merchant", amount, currency: "INR", reason: "returned", processedAt: null },
    ]);
    expect(desk.last("refund")).toMatchObject({ status: "queued", amount, parentReference: desk.last("charge").gatewayReference });
    expect(desk.job("refund")).toMatchObject({ kind: "refund", queue: "refund-queue", runAt: START });
    expect(desk.eventTypes.at(-1)).toBe("refund.created");
    expect(JSON.parse(desk.events.at(-1)!.body)).toMatchObject({
      object: "refund",
      amount,
      status: "pending",
      payment: { id: desk.paymentId, amount_captured: 1_000, amount_refunded: 0 },
    });
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each([
    ["that takes none", { operations: ["charge", "capture", "void"] }, undefined, "takes no refunds"],
    ["that gives back whole only", { refunds: "full" }, 1, "whole or not at all"],
  ] as const)("at a gateway %s is refused before anything is written", async (_, capabilities, amount, why) => {
    const desk = await new Desk({ capabilities }).create();
    const sent = (await desk.begin())!;
    await desk.answer(sent, says.succeeded(sent));
    expect(await desk.refund(amount)).toMatchObject({
      refusal: { code: "invalid_state", message: expect.stringContaining(why) as string },
    });
    expect([desk.refunds, desk.payment.refundReserved]).toEqual([[], 0]);
  });

  it("at a gateway that gives back whole only goes on without an amount, or with all of it", async () => {
    for (const amount of [undefined, 1_000]) {
      const desk = await new Desk({ capabilities: { refunds: "full" } }).create();
      const sent = (await desk.begin())!;
      await desk.answer(sent, says.succeeded(sent));
      await desk.refund(amount);
      expect(desk.refunds).toMatchObject([{ status: "pending", amount: 1_000 }]);
    }
  });

  it("in parts never gives back more than was captured, the ones under way counted", async () => {
    const desk = await charged();
    await desk.refund(600);
    expect(await desk.refund(401)).toMatchObject({
      refusal: { code: "amount_too_large", param: "amount", message: "4.00 INR of this payment is left to refund. Send 400 at most." },
    });
    await desk.refund();
    expect(desk.refunds.map((refund) => refund.amount)).toEqual([600, 400]);
    expect(await desk.refund(1)).toMatchObject({ refusal: { code: "invalid_state" } });
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each<[string, readonly number[], RefundLimits | undefined, readonly (string | null)[]]>([
    ["no limit", [1_000], undefined, [null]],
    ["no limit of this currency", [1_000], { USD: 1 }, [null]],
    ["its limit", [500], { INR: 500 }, [null]],
    ["more than the limit", [501], { INR: 500 }, ["confirmation_required"]],
    ["more than the limit in small parts", [300, 200, 1], { INR: 500 }, [null, null, "confirmation_required"]],
    ["all, where any is too much", [1], { INR: 0 }, ["confirmation_required"]],
  ])("by a person who has not shown lately who they are gives back %s (security row 13)", async (_, amounts, unconfirmedUpTo, codes) => {
    const desk = await charged();
    const refusals: (string | null)[] = [];
    for (const amount of amounts) {
      const decision = await desk.refund(amount, null, unconfirmedUpTo);
      refusals.push(decision && "refusal" in decision ? decision.refusal.code : null);
    }
    expect(refusals).toEqual(codes);
  });

  it("ends as the gateway says; what it refused may be asked for again", async () => {
    const desk = await charged();
    await desk.refund(600);
    await desk.answer((await desk.begin("refund"))!, says.declined("operation_refused"));
    expect(desk.refunds).toMatchObject([{ status: "failed", processedAt: START }]);
    expect(desk.payment).toMatchObject({ amountRefunded: 0, refundReserved: 0 });
    await desk.refund(1_000);
    const sent = (await desk.begin("refund"))!;
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountRefunded: 1_000, refundReserved: 0 });
    expect(desk.eventTypes.slice(-4)).toEqual(["refund.created", "refund.failed", "refund.created", "refund.succeeded"]);
    expect(JSON.parse(desk.events.at(-1)!.body)).toMatchObject({
      object: "refund",
      status: "succeeded",
      payment: { amount_refunded: 1_000 },
    });
    expect(broken(desk.tables)).toEqual([]);
  });

  it("gives back what was captured of a payment that is still held", async () => {
    const desk = await new Desk().authorized();
    expect(await desk.refund(1)).toMatchObject({
      refusal: { message: "Only captured money can be refunded; this payment is authorized." },
    });
    await desk.capture({ amount: 400 });
    const sent = (await desk.begin("capture"))!;
    await desk.answer(sent, says.succeeded(sent));
    expect(await desk.refund(401)).toMatchObject({ refusal: { code: "amount_too_large" } });
    await desk.refund(400);
    expect(desk.payment).toMatchObject({ status: "authorized", refundReserved: 400 });
  });

  it("is refused where nothing was captured", async () => {
    expect(await (await new Desk().create()).refund()).toMatchObject({ refusal: { code: "invalid_state" } });
  });

  it("frees the order only once all of it was given back", async () => {
    const desk = await new Desk().create({ orderId: "o" });
    const sent = (await desk.begin())!;
    await desk.answer(sent, says.succeeded(sent));
    await desk.refund(400);
    const part = (await desk.begin("refund"))!;
    await desk.answer(part, says.succeeded(part));
    expect(desk.liveOf("o")).toBe(desk.paymentId);
    await desk.refund();
    const rest = (await desk.begin("refund"))!;
    await desk.answer(rest, says.succeeded(rest));
    expect(desk.liveOf("o")).toBeUndefined();
  });

  it("ends after a bounded number", async () => {
    const desk = await charged();
    for (let n = 0; n < REFUNDS_PER_PAYMENT_MAX; n++) await desk.refund(1);
    expect(await desk.refund(1)).toMatchObject({ refusal: { code: "invalid_state" } });
  });
});
