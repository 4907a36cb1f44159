/** The runs of `tillway simulate` with their output: many seeds with a progress line, one seed with its trace, or the planted bugs. */
import type { CampaignResult, Pool } from "./campaign.ts";
import type { Broken } from "./chunk.ts";
import { plants } from "./plants.ts";
import type { Plant } from "./plant.ts";
import { simulateSeed } from "./seed.ts";
import type { Gateways } from "./swarm.ts";

/** How a campaign is run. */
export interface RunOptions {
  readonly from: number;
  readonly seeds: number;
  /** Null: the sandbox only. */
  readonly gateways: Gateways | null;
  readonly json: boolean;
  readonly line: ProgressLine;
  readonly print: (text: string) => void;
}

/** Runs the seeds and prints what broke. Returns the exit code: 0 if no rule was broken. */
export async function campaign(pool: Pool, options: RunOptions & { readonly plant: Plant | undefined }): Promise<number> {
  const startedAt = performance.now();
  const onProgress = ({ counts, broken }: CampaignResult): void =>
    options.line.show(
      `${counts.seeds} of ${options.seeds} seeds, ${counts.payments} payments, ${counts.crashes} crashes, ${broken.length} seeds with violations`,
    );
  const { from, seeds, plant, gateways } = options;
  const result = await pool.run({ from, seeds, plant: plant?.name ?? null, gateways, untilFirst: false, onProgress });
  options.line.clear();
  const run = {
    result,
    from: options.from,
    wallMs: performance.now() - startedAt,
    threads: pool.size,
    plant: options.plant?.name,
    gateways,
  };
  options.print(options.json ? JSON.stringify(jsonOf(run)) : campaignLines(run).join("\n"));
  return result.broken.length === 0 ? 0 : 1;
}

/** Tries each planted bug and prints the seed that finds it. Returns the exit code: 0 if only the harmless ones were not caught. */
export async function plantedBugs(pool: Pool, options: RunOptions & { readonly harmlessSeeds: number }): Promise<number> {
  const results: PlantedResult[] = [];
  for (const plant of plants) {
    const seeds = plant.harmless ? options.harmlessSeeds : options.seeds;
    const onProgress = ({ counts }: CampaignResult): void =>
      options.line.show(`${plant.name}: ${counts.seeds} of ${plant.harmless ? "" : "at most "}${seeds} seeds`);
    const tried = { plant: plant.name, gateways: options.gateways, untilFirst: true, onProgress };
    const known = plant.foundBy === undefined ? null : await pool.run({ ...tried, from: plant.foundBy, seeds: 1 });
    const searched = known?.broken[0] ? known : await pool.run({ ...tried, from: options.from, seeds });
    const first: Broken | undefined = searched.broken[0];
    const count = known === searched ? 1 : first ? first.seed - options.from + 1 : searched.counts.seeds;
    results.push({ plant, gateways: options.gateways, first: first ?? null, seeds: count });
    options.line.clear();
    if (!options.json) options.print(plantedLine(results.at(-1)!));
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
  if (options.json) options.print(JSON.stringify({ planted: rows, as_expected: asExpected }));
  else options.print(`${rows.filter((row) => row.caught).length} of ${rows.filter((row) => !row.harmless).length} planted bugs caught.`);
  return asExpected ? 0 : 1;
}

/** Prints one seed with everything that happened in it. Returns the exit code: 0 if no rule was broken. */
export async function replay(
  seed: number,
  options: Pick<RunOptions, "gateways" | "json" | "print"> & { readonly plant: Plant | undefined },
): Promise<number> {
  const result = await simulateSeed(seed, { trace: true, plant: options.plant, gateways: options.gateways });
  if (options.json)
    options.print(JSON.stringify({ seed, trace_hash: result.traceHash, steps: result.steps, violations: result.violations }));
  else {
    options.print((result.trace ?? []).join("\n"));
    options.print(`\nseed ${seed}: ${result.steps} steps, trace ${result.traceHash}, ${result.violations.length} violations`);
    for (const { invariant, explanation, atMs } of result.violations) options.print(`  ${invariant} at ${atMs} ms: ${explanation}`);
  }
  return result.violations.length === 0 ? 0 : 1;
}

export interface CampaignRun {
  readonly result: CampaignResult;
  readonly from: number;
  readonly wallMs: number;
  readonly threads: number;
  /** Name of a planted bug. */
  readonly plant?: string;
  readonly gateways?: Gateways | null;
}

export interface PlantedResult {
  readonly plant: Plant;
  readonly gateways?: Gateways | null;
  readonly first: Broken | null;
  readonly seeds: number;
}

/** Broken seeds shown in full; the rest is counted. */
const SHOWN_MAX = 10;
const YEAR_MS = 365.25 * 86_400_000;

export function campaignLines(run: CampaignRun): string[] {
  const { counts, broken } = run.result;
  const json = jsonOf(run);
  const faults = Object.entries(counts.faults)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `seeds       ${counts.seeds} (${run.from} to ${run.from + counts.seeds - 1}) in ${(run.wallMs / 1_000).toFixed(1)} s on ${run.threads} threads, ${json.seeds_per_minute} a minute`,
    `payments    ${counts.payments}: ${Object.entries(counts.ends)
      .sort(([, a], [, b]) => b - a)
      .map(([status, count]) => `${count} ${status}`)
      .join(", ")}`,
    `boundaries  ${counts.boundaries} crossed, ${counts.merchantRequests} merchant requests, ${counts.gatewayCharges} charges, ${counts.gatewayWebhooks} gateway webhooks, ${counts.deliveries} deliveries, ${counts.emails} e-mails`,
    `crashes     ${counts.crashes} at ${json.crash_points} points, ${counts.pauses} pauses`,
    `faults      ${Object.values(counts.faults).reduce((sum, count) => sum + count, 0)} of ${faults.length} kinds: ${faults.join(", ")}`,
    `time        ${json.virtual_years} virtual years`,
    `violations  ${broken.length === 0 ? "0" : `in ${broken.length} seeds`}`,
    ...broken.slice(0, SHOWN_MAX).flatMap((one) => brokenLines(one, run)),
    ...(broken.length > SHOWN_MAX ? [`… and ${broken.length - SHOWN_MAX} more seeds`] : []),
  ];
}

