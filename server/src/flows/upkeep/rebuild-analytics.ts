import type { Ms, Scope } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** What is removed while the rebuild runs is older than this beyond the time for which it is kept. */
const MARGIN_MS: Ms = 86_400_000;
const MOVED_PAUSE_MS: Ms = 20;
/** A rollup that moves in each of so many tries, and never lets this one through, is a fault. */
const MOVED_MAX = 500;

export interface Rebuilding {
  readonly scope: Scope;
  /** Up to where the figures are new; null: all of them are. */
  readonly upTo: Ms | null;
  /** Counted so far. */
  readonly events: number;
}

/**
 * Makes the figures of a scope anew from what happened, piece by piece, and tells of each. To be ended at any piece, and begun again from
 * there or from anywhere before; beside the rollup, and beside another rebuild.
 */
export async function* rebuildAnalytics(deps: Deps, scope: Scope, from: Ms): AsyncGenerator<Rebuilding> {
  const now = deps.clock.now();
  const webhooksFrom = Math.max(0, now - deps.options.retention.deliveriesMs + MARGIN_MS);
  let events = 0;
  let moved = 0;
  for (let at: Ms | null = from; at !== null;) {
    const made = await deps.analytics!.rebuild(scope, { from: at, webhooksFrom, now });
    if (made === "moved") {
      if (++moved > MOVED_MAX) throw new Error(`the figures of ${scope.merchantId} are rolled up without a pause; try again later`);
      await deps.clock.sleep(MOVED_PAUSE_MS);
      continue;
    }
    moved = 0;
    events += made.events;
    at = made.next;
    yield { scope, upTo: at, events };
  }
}
