import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { says, START } from "../../../../../test/support/flows/rows.ts";
import { QUESTION_SCHEDULE_MS, QUICKLY_ASKED_SENDS_MAX, RESEND_WITHIN_MS } from "../../constants.ts";

/** The first send is one of those. */
const QUICK_RESENDS = QUICKLY_ASKED_SENDS_MAX - 1;
const [FIRST_GAP_MS = 0] = QUESTION_SCHEDULE_MS;

describe("a re-send that is not answered either", () => {
  const neverAnswered = async () => {
    const desk = new Desk({ capabilities: { cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    const resentAt: number[] = [];
    const gapAfterResend: number[] = [];
    while (desk.attempts.length === 1 && desk.attempts[0]!.closedAt === null) {
      desk.now = Math.max(desk.now, desk.job()!.runAt);
      const question = await desk.ask(sent);
      if (question === "resend") {
        resentAt.push(desk.now);
        await desk.answer(sent, says.unknown);
        gapAfterResend.push(desk.job()!.runAt - desk.now);
      } else if (question === "conclude_not_sent") await desk.conclude(sent);
      else await desk.hear(sent, says.notFound);
    }
    return { desk, resentAt, gapAfterResend };
  };

  it("is asked about as soon as the first send was, the first few times", async () => {
    const { gapAfterResend } = await neverAnswered();
    expect(gapAfterResend.slice(0, QUICK_RESENDS)).toEqual(Array.from({ length: QUICK_RESENDS }, () => FIRST_GAP_MS));
  });

  it("is asked about at the pace of the attempt's age from then on, so that sends have a bound", async () => {
    const { resentAt, gapAfterResend } = await neverAnswered();
    expect(Math.min(...gapAfterResend.slice(QUICK_RESENDS))).toBeGreaterThan(FIRST_GAP_MS);
    expect(resentAt.length).toBeLessThanOrEqual(8);
  });

  it("ends after the time in which the gateway surely remembers the key: closed as not sent, nothing charged", async () => {
    const { desk, resentAt } = await neverAnswered();
    expect(resentAt.at(-1)! - START).toBeLessThan(RESEND_WITHIN_MS);
    expect(desk.attempts[0]).toMatchObject({ n: 1, status: "not_sent" });
    expect(broken(desk.tables)).toEqual([]);
  });
});
