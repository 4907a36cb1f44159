import { HEARTBEAT_MS, OVERDUE_SWEEP_MS } from "../core/constants.ts";
import { newId } from "../core/ids.ts";
import type { Ms } from "../core/model.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import type { Deps } from "../flows/deps.ts";
import { reportOverdue } from "../flows/upkeep/overdue.ts";

export interface Beating {
  stop(): Promise<void>;
}

/**
 * Says every few seconds that this process lives, and takes over the database's time from the answer. Processes that work also
 * report jobs past their deadline; several may do so, a case is opened once.
 * @param onBeat runs the beat it is given, and may measure the trip around it
 */
export function startHeartbeat(deps: Deps, role: Heartbeat["role"], onBeat: (beat: () => Promise<Ms>) => Promise<void>): Beating {
  const stopping = new AbortController();
  const startedAt = deps.clock.now();
  const id = newId("req", startedAt, deps.random.bytes(16));
  const running = (async () => {
    let sweptAt = startedAt;
    while (!stopping.signal.aborted) {
      await quietly(deps, () => onBeat(() => deps.store.heartbeat({ id, role, startedAt, now: deps.clock.now() })));
      if (role !== "api" && deps.clock.now() - sweptAt >= OVERDUE_SWEEP_MS) {
        sweptAt = deps.clock.now();
        await quietly(deps, () => reportOverdue(deps));
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
