/** Many seeds over all cores. */
import { Worker } from "node:worker_threads";
import type { Broken, Chunk, ChunkResult } from "./chunk.ts";
import { addCounts, noCounts, type Counts } from "./counts.ts";
import type { Gateways } from "./swarm.ts";
import { THREAD_OF_A_CAMPAIGN, threadFile } from "./thread.ts";

export interface CampaignOptions {
  readonly from: number;
  readonly seeds: number;
  /** Name of a planted bug. */
  readonly plant: string | null;
  readonly gateways?: Gateways | null;
  /** Ends once the first broken seed is known, and no earlier one can be. */
  readonly untilFirst: boolean;
  readonly onProgress?: (progress: CampaignResult) => void;
}

export interface CampaignResult {
  readonly counts: Counts;
  /** By seed. */
  readonly broken: readonly Broken[];
  /** Time in which threads worked, summed over them. */
  readonly busyMs: number;
}

/** Runs chunks one at a time, somewhere. */
export interface Runner {
  run(chunk: Chunk): Promise<ChunkResult>;
  close(): Promise<void>;
}

export interface Pool {
  readonly size: number;
  run(options: CampaignOptions): Promise<CampaignResult>;
  close(): Promise<void>;
}

/** Small enough for a progress line each second. */
const CHUNK_SEEDS = 10;
/** Most planted bugs are found by one of the first seeds, and what the other threads have begun by then is run for nothing. */
const CHUNK_SEEDS_UNTIL_FIRST = 1;

/** @param runners usually `threadRunner`s, one per core */
export function openPool(runners: readonly Runner[]): Pool {
  return {
    size: runners.length,
    run: (options) => runOn(runners, options),
    close: async () => void (await Promise.all(runners.map((runner) => runner.close()))),
  };
}

/** A thread of its own. Its run rejects if the thread dies. */
export function threadRunner(): Runner {
  const thread = new Worker(threadFile, { workerData: THREAD_OF_A_CAMPAIGN });
  return { run: (chunk) => ask(thread, chunk), close: async () => void (await thread.terminate()) };
}

async function runOn(runners: readonly Runner[], options: CampaignOptions): Promise<CampaignResult> {
  const counts = noCounts();
  const broken: Broken[] = [];
  let busyMs = 0;
  let next = options.from;
  const end = options.from + options.seeds;
  const { plant, gateways, untilFirst } = options;
  const size = untilFirst ? CHUNK_SEEDS_UNTIL_FIRST : CHUNK_SEEDS;

  const take = (): Chunk | null => {
    if (next >= end || (untilFirst && broken.length > 0)) return null;
    const chunk = { from: next, to: Math.min(next + size, end) - 1, plant, gateways };
    next = chunk.to + 1;
    return chunk;
  };
  const work = async (runner: Runner): Promise<void> => {
    for (let chunk = take(); chunk !== null; chunk = take()) {
      const result = await runner.run(chunk);
      addCounts(counts, result.counts);
      broken.push(...result.broken);
      busyMs += result.cpuMs;
      options.onProgress?.({ counts, broken, busyMs });
    }
  };
  await Promise.all(runners.map(work));
  return { counts, broken: broken.sort((a, b) => a.seed - b.seed), busyMs };
}

function ask(thread: Worker, chunk: Chunk): Promise<ChunkResult> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      thread.off("message", answered);
      thread.off("error", failed);
      thread.off("exit", left);
      then();
    };
    const answered = (result: ChunkResult): void => settle(() => resolve(result));
    const failed = (error: Error): void =>
      settle(() => reject(new Error(`seeds ${chunk.from} to ${chunk.to}: ${error.stack ?? error.message}`)));
    const left = (code: number): void => failed(new Error(`the thread ended with code ${code}`));
    thread.on("exit", left);
    thread.on("message", answered);
    thread.on("error", failed);
    thread.postMessage(chunk);
  });
}
