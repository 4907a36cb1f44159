/** The output of `tillway simulate`: its progress and its results. */
import type { CampaignResult } from "./campaign.ts";
import type { Broken } from "./chunk.ts";
import type { Plant } from "./plants.ts";

export interface CampaignRun {
  readonly result: CampaignResult;
  readonly from: number;
  readonly wallMs: number;
  readonly threads: number;
  /** Name of a planted bug. */
  readonly plant?: string;
}

export interface PlantedResult {
  readonly plant: Plant;
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
    `boundaries  ${counts.boundaries} crossed, ${counts.merchantRequests} merchant requests, ${counts.gatewayCharges} charges, ${counts.gatewayWebhooks} gateway webhooks, ${counts.deliveries} deliveries`,
    `crashes     ${counts.crashes} at ${json.crash_points} points, ${counts.pauses} pauses`,
    `faults      ${Object.values(counts.faults).reduce((sum, count) => sum + count, 0)} of ${faults.length} kinds: ${faults.join(", ")}`,
    `time        ${json.virtual_years} virtual years`,
    `violations  ${broken.length === 0 ? "0" : `in ${broken.length} seeds`}`,
    ...broken.slice(0, SHOWN_MAX).flatMap((one) => brokenLines(one, run.plant)),
    ...(broken.length > SHOWN_MAX ? [`… and ${broken.length - SHOWN_MAX} more seeds`] : []),
  ];
}

export function plantedLine({ plant, first, seeds }: PlantedResult): string {
  const name = plant.name.padEnd(27);
  if (first === null)
    return `${name} ${plant.harmless ? "harmless, as expected:" : "NOT CAUGHT"} ${seeds} seeds${plant.harmless ? ` (${plant.why})` : ""}`;
  const { invariant, explanation } = first.violations[0]!;
  const verdict = plant.harmless ? "was thought harmless, but" : "caught";
  return `${name} ${verdict} by seed ${first.seed} (${invariant}: ${explanation})\n${" ".repeat(28)}replay: ${replayOf(first.seed, plant.name)}`;
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
function replayOf(seed: number, plant: string | undefined): string {
  return `npx tillway simulate --seed ${seed}${plant === undefined ? "" : ` --plant ${plant}`}`;
}

function brokenLines({ seed, violations }: Broken, plant: string | undefined): string[] {
  return [
    `  seed ${seed}   replay: ${replayOf(seed, plant)}`,
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
