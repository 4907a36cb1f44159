/** The frame of every server of the command line: it starts in order, and stops in reverse order on a signal or where the start fails. */
import { constants } from "node:os";
import type { Log } from "../core/ports/log.ts";

type Stop = () => Promise<unknown>;

export interface Life {
  /**
   * What was opened, to be closed when this process stops: the last one added first. Where it is already stopping, this one is closed
   * at once and the start goes no further: throws.
   */
  onStop(stop: Stop): void;
}

/** A closed terminal says SIGHUP, Ctrl-Break on Windows SIGBREAK. */
const SIGNALS: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  ...(process.platform === "win32" ? (["SIGBREAK"] as const) : []),
];

/**
 * Starts a server and runs it until a signal; resolves with the exit code when all is closed: 0, or 128 and the signal's number where
 * it was not up yet or its terminal is gone. A start that fails closes what is open and throws its failure. A second signal ends the
 * process at once, as a crash would: nothing is lost by that.
 */
export async function serve(log: Log & { flush(): void }, start: (life: Life) => Promise<void>): Promise<number> {
  const open = closable(log);
  const signals = watchSignals(log);
  const stopWatching = crashOnSurprise(log);
  void signals.came.then(() => open.close());
  let isUp = false;
  try {
    await start({ onStop: open.add });
    isUp = true;
    await signals.came;
  } catch (error) {
    // What breaks under a start that was called off is no failure of its own.
    if (signals.first() === null) throw error;
  } finally {
    await open.close();
    signals.end();
    stopWatching();
    log.flush();
  }
  const signal = signals.first()!;
  return isUp && signal !== "SIGHUP" ? 0 : codeOf(signal);
}

/** What a shell shows for a process that a signal ended. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function closable(log: Log) {
  const stops: Stop[] = [];
  let closing: Promise<void> | null = null;
  const end = async (stop: Stop): Promise<void> => {
    try {
      await stop();
    } catch (error) {
      log.warn({ error: String(error) }, "a part did not stop cleanly");
    }
  };
  const all = async (): Promise<void> => {
    for (const stop of stops.reverse()) await end(stop);
  };
  return {
    close: (): Promise<void> => (closing ??= all()),
    add: (stop: Stop): void => {
      if (closing === null) return void stops.push(stop);
      closing = closing.then(() => end(stop));
      throw new Error("this process is stopping");
    },
  };
}

/**
 * One Ctrl-C may arrive twice: from the terminal, and from whoever started us and passes it on (npm, timeout). That is nobody's wish to
 * end at once, and PostgreSQL would stay behind.
 */
const ONE_GESTURE_MS = 500;

function watchSignals(log: Log) {
  let first: NodeJS.Signals | null = null;
  let firstAt = 0;
  let tell: () => void;
  const came = new Promise<void>((resolve) => (tell = resolve));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== null && performance.now() - firstAt > ONE_GESTURE_MS) process.exit(codeOf(signal));
    if (first !== null) return;
    first = signal;
    firstAt = performance.now();
    log.info({ signal }, "stopping");
    tell();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    came,
    first: () => first,
    end: (): void => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** What we did not foresee ends the process: the rows are the truth, and a restart goes on from them. @returns takes it back */
function crashOnSurprise(log: Log & { flush(): void }): () => void {
  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "unforeseen; this process ends");
    log.flush();
    process.exit(70);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  return () => {
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
  };
}
