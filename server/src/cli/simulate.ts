import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openPool, threadRunner } from "../simulation/campaign.ts";
import { plantNamed, plants, type Plant } from "../simulation/plants.ts";
import { campaign, plantedBugs, progressLine, replay } from "../simulation/report.ts";
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
  const print = (text: string): void => console.log(text);
  if (values.seed !== undefined) return replay(whole("seed", values.seed, 1), { plant, json, print });
  const line = progressLine(process.stderr);
  const pool = openPool(Array.from({ length: availableParallelism() }, threadRunner));
  try {
    if (values.planted) return await plantedBugs(pool, { from, seeds: whole("seeds", values.seeds, PLANTED_SEEDS), json, line, print });
    return await campaign(pool, { from, seeds: whole("seeds", values.seeds, 200), json, line, print, plant });
  } finally {
    line.clear();
    await pool.close();
  }
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
