import type { Change, CommitResult, Creation } from "../core/change.ts";
import { ENGINE_LEASE_MS, ENGINE_TOKEN } from "../core/engines.ts";
import type { Job, Ms } from "../core/model.ts";
import type { Engine, Message } from "../core/ports/engine.ts";
import type { Store } from "../core/ports/store.ts";
import type { Clock, Log } from "../core/ports/world.ts";
import { QUEUE_NAMES, type QueueName } from "../core/queues.ts";
import { messageOf } from "./relay.ts";

/** The room of an engine is asked for no more often; between two looks, what was handed over is taken off. */
const LOOK_EVERY_MS = 100;
/** What has come while the last one was under way goes out as one. */
const PUBLISH_MAX = 500;

interface Handing {
  readonly store: Store;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each publication that is under way, so that a process that stops waits for it. */
  readonly track: (work: Promise<void>) => unknown;
}

export interface HandOver {
  readonly store: Store;
  /** A job of a change that was written, which goes to the engine by itself: no relay needs to be woken for it. */
  readonly isUnderWay: (job: Job) => boolean;
  /** A job that a request runs itself has its message as well where others read along: whoever gets it finds the row taken. */
  readonly startsHere?: (job: Job) => void;
}

/**
 * The same store, whose due jobs are born on their way: leased to the engine by the commit that makes them, and published right after it. So the
 * relay has no work with them but what was lost: its lease ends, and it is due as any other. Without room in the engine they are born free. Those
 * that a request runs itself are leased already: through the engine they would only come late.
 */
export function handOver(handing: Handing): HandOver {
  const { store, clock, engine } = handing;
  const outlets = new Map(QUEUE_NAMES.map((queue) => [queue, createOutlet(handing, queue)]));
  /** As they were decided. */
  const leaving = new WeakSet<Job>();
  const isUnderWay = (job: Job): boolean => leaving.has(job);
  /** The row as it is born. */
  const born = (job: Job, now: Ms): Job => {
    if (job.runAt > now || job.leaseToken !== null || !outlets.get(job.queue)!.takes()) return job;
    leaving.add(job);
    return { ...job, leaseToken: ENGINE_TOKEN, runAt: now + ENGINE_LEASE_MS };
  };
  const send = (job: Job, now: Ms): void => {
    if (job.leaseToken === ENGINE_TOKEN) outlets.get(job.queue)!.send(messageOf(job, now));
  };
  /** Of what was not written nothing is told. Where that is not known, the lease brings it back. */
  async function written(jobs: readonly Job[], now: Ms, write: () => Promise<CommitResult>): Promise<CommitResult> {
    const result = await write();
    if (result === "applied") for (const job of jobs) send(job, now);
    return result;
  }

  const wrapped: Store = {
    ...store,
    create: (creation: Creation) => {
      const now = clock.now();
      const job = born(creation.job, now);
      return written([job], now, () => store.create({ ...creation, job }));
    },
    commit: (change: Change) => {
      const insert = change.jobs?.insert;
      if (!insert || insert.length === 0) return store.commit(change);
      const now = clock.now();
      const jobs = insert.map((job) => born(job, now));
      return written(jobs, now, () => store.commit({ ...change, jobs: { ...change.jobs, insert: jobs } }));
    },
  };
  if (!engine.announce) return { store: wrapped, isUnderWay };
  return { store: wrapped, isUnderWay, startsHere: (job) => outlets.get(job.queue)!.mention(messageOf(job, clock.now())) };
}

/** The way of one queue's messages into the engine: one publication at a time, in their order. */
function createOutlet(handing: Handing, queue: QueueName) {
  const { store, engine, clock, log, track } = handing;
  let waiting: Message[] = [];
  /** Of the publication that is under way. */
  let leaving = 0;
  let isSending = false;
  // What is still here is not in the engine yet.
  const room = watchRoom(handing, queue, () => waiting.length + leaving);

  async function flush(): Promise<void> {
    try {
      while (waiting.length > 0) {
        // What comes in the same turn goes along.
        await clock.sleep(1);
        const batch = waiting.slice(0, PUBLISH_MAX);
        waiting = waiting.slice(PUBLISH_MAX);
        leaving = batch.length;
        await engine.publish(queue, batch, 0).catch((error: unknown) => takeBack(batch, error));
        leaving = 0;
      }
    } finally {
      // In the turn that saw that nothing waits: what comes after it begins anew.
      isSending = false;
    }
  }

  async function takeBack(batch: readonly Message[], error: unknown): Promise<void> {
    log.warn({ queue, engine: engine.name, error: String(error) }, "could not hand jobs to the engine; they are relayed later");
    room.close();
    const ids = batch.map((message) => message.jobId);
    await store.giveBack(ids, clock.now()).catch(() => undefined);
  }

  function send(message: Message): void {
    waiting.push(message);
    if (isSending) return;
    isSending = true;
    track(flush());
  }

  return {
    takes: room.takes,
    send,
    /** What nothing hangs on: where much waits, it is left out. */
    mention: (message: Message): void => {
      if (waiting.length < PUBLISH_MAX) send(message);
    },
  };
}

/** The engine's room as it was last seen. @param held what this process has for it and it does not count yet */
function watchRoom({ engine, clock }: Handing, queue: QueueName, held: () => number) {
  let room = 0;
  let lookAt = 0;
  let failures = 0;

  function look(): void {
    const now = clock.now();
    if (now < lookAt) return;
    lookAt = now + LOOK_EVERY_MS;
    const failuresBefore = failures;
    engine.room(queue).then(
      (found) => {
        // What was asked before a failure is not true any more.
        if (failures === failuresBefore) room = found - held();
      },
      () => (room = 0),
    );
  }

  return {
    /** Whether one more may be born on its way; it counts at once. */
    takes: (): boolean => {
      look();
      if (room <= 0) return false;
      room -= 1;
      return true;
    },
    /** Until the next look. */
    close: (): void => {
      room = 0;
      failures++;
    },
  };
}
