import { readFileSync } from "node:fs";

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

function ownLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}
