import { HEARTBEAT_MS, OVERDUE_SWEEP_MS, POLL_MS, PURGE_EVERY_MS } from "../core/constants.ts";
import type { Clock } from "../core/ports/world.ts";
import type { Ms } from "../core/model.ts";
import type { Kernel, Planned, Poller } from "./kernel.ts";
import { resume, type Life, type Machinery } from "./process.ts";

/** When polling can find something: a due job, a passed deadline. Sleeps of exactly these lengths are polls in a worker. */
export interface Interests {
  readonly nextJobAt: () => Ms;
  readonly nextDeadlineAt: () => Ms;
}

/**
 * Virtual time as a process sees it. A worker's polls that would find nothing are left out: a simulated week has 1.2 million of
 * them per queue. @param interests null: this process does not poll
 */
export function simulatedClock(machinery: Machinery, life: Life, interests: Interests | null): Clock {
  const { kernel } = machinery;
  return {
    now: () => life.clock.now(),
    sleep: (ms, signal) => {
      if (!life.alive) return new Promise(() => undefined);
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const nap = interests && polls(ms) ? poll(ms, interests) : plan(ms);
        const wake = (): void => {
          signal?.removeEventListener("abort", abort);
          resume(machinery, life, { name: "clock.sleep", run: resolve });
        };
        const abort = (): void => void (nap.callOff() && kernel.after(0, wake));
        nap.onWake(wake);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
  };

  function plan(ms: number): Nap {
    let planned: Planned | null = null;
    return {
      onWake: (wake) => (planned = kernel.after(ms, () => ((planned = null), wake()))),
      callOff: () => {
        if (planned === null) return false;
        planned.run = null;
        planned = null;
        return true;
      },
    };
  }

  function poll(ms: number, interests: Interests): Nap {
    const poller: Poller = { from: kernel.now + ms, periodMs: ms, interest: interestOf(ms, interests, { kernel, life }), wake: null };
    return {
      onWake: (wake) => {
        poller.wake = wake;
        kernel.poll(poller);
      },
      callOff: () => {
        if (poller.wake === null) return false;
        kernel.dropPoller(poller);
        return true;
      },
    };
  }
}

interface Nap {
  onWake(wake: () => void): void;
  /** False if it is over. */
  callOff(): boolean;
}

function polls(ms: number): boolean {
  return ms === POLL_MS || ms === HEARTBEAT_MS || ms === OVERDUE_SWEEP_MS;
}

/** A sweep looks for overdue jobs, and now and then for old rows. Rows are due by the process's clock, naps end by virtual time. */
function interestOf(ms: number, { nextJobAt, nextDeadlineAt }: Interests, at: { kernel: Kernel; life: Life }): () => Ms {
  const { kernel, life } = at;
  const aheadMs = (): number => life.clock.now() - kernel.now - life.skewMs;
  if (ms === POLL_MS) return () => nextJobAt() - aheadMs();
  const sweptAt = kernel.now;
  if (ms !== HEARTBEAT_MS) return () => Math.min(nextDeadlineAt() - aheadMs(), sweptAt + PURGE_EVERY_MS);
  // A beat finds something only after the database's clock stepped.
  const stepped = (): boolean =>
    Math.abs(aheadMs() - kernel.databaseAheadMs) > READINGS_DIFFER_MS || kernel.now < kernel.databaseSteppedAt + STEP_MATTERS_MS;
  return () => (stepped() ? kernel.now : Infinity);
}

/** By the ways of question and answer, which take different times. */
const READINGS_DIFFER_MS = 2_000;
/** Longer than any outage of the database, during which jobs cannot be moved. */
const STEP_MATTERS_MS = 300_000;
