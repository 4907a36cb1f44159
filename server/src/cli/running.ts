/** The frame of every server of the command line: it starts in order, and stops in reverse order on a signal or if the start fails. */
import { randomInt } from "node:crypto";
import { fstatSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { constants } from "node:os";
import { processEnvironment } from "../config.ts";
import type { Log } from "../core/ports/world.ts";
import type { ProcessLog } from "../observe/log.ts";

type Stop = () => Promise<unknown>;

export interface Life {
  /**
   * Adds a part to be closed when this process stops: the last one added first. Throws if the process is already stopping, so that the
   * start goes no further; the part is then closed at once.
   */
  onStop(stop: Stop): void;
  /** Adds a part that must not outlive this process. Called if the process ends at once, last added first; nothing waits for it. */
  onKill(kill: () => void): void;
  /** Ends this process in order because a part that it needs has ended. `serve` throws this failure. */
  fail(error: Error): void;
}

/** A closed terminal sends SIGHUP, Ctrl-Break on Windows SIGBREAK, which no other system knows. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"];

/**
 * Starts a server and runs it until a signal; resolves with the exit code when all is closed: 0, or 128 and the signal's number if
 * it was not up yet or its terminal is gone. A start that fails closes all open parts and throws its failure. A second signal ends the
 * process at once, as a crash would: nothing is lost by that.
 * @param stopsSlowly called if stopping takes longer than a moment
 */
export async function serve(log: ProcessLog, start: (life: Life) => Promise<void>, stopsSlowly = (): void => {}): Promise<number> {
  const open = closable(log);
  const kills: (() => void)[] = [];
  const exit = (code: number): never => {
    for (const kill of kills.reverse()) kill();
    log.flush();
    process.exit(code);
  };
  let slow: NodeJS.Timeout | undefined;
  let isUp = false;
  let end: () => void;
  let fail: (error: Error) => void;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  ended.catch(() => undefined);
  const signals = watchSignals(log, exit, () => {
    // A start that is called off has no calls to wait for.
    if (isUp) slow = setTimeout(stopsSlowly, SLOW_STOP_MS);
    void open.close();
    end();
  });
  const stopWatching = crashOnSurprise(log, exit);
  const stopWatchingParent = watchForOrphaning(() => {
    log.warn({}, "the process that started this one has ended");
    signals.pretend("SIGTERM");
  });
  try {
    await start({ onStop: open.add, onKill: (kill) => void kills.push(kill), fail: (error) => fail(error) });
    isUp = true;
    await ended;
  } catch (error) {
    // After a signal, a part that breaks during the start is no failure of its own.
    if (signals.first() === null) throw error;
  } finally {
    await open.close();
    clearTimeout(slow);
    stopWatchingParent();
    signals.stopWatching();
    stopWatching();
    log.flush();
  }
  const signal = signals.first()!;
  return isUp && signal !== "SIGHUP" ? 0 : codeOf(signal);
}

/** The exit code that a shell shows for a process that a signal ended. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function closable(log: Log) {
  const stops: Stop[] = [];
  let closing: Promise<unknown> | null = null;
  const end = (stop: Stop): Promise<unknown> =>
    Promise.resolve()
      .then(stop)
      .catch((error: unknown) => log.warn({ error: String(error) }, "a part did not stop cleanly"));
  const all = async (): Promise<void> => {
    for (const stop of stops.reverse()) await end(stop);
  };
  return {
    close: (): Promise<unknown> => (closing ??= all()),
    add: (stop: Stop): void => {
      if (closing === null) return void stops.push(stop);
      closing = closing.then(() => end(stop));
      throw new Error("this process is stopping");
    },
  };
}

/**
 * One Ctrl-C may arrive twice: from the terminal, and from a parent that passes it on (npm, timeout). That is no request
 * to end at once, and PostgreSQL would stay behind.
 */
const ONE_GESTURE_MS = 500;

/** A person who presses Ctrl-C and sees nothing happen presses it again. */
const SLOW_STOP_MS = 1_000;

/** @param onFirst called at the first signal */
function watchSignals(log: Log, exit: (code: number) => void, onFirst: () => void) {
  let first: NodeJS.Signals | null = null;
  let firstAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== null && performance.now() - firstAt > ONE_GESTURE_MS) exit(codeOf(signal));
    if (first !== null) return;
    first = signal;
    firstAt = performance.now();
    log.info({ signal }, "stopping");
    onFirst();
  };
  return { first: (): NodeJS.Signals | null => first, pretend: onSignal, stopWatching: onProcess(SIGNALS, onSignal) };
}

/** An unforeseen error ends the process: the rows are the truth, and a restart goes on from them. @returns stops watching */
function crashOnSurprise(log: ProcessLog, exit: (code: number) => void): () => void {
  return onProcess(["uncaughtException", "unhandledRejection"], (error) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "unforeseen; this process ends");
    log.flush();
    exit(70);
  });
}

/** @returns stops listening */
function onProcess<Value>(events: readonly string[], listener: (value: Value) => void): () => void {
  for (const event of events) process.on(event, listener);
  return () => events.forEach((event) => process.off(event, listener));
}

const isUnderNpm = processEnvironment["npm_command"] !== undefined;
const LOOK_EVERY_MS = 1_000;

/**
 * Calls `orphaned` once if no process is left to end this one: npm or npx started it and is gone, or the holder of the other end of its
 * standard input is. A signal to npx ends npx and its shell, not the program in it. A daemon (`nohup … &`) lives on: its input is no pipe.
 * @returns stops watching
 */
function watchForOrphaning(orphaned: () => void): () => void {
  const starters = startersOf();
  let isInputOpen = isPipe(0);
  const isWatched = isUnderNpm || isInputOpen;
  if (isInputOpen) {
    process.stdin.once("end", () => (isInputOpen = false));
    process.stdin.once("error", () => (isInputOpen = false));
    process.stdin.resume();
    (process.stdin as unknown as { unref?: () => void }).unref?.();
  }
  const timer = setInterval(() => {
    if (!isWatched || startersOf() === starters || (!isUnderNpm && isInputOpen)) return;
    clearInterval(timer);
    orphaned();
  }, LOOK_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    if (isPipe(0)) process.stdin.pause();
  };
}

/** Our parent, and under npm also that of its shell. */
function startersOf(): string {
  return isUnderNpm ? `${process.ppid} ${parentOf(process.ppid)}` : `${process.ppid}`;
}

/** Known on Linux only; empty elsewhere. */
function parentOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses and may hold blanks.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
  } catch {
    return "";
  }
}

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

/** Below what systems give to connections by themselves: a port that is free now is still free when its part listens, seconds later. */
const CHOSEN_PORTS = { from: 20_000, to: 32_000 };
const CHOSEN_PORT_TRIES_MAX = 50;

/** The port itself, or if it is 0 a free one: some parts must know their address before they listen. Throws if it finds none. */
export async function chosenPort(host: string, wanted: number): Promise<number> {
  if (wanted !== 0) return wanted;
  for (let tries = 0; tries < CHOSEN_PORT_TRIES_MAX; tries++) {
    const port = randomInt(CHOSEN_PORTS.from, CHOSEN_PORTS.to);
    if (await isFree(host, port)) return port;
  }
  throw new Error(`There is no free port from ${CHOSEN_PORTS.from} on. Choose one by API_PORT, CHECKOUT_PORT and DASHBOARD_PORT.`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    // Any other failure is of the host, and says so.
    probe.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
