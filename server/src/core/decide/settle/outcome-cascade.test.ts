import { describe, expect, it } from "vitest";
import { Desk, type DeskOptions } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { anAccount, MINUTE, says, START } from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import type { Outcome } from "../../outcome.ts";

async function heard(outcome: (attempt: Attempt) => Outcome, options: DeskOptions = {}): Promise<Desk> {
  const desk = new Desk({ accounts: 2, ...options });
  const sent = await desk.charging();
  await desk.answer(sent, outcome(sent));
  expect(broken(desk.tables)).toEqual([]);
  return desk;
}

describe("another gateway is tried", () => {
  it.each<[string, (attempt: Attempt) => Outcome]>([
    ["the request never left", () => says.notSent],
    ["our request was refused", () => says.rejected],
    ["the bank could not be reached, and this gateway's declines are final", () => says.declined("technical_decline")],
  ])("where %s", async (_, outcome) => {
    const desk = await heard(outcome);
    expect(desk.attempts).toMatchObject([
      { n: 1, accountId: anAccount(1).id },
      { n: 2, accountId: anAccount(2).id, status: "queued", sends: 0, firstSentAt: null },
    ]);
    expect(desk.payment).toMatchObject({ status: "processing", attempt: 2 });
    expect(desk.job()).toMatchObject({
      kind: "charge",
      attemptId: desk.attempts[1]!.id,
      lane: anAccount(2).id,
      runAt: START,
      leaseToken: null,
      tries: 0,
    });
    expect(desk.attempts[0]!.gatewayKey).not.toBe(desk.attempts[1]!.gatewayKey);
  });

  it("where a charge was found nowhere and the gateway confirms that it called it off", async () => {
    const desk = new Desk({ accounts: 2 });
    const sent = await desk.charging();
    await desk.answer(sent, says.unknown);
    for (const answer of [says.notFound, says.notFound, says.canceled]) {
      desk.now += MINUTE;
      await desk.ask(sent);
      await desk.hear(sent, answer);
    }
    expect(desk.attempts).toMatchObject([{ status: "canceled" }, { n: 2, status: "queued" }]);
  });

  it("in the same commit, without an event: the merchant is told of the end only", async () => {
    const desk = await heard(() => says.notSent, { endpoints: 1 });
    expect(desk.eventTypes).toEqual(["payment.created"]);
  });

  it("at most three times", async () => {
    const desk = new Desk({ accounts: 5 });
    let sent: Attempt | undefined = await desk.charging();
    while (sent) {
      await desk.answer(sent, says.rejected);
      sent = desk.job() && (await desk.begin());
    }
    expect(desk.attempts.map((attempt) => attempt.n)).toEqual([1, 2, 3]);
    expect(desk.payment.status).toBe("failed");
  });

  it("and its success is the payment's", async () => {
    const desk = await heard(() => says.notSent);
    const second = (await desk.begin())!;
    await desk.answer(second, says.succeeded(second));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, attempt: 2, error: null });
  });
});

describe("no other gateway is tried", () => {
  it.each<[string, (attempt: Attempt) => Outcome]>([
    ["may have taken money", () => says.unknown],
    ["stored an error of its own", () => says.storedError],
    ["works on it", (a) => says.pending(a)],
    ["waits for the shopper", (a) => says.requiresAction(a)],
    ["asks us to come back later", () => says.throttled()],
  ])("while the first %s", async (_, outcome) => {
    const desk = await heard(outcome);
    expect(desk.attempts).toHaveLength(1);
    expect(desk.payment.attempt).toBe(1);
  });

  it.each<[string, () => Outcome]>([
    ["insufficient funds", () => says.declined("insufficient_funds")],
    ["fraud", () => says.declined("fraud_suspected")],
    ["a lost card", () => says.declined("lost_card")],
  ])("after a decline that another bank would repeat: %s", async (_, outcome) => {
    const desk = await heard(outcome);
    expect(desk.attempts).toHaveLength(1);
    expect(desk.payment.status).toBe("failed");
  });

  it("after the shopper called it off at the gateway: he does not want to be asked again", async () => {
    const desk = await heard(() => says.canceled);
    expect(desk.attempts).toHaveLength(1);
    expect(desk.payment).toMatchObject({ status: "failed", error: { code: "canceled" } });
  });

  it("after a technical decline of a gateway whose declines may be captured later", async () => {
    const desk = await heard(() => says.declined("technical_decline"), { capabilities: { declineIsFinal: false } });
    expect(desk.attempts).toHaveLength(1);
    expect(desk.payment.status).toBe("failed");
  });

  it.each<[string, (attempt: Attempt) => Outcome]>([
    ["not sent", () => says.notSent],
    ["rejected", () => says.rejected],
    ["a technical decline", () => says.declined("technical_decline")],
    ["called off", () => says.canceled],
  ])("once a cancel was asked for: %s cancels the payment", async (_, outcome) => {
    const desk = new Desk({ accounts: 2 });
    const sent = await desk.charging();
    await desk.cancel();
    await desk.answer(sent, outcome(sent));
    expect(desk.attempts).toHaveLength(1);
    expect(desk.payment.status).toBe("canceled");
    expect(broken(desk.tables)).toEqual([]);
  });

  it("on the word about an attempt that is not the current one", async () => {
    const desk = await heard(() => says.notSent);
    await desk.begin();
    await desk.hear(desk.attempts[0]!, says.declined());
    expect(desk.attempts).toHaveLength(2);
    expect(desk.payment).toMatchObject({ status: "processing", attempt: 2 });
  });
});
