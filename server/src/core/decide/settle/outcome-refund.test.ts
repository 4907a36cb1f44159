import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { HOUR, says } from "../../../../../test/support/flows/rows.ts";
import { EXCHANGES_PER_ATTEMPT_MAX } from "../../constants.ts";
import type { Attempt } from "../../model.ts";
import type { Outcome } from "../../outcome.ts";

/** A charge that succeeded although a cancel had been asked for: all of it is to be given back. */
async function refunding(): Promise<{ desk: Desk; sent: Attempt }> {
  const desk = new Desk({ endpoints: 1 });
  const charge = await desk.charging();
  await desk.cancel();
  await desk.answer(charge, says.succeeded(charge));
  return { desk, sent: (await desk.begin("refund"))! };
}

/** A charge that was declined and captured all the same: what it took is to be given back, beside the payment's amounts. */
async function reversing(): Promise<{ desk: Desk; sent: Attempt }> {
  const desk = new Desk({ endpoints: 1 });
  const charge = await desk.charging();
  await desk.answer(charge, says.declined());
  await desk.hear(charge, says.succeeded(charge));
  return { desk, sent: (await desk.begin("refund"))! };
}

type Row = readonly [
  string,
  (attempt: Attempt) => Outcome,
  { refunded: number; reserved: number; refund: string; attempt: string; cases: number; event: string | null },
];

const open = { refunded: 0, reserved: 1_000, refund: "processing", cases: 0, event: null };

const table: readonly Row[] = [
  [
    "succeeded",
    (a) => says.succeeded(a),
    { refunded: 1_000, reserved: 0, refund: "succeeded", attempt: "succeeded", cases: 0, event: "refund.succeeded" },
  ],
  [
    "declined",
    () => says.declined("operation_refused"),
    { refunded: 0, reserved: 0, refund: "failed", attempt: "declined", cases: 1, event: "refund.failed" },
  ],
  ["rejected", () => says.rejected, { refunded: 0, reserved: 0, refund: "failed", attempt: "rejected", cases: 1, event: "refund.failed" }],
  ["canceled", () => says.canceled, { refunded: 0, reserved: 0, refund: "failed", attempt: "canceled", cases: 1, event: "refund.failed" }],
  ["pending", (a) => says.pending(a), { ...open, attempt: "pending" }],
  ["unknown", () => says.unknown, { ...open, attempt: "unknown" }],
  ["throttled", () => says.throttled(), { ...open, attempt: "calling" }],
  ["not sent", () => says.notSent, { ...open, attempt: "calling" }],
  [
    "another amount",
    (a) => ({ kind: "succeeded", reference: "ref", figures: { amount: a.amount - 1, currency: "INR" } }),
    { ...open, attempt: "unknown", cases: 1 },
  ],
  ["authorized, which is no answer to a refund", (a) => says.authorized(a), { ...open, attempt: "unknown" }],
];

describe("giving back what a cancel came too late for: the gateway says", () => {
  it.each(table)("%s", async (_, outcome, expected) => {
    const { desk, sent } = await refunding();
    const told = desk.eventTypes.length;
    await desk.answer(sent, outcome(sent));
    expect(desk.payment).toMatchObject({
      status: "succeeded",
      amountCaptured: 1_000,
      amountRefunded: expected.refunded,
      refundReserved: expected.reserved,
    });
    expect(desk.refunds).toMatchObject([{ kind: "cancel", status: expected.refund }]);
    expect(desk.last("refund").status).toBe(expected.attempt);
    expect(desk.openCases).toHaveLength(expected.cases);
    expect(desk.eventTypes.slice(told)).toEqual(expected.event === null ? [] : [expected.event]);
    expect(broken(desk.tables)).toEqual([]);
  });
});

describe("giving back what a closed charge took: the gateway says", () => {
  it.each(table)("%s; the payment's amounts and the merchant's events do not move", async (_, outcome, expected) => {
    const { desk, sent } = await reversing();
    const told = desk.eventTypes.length;
    await desk.answer(sent, outcome(sent));
    expect(desk.payment).toMatchObject({ status: "failed", amountCaptured: 0, amountRefunded: 0, refundReserved: 0 });
    expect(desk.refunds).toMatchObject([{ kind: "reversal", status: expected.refund }]);
    expect(desk.last("refund").status).toBe(expected.attempt);
    expect(desk.eventTypes.slice(told)).toEqual([]);
    // Besides the refund's own the one about the charge, until its money is back.
    expect(desk.openCases).toHaveLength(expected.refund === "succeeded" ? 0 : 1 + expected.cases);
    expect(broken(desk.tables)).toEqual([]);
  });
});

describe("a refund that we started ourselves", () => {
  it("is tried for days where the gateway cannot be reached: nobody waits, and the money is still there", async () => {
    const { desk, sent } = await refunding();
    let next: Attempt | undefined = sent;
    for (let sends = 1; next && sends < EXCHANGES_PER_ATTEMPT_MAX; sends++) {
      await desk.answer(next, says.notSent);
      desk.now = desk.job("refund")!.runAt;
      next = await desk.begin("refund");
    }
    expect(desk.refunds).toMatchObject([{ status: "processing" }]);
    await desk.answer(next!, says.notSent);
    expect(desk.refunds).toMatchObject([{ status: "failed" }]);
    expect(desk.openCases).toEqual(["late_truth"]);
    expect(desk.payment).toMatchObject({ amountRefunded: 0, refundReserved: 0 });
  });

  it("is never called off at the gateway while its outcome is unknown", async () => {
    const { desk, sent } = await refunding();
    await desk.answer(sent, says.unknown);
    for (let i = 0; i < 6 && desk.job("refund"); i++) {
      desk.now += HOUR;
      const question = await desk.ask(sent);
      expect(question).not.toBe("cancel");
      await (question === "conclude_not_sent" ? desk.conclude(sent) : desk.hear(sent, says.notFound));
    }
    expect(desk.refunds).toMatchObject([{ status: "failed" }]);
  });
});
