import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { Log } from "../core/ports/log.ts";

/** Of the files that a process may have open, so many are for callers; the rest are for the database, gateways, receivers and files. */
const CALLERS_SHARE = 0.5;

/**
 * How many connections callers may have open at once; more are closed as they come. Without it a flood takes the last descriptor, and
 * the requests that are already in find no connection to the database. Null where the system does not say (Linux does).
 * @param limits what `/proc/self/limits` says
 */
export function connectionsMax(limits: string | null = ownLimits()): number | null {
  const openFiles = limits === null ? null : /^Max open files +(\d+) /m.exec(limits);
  return openFiles === null ? null : Math.floor(Number(openFiles[1]) * CALLERS_SHARE);
}

/** Says in at most one line a second how many were closed: their callers see only an empty answer, and so would who looks for the cause. */
export function tellClosed(server: Pick<Server, "on">, log: Log): void {
  let closed = 0;
  server.on("drop", () => {
    if (closed++ > 0) return;
    setTimeout(() => {
      log.warn({ closed }, "connections were closed as they came: as many as are allowed are open");
      closed = 0;
    }, 1_000).unref();
  });
}

function ownLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}
