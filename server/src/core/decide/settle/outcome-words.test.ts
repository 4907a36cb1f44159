import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { MINUTE, says } from "../../../../../test/support/flows/rows.ts";

describe("words that speak of one request only", () => {
  it.each([
    ["not sent", says.notSent],
    ["rejected", says.rejected],
    ["throttled", says.throttled()],
  ] as const)("%s, said of a question, proves nothing about the charge", async (_, outcome) => {
    const desk = new Desk({ accounts: 2 });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += MINUTE;
    await desk.ask(sent);
    await desk.hear(sent, outcome);
    expect(desk.attempts).toMatchObject([{ status: "unknown" }]);
    expect(desk.job()).toMatchObject({ kind: "ask" });
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each([
    ["not sent", says.notSent],
    ["rejected", says.rejected],
    ["throttled", says.throttled()],
  ] as const)("%s, said of a re-send, proves nothing about the first", async (_, outcome) => {
    const desk = new Desk({ accounts: 2, capabilities: { canFind: false, cancels: "never" } });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    desk.now += MINUTE;
    expect(await desk.ask(sent)).toBe("resend");
    await desk.hear(sent, outcome, { send: 2 });
    expect(desk.attempts).toMatchObject([{ status: "unknown", sends: 2 }]);
  });

  it.each([
    ["not sent", says.notSent],
    ["rejected", says.rejected],
    ["throttled", says.throttled()],
  ] as const)("%s, said of an older send, proves nothing about the newer", async (_, outcome) => {
    const desk = new Desk({ accounts: 2 });
    await desk.answer(await desk.charging(), says.throttled());
    const again = (await desk.begin())!;
    await desk.hear(again, outcome, { send: 1 });
    expect(desk.attempts).toMatchObject([{ status: "unknown", sends: 2 }]);
    expect(desk.job()).toMatchObject({ kind: "ask" });
  });

  it.each(["pending", "requires_action", "unknown"] as const)(
    "throttled or not sent after a webhook said %s leaves the question with who asks",
    async (status) => {
      for (const outcome of [says.throttled(), says.notSent]) {
        const desk = new Desk({ accounts: 2 });
        const sent = await desk.charging();
        await desk.hear(sent, status === "pending" ? says.pending(sent) : status === "unknown" ? says.unknown : says.requiresAction(sent));
        await desk.answer(sent, outcome);
        expect(desk.attempts).toMatchObject([{ status }]);
        expect(broken(desk.tables)).toEqual([]);
      }
    },
  );
});
