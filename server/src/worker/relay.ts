import { CLAIM_BATCH, POLL_MS, WORKER_SLOTS } from "../core/constants.ts";
import { ENGINE_LEASE_MS } from "../core/engines.ts";
import type { Job } from "../core/model.ts";
import type { Engine, Message } from "../core/ports/engine.ts";
import { queueRules, type QueueName } from "../core/queues.ts";
import type { Deps } from "../flows/deps.ts";
import type { Lanes } from "./lanes.ts";

interface Relayed {
  readonly engine: Engine;
  readonly queue: QueueName;
  readonly lanes: Lanes;
  readonly signal: AbortSignal;
}

export interface Relay {
  /** Hands over what is due, as far as the engine has room. Never rejects. Returns whether more may be due that it had no turn for. */
  round(): Promise<boolean>;
  /** The engine had no room when it was last asked. */
  isFull(): boolean;
}

/** From the rows to the engine: a row is leased to the engine, handed over, and due again by itself if nobody took it. */
export function createRelay(deps: Deps, { engine, queue, lanes, signal }: Relayed): Relay {
  const { perLane } = queueRules[queue];
  let cursor = "";
  let isFull = false;
  let isAway = false;
  return { round, isFull: () => isFull };

  async function round(): Promise<boolean> {
    try {
      const isBehind = await hand();
      if (isAway) deps.log.info({ queue, engine: engine.name }, "the engine is back");
      isAway = false;
      return isBehind;
    } catch (error) {
      if (!isAway) deps.log.warn({ queue, engine: engine.name, error: String(error) }, "could not relay jobs to the engine; trying again");
      isAway = true;
      await deps.clock.sleep(POLL_MS, signal);
      return false;
    }
  }

  async function hand(): Promise<boolean> {
    const room = await engine.room(queue);
    isFull = room <= 0;
    if (isFull) return false;
    const limit = Math.min(CLAIM_BATCH, room);
    const offered = Math.min(perLane, CLAIM_BATCH);
    const roomOf = lanes.room(perLane, WORKER_SLOTS);
    const now = deps.clock.now();
    const claimed = await deps.store.relay({
      queue,
      now,
      leaseUntil: now + ENGINE_LEASE_MS,
      limit,
      perLane: offered,
      room: roomOf,
      cursor,
    });
    cursor = claimed.cursor;
    if (claimed.jobs.length > 0) await publish(claimed.jobs, now);
    const isBehind = claimed.jobs.length >= limit;
    if (!isBehind) lanes.found(claimed.jobs, roomOf, offered);
    return isBehind;
  }

  /** The engine may have those of a failed call, or not: they are due again at once, and a message too many finds nothing to do. */
  async function publish(jobs: readonly Job[], now: number): Promise<void> {
    try {
      // A time in the name: what was relayed before may have come to nothing, and an engine drops what it knows by name.
      const messages = jobs.map((job) => messageOf(job, now));
      await engine.publish(queue, messages, 0);
    } catch (error) {
      const ids = jobs.map((job) => job.id);
      await deps.store.giveBack(ids, now);
      throw error;
    }
  }
}

/** @param at a time that tells this message from others of the same try */
export function messageOf(job: Job, at: number): Message {
  const { id: jobId, queue, merchantId, mode, kind, subject, lane, tries, traceparent } = job;
  return { id: `${jobId}-${tries}-${at.toString(36)}`, queue, jobId, merchantId, mode, kind, subject, lane, tries, traceparent };
}
