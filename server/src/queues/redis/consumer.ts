import { setImmediate, setTimeout as pause } from "node:timers/promises";
import type * as BullMq from "bullmq";
import type { Consumer } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import type { Bulk, Ending, Taken } from "./bulk.ts";

const WATCH_EVERY_MS = 2_000;
/** After a look that failed, or that found nothing and did not wait for anything. */
const AGAIN_MS = 1_000;
const BREATH_MS = 10;

/** A job that was not run for good: it is delayed for a second. */
export class ComesAgain extends Error {}

export interface Consumed {
  /** Makes a worker of BullMQ that runs nothing by itself: it waits for jobs, and takes those that are not plain. */
  readonly open: () => BullMq.Worker;
  /** The whole job, to let it fail. */
  readonly find: (worker: BullMq.Worker, id: string) => Promise<BullMq.Job | undefined>;
  readonly bulk: Bulk;
  readonly queue: BullMq.Queue;
  readonly atOnce: number;
  /** Runs a job; resolves to what is shown as its result, rejects if it failed, or with `ComesAgain`. */
  readonly run: (taken: Taken) => Promise<string>;
  readonly log: Log;
  /** One that takes nothing for so long while messages wait has stopped silently, as BullMQ's do after some outages. */
  readonly silentMs: number;
}

/** A consumer that is replaced when it has stopped without a word. */
export function watchedConsumer(options: Consumed): Consumer & { close(): Promise<void> } {
  const { queue, log, silentMs } = options;
  let lastMs = performance.now();
  let isStopping = false;
  let consumer = startConsumer(options, alive);
  const timer = setInterval(() => void look().catch(alive), Math.min(WATCH_EVERY_MS, silentMs)).unref();

  function alive(): void {
    lastMs = performance.now();
  }

  async function look(): Promise<void> {
    const [{ waiting = 0 }, isPaused] = await Promise.all([queue.getJobCounts("waiting"), queue.isPaused()]);
    if (waiting === 0 || isPaused || isStopping) return alive();
    if (performance.now() - lastMs < silentMs) return;
    log.error({ queue: queue.name, waiting }, "the consumer of this queue took nothing while messages waited; another takes its place");
    alive();
    const silent = consumer;
    consumer = startConsumer(options, alive);
    // It may hang, which is why it is replaced.
    void silent.close().catch(() => undefined);
  }

  return {
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await consumer.stop();
    },
    close: () => consumer.close(),
  };
}

/** Takes jobs in bulk while there are some, and lets BullMQ wait for the next one. @param alive called whenever something was taken or has ended */
function startConsumer({ open, find, bulk, atOnce, run }: Consumed, alive: () => void): Consumer & { close(): Promise<void> } {
  const worker = open();
  // Outages are said by the connection; without this they would end the process.
  worker.on("error", () => {});
  void worker.startStalledCheckTimer();
  const ends = endingBy(bulk, worker.id);
  let isStopped = false;
  let running = 0;
  let onPlace = (): void => {};
  void loop();

  async function loop(): Promise<void> {
    while (!isStopped) {
      try {
        if (running >= atOnce) await new Promise<void>((resolve) => (onPlace = resolve));
        else for (const taken of await some()) begin(taken);
      } catch {
        await pause(AGAIN_MS);
      }
    }
  }

  async function some(): Promise<Taken[]> {
    const taken = await bulk.take(atOnce - running, worker.id);
    return taken.length > 0 ? taken : nextOf(worker);
  }

  function begin(taken: Taken): void {
    running += 1;
    alive();
    void run(taken)
      .then((result) => ends.add(taken.id, JSON.stringify(result)))
      .catch(async (error: Error) => failed(worker, await find(worker, taken.id), error))
      .catch(() => undefined)
      .finally(() => {
        running -= 1;
        alive();
        onPlace();
      });
  }

  return {
    stop: async () => {
      isStopped = true;
      onPlace();
      await worker.pause(true);
    },
    close: async () => {
      isStopped = true;
      onPlace();
      await ends.written();
      await worker.close(true);
    },
  };
}

/** One, or none, in BullMQ's own way: blocks until there is one or five seconds are over, promotes what is due, and keeps to limits and priorities. */
async function nextOf(worker: BullMq.Worker): Promise<Taken[]> {
  const beganMs = performance.now();
  // Its first look after a job does not block.
  const job = (await worker.getNextJob(worker.id)) ?? (await worker.getNextJob(worker.id));
  if (job) return [{ id: job.id!, data: JSON.stringify(job.data) }];
  if (performance.now() - beganMs < BREATH_MS) await pause(BREATH_MS);
  return [];
}

async function failed(worker: BullMq.Worker, job: BullMq.Job | undefined, error: Error): Promise<void> {
  if (error instanceof ComesAgain) await job?.moveToDelayed(Date.now() + AGAIN_MS, worker.id);
  else await job?.moveToFailed(error, worker.id);
}

/** What ends within one turn of the loop, or while others are written, is written with one script. */
function endingBy(bulk: Bulk, token: string) {
  let waiting: Ending[] = [];
  let writing: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    await setImmediate();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await bulk.end(batch, token);
    }
  };
  const begin = (): Promise<void> => (writing ??= write().finally(() => (writing = null)));
  return {
    /** Resolves when it is written. A lock that could not be ended ends by itself, and then its message comes again, and finds nothing to do. */
    add: async (id: string, value: string): Promise<void> => {
      waiting.push({ id, value });
      await begin().catch(() => undefined);
    },
    written: async (): Promise<void> => {
      while (writing) await writing.catch(() => undefined);
    },
  };
}
