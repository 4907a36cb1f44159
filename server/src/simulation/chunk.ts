import { addCounts, noCounts, type Counts } from "./counts.ts";
import type { Violation } from "./oracle.ts";
import { plantNamed } from "./plants.ts";
import { simulateSeed } from "./seed.ts";
import type { Gateways } from "./swarm.ts";

/** Seeds `from` to `to`, both included. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
  /** Name of a planted bug. */
  readonly plant: string | null;
  /** Left out or null: the sandbox only. */
  readonly gateways?: Gateways | null;
}

export interface Broken {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface ChunkResult {
  readonly chunk: Chunk;
  readonly counts: Counts;
  readonly broken: readonly Broken[];
  readonly cpuMs: number;
}

/** I16: one seed in so many is run twice, and must give the same history twice. */
const TWICE_EVERY = 100;

/** Runs the seeds one after the other in this thread. */
export async function runChunk(chunk: Chunk): Promise<ChunkResult> {
  const plant = chunk.plant === null ? undefined : plantNamed(chunk.plant);
  const { gateways } = chunk;
  const counts = noCounts();
  const broken: Broken[] = [];
  const before = performance.eventLoopUtilization();
  for (let seed = chunk.from; seed <= chunk.to; seed++) {
    const result = await simulateSeed(seed, { plant, gateways });
    addCounts(counts, result.counts);
    const violations = [...result.violations];
    if (seed % TWICE_EVERY === 0) {
      const again = await simulateSeed(seed, { plant, gateways });
      if (again.traceHash !== result.traceHash)
        violations.push({ invariant: "I16", explanation: `run twice, two histories: ${result.traceHash} and ${again.traceHash}`, atMs: 0 });
    }
    // A planted bug counts as caught only if the world without it is sound.
    if (violations.length > 0 && plant && (await simulateSeed(seed, { gateways })).violations.length > 0) continue;
    if (violations.length > 0) broken.push({ seed, violations });
  }
  return { chunk, counts, broken, cpuMs: performance.eventLoopUtilization(before).active };
}
