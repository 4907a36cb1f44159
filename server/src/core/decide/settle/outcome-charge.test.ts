import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { DAY, HOUR, MINUTE, says, SECOND, START } from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import type { DeclineCode, Outcome } from "../../outcome.ts";

describe("the outcome of the only charge", () => {
  it.each<[string, (attempt: Attempt) => Outcome, object, object, string | null]>([
    [
      "succeeded",
      (a) => says.succeeded(a),
      { status: "succeeded", amountAuthorized: 1_000, amountCaptured: 1_000 },
      { status: "succeeded" },
      "payment.succeeded",
    ],
    [
      "authorized",
      (a) => says.authorized(a),
      { status: "authorized", amountAuthorized: 1_000, amountCaptured: 0 },
      { status: "authorized" },
      "payment.authorized",
    ],
    [
      "declined",
      () => says.declined(),
      { status: "failed", error: { code: "insufficient_funds" } },
      { status: "declined" },
      "payment.failed",
    ],
    ["rejected", () => says.rejected, { status: "failed", error: { code: "gateway_rejected" } }, { status: "rejected" }, "payment.failed"],
    [
      "requires_action",
      (a) => says.requiresAction(a),
      { status: "requires_action", nextAction: { type: "redirect" } },
      { status: "requires_action" },
      "payment.requires_action",
    ],
    ["pending", (a) => says.pending(a), { status: "processing" }, { status: "pending" }, null],
    ["unknown", () => says.unknown, { status: "processing" }, { status: "unknown", storedError: false }, null],
    ["a stored 500", () => says.storedError, { status: "processing" }, { status: "unknown", storedError: true }, null],
    ["throttled", () => says.throttled(), { status: "processing" }, { status: "calling" }, null],
    ["not sent, with patience left", () => says.notSent, { status: "processing" }, { status: "calling" }, null],
  ])("%s", async (_, outcome, payment, attempt, event) => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging({ captureMethod: "manual" });
    await desk.answer(sent, outcome(sent));
    expect(desk.payment).toMatchObject(payment);
    expect(desk.attempts).toMatchObject([attempt]);
    expect(desk.eventTypes.slice(1)).toEqual(event === null ? [] : [event]);
    expect(desk.tables.deliveries.size).toBe(event === null ? 0 : 1);
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each<[DeclineCode, string]>([
    ["insufficient_funds", "insufficient_funds"],
    ["fraud_suspected", "fraud_suspected"],
    ["card_declined", "payment_declined"],
    ["lost_card", "payment_declined"],
    ["upi_expired", "payment_declined"],
  ])("declined as %s is told as %s, with the decline code beside it", async (declineCode, code) => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.declined(declineCode));
    expect(desk.payment.error).toEqual({
      code,
      decline_code: declineCode,
      message: "The bank said no.",
      source: "bank",
      step: "charge",
      reason: declineCode,
    });
  });

  it("is told once to each enabled endpoint, with a job for each delivery", async () => {
    const desk = new Desk({ endpoints: 3 });
    const sent = await desk.charging();
    await desk.answer(sent, says.succeeded(sent));
    const deliveries = [...desk.tables.deliveries.values()];
    expect(new Set(deliveries.map((row) => row.endpointId)).size).toBe(3);
    expect(deliveries).toHaveLength(3);
    expect([...desk.tables.jobs.values()].map((job) => [job.kind, job.lane]).sort()).toEqual(
      deliveries.map((row) => ["webhook", row.endpointId]).sort(),
    );
  });

  it("closes `charge`, so that a synchronous caller finds it, and numbers its event", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.events.map((event) => [event.sequence, event.closes])).toEqual([
      [1, null],
      [2, "charge"],
    ]);
    expect(JSON.parse(desk.events[1]!.body)).toMatchObject({
      status: "succeeded",
      amount_captured: 1_000,
      attempts: [{ status: "succeeded" }],
    });
  });

  it("keeps an order that succeeded taken, and frees one that failed", async () => {
    const paid = await new Desk().succeeded({ orderId: "ord_1" });
    expect(paid.liveOf("ord_1")).toBe(paid.paymentId);
    const failed = new Desk();
    await failed.answer(await failed.charging({ orderId: "ord_1" }), says.declined());
    expect(failed.tables.live.size).toBe(0);
  });
});

describe("a hold", () => {
  it.each([
    ["an hour before the gateway says it lapses", START + 3 * DAY, START + 3 * DAY - HOUR],
    ["an hour before it lapses as this gateway's do", null, START + 7 * DAY - HOUR],
    ["at once, where it lapses within the hour", START + MINUTE, START],
  ])("is owned by an expiry that is due %s", async (_, lapsesAt, runAt) => {
    const desk = new Desk();
    const sent = await desk.charging({ captureMethod: "manual" });
    await desk.answer(sent, says.authorized(sent, lapsesAt));
    expect(desk.payment.lapsesAt).toBe(lapsesAt ?? START + 7 * DAY);
    expect(desk.job()).toMatchObject({ kind: "expire", attemptId: null, runAt, tries: 0, leaseToken: null, deadlineAt: null });
  });
});

