import type { Change, JobMove } from "../core/change.ts";
import { WORKER_SLOTS } from "../core/constants.ts";
import { ENGINE_DELAY_MAX_MS, ENGINE_RETURN_MS } from "../core/engines.ts";
import { newId } from "../core/ids.ts";
import type { Job, Ms } from "../core/model.ts";
import type { Ended, Engine, Message, Receipt } from "../core/ports/engine.ts";
import { queueRules, type QueueName } from "../core/queues.ts";
import type { Deps } from "../flows/deps.ts";
import { noteTrace } from "../flows/upkeep/results.ts";
import { runJob } from "../flows/jobs/run.ts";
import type { Lanes } from "./lanes.ts";
import { messageOf } from "./relay.ts";

interface Received {
  readonly engine: Engine;
  readonly queue: QueueName;
  readonly lanes: Lanes;
  readonly signal: AbortSignal;
  /** Called when a job of this lane has ended. */
  readonly onEnd: (lane: string) => void;
}

export interface Receiver {
  receive(message: Message): Receipt;
  /** Resolves when all work under way has ended. */
  idle(): Promise<unknown>;
}

/** From the engine to the work: the row of a message is taken by its id, and run, if it is still free and its lane has room. */
export function createReceiver(deps: Deps, { engine, queue, lanes, signal, onEnd }: Received): Receiver {
  const { leaseMs, perLane } = queueRules[queue];
  const work = new Set<Promise<unknown>>();
  const moves = watchMoves(deps);
  const giveBack = returner(deps);
  return { receive, idle: () => Promise.all(work) };

  function receive(message: Message): Receipt {
    if (signal.aborted || !lanes.hasRoom(message.lane, perLane, WORKER_SLOTS)) {
      const returned = giveBack(message.jobId);
      return { held: returned, ended: returned.then(() => ({ outcome: "returned" })) };
    }
    lanes.enter(message.lane);
    const taken = take(message);
    const ended: Promise<Ended> = taken.then(run).finally(() => {
      lanes.leave(message.lane);
      work.delete(ended);
      onEnd(message.lane);
    });
    work.add(ended);
    return { held: taken.then(() => undefined), ended };
  }

  /** Null also where the store could not be asked: the row is due again when its lease to the engine ends. */
  async function take({ jobId }: Message): Promise<Job | null> {
    const now = deps.clock.now();
    try {
      return await deps.store.takeBrought(jobId, now, now + leaseMs, newId("req", now, deps.random.bytes(16)));
    } catch (error) {
      deps.log.warn({ queue, job_id: jobId, error: String(error) }, "could not take a job; it comes again");
      return null;
    }
  }

  async function run(job: Job | null): Promise<Ended> {
    if (job === null) return { outcome: "skipped" };
    if (engine.announce) noteTrace(deps, job);
    moves.begin(job.id);
    const end = await runJob(moves.deps, job);
    const move = moves.end(job.id);
    if (move?.runAt !== undefined) void announce(job, move, move.runAt);
    return end ?? { outcome: "skipped" };
  }

  /** So that the engine's tools show when it runs again. The row brings it back without this, too. */
  async function announce(job: Job, { kind = job.kind, lane = job.lane, tries = job.tries }: JobMove, runAt: Ms): Promise<void> {
    const delayMs = runAt - deps.clock.now();
    if (delayMs <= 0 || delayMs > ENGINE_DELAY_MAX_MS) return;
    await engine.publish(queue, [messageOf({ ...job, kind, lane, tries }, runAt)], delayMs).catch(() => undefined);
  }
}

/** The same dependencies, which note where jobs are moved to while they run. */
function watchMoves(deps: Deps) {
  const moves = new Map<string, JobMove | null>();
  const commit = async (change: Change) => {
    const result = await deps.store.commit(change);
    if (result === "applied") for (const move of change.jobs?.move ?? []) if (move.release && moves.has(move.id)) moves.set(move.id, move);
    return result;
  };
  return {
    deps: { ...deps, origin: deps.origin ?? deps, store: { ...deps.store, commit } } satisfies Deps,
    begin: (jobId: string) => void moves.set(jobId, null),
    end: (jobId: string): JobMove | null => {
      const move = moves.get(jobId) ?? null;
      moves.delete(jobId);
      return move;
    },
  };
}

/** Frees rows that came with no room for them, many with one statement. Never rejects: their lease to the engine ends anyway. */
function returner({ store, clock, log }: Deps): (jobId: string) => Promise<void> {
  let waiting: string[] = [];
  let batch: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    await clock.sleep(1);
    const ids = waiting;
    [waiting, batch] = [[], null];
    await store.giveBack(ids, clock.now() + ENGINE_RETURN_MS);
  };
  return (jobId) => {
    waiting.push(jobId);
    batch ??= write().catch((error: unknown) => log.warn({ error: String(error) }, "could not give jobs back; they come again"));
    return batch;
  };
}
