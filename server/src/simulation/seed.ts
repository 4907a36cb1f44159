/** One seed, from its first payment to rest, judged. */
import type { Case } from "../core/model.ts";
import { lookAtRest } from "./at-rest.ts";
import type { Counts } from "./counts.ts";
import { tally } from "./counts.ts";
import { EPOCH } from "./kernel.ts";
import type { Violation } from "./oracle.ts";
import type { Plant } from "./plant.ts";
import type { Gateways } from "./swarm.ts";
import { World } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  /** Equal for equal histories. */
  readonly traceHash: string;
  readonly steps: number;
  /** Kept only if asked for. */
  readonly trace: readonly string[] | null;
}

export interface SeedOptions {
  readonly trace?: boolean;
  readonly plant?: Plant;
  /** Null: the sandbox only. */
  readonly gateways?: Gateways | null;
}

/** More steps than any sound seed needs: a longer run goes in circles. */
export const STEPS_MAX = 400_000;
/** After the last fault: longer than the longest deadline of ours (an authorization lapses after seven days). */
const REST_WITHIN_MS = 9 * 86_400_000;
/** Long enough for several of the six-hourly questions about an unknown outcome. */
const REST_AFTER_MS = 30 * 3_600_000;

/** Runs one seed. Equal arguments give an equal result, to the last line of the trace. */
export async function simulateSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  const { trace = false, plant = null, gateways = null } = options;
  const world = new World({ seed, trace, plant, gateways });
  const { oracle } = world;
  const { kernel, counts } = world.machinery;
  const healAt = EPOCH + world.swarm.healAfterMs;
  await runUntil(world, () => kernel.next() > healAt);
  kernel.now = Math.max(kernel.now, healAt);
  kernel.trace.add(kernel.now, "faults end");
  world.heal();
  let repeated = false;
  await runUntil(world, () => world.merchant.busy() === 0);
  void world.merchant.repeatAll().then(() => (repeated = true));
  await runUntil(world, () => repeated && resting(world, healAt));
  if (kernel.steps >= STEPS_MAX) oracle.blame("I5", `${STEPS_MAX} steps and no rest`);
  // A world that broke a rule was stopped in the middle of things.
  else if (oracle.violations.length === 0) {
    world.rotations.lookAtRest();
    lookAtRest({
      tables: world.storage.tables,
      books: world.banks.books,
      taken: world.taken,
      receiver: world.receiver,
      office: world.office,
      answersByKey: (connector) => connector !== "sandbox" || (world.swarm.capabilities.canFind ?? false),
      now: kernel.now,
      blame: oracle.blame,
    });
  }
  counts.seeds = 1;
  counts.payments = world.storage.tables.payments.size;
  counts.virtualMs = kernel.now - EPOCH;
  for (const payment of world.storage.tables.payments.values()) tally(counts.ends, payment.status);
  return { seed, violations: oracle.violations, counts, traceHash: kernel.trace.hash, steps: kernel.steps, trace: kernel.trace.lines };
}

/** Goes on until `over`, or until a rule that holds at every moment is broken. */
async function runUntil({ machinery: { kernel }, oracle }: World, over: () => boolean): Promise<void> {
  while (kernel.steps < STEPS_MAX && oracle.violations.length === 0 && kernel.next() !== Infinity && !over()) {
    await kernel.step();
    oracle.look();
  }
}

/** Only questions about attempts with an open case are left, or the time is up. */
function resting({ machinery: { kernel }, storage, banks }: World, healAt: number): boolean {
  if (kernel.now > healAt + REST_WITHIN_MS) return true;
  if (kernel.now < healAt + REST_AFTER_MS || banks.busy()) return false;
  const withCase = new Set([...storage.tables.cases.values()].filter((row: Case) => row.status === "open").map((row) => row.subject));
  for (const job of storage.tables.jobs.values())
    if (job.kind !== "sweep" && (job.kind !== "ask" || !withCase.has(job.attemptId ?? ""))) return false;
  return true;
}
