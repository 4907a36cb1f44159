/** Processes that can be killed: their work is never resumed, and they start again from the store alone. */
import { databaseClock, type DatabaseClock } from "../system/clock.ts";
import type { Counts } from "./counts.ts";
import { tally } from "./counts.ts";
import type { Kernel } from "./kernel.ts";
import type { Chance } from "./random.ts";
import type { BoundaryRates, Rates } from "./swarm.ts";

/** One life of a process. Everything it waits for belongs to it and dies with it. */
export class Life {
  alive = true;
  /** Stopped (SIGSTOP, a long collection): nothing is resumed before. */
  pausedUntil = 0;
  readonly name: string;
  /** How far its idea of the database's time is off. */
  readonly skewMs: number;
  readonly clock: DatabaseClock;
  /** Called when it dies, e.g. by clients whose connection breaks. */
  readonly onDeath = new Set<() => void>();

  constructor(name: string, skewMs: number, kernel: Kernel) {
    this.name = name;
    this.skewMs = skewMs;
    this.clock = databaseClock(kernel.databaseAheadMs + skewMs, () => kernel.now);
  }
}

export interface Machinery {
  readonly kernel: Kernel;
  readonly draw: Chance;
  readonly counts: Counts;
  /** The faults in force now; none after healing. */
  readonly rates: () => Rates;
}

/** How one boundary is crossed. */
export interface Crossing<T> {
  readonly name: string;
  /** Runs on the far side of the boundary, at one moment. */
  readonly effect: () => T | Promise<T>;
  readonly fault: Fault;
  /** Latency of each way. */
  readonly latencyMs: readonly [number, number];
  readonly timeoutMs: number;
  readonly lateMs: number;
  /** Time that the far side takes for its reply beside the latency; asked after the effect. */
  readonly extraMs?: () => number;
  /** The caller's result if the fault keeps the reply from it. */
  readonly failure: (fault: Exclude<Fault, null>) => Promise<T>;
}

export type Fault = "before" | "lost" | "lostReply" | "late" | null;

const FAULTS = ["before", "lost", "lostReply", "late"] as const;

export function drawFault(draw: Chance, rates: BoundaryRates): Fault {
  for (const fault of FAULTS) if (draw.hit(rates[fault])) return fault;
  return null;
}

/**
 * Every await that leaves a process: it may die before (nothing left), meet a fault, die after (the reply is never seen), or sleep
 * through the reply.
 */
export function cross<T>(machinery: Machinery, life: Life, crossing: Crossing<T>): Promise<T> {
  const { kernel, draw, counts } = machinery;
  counts.boundaries++;
  if (!life.alive) return never();
  if (draw.hit(machinery.rates().crash)) {
    die(machinery, life, `${crossing.name}:before`);
    return never();
  }
  const { fault, latencyMs, timeoutMs } = crossing;
  if (fault !== null) tally(counts.faults, `${crossing.name.split(".")[0]}:${fault}`);
  return new Promise<T>((resolve) => {
    const answer = (outcome: () => Promise<T>): void => resume(machinery, life, { name: crossing.name, run: () => resolve(outcome()) });
    if (fault !== null) {
      const afterMs = fault === "before" ? latencyMs[0] : timeoutMs;
      kernel.after(afterMs, () => answer(() => crossing.failure(fault)));
    }
    if (fault === "before" || fault === "lost") return;
    kernel.after(fault === "late" ? timeoutMs + crossing.lateMs : latencyMs[0], () => {
      const outcome = run(crossing.effect);
      kernel.trace.add(kernel.now, `${life.name} ${crossing.name}${fault === null ? "" : ` ${fault}`}`);
      if (fault === null) kernel.after(latencyMs[1] + (crossing.extraMs?.() ?? 0), () => answer(() => outcome));
    });
  });
}

/** Goes on in a process, unless it died, and not while it is stopped. At this point it may also die or be stopped. */
export function resume(machinery: Machinery, life: Life, then: { readonly name: string; readonly run: () => void }): void {
  const { kernel, draw, counts } = machinery;
  if (!life.alive) return;
  if (life.pausedUntil > kernel.now) {
    kernel.after(life.pausedUntil - kernel.now, () => resume(machinery, life, then));
    return;
  }
  const rates = machinery.rates();
  if (draw.hit(rates.crash)) return die(machinery, life, `${then.name}:after`);
  if (draw.hit(rates.pause)) {
    counts.pauses++;
    life.pausedUntil = kernel.now + draw.int(100, rates.pauseMaxMs);
    kernel.trace.add(kernel.now, `${life.name} is stopped until ${life.pausedUntil - kernel.now} ms later`);
    return resume(machinery, life, then);
  }
  then.run();
}

/** kill -9. */
export function die(machinery: Machinery, life: Life, point: string): void {
  machinery.counts.crashes++;
  tally(machinery.counts.crashPoints, point);
  end(machinery, life, `is killed at ${point}`);
}

/** The end of a process, violent or not. */
export function end(machinery: Machinery, life: Life, how: string): void {
  if (!life.alive) return;
  machinery.kernel.trace.add(machinery.kernel.now, `${life.name} ${how}`);
  life.alive = false;
  const listeners = [...life.onDeath];
  life.onDeath.clear();
  for (const listener of listeners) listener();
}

function run<T>(effect: () => T | Promise<T>): Promise<T> {
  const outcome = new Promise<T>((resolve) => resolve(effect()));
  // A dead process never looks at it.
  outcome.catch(() => undefined);
  return outcome;
}

/** A dead process waits for this. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
