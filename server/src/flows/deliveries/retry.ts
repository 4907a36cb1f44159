import { COMMIT_TRIES_MAX } from "../../core/constants.ts";
import { decideRetry } from "../../core/decide/delivery.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { commit, contextOf, Contended } from "../commit.ts";
import type { Deps } from "../deps.ts";

/**
 * Sends a delivery again by hand. Of two people who do so at once one is refused, since it is being tried. Throws `TillwayError`
 * not_found, or invalid_state while it is still being tried; `Contended` if others were faster each time.
 */
export async function retryDelivery(deps: Deps, scope: Scope, deliveryId: string): Promise<void> {
  for (let tried = 0; tried < COMMIT_TRIES_MAX; tried++) {
    const load = await deps.store.delivery(scope, deliveryId);
    if (!load) throw new TillwayError("not_found", { param: "id" });
    const decision = decideRetry(load, contextOf(deps));
    if ("refusal" in decision) throw new TillwayError(decision.refusal.code, { message: decision.refusal.message });
    if ((await commit(deps, decision.change)) === "applied") return;
  }
  throw new Contended(deliveryId);
}
