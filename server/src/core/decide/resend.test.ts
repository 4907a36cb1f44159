import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { MINUTE, says, SECOND, START } from "../../../../test/support/flows/rows.ts";

describe("a re-send that is not answered either", () => {
  const neverAnswered = async () => {
    const desk = new Desk({ capabilities: { canCancel: false } });
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
      } else if (question === "conclude_not_sent") await desk.hear(sent, says.notSent, { proven: true });
      else await desk.hear(sent, says.notFound);
    }
    return { desk, resentAt, gapAfterResend };
  };

  it("is asked about as soon as the first send was, the first three times", async () => {
    const { gapAfterResend } = await neverAnswered();
    expect(gapAfterResend.slice(0, 3)).toEqual([5 * SECOND, 5 * SECOND, 5 * SECOND]);
  });

  it("is asked about at the pace of the attempt's age from then on, so that sends have a bound", async () => {
    const { resentAt, gapAfterResend } = await neverAnswered();
    expect(Math.min(...gapAfterResend.slice(3))).toBeGreaterThan(5 * SECOND);
    expect(resentAt.length).toBeLessThanOrEqual(8);
  });

  it("ends after the time in which the gateway surely remembers the key: closed as not sent, nothing charged", async () => {
    const { desk, resentAt } = await neverAnswered();
    expect(resentAt.at(-1)! - START).toBeLessThan(15 * MINUTE);
    expect(desk.attempts[0]).toMatchObject({ n: 1, status: "not_sent" });
    expect(broken(desk.tables)).toEqual([]);
  });
});
