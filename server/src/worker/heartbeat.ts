import { HEARTBEAT_MS, OVERDUE_SWEEP_MS, PURGE_EVERY_MS } from "../core/constants.ts";
import type { Deps } from "../flows/deps.ts";
import { reportOverdue } from "../flows/upkeep/overdue.ts";
import { purge } from "../flows/upkeep/purge.ts";

export interface Beating {
  stop(): Promise<void>;
}

/**
 * Says every few seconds that this process lives (`beat`). A process that works also reports jobs past their deadline (`sweeps`),
 * and removes old rows; several may do so, a case is opened once.
 */
export function startHeartbeat(deps: Deps, beat: () => Promise<void>, options: { readonly sweeps: boolean }): Beating {
  const stopping = new AbortController();
  const running = (async () => {
    let sweptAt = deps.clock.now();
    let purgeAt = sweptAt;
    while (!stopping.signal.aborted) {
      await quietly(deps, beat);
      if (options.sweeps && deps.clock.now() - sweptAt >= OVERDUE_SWEEP_MS) {
        sweptAt = deps.clock.now();
        await quietly(deps, () => reportOverdue(deps));
        if (sweptAt >= purgeAt) purgeAt = (await purge(deps)) ? sweptAt : sweptAt + PURGE_EVERY_MS;
      }
      await deps.clock.sleep(HEARTBEAT_MS, stopping.signal);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** A heartbeat that fails is no reason to die: health tells it, and the next one comes. */
async function quietly(deps: Deps, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    deps.log.warn({ error: String(error) }, "a heartbeat failed");
  }
}
