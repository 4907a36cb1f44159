import { CLAIM_BATCH, DRAIN_MS, POLL_MS, WORKER_SLOTS } from "../core/constants.ts";
import { newId } from "../core/ids.ts";
import type { Job } from "../core/model.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { Archiving } from "../core/ports/archive.ts";
import type { Place } from "../core/ports/keeping.ts";
import type { ResultLog } from "../core/ports/result-log.ts";
import type { Clock } from "../core/ports/world.ts";
import { QUEUE_NAMES, queueRules, type QueueName } from "../core/queues.ts";
import type { Deps } from "../flows/deps.ts";
import { ARCHIVE_EVERY_MS, createMover } from "../flows/upkeep/archive.ts";
import { createAnnouncer, type Announce } from "../flows/upkeep/results.ts";
import type { QueueLoop } from "./loop.ts";
import { Places } from "./places.ts";
import { relayedLoop } from "./relayed.ts";

export interface Worker {
  /** Stops claiming and waits for the work under way, up to the drain time. */
  stop(): Promise<void>;
  /** Jobs under way. */
  busy(): number;
}

/**
 * Runs due jobs of all queues until stopped: hints wake it, and it polls in case one is lost. @param engine what brings them here; null: they
 * are claimed from the store
 */
export function startWorker(deps: Deps, engine: Engine | null = null): Worker {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loops = engine ? QUEUE_NAMES.map((queue) => relayedLoop(deps, { engine, queue, signal })) : claimingLoops(deps, signal);
  deps.queue.onHint((queue) => loops.find((loop) => loop.queue === queue)?.wake());
  const running = loops.map((loop) => loop.run());
  if (deps.archiving) running.push(moving(deps, deps.archiving, stopping.signal));
  if (deps.results && engine?.announce) running.push(announcing(deps, deps.results, { announce: engine.announce, signal }));
  return {
    busy: () => loops.reduce((sum, loop) => sum + loop.busy(), 0),
    stop: async () => {
      stopping.abort();
      for (const loop of loops) loop.wake();
      await Promise.all(running);
      await drain(deps.clock, Promise.all(loops.map((loop) => loop.idle())));
    },
  };
}

/** Each queue is claimed from the store, and what is made here begins here. */
function claimingLoops(deps: Deps, signal: AbortSignal): readonly QueueLoop[] {
  const loops = QUEUE_NAMES.map((queue) => queueLoop(deps, queue, signal));
  deps.keeping?.open((job) => loops.find(({ queue }) => queue === job.queue)?.reserve(job) ?? null);
  return loops;
}

/** Beside the jobs: an audit store that is slow or away holds up none of them. */
async function moving(deps: Deps, archiving: Archiving, signal: AbortSignal): Promise<void> {
  const mover = createMover(deps, archiving);
  while (!signal.aborted) {
    const hasMore = await mover.move(signal).catch((error: unknown) => {
      deps.log.warn({ error: String(error) }, "exchanges could not be moved");
      return false;
    });
    if (!hasMore) await deps.clock.sleep(ARCHIVE_EVERY_MS, signal);
  }
}

/** Beside the jobs, as well: who is told of results waits for the engine, not the other way round. */
async function announcing(
  deps: Deps,
  results: ResultLog,
  { announce, signal }: { readonly announce: Announce; readonly signal: AbortSignal },
) {
  const announcer = createAnnouncer(deps, results, announce);
  while (!signal.aborted) await deps.clock.sleep(await announcer.round(signal), signal);
}

/** Waits for work under way, at most the drain time: a call that has not ended by then is asked about later. */
export async function drain(clock: Pick<Clock, "sleep">, done: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([done.finally(() => over.abort()), clock.sleep(DRAIN_MS, over.signal)]);
}

function queueLoop(deps: Deps, queue: QueueName, signal: AbortSignal): QueueLoop & { readonly reserve: (job: Job) => Place | null } {
  const places = new Places(deps, wake);
  const { lanes } = places;
  let cursor = "";
  /** Until a claim says that nothing older waits. */
  let isBehind = true;
  let woken = new AbortController();
  return { queue, run, wake, reserve, busy: () => places.busy, idle: () => places.idle() };

  function wake(): void {
    woken.abort();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const current = (woken = new AbortController());
      const claimed = await claim();
      for (const job of claimed) places.take(job.lane).begin(job);
      // As many as there was room for: more may be due, so go on as soon as there is room again.
      if (claimed.length === 0 || !isBehind) await deps.clock.sleep(POLL_MS, current.signal);
    }
  }

  async function claim(): Promise<readonly Job[]> {
    const limit = Math.min(CLAIM_BATCH, WORKER_SLOTS - places.busy);
    if (limit <= 0) return [];
    const now = deps.clock.now();
    const { leaseMs, perLane: perLaneMax } = queueRules[queue];
    const perLane = Math.min(perLaneMax, CLAIM_BATCH);
    const room = lanes.room(perLaneMax, WORKER_SLOTS);
    const token = newId("req", now, deps.random.bytes(16));
    try {
      const claimed = await deps.store.claim({ queue, now, leaseUntil: now + leaseMs, token, limit, perLane, room, cursor });
      cursor = claimed.cursor;
      isBehind = claimed.jobs.length >= limit;
      if (!isBehind) lanes.found(claimed.jobs, room, perLane);
      return claimed.jobs;
    } catch (error) {
      deps.log.warn({ queue, error: String(error) }, "could not claim; trying again");
      await deps.clock.sleep(POLL_MS, signal);
      return [];
    }
  }

  /** For a job that is made here. Where a claim came back full others wait longer, and one half of the places is for those. */
  function reserve({ lane }: Job): Place | null {
    if (signal.aborted || isBehind || places.busy >= WORKER_SLOTS / 2) return null;
    return lanes.mayBegin(lane, queueRules[queue].perLane, WORKER_SLOTS) ? places.take(lane) : null;
  }
}
