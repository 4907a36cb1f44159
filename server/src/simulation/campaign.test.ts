import { describe, expect, test } from "vitest";
import { openPool, type Runner } from "./campaign.ts";
import type { Chunk } from "./chunk.ts";
import { addCounts, noCounts, tally } from "./counts.ts";

/** Answers chunks from a list of seeds that break a rule; those from 1, 21, 41 … are slow. */
function runner(brokenSeeds: readonly number[], asked: Chunk[]): Runner {
  return {
    run: async (chunk) => {
      asked.push(chunk);
      if (chunk.from % 20 === 1) for (let i = 0; i < 10; i++) await Promise.resolve();
      const seeds = brokenSeeds.filter((seed) => seed >= chunk.from && seed <= chunk.to);
      const violations = [{ invariant: "I1", explanation: "planted", atMs: 0 }];
      return {
        chunk,
        counts: { ...noCounts(), seeds: chunk.to - chunk.from + 1 },
        broken: seeds.map((seed) => ({ seed, violations })),
        cpuMs: 1,
      };
    },
    close: async () => undefined,
  };
}

describe("a campaign", () => {
  test("runs each seed once over all runners and reports broken seeds in order", async () => {
    const asked: Chunk[] = [];
    const pool = openPool([runner([37, 3, 12], asked), runner([37, 3, 12], asked)]);
    const { counts, broken } = await pool.run({ from: 3, seeds: 45, plant: null, untilFirst: false });
    expect(counts.seeds).toBe(45);
    expect(broken.map(({ seed }) => seed)).toEqual([3, 12, 37]);
    const seeds = asked.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n)).sort((a, b) => a - b);
    expect(seeds).toEqual(Array.from({ length: 45 }, (_, n) => n + 3));
  });

  test("stops at the first broken seed, also if a later chunk was faster", async () => {
    const asked: Chunk[] = [];
    const pool = openPool([runner([21, 22], asked), runner([21, 22], asked)]);
    const { broken, counts } = await pool.run({ from: 1, seeds: 1_000, plant: "x", untilFirst: true });
    expect(broken[0]!.seed).toBe(21);
    // Each thread is in the middle of one when the first is known, and begins no other.
    expect(counts.seeds).toBe(22);
  });

  test("reports its progress after each chunk", async () => {
    const seen: number[] = [];
    await openPool([runner([], [])]).run({
      from: 1,
      seeds: 25,
      plant: null,
      untilFirst: false,
      onProgress: ({ counts }) => void seen.push(counts.seeds),
    });
    expect(seen).toEqual([10, 20, 25]);
  });

  test("ends with the error of a runner that dies", async () => {
    const dying: Runner = { run: () => Promise.reject(new Error("out of memory")), close: async () => undefined };
    await expect(openPool([dying]).run({ from: 1, seeds: 5, plant: null, untilFirst: false })).rejects.toThrow("out of memory");
  });
});

test("counts add up by name", () => {
  const sum = noCounts();
  for (const kind of ["a", "b", "a"]) {
    const one = { ...noCounts(), seeds: 1, crashes: 2 };
    one.faults = {};
    tally(one.faults, kind);
    addCounts(sum, one);
  }
  expect(sum).toMatchObject({ seeds: 3, crashes: 6, faults: { a: 2, b: 1 } });
});
