import { setImmediate, setTimeout as pause } from "node:timers/promises";
import type * as BullMq from "bullmq";
import { within } from "../../net/within.ts";
import type { Consumer } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import type { Bulk, Ending, Taken } from "./bulk.ts";

const WATCH_EVERY_MS = 2_000;
/** After something that failed. */
const AGAIN_MS = 1_000;
/** After a look that found nothing and did not wait for anything, as in a queue that is limited; twice as long each time, up to `AGAIN_MS`. */
const BREATH_MS = 10;
/** ioredis waits at least 100 ms before it sends a command again whose answer was lost with the connection. */
const MAY_BE_TWICE_MS = 90;
/** What ended is written within this when the consumer closes, or its message comes again. */
const LAST_ENDS_MS = 1_000;

/** A job that was not run for good: it is delayed for a second. */
export class ComesAgain extends Error {}

export interface Consumed {
  /** Makes a worker of BullMQ that runs nothing by itself: it waits for jobs, and takes what is delayed, prioritized or in a limited queue. */
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
    const [{ waiting = 0 }, { paused, concurrency, max }] = await Promise.all([queue.getJobCounts("waiting"), queue.getMeta()]);
    if (waiting === 0 || paused || concurrency || max || isStopping) return alive();
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
function startConsumer(options: Consumed, alive: () => void): Consumer & { close(): Promise<void> } {
  const { bulk, atOnce } = options;
  const worker = options.open();
  // Outages are said by the connection; without this they would end the process.
  worker.on("error", () => {});
  void worker.startStalledCheckTimer();
  const told = sayOnce(options, "Redis brings no jobs of this queue; it is asked again");
  const ends = endingBy(bulk, worker.id, sayOnce(options, "Redis was not told that jobs have ended; their messages come again"));
  const take = takerOf(worker, bulk);
  const running = new Set<string>();
  let isStopped = false;
  let onPlace = (): void => {};
  void loop();

  async function loop(): Promise<void> {
    while (!isStopped) {
      try {
        if (running.size >= atOnce) await new Promise<void>((resolve) => (onPlace = resolve));
        else for (const taken of await take(atOnce - running.size, running)) begin(taken);
        told(null);
      } catch (error) {
        told(error as Error);
        await pause(AGAIN_MS);
      }
    }
  }

  function begin(taken: Taken): void {
    running.add(taken.id);
    alive();
    // A lock that could not be ended ends by itself, and then the message comes again and finds nothing to do.
    void runOne(taken, worker, options, ends)
      .catch(told)
      .finally(() => {
        running.delete(taken.id);
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
      await Promise.all([within(LAST_ENDS_MS, ends.written(), "Redis").catch(() => undefined), worker.close(true)]);
    },
  };
}

async function runOne(taken: Taken, worker: BullMq.Worker, options: Consumed, ends: Endings): Promise<void> {
  try {
    if (taken.refusal !== null) throw refused(taken.refusal);
    await ends.add(taken.id, JSON.stringify(await options.run(taken)));
  } catch (error) {
    await fail(worker, options, taken.id, error as Error);
  }
}

async function fail(worker: BullMq.Worker, { find, bulk }: Consumed, id: string, error: Error): Promise<void> {
  const job = await find(worker, id);
  if (error instanceof ComesAgain) await job?.moveToDelayed(Date.now() + AGAIN_MS, worker.id);
  else await job?.moveToFailed(error, worker.id);
  // In a queue that is limited its place is another's now.
  await bulk.end([], worker.id);
}

/** BullMQ tries one that fails so no more. */
function refused(reason: string): Error {
  return Object.assign(new Error(reason), { name: "UnrecoverableError" });
}

/** Says what goes wrong once, until it works again, which is null. */
function sayOnce({ log, queue }: Consumed, message: string): (error: Error | null) => void {
  let isSaid = false;
  return (error) => {
    if (error !== null && !isSaid) log.warn({ queue: queue.name, error: String(error) }, message);
    isSaid = error !== null;
  };
}

/** Takes what waits; where nothing does, waits for one. @returns so many at most, none now and then */
function takerOf(worker: BullMq.Worker, bulk: Bulk) {
  const waitForOne = waiter(worker);
  return async (most: number, running: ReadonlySet<string>): Promise<Taken[]> => {
    const beganMs = performance.now();
    const taken = await bulk.take(most, worker.id);
    if (performance.now() - beganMs > MAY_BE_TWICE_MS) await bulk.giveBack([...running, ...taken.map(({ id }) => id)], worker.id);
    return taken.length > 0 ? taken : waitForOne();
  };
}

/** One, or none, in BullMQ's own way: blocks until there is one or five seconds are over, promotes what is due, and keeps to limits and priorities. */
function waiter(worker: BullMq.Worker): () => Promise<Taken[]> {
  let breathMs = BREATH_MS;
  return async () => {
    const beganMs = performance.now();
    // Its first look after a job does not block.
    const job = (await worker.getNextJob(worker.id)) ?? (await worker.getNextJob(worker.id));
    const hasWaited = job !== undefined || performance.now() - beganMs > BREATH_MS;
    if (!hasWaited) await pause(breathMs);
    breathMs = hasWaited ? BREATH_MS : Math.min(2 * breathMs, AGAIN_MS);
    return job ? [{ id: job.id!, data: JSON.stringify(job.data), refusal: job.deferredFailure ?? null }] : [];
  };
}

type Endings = ReturnType<typeof endingBy>;

/** What ends within one turn of the loop, or while others are written, is written together. */
function endingBy(bulk: Bulk, token: string, told: (error: Error | null) => void) {
  let waiting: Ending[] = [];
  let writing: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    await setImmediate();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await bulk.end(batch, token);
        told(null);
      } catch (error) {
        told(error as Error);
      }
    }
    // In the turn that saw that nothing waits: what comes after it begins anew.
    writing = null;
  };
  return {
    /** Resolves when it is written, or could not be. */
    add: (id: string, value: string): Promise<void> => {
      waiting.push({ id, value });
      return (writing ??= write());
    },
    written: async (): Promise<void> => {
      while (writing) await writing;
    },
  };
}
