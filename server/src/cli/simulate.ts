/** `tillway simulate`: many seeds with a progress line, one seed with its trace, or the planted bugs. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openPool, threadRunner, type CampaignResult, type Pool } from "../simulation/campaign.ts";
import type { Broken } from "../simulation/chunk.ts";
import { plantNamed, plants, type Plant } from "../simulation/plants.ts";
import { campaignLines, jsonOf, plantedLine, progressLine, type PlantedResult, type ProgressLine } from "../simulation/report.ts";
import { simulateSeed } from "../simulation/seed.ts";
import { UsageError } from "./explain.ts";

/** The most seeds that are tried for a planted bug: one that survives them is reported as not caught. */
const PLANTED_SEEDS = 2_000;

/** Exit code 0: no rule was broken (with `--planted`: each planted bug was caught, each harmless one was not); 1 otherwise. */
export async function runSimulate(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      seed: { type: "string" },
      plant: { type: "string" },
      planted: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const from = whole("from", values.from, 1);
  const json = values.json ?? false;
  const plant = namedPlant(values.plant);
  if (values.seed !== undefined) return replay(whole("seed", values.seed, 1), { plant, json });
  const line = progressLine(process.stderr);
  const pool = openPool(Array.from({ length: availableParallelism() }, threadRunner));
  try {
    if (values.planted) return await plantedBugs(pool, { from, seeds: whole("seeds", values.seeds, PLANTED_SEEDS), json, line });
    return await campaign(pool, { from, seeds: whole("seeds", values.seeds, 200), json, line, plant });
  } finally {
    line.clear();
    await pool.close();
  }
}

interface Options {
  readonly from: number;
  readonly seeds: number;
  readonly json: boolean;
  readonly line: ProgressLine;
}

async function campaign(pool: Pool, options: Options & { readonly plant: Plant | undefined }): Promise<number> {
  const startedAt = performance.now();
  const onProgress = ({ counts, broken }: CampaignResult): void =>
    options.line.show(
      `${counts.seeds} of ${options.seeds} seeds, ${counts.payments} payments, ${counts.crashes} crashes, ${broken.length} seeds with violations`,
    );
  const result = await pool.run({
    from: options.from,
    seeds: options.seeds,
    plant: options.plant?.name ?? null,
    untilFirst: false,
    onProgress,
  });
  options.line.clear();
  const run = { result, from: options.from, wallMs: performance.now() - startedAt, threads: pool.size, plant: options.plant?.name };
  console.log(options.json ? JSON.stringify(jsonOf(run)) : campaignLines(run).join("\n"));
  return result.broken.length === 0 ? 0 : 1;
}

async function plantedBugs(pool: Pool, options: Options): Promise<number> {
  const results: PlantedResult[] = [];
  for (const plant of plants) {
    const onProgress = ({ counts }: CampaignResult): void =>
      options.line.show(`${plant.name}: ${counts.seeds} of at most ${options.seeds} seeds`);
    const { broken, counts } = await pool.run({
      from: options.from,
      seeds: options.seeds,
      plant: plant.name,
      untilFirst: true,
      onProgress,
    });
    const first: Broken | undefined = broken[0];
    results.push({ plant, first: first ?? null, seeds: first ? first.seed - options.from + 1 : counts.seeds });
    options.line.clear();
    if (!options.json) console.log(plantedLine(results.at(-1)!));
  }
  const asExpected = results.every(({ plant, first }) => (first === null) === (plant.harmless ?? false));
  const rows = results.map(({ plant, first, seeds }) => ({
    name: plant.name,
    harmless: plant.harmless ?? false,
    caught: first !== null,
    seed: first?.seed ?? null,
    invariant: first?.violations[0]?.invariant ?? null,
    seeds_tried: seeds,
  }));
  if (options.json) console.log(JSON.stringify({ planted: rows, as_expected: asExpected }));
  else console.log(`${rows.filter((row) => row.caught).length} of ${rows.filter((row) => !row.harmless).length} planted bugs caught.`);
  return asExpected ? 0 : 1;
}

/** One seed with everything that happened in it. */
async function replay(seed: number, options: { readonly plant: Plant | undefined; readonly json: boolean }): Promise<number> {
  const result = await simulateSeed(seed, { trace: true, plant: options.plant });
  if (options.json) console.log(JSON.stringify({ seed, trace_hash: result.traceHash, steps: result.steps, violations: result.violations }));
  else {
    console.log((result.trace ?? []).join("\n"));
    console.log(`\nseed ${seed}: ${result.steps} steps, trace ${result.traceHash}, ${result.violations.length} violations`);
    for (const { invariant, explanation, atMs } of result.violations) console.log(`  ${invariant} at ${atMs} ms: ${explanation}`);
  }
  return result.violations.length === 0 ? 0 : 1;
}

function namedPlant(name: string | undefined): Plant | undefined {
  const plant = name === undefined ? undefined : plantNamed(name);
  if (name !== undefined && !plant)
    throw new UsageError(`There is no planted bug ${name}. There are: ${plants.map((one) => one.name).join(", ")}.`);
  return plant;
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--${name} must be a whole number from 1 to 999999999; this is ${JSON.stringify(text)}.`);
  return Number(text);
}
