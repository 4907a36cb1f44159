import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import {
  ableGateway,
  aPayment,
  anAttempt,
  contextAt,
  DAY,
  HOUR,
  MINUTE,
  says,
  SECOND,
  START,
} from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import { EXCHANGES_PER_ATTEMPT_MAX } from "../../constants.ts";
import type { Capabilities, Evidence } from "../../ports/connector.ts";
import { decideOutcome } from "../settle/outcome.ts";
import { maySendAgain, planQuestion, type Question } from "./plan.ts";
import { decideQuestion } from "./question.ts";

/** The evidence of a question that was put then. */
const asked = (startedAt: number): Evidence => ({
  kind: "question",
  method: "GET",
  url: "/operations",
  request: null,
  status: 404,
  response: null,
  result: "not_found",
  startedAt,
  durationMs: 1,
});

const unknown = anAttempt({ status: "unknown" });
const calledOff = aPayment({ status: "processing", cancelRequestedAt: START });
const wanted = aPayment({ status: "processing" });

describe("what is asked next about an unknown outcome", () => {
  const all = ableGateway;
  const noCancel = { ...all, cancels: "never" as const };
  const blind = { ...all, canFind: false, cancels: "never" as const, canResend: false };

  it.each<[string, Partial<Attempt>, Partial<Capabilities>, boolean, number, Question]>([
    ["by the gateway's id, where it gave one", { gatewayReference: "ref" }, all, false, MINUTE, "retrieve"],
    ["by our key, where it did not", {}, all, false, MINUTE, "find"],
    ["by our key once more after one not found", { notFound: 1 }, all, false, MINUTE, "find"],
    ["not found twice: call it off, whose confirmation is proof", { notFound: 2 }, all, false, MINUTE, "cancel"],
    ["called off without an answer that proves: send again", { notFound: 3 }, all, false, MINUTE, "resend"],
    ["not found twice, cannot be called off: send again", { notFound: 2 }, noCancel, false, MINUTE, "resend"],
    ["… but not once 15 minutes have passed", { notFound: 2 }, noCancel, false, 15 * MINUTE, "conclude_not_sent"],
    ["… nor where the gateway stored a 5xx", { notFound: 2, storedError: true }, noCancel, false, MINUTE, "conclude_not_sent"],
    ["… nor where it knows no keys", { notFound: 2 }, { ...noCancel, canResend: false }, false, MINUTE, "conclude_not_sent"],
    ["… nor where a cancel was asked for", { notFound: 2 }, noCancel, true, MINUTE, "conclude_not_sent"],
    ["a capture is never called off", { notFound: 2, operation: "capture" }, all, false, MINUTE, "resend"],
    [
      "a capture is sent again although the payment was to be canceled: it has begun",
      { notFound: 2, operation: "capture" },
      all,
      true,
      MINUTE,
      "resend",
    ],
    [
      "a challenge whose payment is to be canceled: call it off",
      { status: "requires_action", gatewayReference: "ref" },
      all,
      true,
      MINUTE,
      "cancel",
    ],
    [
      "the same at a gateway that calls off by its own id only (U3)",
      { status: "requires_action", gatewayReference: "ref" },
      { ...all, cancels: "by_reference" },
      true,
      MINUTE,
      "cancel",
    ],
    [
      "not found twice at such a gateway: it has no id to call off, send again",
      { notFound: 2 },
      { ...all, cancels: "by_reference" },
      false,
      MINUTE,
      "resend",
    ],
    ["a challenge otherwise: how it stands", { status: "requires_action", gatewayReference: "ref" }, all, false, MINUTE, "retrieve"],
    ["pending is only ever asked for, however often it is not found", { status: "pending", notFound: 9 }, all, false, MINUTE, "find"],
    ["where nothing can be done, the question stays a find", {}, blind, false, MINUTE, "find"],
    ["… for ever", {}, blind, false, 400 * DAY, "find"],
  ])("%s", (_, attempt, capabilities, cancel, age, question) => {
    expect(planQuestion({ ...unknown, ...attempt }, cancel ? calledOff : wanted, { ...all, ...capabilities }, START + age)).toBe(question);
  });
});