export function plantedLine({ plant, gateways, first, seeds }: PlantedResult): string {
  const name = plant.name.padEnd(27);
  if (first === null)
    return `${name} ${plant.harmless ? "harmless, as expected:" : "NOT CAUGHT"} ${seeds} seeds${plant.harmless ? ` (${plant.why})` : ""}`;
  const { invariant, explanation } = first.violations[0]!;
  const verdict = plant.harmless ? "was thought harmless, but" : "caught";
  return `${name} ${verdict} by seed ${first.seed} (${invariant}: ${explanation})\n${" ".repeat(28)}replay: ${replayOf(first.seed, { plant: plant.name, gateways })}`;
}

/** For machines: one object, figures with their units in the names. */
export function jsonOf({ result, from, wallMs, threads }: CampaignRun) {
  const { counts, broken, busyMs } = result;
  return {
    seeds: counts.seeds,
    from,
    payments: counts.payments,
    ends: counts.ends,
    io_boundaries: counts.boundaries,
    crashes: counts.crashes,
    crash_points: Object.keys(counts.crashPoints).length,
    pauses: counts.pauses,
    faults: counts.faults,
    merchant_requests: counts.merchantRequests,
    gateway_charges: counts.gatewayCharges,
    gateway_webhooks: counts.gatewayWebhooks,
    deliveries: counts.deliveries,
    emails: counts.emails,
    virtual_years: Number((counts.virtualMs / YEAR_MS).toFixed(1)),
    violations: broken.length,
    broken: broken.slice(0, SHOWN_MAX),
    threads,
    wall_ms: Math.round(wallMs),
    busy_ms_per_seed: Number((busyMs / Math.max(1, counts.seeds)).toFixed(1)),
    seeds_per_minute: Math.round((counts.seeds * 60_000) / Math.max(1, wallMs)),
  };
}

/** The command that shows a seed again, with all that happened in it. */
function replayOf(seed: number, { plant, gateways = null }: Pick<CampaignRun, "plant" | "gateways">): string {
  // As the command has it where nothing is said.
  const isUsual = gateways === null || (gateways === "drawn" && plant === undefined);
  const where = isUsual ? "" : ` --gateways ${typeof gateways === "string" ? gateways : gateways.join("+")}`;
  return `npx tillway simulate --seed ${seed}${plant === undefined ? "" : ` --plant ${plant}`}${where}`;
}

function brokenLines({ seed, violations }: Broken, run: Pick<CampaignRun, "plant" | "gateways">): string[] {
  return [
    `  seed ${seed}   replay: ${replayOf(seed, run)}`,
    ...violations.map(({ invariant, explanation, atMs }) => `    ${invariant} at ${atMs} ms: ${explanation}`),
  ];
}

export interface ProgressLine {
  /** Shows it, at most once a second on a terminal, at most every five seconds elsewhere. */
  show(text: string): void;
  /** Leaves an empty line on a terminal. */
  clear(): void;
}

/** A line that is written over on a terminal; in a log, one line now and then. */
export function progressLine(out: { readonly isTTY?: boolean; write(text: string): unknown }): ProgressLine {
  const everyMs = out.isTTY ? 1_000 : 5_000;
  let shownAt = performance.now();
  let width = 0;
  return {
    show: (text) => {
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      out.write(out.isTTY ? `\r${text.padEnd(width)}` : `${text}\n`);
      width = text.length;
    },
    clear: () => {
      if (out.isTTY && width > 0) out.write(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}
