import type * as BullMq from "bullmq";
import type { Consumer } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";

const WATCH_EVERY_MS = 2_000;

export interface Watched {
  /** Makes a worker of BullMQ, which begins at once. */
  readonly open: () => BullMq.Worker;
  readonly queue: BullMq.Queue;
  readonly log: Log;
  /** One that takes nothing for so long while messages wait has stopped silently, as BullMQ's do after some outages. */
  readonly silentMs: number;
}

/** A consumer that is replaced when it has stopped without a word. */
export function watchedConsumer({ open, queue, log, silentMs }: Watched): Consumer & { close(): Promise<void> } {
  let lastMs = performance.now();
  let isStopping = false;
  let worker = start();
  const timer = setInterval(() => void look().catch(alive), Math.min(WATCH_EVERY_MS, silentMs)).unref();

  function alive(): void {
    lastMs = performance.now();
  }

  function start(): BullMq.Worker {
    const begun = open();
    // Outages are said by the connection; without this they would end the process.
    begun.on("error", () => {});
    for (const sign of ["active", "completed", "failed"] as const) begun.on(sign, alive);
    return begun;
  }

  async function look(): Promise<void> {
    const [{ waiting = 0 }, isPaused] = await Promise.all([queue.getJobCounts("waiting"), queue.isPaused()]);
    if (waiting === 0 || isPaused || isStopping) return alive();
    if (performance.now() - lastMs < silentMs) return;
    log.error({ queue: queue.name, waiting }, "the consumer of this queue took nothing while messages waited; another takes its place");
    alive();
    const silent = worker;
    worker = start();
    // It may hang, which is why it is replaced.
    void silent.close(true).catch(() => undefined);
  }

  return {
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await worker.pause(true);
    },
    close: () => worker.close(true),
  };
}
