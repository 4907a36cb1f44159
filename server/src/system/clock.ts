import type { Ms } from "../core/model.ts";
import type { Clock } from "../core/ports/clock.ts";

export interface DatabaseClock extends Clock {
  /** Takes over the database's time. `askedAtMs` and `answeredAtMs` are `elapsed()` before and after the question. */
  adjust(databaseNow: Ms, askedAtMs: number, answeredAtMs: number): void;
  /** Milliseconds since this process began; never jumps. */
  elapsed(): number;
}

/**
 * Database time: the monotonic time of this process plus an offset that each heartbeat measures. A jump of the machine's own clock
 * changes nothing. It never goes back, so that ids and leases made one after the other keep their order.
 */
export function databaseClock(): DatabaseClock {
  let offset = Date.now() - performance.now();
  let doubted: number | null = null;
  let isMeasured = false;
  let last = 0;
  return {
    now: () => (last = Math.max(last, Math.floor(performance.now() + offset))),
    elapsed: () => performance.now(),
    adjust: (databaseNow, askedAtMs, answeredAtMs) => {
      const measured = databaseNow - (askedAtMs + answeredAtMs) / 2;
      const isLeap = (other: number): boolean => Math.abs(measured - other) > LEAP_MS;
      const isDoubtful = isMeasured && isLeap(offset) && (doubted === null || isLeap(doubted));
      doubted = isDoubtful ? measured : null;
      if (isDoubtful) return;
      isMeasured = true;
      offset = measured;
    },
    sleep: (ms, signal) => sleep(ms, signal),
  };
}

/** No clock drifts so far between two beats. Since ours never goes back, a leap is believed only when it is measured twice. */
const LEAP_MS = 60_000;

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    signal?.addEventListener("abort", end, { once: true });
  });
}
