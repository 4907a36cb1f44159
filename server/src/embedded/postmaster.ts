import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { readText } from "./home.ts";
import type { Home } from "./home.ts";
import { inspectProcess, isRunning } from "./processes.ts";

/** The content of postmaster.pid, PostgreSQL's own note about the server of a data directory. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** As PostgreSQL writes it: starting, ready, stopping, standby. */
  readonly status: string;
}

/** The present owner of the pid in postmaster.pid. */
export type Holder = "nobody" | "zombie" | "our postgres" | "a stranger" | "unknown";

const pollMs = 10;

/** Reads postmaster.pid; null if there is none or it is not complete yet. */
export function readPidFile(home: Home): PidFile | null {
  const lines = readText(join(home.dataDir, "postmaster.pid"))?.split("\n") ?? [];
  const pid = Number(lines[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? "").trim() } : null;
}

/** True if a server runs, or left its note behind. */
export function hasPidFile(home: Home): boolean {
  return existsSync(join(home.dataDir, "postmaster.pid"));
}

/**
 * Judges who has the pid: after a crash or a restart of the machine the number may belong to anybody. A PostgreSQL works inside the
 * directory it serves; if the system does not show that, its command line must do. In doubt "unknown": PostgreSQL then judges.
 */
export function findHolder(home: Home, pid: number): Holder {
  const { state, command, directory } = inspectProcess(pid);
  if (state === "gone") return "nobody";
  if (state === "zombie") return "zombie";
  if (command === null) return "unknown";
  if (!/postgres|postmaster/.test(command)) return "a stranger";
  if (directory !== null) return directory === home.dataDir ? "our postgres" : "a stranger";
  return `${command} `.includes(`-D ${home.dataDir} `) ? "our postgres" : "unknown";
}

/** Removes a postmaster.pid whose process is certainly no server of this directory. */
export function removePidFile(home: Home): void {
  rmSync(join(home.dataDir, "postmaster.pid"), { force: true });
}

/** Waits until the condition gives something other than undefined; undefined when the time is over. */
export async function poll<T>(timeoutMs: number, look: () => T | undefined): Promise<T | undefined> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined || Date.now() > end) return found;
    await sleep(pollMs);
  }
}

/** Waits until the process has ended; false when the time is over. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  return (await poll(timeoutMs, () => (isRunning(pid) ? undefined : true))) ?? false;
}