describe("a gateway that only authorizes where it was to capture", () => {
  it("is told to capture at once, by us", async () => {
    const desk = new Desk();
    const sent = await desk.charging({ captureMethod: "automatic" });
    await desk.answer(sent, says.authorized(sent));
    expect(desk.payment).toMatchObject({ status: "authorized", captureReserved: 1_000 });
    const capture = (await desk.begin("capture"))!;
    await desk.answer(capture, says.succeeded(capture));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, captureReserved: 0 });
    expect(broken(desk.tables)).toEqual([]);
  });
});

describe("what is not known yet", () => {
  it.each<[string, (attempt: Attempt) => Outcome]>([
    ["unknown", () => says.unknown],
    ["pending", (a) => says.pending(a)],
    ["requires_action", (a) => says.requiresAction(a)],
  ])("%s is asked about 5 s later, by whoever is free then", async (_, outcome) => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, outcome(sent));
    expect(desk.job()).toMatchObject({
      kind: "ask",
      attemptId: sent.id,
      runAt: START + 5 * SECOND,
      leaseToken: null,
      tries: 0,
      deadlineAt: START + 30 * MINUTE,
    });
  });

  it("is not asked about before the gateway has settled what was sent", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 20 * SECOND } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    expect(desk.job()?.runAt).toBe(START + 20 * SECOND);
  });

  it("is asked about by the schedule if the gateway has named it: by its own id there is nothing to settle", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 20 * SECOND } });
    const sent = await desk.charging();
    await desk.answer(sent, { ...says.unknown, reference: "ref" });
    expect(desk.job()?.runAt).toBe(START + 5 * SECOND);
  });

  it("never fails the payment, however often the answer is unknown", async () => {
    const desk = new Desk({ accounts: 3 });
    const sent = await desk.charging();
    for (let i = 0; i < 80; i++) {
      desk.now = Math.max(desk.now, desk.job()!.runAt);
      await desk.ask(sent);
      await desk.hear(sent, says.unknown);
    }
    expect(desk.payment.status).toBe("processing");
    expect(desk.attempts).toHaveLength(1);
    expect(desk.openCases).toEqual(["unknown_outcome"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("asks the shopper once, and tells it when he has acted", async () => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging();
    await desk.answer(sent, says.requiresAction(sent));
    await desk.answer(sent, says.requiresAction(sent));
    expect(desk.eventTypes.filter((type) => type === "payment.requires_action")).toHaveLength(1);
    await desk.answer(sent, says.pending(sent));
    expect(desk.payment).toMatchObject({ status: "processing", nextAction: null });
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.payment).toMatchObject({ status: "succeeded", nextAction: null });
  });
});

describe("throttling and sends that never left", () => {
  it.each([
    ["the time that the gateway names", 30 * SECOND, 30 * SECOND],
    ["5 s where it names none", null, 5 * SECOND],
    ["at most an hour", 9 * HOUR, HOUR],
  ])("a throttled send waits %s", async (_, retryAfterMs, gap) => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.throttled(retryAfterMs));
    expect(desk.job()).toMatchObject({ kind: "charge", runAt: START + gap, leaseToken: null });
    expect(desk.last("charge")).toMatchObject({ status: "calling", sends: 1 });
  });

  it("a gateway that throttles for ever is given up, and nothing was taken", async () => {
    const desk = new Desk();
    let sent: Attempt | undefined = await desk.charging();
    for (let sends = 1; sent && sends <= 60; sends++) {
      await desk.answer(sent, says.throttled(0));
      sent = desk.job() && (await desk.begin());
    }
    expect(desk.payment).toMatchObject({ status: "failed", error: { code: "gateway_rejected", reason: "gateway_throttled" } });
  });

  it("a send that never left is patient for some minutes, then fails the payment with proof", async () => {
    const desk = new Desk();
    let sent: Attempt | undefined = await desk.charging();
    const waits: number[] = [];
    for (let i = 0; sent && i < 20; i++) {
      await desk.answer(sent, says.notSent);
      if (desk.job() === undefined) break;
      waits.push(desk.job()!.runAt - desk.now);
      desk.now = desk.job()!.runAt;
      sent = await desk.begin();
    }
    expect(waits).toEqual([1, 2, 5, 10, 20, 30, 60, 120].map((seconds) => seconds * SECOND));
    expect(desk.payment).toMatchObject({ status: "failed", error: { code: "gateway_unreachable" } });
    expect(desk.attempts).toMatchObject([{ status: "not_sent", sends: 9 }]);
  });
});
