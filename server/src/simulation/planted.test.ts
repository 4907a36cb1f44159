import { expect, it } from "vitest";
import type { CampaignOptions, Pool } from "./campaign.ts";
import { noCounts } from "./counts.ts";
import { plants } from "./plants.ts";
import { plantedBugs } from "./report.ts";

const caught = (seed: number) => ({ seed, traceHash: "", violations: [{ invariant: "I1", explanation: "twice", atMs: 0 }] });

/** Runs of a pool that finds each planted bug by these seeds only. */
async function runsOf(finds: (options: CampaignOptions) => number | null) {
  const runs: CampaignOptions[] = [];
  const pool: Pool = {
    size: 1,
    close: async () => {},
    run: async (options) => {
      runs.push(options);
      const seed = finds(options);
      return { counts: { ...noCounts(), seeds: options.seeds }, broken: seed === null ? [] : [caught(seed)], busyMs: 0 } as never;
    },
  };
  const line = { show: () => {}, clear: () => {} } as never;
  const code = await plantedBugs(pool, { from: 1, seeds: 2_000, harmlessSeeds: 60, gateways: null, json: true, line, print: () => {} });
  const of = (name: string) => runs.filter(({ plant }) => plant === name).map(({ from, seeds }) => [from, seeds]);
  return { code, of };
}

const isHarmless = (name: string | null): boolean => plants.find((plant) => plant.name === name)?.harmless ?? false;
const known = plants.find(({ foundBy }) => foundBy !== undefined)!;

it("a seed that found a planted bug is tried first, and is all that is tried if it does again", async () => {
  const { code, of } = await runsOf(({ plant, from }) => (isHarmless(plant) ? null : from));
  expect([code, of(known.name), of("timeout-is-not-sent")]).toEqual([0, [[known.foundBy, 1]], [[1, 2_000]]]);
});

it("where histories have changed and it finds nothing, all seeds are searched, and a bug that none finds is not caught", async () => {
  const { code, of } = await runsOf(({ plant, seeds }) => (isHarmless(plant) || seeds === 1 ? null : 7));
  expect([code, of(known.name)]).toEqual([
    0,
    [
      [known.foundBy, 1],
      [1, 2_000],
    ],
  ]);
  expect((await runsOf(({ plant }) => (isHarmless(plant) || plant === known.name ? null : 7))).code).toBe(1);
});
