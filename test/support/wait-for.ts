import { setTimeout as sleep } from "node:timers/promises";

/** How long and how often to look. */
export interface WaitOptions {
  /** Default 30 s: a bound for a thing that never comes, generous because machines differ. */
  readonly timeoutMs?: number;
  readonly pauseMs?: number;
}

/**
 * Waits until `look` gives something truthy, and returns it. An error thrown by `look` counts as "not yet".
 * Throws an error with the awaited thing's name and the last error when the time is over.
 */
export async function waitFor<T>(what: string, look: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
  const { timeoutMs = 30_000, pauseMs = 10 } = options;
  const end = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > end) break;
    await sleep(pauseMs);
  }
  const detail = lastError instanceof Error ? ` (last error: ${lastError.message})` : "";
  throw new Error(`waited ${timeoutMs} ms in vain for: ${what}${detail}`, { cause: lastError });
}
