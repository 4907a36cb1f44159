import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openPool, threadRunner } from "../simulation/campaign.ts";
import { plantNamed, plants } from "../simulation/plants.ts";
import type { Plant } from "../simulation/plant.ts";
import { campaign, plantedBugs, progressLine, replay } from "../simulation/report.ts";
import { type GatewayName, gatewayNames, type Gateways } from "../simulation/swarm.ts";
import { UsageError } from "./explain.ts";

/** The most seeds that are tried for a planted bug: one that survives them is reported as not caught. `--seeds` sets both. */
const PLANTED_SEEDS = 2_000;
/** A harmless change always takes all of its seeds; more of them are part of `npm run proof:full`. */
const HARMLESS_SEEDS = 60;

/** Exit code 0: no rule was broken (with `--planted`: each planted bug was caught, each harmless one was not); 1 otherwise. */
export async function runSimulate(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      seed: { type: "string" },
      plant: { type: "string" },
      gateways: { type: "string" },
      planted: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const from = whole("from", values.from, 1);
  const json = values.json ?? false;
  const plant = namedPlant(values.plant);
  // Planted bugs are tried with the sandbox unless others are named: its scenarios are the richest.
  const gateways = namedGateways(values.gateways) ?? (plant || values.planted ? null : "drawn");
  const print = (text: string): void => console.log(text);
  if (values.seed !== undefined) return replay(whole("seed", values.seed, 1), { plant, gateways, json, print });
  const line = progressLine(process.stderr);
  const pool = openPool(Array.from({ length: availableParallelism() }, threadRunner));
  try {
    if (values.planted) {
      const harmlessSeeds = whole("seeds", values.seeds, HARMLESS_SEEDS);
      return await plantedBugs(pool, {
        from,
        seeds: whole("seeds", values.seeds, PLANTED_SEEDS),
        harmlessSeeds,
        gateways,
        json,
        line,
        print,
      });
    }
    return await campaign(pool, { from, seeds: whole("seeds", values.seeds, 200), gateways, json, line, print, plant });
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

/** `drawn`, `two`, or names: `sandbox`, `stripe+razorpay`. Null: not said. */
function namedGateways(text: string | undefined): Gateways | null {
  if (text === undefined || text === "two" || text === "drawn") return text ?? null;
  const names = text.split("+");
  const known = gatewayNames.filter((name) => names.includes(name));
  if (known.length !== names.length || names.length > 2)
    throw new UsageError(
      `--gateways must be drawn, two, or one or two of ${gatewayNames.join(", ")} with a + between them; this is ${JSON.stringify(text)}.`,
    );
  return names as GatewayName[];
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--${name} must be a whole number from 1 to 999999999; this is ${JSON.stringify(text)}.`);
  return Number(text);
}
