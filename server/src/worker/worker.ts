import { CLAIM_BATCH, POLL_MS, WORKER_SLOTS } from "../core/constants.ts";
import { newId } from "../core/ids.ts";
import type { Job } from "../core/model.ts";
import type { QueueName } from "../core/queues.ts";
import { QUEUE_NAMES, queueRules } from "../core/queues.ts";
import type { Deps } from "../flows/deps.ts";
import { runJob } from "../flows/jobs/run.ts";
import { drain } from "./drain.ts";
import { Lanes } from "./lanes.ts";

export interface Worker {
  /** Stops claiming and waits for the work under way, up to the drain time. */
  stop(): Promise<void>;
  /** Jobs under way. */
  busy(): number;
}

/** Claims and runs due jobs of all queues until stopped: woken by hints, polling as the net under them. */
export function startWorker(deps: Deps): Worker {
  const stopping = new AbortController();
  const loops = QUEUE_NAMES.map((queue) => new QueueLoop(deps, queue, stopping.signal));
  deps.queue.onHint((queue) => loops.find((loop) => loop.queue === queue)?.wake());
  const running = loops.map((loop) => loop.run());
  return {
    busy: () => loops.reduce((sum, loop) => sum + loop.lanes.total, 0),
    stop: async () => {
      stopping.abort();
      for (const loop of loops) loop.wake();
      await Promise.all(running);
      await drain(deps.clock, Promise.all(loops.map((loop) => loop.idle())));
    },
  };
}

class QueueLoop {
  readonly queue: QueueName;
  readonly lanes = new Lanes();
  readonly #deps: Deps;
  readonly #signal: AbortSignal;
  readonly #work = new Set<Promise<void>>();
  #cursor = "";
  #woken = new AbortController();

  constructor(deps: Deps, queue: QueueName, signal: AbortSignal) {
    this.#deps = deps;
    this.queue = queue;
    this.#signal = signal;
  }

  /** Ends the current sleep, or the next one before it starts. */
  wake(): void {
    this.#woken.abort();
  }

  idle(): Promise<unknown> {
    return Promise.all(this.#work);
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const woken = (this.#woken = new AbortController());
      const claimed = await this.#claim();
      for (const job of claimed) this.#start(job);
      // A full batch means more is due: go on as soon as there is room.
      if (claimed.length < CLAIM_BATCH) await this.#deps.clock.sleep(POLL_MS, woken.signal);
    }
  }

  async #claim(): Promise<readonly Job[]> {
    const free = WORKER_SLOTS - this.lanes.total;
    if (free <= 0) return [];
    const now = this.#deps.clock.now();
    const { leaseMs, perLane } = queueRules[this.queue];
    const token = newId("req", now, this.#deps.random.bytes(16));
    const wish = {
      queue: this.queue,
      now,
      leaseUntil: now + leaseMs,
      token,
      limit: Math.min(CLAIM_BATCH, free),
      perLane: Math.min(perLane, CLAIM_BATCH),
      room: this.lanes.room(perLane, WORKER_SLOTS),
      cursor: this.#cursor,
    };
    try {
      const claimed = await this.#deps.store.claim(wish);
      this.#cursor = claimed.cursor;
      return claimed.jobs;
    } catch (error) {
      this.#deps.log.warn({ queue: this.queue, error: String(error) }, "could not claim; trying again");
      await this.#deps.clock.sleep(POLL_MS, this.#signal);
      return [];
    }
  }

  #start(job: Job): void {
    this.lanes.enter(job.lane);
    const work = runJob(this.#deps, job).finally(() => {
      const wasSaturated = this.lanes.total >= WORKER_SLOTS;
      this.lanes.leave(job.lane);
      this.#work.delete(work);
      if (wasSaturated || this.lanes.total === 0 || this.lanes.wasFull(job.lane)) this.wake();
    });
    this.#work.add(work);
  }
}
