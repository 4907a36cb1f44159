import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { says, START } from "../../../../test/support/flows/rows.ts";
import { AMOUNT_MAX, CAPTURES_PER_PAYMENT_MAX } from "../constants.ts";
import type { Attempt } from "../model.ts";
import type { Outcome } from "../outcome.ts";

/** Captures this much, and the gateway says yes. */
async function capturePart(desk: Desk, amount: number, isFinal = false): Promise<void> {
  await desk.capture({ amount, isFinal });
  const sent = (await desk.begin("capture"))!;
  await desk.answer(sent, says.succeeded(sent));
}

describe("capturing a part of what is held", () => {
  it("leaves the rest held, and the last part ends the payment", async () => {
    const desk = await new Desk({ endpoints: 1 }).authorized();
    await capturePart(desk, 400);
    expect(desk.payment).toMatchObject({ status: "authorized", amountCaptured: 400, captureReserved: 0, finalizedAt: null });
    expect(desk.eventTypes.at(-1)).toBe("payment.captured");
    desk.now = START + 5;
    await capturePart(desk, 100);
    await capturePart(desk, 500);
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, finalizedAt: START + 5 });
    expect(desk.eventTypes.slice(-3)).toEqual(["payment.captured", "payment.captured", "payment.succeeded"]);
    expect(new Set(desk.attempts.map((attempt) => attempt.gatewayKey)).size).toBe(4);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("without an amount takes what is left", async () => {
    const desk = await new Desk().authorized();
    await capturePart(desk, 400);
    await desk.capture();
    expect(desk.last("capture")).toMatchObject({ amount: 600, n: 2 });
  });

  it("for the last time releases the rest, and the payment succeeds with what was captured once that is done", async () => {
    const desk = await new Desk({ endpoints: 1 }).authorized();
    await capturePart(desk, 400, true);
    expect(desk.payment).toMatchObject({ status: "authorized", amountCaptured: 400 });
    expect(desk.last("void")).toMatchObject({ status: "queued", amount: 600, subject: desk.paymentId });
    expect(await desk.capture({ amount: 1 })).toMatchObject({ refusal: { message: "A void of this payment is under way." } });
    const sent = (await desk.begin("void"))!;
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 400, amountAuthorized: 1_000 });
    expect(desk.eventTypes.slice(-2)).toEqual(["payment.captured", "payment.succeeded"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("that was to be the last and was refused leaves everything held", async () => {
    const desk = await new Desk().authorized();
    await desk.capture({ amount: 400, isFinal: true });
    await desk.answer((await desk.begin("capture"))!, says.declined("operation_refused"));
    expect(desk.payment).toMatchObject({ status: "authorized", amountCaptured: 0, captureReserved: 0, finalCaptureAt: null });
    expect(desk.attempts.some((attempt) => attempt.operation === "void")).toBe(false);
  });

  it("at a gateway that captures once ends the payment, and must be meant as the last", async () => {
    const desk = await new Desk({ capabilities: { captures: "once" } }).authorized();
    expect(await desk.capture({ amount: 400 })).toMatchObject({ refusal: { code: "invalid_state" } });
    await capturePart(desk, 400, true);
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 400 });
    expect(desk.attempts.some((attempt) => attempt.operation === "void")).toBe(false);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("ends after a bounded number of parts", async () => {
    const desk = await new Desk().authorized({ amount: 10_000 });
    for (let n = 0; n < CAPTURES_PER_PAYMENT_MAX; n++) await capturePart(desk, 1);
    expect(await desk.capture({ amount: 1 })).toMatchObject({ refusal: { code: "invalid_state" } });
  });
});

describe("voiding", () => {
  it("releases what is not captured; what was captured stays", async () => {
    const desk = await new Desk().authorized();
    await capturePart(desk, 400);
    await desk.void();
    const sent = (await desk.begin("void"))!;
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 400 });
  });

  it("is refused unless money is held", async () => {
    expect(await (await new Desk().create()).void()).toMatchObject({ refusal: { code: "invalid_state" } });
  });
});

