import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { MINUTE, says, SECOND, START } from "../../../../test/support/flows/rows.ts";
import { gatewayKey } from "../ids.ts";
import { decideBegin } from "./begin.ts";

describe("beginning the first charge", () => {
  it("writes the attempt before the call and turns the job into what would find out if this process died", async () => {
    const desk = await new Desk().create();
    const sent = await desk.begin();
    expect(desk.payment).toMatchObject({ status: "processing", attempt: 1, version: 2 });
    expect(sent).toMatchObject({
      operation: "charge",
      n: 1,
      status: "calling",
      sends: 1,
      firstSentAt: START,
      amount: 1_000,
      currency: "INR",
    });
    expect(sent?.gatewayKey).toBe(gatewayKey(desk.payment, "charge", 1));
    expect(desk.attempts).toEqual([sent]);
    expect(desk.job()).toMatchObject({
      kind: "ask",
      attemptId: sent?.id,
      lane: sent?.accountId,
      runAt: START + 40 * SECOND,
      deadlineAt: START + 30 * MINUTE,
    });
    expect(desk.job()?.leaseToken).not.toBeNull();
  });

  it("announces nothing: processing is no fact about money", async () => {
    const desk = new Desk({ endpoints: 1 });
    await desk.charging();
    expect(desk.eventTypes).toEqual(["payment.created"]);
    expect(desk.tables.deliveries.size).toBe(0);
  });

  it("without a gateway account fails the payment, says why and frees the order", async () => {
    const desk = await new Desk({ accounts: 0, endpoints: 1 }).create({ orderId: "ord_1" });
    expect(await desk.begin()).toBeUndefined();
    expect(desk.payment).toMatchObject({ status: "failed", error: { code: "no_route", step: "routing", source: "merchant" } });
    expect(desk.job()).toBeUndefined();
    expect(desk.tables.live.size).toBe(0);
    expect(desk.events.at(-1)).toMatchObject({ type: "payment.failed", closes: "charge" });
    expect(desk.tables.deliveries.size).toBe(1);
  });

  it.each(["created", "processing", "requires_action", "authorized", "succeeded", "failed", "canceled"] as const)(
    "does nothing where the payment is %s: the job was delivered twice",
    async (status) => {
      const desk = await new Desk().create();
      const job = await desk.lease(desk.job()!);
      desk.tables.payments.set(desk.paymentId, { ...desk.payment, status });
      expect(decideBegin(await desk.snapshot(), job, desk.context())).toEqual({ nothing: true });
    },
  );
});

describe("beginning what was queued or waits to be sent again", () => {
  it("sends a queued capture once and notes when", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    desk.now += SECOND;
    expect(await desk.begin("capture")).toMatchObject({ status: "calling", sends: 1, firstSentAt: START + SECOND });
    expect(desk.job("capture")).toMatchObject({ kind: "ask", runAt: desk.now + 40 * SECOND });
  });

  it("counts the sends after throttling, and keeps the time of the first", async () => {
    const desk = new Desk();
    const attempt = await desk.charging();
    await desk.answer(attempt, says.throttled(10 * SECOND));
    expect(desk.job()).toMatchObject({ kind: "charge", attemptId: attempt.id, runAt: START + 10 * SECOND, leaseToken: null });
    desk.now += 10 * SECOND;
    expect(await desk.begin()).toMatchObject({
      id: attempt.id,
      gatewayKey: attempt.gatewayKey,
      status: "calling",
      sends: 2,
      firstSentAt: START,
    });
  });

  it("makes a refund processing with its attempt", async () => {
    const desk = new Desk();
    const attempt = await desk.charging();
    await desk.cancel();
    await desk.hear(attempt, says.succeeded(attempt));
    expect(desk.refunds).toMatchObject([{ status: "pending" }]);
    await desk.begin("refund");
    expect(desk.refunds).toMatchObject([{ status: "processing" }]);
  });

  it("never sends a next charge where a cancel came between: the payment is canceled at once", async () => {
    const desk = new Desk({ accounts: 2, endpoints: 1 });
    const attempt = await desk.charging({ orderId: "ord_1" });
    await desk.answer(attempt, says.notSent);
    expect(desk.last("charge")).toMatchObject({ n: 2, status: "queued" });
    await desk.cancel();
    expect(await desk.begin()).toBeUndefined();
    expect(desk.payment).toMatchObject({ status: "canceled", amountAuthorized: 0 });
    expect(desk.last("charge")).toMatchObject({ n: 2, status: "canceled", sends: 0, closedAt: START });
    expect(desk.events.at(-1)).toMatchObject({ type: "payment.canceled", closes: "charge" });
    expect(desk.job()).toBeUndefined();
    expect(desk.tables.live.size).toBe(0);
  });

  it.each(["requires_action", "pending", "unknown", "succeeded", "declined", "not_sent"] as const)(
    "does not send again what is %s",
    async (status) => {
      const desk = new Desk();
      const attempt = await desk.charging();
      desk.tables.attempts.set(attempt.id, { ...attempt, status });
      const job = { ...desk.job()!, kind: "charge" as const };
      expect(decideBegin(await desk.snapshot(), job, desk.context())).toEqual({ nothing: true });
    },
  );
});
