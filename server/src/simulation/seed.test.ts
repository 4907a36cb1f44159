import { describe, expect, test } from "vitest";
import { addCounts, noCounts } from "./counts.ts";
import { plantNamed, plants } from "./plants.ts";
import type { Plant } from "./plant.ts";
import { simulateSeed } from "./seed.ts";
import { runChunk } from "./chunk.ts";
import type { Gateways } from "./swarm.ts";

describe("a seed", () => {
  test("has the same history each time, with its trace kept or not", async () => {
    const [once, again, other] = [await simulateSeed(12), await simulateSeed(12, { trace: true }), await simulateSeed(13)];
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.counts).toEqual(once.counts);
    expect(again.trace!.length).toBeGreaterThan(100);
    expect(other.traceHash).not.toBe(once.traceHash);
  });

  test("thirty of them break no rule under faults of every kind", { timeout: 120_000 }, async () => {
    const counts = noCounts();
    for (let seed = 1; seed <= 30; seed++) {
      const result = await simulateSeed(seed);
      expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
      addCounts(counts, result.counts);
    }
    // Without these faults the run above would prove nothing.
    expect(counts.crashes).toBeGreaterThan(50);
    expect(Object.keys(counts.crashPoints).length).toBeGreaterThan(10);
    expect(Object.keys(counts.faults).length).toBeGreaterThan(15);
    expect(counts.gatewayCharges).toBeGreaterThan(50);
    expect(counts.ends).toMatchObject({ succeeded: expect.any(Number), failed: expect.any(Number), canceled: expect.any(Number) });
  });
});

describe("a world of two gateways", () => {
  test("has the same history each time", async () => {
    const gateways = ["stripe", "razorpay"] as const;
    const [once, again] = [await simulateSeed(1, { gateways }), await simulateSeed(1, { gateways })];
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.counts).toEqual(once.counts);
  });

  test.each([
    [["sandbox", "stripe"], 4],
    [["sandbox", "razorpay"], 4],
    [["stripe", "razorpay"], 4],
  ] as const)("of %j breaks no rule in %i seeds", { timeout: 60_000 }, async (gateways, seeds) => {
    const counts = noCounts();
    for (let seed = 1; seed <= seeds; seed++) {
      const result = await simulateSeed(seed, { gateways });
      expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
      addCounts(counts, result.counts);
    }
    expect(counts.gatewayCharges).toBeGreaterThan(10);
    expect(counts.ends).toMatchObject({ succeeded: expect.any(Number), failed: expect.any(Number) });
  });
});

/** The rule that a planted bug breaks in the first of some seeds that it breaks; the seeds after that one are not run. */
async function caughtBy(plant: Plant, seeds: number): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { broken } = await runChunk({ from: seed, to: seed, plant: plant.name });
    if (broken.length > 0) return broken[0]!.violations[0]?.invariant;
  }
  return undefined;
}

describe("planted bugs", () => {
  test("each has a name of its own and a reason", () => {
    expect(new Set(plants.map((plant) => plant.name)).size).toBe(plants.length);
    for (const plant of plants) expect(plant.why).toMatch(/^[`"A-Z].{40,}\.$/);
    expect(plants.filter((plant) => !plant.harmless).length).toBeGreaterThanOrEqual(8);
  });

  test("an acknowledgement before its commit is caught as a loss", async () => {
    expect(await caughtBy(plantNamed("acknowledged-before-commit")!, 5)).toBe("I3");
  });

  test.each([
    ["refunds-not-reserved", 5],
    ["rotation-without-its-key", 15],
    ["amount-in-the-wrong-exponent", 5],
    ["inexpressible-amount-sent", 10],
    ["cumulative-refund-counted-twice", 25],
  ])("%s is caught", async (name, seeds) => {
    expect(await caughtBy(plantNamed(name)!, seeds)).toBeDefined();
  });

  // The first seed that finds it: each takes a second.
  test.each<[string, string, Gateways, number]>([
    ["another gateway is tried after a timeout", "timeout-is-not-sent", ["sandbox", "razorpay"], 3],
    ["the key changes with each send", "new-key-per-send", "two", 2],
    ["a cumulative refund counts twice", "cumulative-refund-counted-twice", ["sandbox", "stripe"], 2],
    ["an amount has the wrong exponent", "amount-in-the-wrong-exponent", ["stripe", "razorpay"], 1],
    ["the sweep leaves closed attempts out", "sweep-of-open-attempts", "two", 70],
  ])("with two gateways: that %s is caught", { timeout: 60_000 }, async (_, name, gateways, seed) => {
    const { broken } = await runChunk({ from: seed, to: seed, plant: name, gateways });
    expect(broken.map((one) => one.seed)).toEqual([seed]);
  });

  test("a channel that claims to have sent is caught as silence", async () => {
    expect(await caughtBy(plantNamed("delivered-without-sending")!, 3)).toBe("I10");
  });
});
