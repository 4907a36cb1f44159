import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { says } from "../../../../../test/support/flows/rows.ts";
import { decideOutcome } from "./outcome.ts";

describe("an answer about something else is never applied", () => {
  it.each([
    ["less money", { amount: 999, currency: "INR" }],
    ["more money", { amount: 1_001, currency: "INR" }],
    ["no amount", { amount: Number.NaN, currency: "INR" }],
    ["another currency", { amount: 1_000, currency: "USD" }],
    ["the same letters in small", { amount: 1_000, currency: "inr" }],
  ])("%s", async (_, figures) => {
    for (const kind of ["succeeded", "authorized"] as const) {
      const desk = new Desk({ accounts: 2, endpoints: 1 });
      const sent = await desk.charging();
      await desk.answer(
        sent,
        kind === "succeeded" ? { kind, reference: "ref", figures } : { kind, reference: "ref", figures, lapsesAt: null },
      );
      expect(desk.payment).toMatchObject({ status: "processing", amountAuthorized: 0, amountCaptured: 0 });
      expect(desk.attempts).toMatchObject([{ status: "unknown" }]);
      expect(desk.openCases).toEqual(["mismatched_answer"]);
      expect(desk.eventTypes).toEqual(["payment.created"]);
      expect(broken(desk.tables)).toEqual([]);
    }
  });

  it("another reference than the gateway gave before", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, { kind: "pending", reference: "ref_a" });
    await desk.hear(sent, says.succeeded(sent, "ref_b"));
    expect(desk.payment.status).toBe("processing");
    expect(desk.openCases).toEqual(["mismatched_answer"]);
  });

  it("another account or key, as the connector saw it", async () => {
    const desk = new Desk({ accounts: 2, endpoints: 1 });
    const sent = await desk.charging();
    await desk.answer(sent, { ...says.unknown, mismatch: "account acc_9 instead of acc_1" });
    expect(desk.payment).toMatchObject({ status: "processing", amountCaptured: 0 });
    expect(desk.attempts).toMatchObject([{ status: "unknown" }]);
    expect(desk.openCases).toEqual(["mismatched_answer"]);
    await desk.hear(sent, says.succeeded(sent));
    expect(desk.payment.status).toBe("succeeded");
    expect(desk.openCases).toEqual([]);
  });

  it("no answer at all is no mismatch", async () => {
    const desk = new Desk();
    await desk.answer(await desk.charging(), says.unknown);
    expect(desk.openCases).toEqual([]);
  });

  it("and the right answer afterwards is applied and closes the case", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    await desk.answer(sent, { kind: "succeeded", reference: "ref", figures: { amount: 1, currency: "INR" } });
    await desk.hear(sent, says.succeeded(sent));
    expect(desk.payment.status).toBe("succeeded");
    expect(desk.openCases).toEqual([]);
  });

  it("however often it comes, one case is open", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    for (let i = 0; i < 3; i++) await desk.hear(sent, { kind: "succeeded", reference: "ref", figures: { amount: 1, currency: "INR" } });
    expect(desk.openCases).toEqual(["mismatched_answer"]);
  });
});

describe("a word about an attempt", () => {
  it("of another payment is a bug of ours, and thrown", async () => {
    const desk = await new Desk().create();
    const snapshot = await desk.snapshot();
    expect(() => decideOutcome(snapshot, { attemptId: "att_other", outcome: says.unknown, exchanges: [] }, desk.context())).toThrow(
      "att_other is not in the snapshot",
    );
  });

  it("that was never sent changes nothing", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    expect(await desk.hear(desk.last("capture"), says.succeeded(desk.last("capture")))).toEqual({ nothing: true });
  });
});