describe("sending again under the same key", () => {
  it.each<[string, Partial<Attempt>, Partial<Capabilities>, number, boolean]>([
    ["at once", {}, {}, 0, true],
    ["just before 15 minutes", {}, {}, 15 * MINUTE - 1, true],
    ["at 15 minutes", {}, {}, 15 * MINUTE, false],
    ["just before four fifths of a shorter memory", {}, { idempotencyHorizonMs: 10 * MINUTE }, 8 * MINUTE - 1, true],
    ["at four fifths of a shorter memory", {}, { idempotencyHorizonMs: 10 * MINUTE }, 8 * MINUTE, false],
    ["to a gateway without memory", {}, { idempotencyHorizonMs: 0 }, 0, false],
    ["to a gateway that takes no repeats", {}, { canResend: false }, 0, false],
    ["in answer to a stored 5xx", { storedError: true }, {}, 0, false],
    ["of what was never sent", { firstSentAt: null }, {}, 0, false],
  ])("%s", (_, attempt, capabilities, age, may) => {
    expect(maySendAgain({ ...unknown, ...attempt }, { ...ableGateway, ...capabilities }, START + age)).toBe(may);
  });
});

describe("the commit before a question", () => {
  it("makes the calling attempt of a died process unknown, never not sent", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    desk.now += 40 * SECOND;
    expect(await desk.ask(sent)).toBe("find");
    expect(desk.attempts).toMatchObject([{ status: "unknown", questions: 1, sends: 1 }]);
    expect(desk.payment.status).toBe("processing");
    expect(broken(desk.tables)).toEqual([]);
  });

  it("keeps the lease with the asker", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    desk.now += 40 * SECOND;
    await desk.ask(sent);
    expect(desk.job()).toMatchObject({ kind: "ask", runAt: desk.now + 40 * SECOND });
    expect(desk.job()!.leaseToken).not.toBeNull();
  });

  it("is refused to who does not hold the job any more", async () => {
    const desk = new Desk();
    await desk.charging();
    const late = await desk.lease(desk.job()!);
    await desk.lease(desk.job()!);
    const plan = decideQuestion(await desk.snapshot(), late, desk.context());
    expect("change" in plan && (await desk.storage.store.commit(plan.change))).toBe("stale");
  });

  it("notes a re-send before it leaves, and counts not founds anew", async () => {
    const desk = new Desk({ capabilities: { cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    for (let i = 0; i < 2; i++) {
      desk.now += MINUTE;
      await desk.ask(sent);
      await desk.hear(sent, says.notFound);
    }
    desk.now += MINUTE;
    expect(await desk.ask(sent)).toBe("resend");
    expect(desk.attempts).toMatchObject([
      { status: "calling", sends: 2, notFound: 0, firstSentAt: START, lastSentAt: desk.now, gatewayKey: sent.gatewayKey },
    ]);
  });

  it("opens a case after half an hour, once, and the answer closes it", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += 30 * MINUTE;
    await desk.ask(sent);
    await desk.hear(sent, says.unknown);
    await desk.ask(sent);
    expect(desk.openCases).toEqual(["unknown_outcome"]);
    await desk.hear(sent, says.succeeded(sent));
    expect(desk.openCases).toEqual([]);
    expect([...desk.tables.cases.values()]).toMatchObject([{ status: "resolved", resolvedBy: "answer" }]);
  });

  it.each(["queued", "authorized", "succeeded", "declined", "rejected", "not_sent", "canceled"] as const)(
    "has nothing to ask about what is %s",
    async (status) => {
      const desk = new Desk();
      const sent = await desk.charging();
      desk.tables.attempts.set(sent.id, { ...sent, status });
      expect(decideQuestion(await desk.snapshot(), desk.job()!, desk.context())).toEqual({ nothing: true });
    },
  );

  it("cannot ask without the connector: somebody else may have it", async () => {
    const desk = new Desk();
    await desk.charging();
    expect(decideQuestion(await desk.snapshot(), desk.job()!, { ...contextAt(desk.now), capabilities: () => undefined })).toEqual({
      nothing: true,
      unable: true,
    });
  });
});

