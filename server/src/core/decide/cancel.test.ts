import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { MINUTE, says, START } from "../../../../test/support/flows/rows.ts";
import type { Attempt } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { decideCancel } from "./operations.ts";
import { decideOverdue } from "./overdue.ts";

describe("cancelling before anything was sent", () => {
  it.each([
    ["created", false],
    ["pending", null],
  ] as const)("a %s payment is canceled at once, its job ends and its order is free", async (status, confirm) => {
    const desk = await new Desk({ endpoints: 1 }).create({ confirm, orderId: "ord_1" });
    expect(desk.payment.status).toBe(status);
    await desk.cancel();
    expect(desk.payment).toMatchObject({ status: "canceled", cancelRequestedAt: START });
    expect(desk.tables.live.size).toBe(0);
    expect(desk.events.at(-1)).toMatchObject({ type: "payment.canceled", closes: "charge" });
    expect(desk.tables.deliveries.size).toBe(1);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("does not free an order that another payment has", async () => {
    const desk = await new Desk().create({ orderId: "ord_1" });
    const live = desk.paymentId;
    await desk.create({ orderId: "ord_1", confirm: false });
    await desk.cancel();
    expect(desk.liveOf("ord_1")).toBe(live);
  });

  it("answers with the event that it wrote", async () => {
    const desk = await new Desk().create();
    expect(await desk.cancel()).toMatchObject({ closes: "charge", change: { events: [{ closes: "charge" }] } });
  });
});

describe("cancelling while a call is under way", () => {
  it.each<[string, (attempt: Attempt) => Outcome, object, string[]]>([
    ["declined: canceled, nothing was taken", () => says.declined(), { status: "canceled", error: null }, []],
    ["rejected: canceled", () => says.rejected, { status: "canceled" }, []],
    ["never sent: canceled, not tried again", () => says.notSent, { status: "canceled" }, []],
    ["called off by the gateway: canceled", () => says.canceled, { status: "canceled" }, []],
    ["authorized: voided", (a) => says.authorized(a), { status: "authorized", amountAuthorized: 1_000 }, ["void"]],
    [
      "succeeded: stays, with a full refund",
      (a) => says.succeeded(a),
      { status: "succeeded", amountCaptured: 1_000, refundReserved: 1_000 },
      ["refund"],
    ],
    ["unknown: still processing, and asked about", () => says.unknown, { status: "processing" }, []],
    ["pending: still processing", (a) => says.pending(a), { status: "processing" }, []],
  ])("%s", async (_, outcome, payment, more) => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.cancel();
    expect(desk.payment).toMatchObject({ status: "processing", cancelRequestedAt: START });
    await desk.answer(sent, outcome(sent));
    expect(desk.payment).toMatchObject(payment);
    expect(desk.attempts.slice(1).map((attempt) => attempt.operation)).toEqual(more);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("the full refund ends with all of it given back", async () => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging();
    await desk.cancel();
    await desk.answer(sent, says.succeeded(sent));
    const refund = (await desk.begin("refund"))!;
    await desk.answer(refund, says.succeeded(refund));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, amountRefunded: 1_000, refundReserved: 0 });
    expect(desk.eventTypes.slice(1)).toEqual(["payment.charged_after_cancel", "refund.succeeded"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("a refused refund frees the amount and tells a person", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.cancel();
    await desk.answer(sent, says.succeeded(sent));
    await desk.answer((await desk.begin("refund"))!, says.declined("operation_refused"));
    expect(desk.payment).toMatchObject({ amountRefunded: 0, refundReserved: 0 });
    expect(desk.openCases).toEqual(["late_truth"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("asks the gateway at once to call off what waits for the shopper", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.requiresAction(sent));
    await desk.cancel();
    expect(desk.job()).toMatchObject({ kind: "ask", runAt: START, leaseToken: null });
    expect(await desk.ask(sent)).toBe("cancel");
    await desk.hear(sent, says.canceled);
    expect(desk.payment).toMatchObject({ status: "canceled", nextAction: null });
    expect(broken(desk.tables)).toEqual([]);
  });

  it("does not wait for a throttling gateway's time: the job that waited is due at once, and nothing is sent", async () => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.throttled(30 * MINUTE));
    expect(desk.job()).toMatchObject({ kind: "charge", runAt: START + 30 * MINUTE });
    await desk.cancel();
    expect(desk.job()).toMatchObject({ kind: "charge", runAt: START, leaseToken: null });
    expect(await desk.begin()).toBeUndefined();
    expect(desk.payment.status).toBe("canceled");
    expect(desk.attempts).toMatchObject([{ status: "canceled", sends: 1 }]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("asks about an unknown charge at once instead of at the next time of the schedule", async () => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.unknown);
    expect(desk.job()!.runAt).toBeGreaterThan(START);
    await desk.cancel();
    expect(desk.job()).toMatchObject({ kind: "ask", runAt: START });
  });

  it("hurries once, however often the wish is repeated: the gateway is not asked as often as a button is pressed", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    await desk.cancel();
    await desk.ask(sent);
    await desk.hear(sent, says.unknown);
    const next = desk.job()!;
    await desk.decide((snapshot, context) => decideCancel(snapshot, "merchant", context));
    expect(desk.job()).toEqual(next);
  });

  it("does not wait for a gateway that throttles the very call which the cancel came during", async () => {
    const desk = new Desk();
    const sent = await desk.charging({ orderId: "ord_1" });
    await desk.cancel();
    await desk.answer(sent, says.throttled(60 * MINUTE));
    expect(desk.payment.status).toBe("canceled");
    expect(desk.attempts).toMatchObject([{ status: "canceled" }]);
    expect([desk.tables.live.size, desk.job()]).toEqual([0, undefined]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("closes what was open about a send that nobody made", async () => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.throttled(60 * MINUTE));
    const late = { ...desk.job()!, deadlineAt: START };
    await desk.decide((snapshot, context) => decideOverdue(snapshot, late, context));
    expect(desk.openCases).toEqual(["overdue"]);
    await desk.cancel();
    expect(await desk.begin()).toBeUndefined();
    expect([desk.payment.status, desk.openCases]).toEqual(["canceled", []]);
  });

  it("leaves the job with whoever is at the gateway right now", async () => {
    const desk = new Desk();
    await desk.charging();
    const held = desk.job()!;
    await desk.cancel();
    expect(desk.job()).toEqual(held);
  });

  it("calls off a send that waits for a throttling gateway: the shopper is never charged after the cancel", async () => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.throttled(30 * MINUTE));
    await desk.cancel();
    desk.now += 30 * MINUTE;
    expect(await desk.begin()).toBeUndefined();
    expect(desk.payment.status).toBe("canceled");
    expect(desk.attempts).toMatchObject([{ status: "canceled", sends: 1 }]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("keeps the time of the first wish, and writes nothing for the next", async () => {
    const desk = new Desk();
    await desk.charging();
    await desk.cancel();
    desk.now += MINUTE;
    expect(await desk.cancel()).toEqual({ nothing: true });
    expect(desk.payment.cancelRequestedAt).toBe(START);
  });
});

describe("cancelling a hold", () => {
  it.each<[string, (attempt: Attempt) => Outcome, string, string]>([
    ["done", (a) => says.succeeded(a), "canceled", "payment.canceled"],
    ["called off", () => says.canceled, "canceled", "payment.canceled"],
    ["refused", () => says.declined("operation_refused"), "authorized", "payment.cancel_failed"],
    ["rejected", () => says.rejected, "authorized", "payment.cancel_failed"],
  ])("sends a void; the gateway says %s", async (_, outcome, status, event) => {
    const desk = await new Desk({ endpoints: 1 }).authorized({ orderId: "ord_1" });
    await desk.cancel();
    const release = (await desk.begin("void"))!;
    expect(release).toMatchObject({ amount: 1_000, parentReference: desk.last("charge").gatewayReference });
    await desk.answer(release, outcome(release));
    expect(desk.payment.status).toBe(status);
    expect(desk.events.at(-1)).toMatchObject({ type: event, closes: release.id });
    expect(desk.tables.live.size).toBe(status === "canceled" ? 0 : 1);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("is refused while a capture or another void is under way", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    expect(await desk.cancel()).toMatchObject({ refusal: { code: "invalid_state", message: "A capture of this payment is under way." } });
    const other = await new Desk().authorized();
    await other.cancel();
    expect(await other.cancel()).toMatchObject({ refusal: { code: "invalid_state", message: "A void of this payment is under way." } });
  });
});

describe("cancelling what is over", () => {
  it.each(["succeeded", "failed", "canceled"] as const)("is refused: %s", async (status) => {
    const desk = await new Desk().create();
    desk.tables.payments.set(desk.paymentId, { ...desk.payment, status });
    expect(await desk.cancel()).toEqual({ refusal: { code: "invalid_state", message: `A ${status} payment cannot be canceled.` } });
  });
});
