/** The frame of every server of the command line: it starts in order, and stops in reverse order on a signal or where the start fails. */
import { constants } from "node:os";
import { isUnderNpm } from "../config.ts";
import type { Log } from "../core/ports/log.ts";
import { watchForOrphaning } from "./orphan.ts";

type Stop = () => Promise<unknown>;

export interface Life {
  /**
   * What was opened, to be closed when this process stops: the last one added first. Where it is already stopping, this one is closed
   * at once and the start goes no further: throws.
   */
  onStop(stop: Stop): void;
  /** What must not outlive this process where it ends at once: called then, last added first; nothing waits for it. */
  onKill(kill: () => void): void;
  /** Ends this process in order: something that it can't do without has ended. `serve` throws this failure. */
  fail(error: Error): void;
}

export type ServerLog = Log & {
  flush(): void;
  /** Told where stopping takes longer than a moment. */
  stopsSlowly?(): void;
};

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
export async function serve(log: ServerLog, start: (life: Life) => Promise<void>): Promise<number> {
  const open = closable(log);
  const kills: (() => void)[] = [];
  const exit = (code: number): never => {
    for (const kill of kills.reverse()) kill();
    process.exit(code);
  };
  const signals = watchSignals(log, exit);
  const stopWatching = crashOnSurprise(log, exit);
  let slow: NodeJS.Timeout | undefined;
  let isUp = false;
  void signals.came.then(() => {
    // A start that is called off waits for no call.
    if (isUp) slow = setTimeout(() => log.stopsSlowly?.(), SLOW_STOP_MS);
    return open.close();
  });
  const stopWatchingParent = watchForOrphaning(isUnderNpm(), () => {
    log.warn({}, "the process that started this one has ended");
    signals.pretend("SIGTERM");
  });
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  try {
    await start({ onStop: open.add, onKill: (kill) => void kills.push(kill), fail: (error) => fail(error) });
    isUp = true;
    await Promise.race([signals.came, failed]);
  } catch (error) {
    // What breaks under a start that was called off is no failure of its own.
    if (signals.first() === null) throw error;
  } finally {
    await open.close();
    clearTimeout(slow);
    stopWatchingParent();
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

/** Whoever pressed Ctrl-C and sees nothing happen presses it again. */
const SLOW_STOP_MS = 1_000;

function watchSignals(log: Log, exit: (code: number) => void) {
  let first: NodeJS.Signals | null = null;
  let firstAt = 0;
  let tell: () => void;
  const came = new Promise<void>((resolve) => (tell = resolve));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== null && performance.now() - firstAt > ONE_GESTURE_MS) exit(codeOf(signal));
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
    pretend: onSignal,
    end: (): void => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** What we did not foresee ends the process: the rows are the truth, and a restart goes on from them. @returns takes it back */
function crashOnSurprise(log: ServerLog, exit: (code: number) => void): () => void {
  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "unforeseen; this process ends");
    log.flush();
    exit(70);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  return () => {
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
  };
}