describe("not found", () => {
  /** Asks until the question is not a find any more; answers each with not found. */
  async function notFoundUntilDecided(desk: Desk, sent: Attempt, gapMs: number): Promise<string | null> {
    for (let i = 0; i < 10; i++) {
      desk.now += gapMs;
      const question = await desk.ask(sent);
      if (question !== "find" && question !== "retrieve") return question;
      await desk.hear(sent, says.notFound);
    }
    return null;
  }

  it("counts only after the gateway's settle time, and then twice", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 10 * SECOND } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    for (const [gap, counted] of [
      [9 * SECOND, 0],
      [SECOND, 1],
      [SECOND, 2],
    ] as const) {
      desk.now += gap;
      await desk.ask(sent);
      await desk.hear(sent, says.notFound);
      expect(desk.last("charge").notFound).toBe(counted);
    }
  });

  it("said twice to two who asked at the same time counts once", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 0 } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += MINUTE;
    await desk.ask(sent);
    await desk.ask(sent);
    await desk.hear(sent, says.notFound, { notFoundBefore: 0 });
    await desk.hear(sent, says.notFound, { notFoundBefore: 0 });
    expect(desk.last("charge").notFound).toBe(1);
    await desk.hear(sent, says.notFound, { notFoundBefore: 1 });
    expect(desk.last("charge").notFound).toBe(2);
  });

  it("said late, of a question that was put before a re-send, counts nothing", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 10 * SECOND, cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    expect(await notFoundUntilDecided(desk, sent, MINUTE)).toBe("resend");
    await desk.hear(sent, says.notFound, { notFoundBefore: 1 });
    expect(desk.last("charge").notFound).toBe(0);
  });

  it("is as old as its question, also where so many were put that no exchange is kept any more", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 10 * SECOND } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.tables.attempts.set(sent.id, { ...desk.last("charge"), questions: EXCHANGES_PER_ATTEMPT_MAX });
    desk.now += 5 * SECOND;
    const startedAt = desk.now;
    await desk.ask(sent);
    desk.now += 20 * SECOND;
    await desk.decide((snapshot, context) =>
      decideOutcome(snapshot, { attemptId: sent.id, outcome: says.notFound, exchanges: [asked(startedAt)] }, context),
    );
    expect(desk.last("charge").notFound).toBe(0);
    expect(desk.tables.exchanges.size).toBe(0);
  });

  it("counts from the last send, not the first", async () => {
    const desk = new Desk({ capabilities: { settleTimeMs: 50 * SECOND, cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    expect(await notFoundUntilDecided(desk, sent, MINUTE)).toBe("resend");
    desk.now += 40 * SECOND;
    await desk.ask(sent);
    await desk.hear(sent, says.notFound);
    expect(desk.last("charge").notFound).toBe(0);
  });

  it("proves nothing about what the gateway once said it was working on", async () => {
    const pendingWithoutReference = () => ({ kind: "pending", reference: null }) as const;
    for (const word of [says.pending, says.requiresAction, pendingWithoutReference]) {
      const desk = new Desk({ accounts: 2, capabilities: { cancels: "never" } });
      const sent = await desk.charging();
      await desk.answer(sent, word(sent));
      expect(await notFoundUntilDecided(desk, sent, HOUR)).toBeNull();
      expect(desk.attempts).toHaveLength(1);
      expect(desk.openCases).toEqual(["unknown_outcome"]);
    }
  });

  it("is no proof any more where a webhook said otherwise in between", async () => {
    const desk = new Desk({ accounts: 2, capabilities: { cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += 15 * MINUTE;
    expect(await notFoundUntilDecided(desk, sent, MINUTE)).toBe("conclude_not_sent");
    await desk.hear(sent, says.pending(sent));
    expect(await desk.conclude(sent)).toEqual({ nothing: true });
    expect(desk.attempts).toMatchObject([{ status: "pending" }]);
  });

  it("whose cancel is not answered keeps to the schedule: no gateway is asked without a pause", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    expect(await notFoundUntilDecided(desk, sent, MINUTE)).toBe("cancel");
    await desk.hear(sent, says.unknown);
    expect(desk.job()!.runAt).toBeGreaterThan(desk.now);
  });

  it("concluded for good lets another gateway try", async () => {
    const desk = new Desk({ accounts: 2, capabilities: { cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += 15 * MINUTE;
    expect(await notFoundUntilDecided(desk, sent, MINUTE)).toBe("conclude_not_sent");
    await desk.conclude(sent);
    expect(desk.attempts).toMatchObject([{ status: "not_sent" }, { n: 2, status: "queued" }]);
    expect(broken(desk.tables)).toEqual([]);
  });
});
