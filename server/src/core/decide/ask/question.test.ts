import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { contextAt, HOUR, MINUTE, says, SECOND, START } from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import { EXCHANGES_PER_ATTEMPT_MAX } from "../../constants.ts";
import type { Evidence } from "../../ports/connector.ts";
import { decideOutcome } from "../settle/outcome.ts";
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