describe("capturing what is held", () => {
  it.each([1, 1_000, AMOUNT_MAX])("reserves all of it in the commit that queues the attempt: %s", async (amount) => {
    const desk = await new Desk().authorized({ amount });
    await desk.capture();
    expect(desk.payment).toMatchObject({ status: "authorized", amountCaptured: 0, captureReserved: amount });
    expect(desk.last("capture")).toMatchObject({
      status: "queued",
      amount,
      n: 1,
      parentReference: desk.last("charge").gatewayReference,
      accountId: desk.last("charge").accountId,
    });
    expect(desk.job("capture")).toMatchObject({ kind: "capture", queue: "payment-queue", runAt: START, leaseToken: null });
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each<[string, (attempt: Attempt) => Outcome, object, string, string | null]>([
    [
      "succeeded",
      (a) => says.succeeded(a),
      { status: "succeeded", amountCaptured: 1_000, captureReserved: 0 },
      "succeeded",
      "payment.succeeded",
    ],
    [
      "declined",
      () => says.declined("operation_refused"),
      { status: "authorized", amountCaptured: 0, captureReserved: 0 },
      "declined",
      "payment.capture_failed",
    ],
    [
      "rejected",
      () => says.rejected,
      { status: "authorized", amountCaptured: 0, captureReserved: 0 },
      "rejected",
      "payment.capture_failed",
    ],
    [
      "canceled",
      () => says.canceled,
      { status: "authorized", amountCaptured: 0, captureReserved: 0 },
      "canceled",
      "payment.capture_failed",
    ],
    ["unknown", () => says.unknown, { status: "authorized", amountCaptured: 0, captureReserved: 1_000 }, "unknown", null],
    ["pending", (a) => says.pending(a), { status: "authorized", amountCaptured: 0, captureReserved: 1_000 }, "pending", null],
    ["throttled", () => says.throttled(), { status: "authorized", captureReserved: 1_000 }, "calling", null],
    [
      "authorized, which is no answer to a capture",
      (a) => says.authorized(a),
      { status: "authorized", captureReserved: 1_000 },
      "unknown",
      null,
    ],
  ])("the gateway says %s", async (_, outcome, payment, attempt, event) => {
    const desk = await new Desk({ endpoints: 1 }).authorized();
    await desk.capture();
    const sent = (await desk.begin("capture"))!;
    await desk.answer(sent, outcome(sent));
    expect(desk.payment).toMatchObject(payment);
    expect(desk.last("capture").status).toBe(attempt);
    expect(desk.eventTypes.slice(2)).toEqual(event === null ? [] : [event]);
    if (event !== null) expect(desk.events.at(-1)!.closes).toBe(sent.id);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("that was refused can be tried again, under another key", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    await desk.answer((await desk.begin("capture"))!, says.declined("operation_refused"));
    await desk.capture();
    const [first, second] = desk.attempts.filter((attempt) => attempt.operation === "capture");
    expect([first!.n, second!.n]).toEqual([1, 2]);
    expect(first!.gatewayKey).not.toBe(second!.gatewayKey);
    expect(desk.payment.captureReserved).toBe(1_000);
  });

  it("is refused while a capture or void is under way: no amount is reserved twice", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    expect(await desk.capture()).toMatchObject({ refusal: { code: "invalid_state" } });
    const voided = await new Desk().authorized();
    await voided.cancel();
    expect(await voided.capture()).toMatchObject({ refusal: { code: "invalid_state", message: "A void of this payment is under way." } });
  });

  it.each([
    ["more than is held", 1_001, "amount_too_large"],
    ["more than is left", 601, "amount_too_large"],
  ])("is refused for %s, and the refusal names the field", async (_, amount, code) => {
    const desk = await new Desk().authorized();
    if (amount === 601) await capturePart(desk, 400);
    expect(await desk.capture({ amount })).toMatchObject({ refusal: { code, param: "amount" } });
    expect(desk.payment.captureReserved).toBe(0);
  });

  it.each(["created", "pending", "processing", "requires_action", "succeeded", "failed", "canceled"] as const)(
    "is refused where the payment is %s",
    async (status) => {
      const desk = await new Desk().create();
      desk.tables.payments.set(desk.paymentId, { ...desk.payment, status });
      expect(await desk.capture()).toMatchObject({
        refusal: { code: "invalid_state", message: `Only an authorized payment can be captured; this one is ${status}.` },
      });
    },
  );
});
