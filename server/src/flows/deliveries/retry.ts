import { deliveryJob } from "../../core/decide/parts.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { commit, contextOf } from "../decide.ts";
import type { Deps } from "../deps.ts";

/**
 * Sends a delivery again by hand: the schedule starts anew, the log goes on. Throws `TillwayError` not_found, or invalid_state
 * while it is still being tried.
 */
export async function retryDelivery(deps: Deps, scope: Scope, deliveryId: string): Promise<void> {
  const load = await deps.store.delivery(scope, deliveryId);
  if (!load) throw new TillwayError("not_found", { param: "id" });
  if (load.delivery.status === "pending") throw new TillwayError("invalid_state", { message: "This delivery is still being tried." });
  if (!load.endpoint || load.endpoint.status === "disabled")
    throw new TillwayError("invalid_state", { message: "The endpoint of this delivery is disabled or gone. Set it again first." });
  const context = contextOf(deps);
  const again = {
    ...load.delivery,
    status: "pending" as const,
    scheduleStart: load.delivery.tries,
    nextTryAt: context.now,
    finishedAt: null,
  };
  await commit(deps, {
    merchantId: scope.merchantId,
    mode: scope.mode,
    deliveries: { update: [again] },
    jobs: { insert: [deliveryJob(again, context)] },
  });
}
