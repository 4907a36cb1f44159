import { COMMIT_TRIES_MAX } from "../../core/constants.ts";
import { deliveryJob } from "../../core/decide/announce.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Delivery, Scope } from "../../core/model.ts";
import { iso } from "../../core/time.ts";
import { commit, contextOf, Contended } from "../decide.ts";
import type { Deps } from "../deps.ts";

/**
 * Sends a delivery again by hand: the schedule starts anew, the log goes on. Of two people who do so at once one is told that it is
 * being tried. Throws `TillwayError` not_found, or invalid_state while it is still being tried; `Contended` where others were faster
 * each time.
 */
export async function retryDelivery(deps: Deps, scope: Scope, deliveryId: string): Promise<void> {
  for (let tried = 0; tried < COMMIT_TRIES_MAX; tried++) {
    const before = await ended(deps, scope, deliveryId);
    const context = contextOf(deps);
    const after: Delivery = {
      ...before,
      status: "pending",
      scheduleStart: before.tries,
      nextTryAt: context.now,
      finishedAt: null,
    };
    const result = await commit(deps, {
      merchantId: scope.merchantId,
      mode: scope.mode,
      delivery: { before, after },
      jobs: { insert: [deliveryJob(after, context)] },
    });
    if (result === "applied") return;
  }
  throw new Contended(deliveryId);
}

/** The delivery, if it may be sent again. */
async function ended(deps: Deps, scope: Scope, deliveryId: string): Promise<Delivery> {
  const load = await deps.store.delivery(scope, deliveryId);
  if (!load) throw new TillwayError("not_found", { param: "id" });
  if (load.delivery.status === "pending") throw stillTried(load.delivery);
  if (!load.endpoint || load.endpoint.status === "disabled")
    throw new TillwayError("invalid_state", { message: "The endpoint of this delivery is disabled or gone. Set it again first." });
  return load.delivery;
}

function stillTried({ nextTryAt }: Delivery): TillwayError {
  const next = nextTryAt === null ? "" : ` Next try at ${iso(nextTryAt)}.`;
  return new TillwayError("invalid_state", { message: `This delivery is still being tried.${next}` });
}
