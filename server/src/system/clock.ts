import type { Ms } from "../core/model.ts";
import type { Clock } from "../core/ports/world.ts";

export interface DatabaseClock extends Clock {
  /** Takes over the database's time, see `measureOffset`. Returns how far that set this clock back, in milliseconds: 0 almost always. */
  adjust(measured: Ms): Ms;
  /** For tests: time goes on from so much later. */
  advance(ms: Ms): void;
  /** Milliseconds since this process began; never jumps. */
  elapsed(): number;
}

/** Both readings of a leap may be half of the slowest round trip (3 s) off. Less than this, backwards, is waited out. */
const LEAP_MS = 3_000;

/**
 * Database time: the monotonic time of this process plus an offset that each heartbeat measures. It needs a first reading, so nothing is
 * ever decided by the machine's own clock. Small corrections never turn it back, so that ids and leases made one after the other keep
 * their order. A leap, either way, is followed when a second reading confirms it.
 * @param offset the first, see `measureOffset`
 * @param elapsed milliseconds of a monotonic clock; the simulator passes its own
 */
export function databaseClock(offset: Ms, elapsed: () => number = () => performance.now()): DatabaseClock {
  let doubted: number | null = null;
  let last = 0;
  const now = (): Ms => (last = Math.max(last, Math.floor(elapsed() + offset)));
  return {
    now,
    elapsed,
    sleep,
    advance: (ms) => {
      offset += ms;
      doubted = null;
    },
    adjust: (measured) => {
      const isLeap = Math.abs(measured - offset) > LEAP_MS;
      const isConfirmed = doubted !== null && Math.abs(measured - doubted) <= LEAP_MS;
      doubted = isLeap && !isConfirmed ? measured : null;
      if (doubted !== null) return 0;
      const before = now();
      offset = measured;
      if (isLeap) last = 0;
      return Math.max(0, before - now());
    },
  };
}

/** How far the time of a database is ahead of `elapsed()`. It read its time halfway through the round trip, e.g. of a heartbeat. */
export async function measureOffset(elapsed: () => number, ask: () => Promise<Ms>): Promise<Ms> {
  const askedAtMs = elapsed();
  const databaseNow = await ask();
  return databaseNow - (askedAtMs + elapsed()) / 2;
}

/** The machine's own time, for the simulated gateway, which is no part of us. */
export function machineClock(): Clock {
  return { now: Date.now, sleep };
}

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
