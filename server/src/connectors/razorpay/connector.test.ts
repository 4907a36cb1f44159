/** Captures and refunds, and every way in which a request of them can be lost. */
import type { FaultName } from "@tillway/sandbox";
import { describe, expect, it } from "vitest";
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import { again, bench, KEY, payments, type Bench } from "./bench.testing.ts";

describe("a capture", () => {
  async function held(at: Bench): Promise<string> {
    const { outcome } = await at.send({}, { captureMethod: "manual" });
    expect(outcome).toMatchObject({ kind: "authorized", lapsesAt: payments(at)[0]!.createdAt + 432_000_000 });
    return (outcome as Extract<Outcome, { kind: "authorized" }>).reference;
  }
  const capture = (parent: string, more: Partial<Attempt> = {}): Partial<Attempt> => ({
    operation: "capture",
    gatewayKey: "capture-0000001",
    parentReference: parent,
    ...more,
  });

  it("of a part is refused here: no request that captures leaves", async () => {
    const at = bench();
    const parent = await held(at);
    const before = at.posts().length;
    expect((await at.send(capture(parent, { amount: 4_000 }))).outcome).toMatchObject({ kind: "rejected" });
    expect(at.posts()).toHaveLength(before);
  });

  it.each<FaultName>(["timeout-after", "reset-after", "error-after"])("whose answer is lost by %s is found done", async (fault) => {
    const at = bench();
    const parent = await held(at);
    at.fault("/capture", fault);
    expect((await at.send(capture(parent))).outcome.kind).toBe("unknown");
    expect(await at.find(capture(parent))).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
    expect((await at.send(capture(parent, again))).outcome).toEqual({ kind: "pending", reference: null });
  });

  it("that never arrived is not found, and sent again", async () => {
    const at = bench();
    const parent = await held(at);
    at.fault("/capture", "timeout-before");
    await at.send(capture(parent));
    expect(await at.find(capture(parent))).toEqual({ kind: "not_found" });
    expect((await at.send(capture(parent, again))).outcome.kind).toBe("succeeded");
  });

  it("whose payment can't be seen was not sent", async () => {
    const at = bench();
    const parent = await held(at);
    at.fault("/payments", "reset-before", "GET");
    expect((await at.send(capture(parent))).outcome).toMatchObject({ kind: "not_sent" });
  });

  it("of a hold that has lapsed is refused, and the charge is canceled", async () => {
    const at = bench();
    const parent = await held(at);
    await at.clock.advance(432_000_000);
    expect((await at.send(capture(parent))).outcome.kind).toBe("rejected");
    expect(await at.find(capture(parent))).toMatchObject({ kind: "declined" });
    expect(await at.retrieve(parent, {}, { captureMethod: "manual" })).toMatchObject({ kind: "canceled" });
  });

  it("is what a void is not: none leaves", async () => {
    const at = bench();
    const parent = await held(at);
    expect(await at.send(capture(parent, { operation: "void" }))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
  });
});

describe("a refund", () => {
  async function charged(at: Bench): Promise<string> {
    return ((await at.send()).outcome as Extract<Outcome, { kind: "succeeded" }>).reference;
  }
  const refund = (parent: string, more: Partial<Attempt> = {}): Partial<Attempt> => ({
    operation: "refund",
    gatewayKey: "refund-00000001",
    parentReference: parent,
    amount: 1_500,
    ...more,
  });

  it("in parts leaves what was not given back", async () => {
    const at = bench();
    const parent = await charged(at);
    for (const n of [1, 2]) expect((await at.send(refund(parent, { gatewayKey: `refund-0000000${n}` }))).outcome.kind).toBe("succeeded");
    expect(at.far.taken(KEY)).toBe(1_500);
    // More than is left.
    expect((await at.send(refund(parent, { gatewayKey: "refund-00000003", amount: 1_600 }))).outcome.kind).toBe("rejected");
  });

  it.each<FaultName>(["timeout-after", "reset-after", "cut-after"])(
    "whose answer is lost by %s is found by our key, and not given twice",
    async (fault) => {
      const at = bench();
      const parent = await charged(at);
      at.fault("/refund", fault, "POST");
      expect((await at.send(refund(parent))).outcome.kind).toBe("unknown");
      const found = await at.find(refund(parent));
      expect(found).toMatchObject({ kind: "succeeded", figures: { amount: 1_500 } });
      expect((await at.send(refund(parent, again))).outcome).toEqual(found);
      expect(at.far.taken(KEY)).toBe(3_000);
    },
  );

  it("that is still at work is pending, then done", async () => {
    const at = bench({ refundAfterMs: 60_000, refundRunsMs: 5_000 });
    const parent = await charged(at);
    at.fault("/refund", "reset-after", "POST");
    await at.send(refund(parent));
    expect((await at.send(refund(parent, again))).outcome).toEqual({ kind: "pending", reference: null });
    const found = await at.find(refund(parent));
    expect(found).toMatchObject({ kind: "pending" });
    await at.clock.advance(60_000);
    expect(await at.retrieve((found as { reference: string }).reference, refund(parent))).toMatchObject({ kind: "succeeded" });
  });

  it("that never arrived is not found", async () => {
    const at = bench();
    const parent = await charged(at);
    at.fault("/refund", "timeout-before", "POST");
    await at.send(refund(parent));
    expect(await at.find(refund(parent))).toEqual({ kind: "not_found" });
  });
});
