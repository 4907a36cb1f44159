import type { Ms } from "../model.ts";

/** The one clock: database time. Only the simulator and tests put another in its place. */
export interface Clock {
  now(): Ms;
  /** Resolves after `ms`, or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
