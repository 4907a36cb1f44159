import { describe, expect, test } from "vitest";
import { addCounts, noCounts } from "./counts.ts";
import { plantNamed, plants, type Plant } from "./plants.ts";
import { simulateSeed } from "./seed.ts";
import { runChunk } from "./chunk.ts";

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

/** The first of some seeds that a planted bug breaks, with the rule it breaks. */
async function caughtBy(plant: Plant, seeds: number): Promise<string | undefined> {
  const { broken } = await runChunk({ from: 1, to: seeds, plant: plant.name });
  return broken[0]?.violations[0]?.invariant;
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

  test("a channel that claims to have sent is caught as silence", async () => {
    expect(await caughtBy(plantNamed("delivered-without-sending")!, 3)).toBe("I10");
  });
});
