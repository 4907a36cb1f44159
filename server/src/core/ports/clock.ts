import type { Ms } from "../model.ts";

/** The one clock: database time. TEST_MODE and the simulator replace it, nothing else. */
export interface Clock {
  now(): Ms;
  /** Resolves after `ms`, or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
