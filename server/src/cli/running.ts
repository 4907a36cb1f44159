/** What the servers of the command line share: starting in order, stopping in reverse order, on a signal. */
import type { Log } from "../core/ports/log.ts";

type Stop = () => Promise<unknown>;

export interface Running {
  /** What `stop` will end; the last one added is ended first. */
  onStop(stop: Stop): void;
  /** Resolves after a signal, when all is stopped. */
  untilStopped(): Promise<void>;
  stop(): Promise<void>;
}

/** SIGINT and SIGTERM stop in order; a second one ends the process at once, as a crash would: nothing is lost by that. */
export function running(log: Log): Running {
  const stops: Stop[] = [];
  let stopping: Promise<void> | null = null;
  const ended = new Promise<void>((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(130);
      log.info({ signal }, "stopping");
      void stop().then(resolve);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });

  async function stopAll(): Promise<void> {
    for (const one of stops.reverse()) {
      try {
        await one();
      } catch (error) {
        log.warn({ error: String(error) }, "a part did not stop cleanly");
      }
    }
  }

  function stop(): Promise<void> {
    stopping ??= stopAll();
    return stopping;
  }
  // What starts while we are already stopping is stopped at once.
  const onStop = (one: Stop): void => void (stopping ? stopping.then(one) : stops.push(one));
  return { onStop, untilStopped: () => ended, stop };
}

/** What we did not foresee ends the process: the rows are the truth, and a restart goes on from them. */
export function crashOnSurprise(log: Log & { flush?: () => void }): void {
  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "unforeseen; this process ends");
    log.flush?.();
    process.exit(70);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
