import { COMMIT_TRIES_MAX } from "../../core/constants.ts";
import { decideRetry } from "../../core/decide/delivery.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Delivery } from "../../core/model.ts";
import { commit, contextOf, Contended } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

/**
 * Sends a delivery again by hand, once per idempotency key: a repeat gets the same answer. Of two people who do so at once one is
 * refused, since it is being tried. Throws `TillwayError` not_found, or invalid_state while it is still owed or its endpoint is switched
 * off; `Contended` if others were faster each time.
 * @param show the answer's body: the delivery as it is then, with its tries so far
 */
export async function retryDelivery(
  deps: Deps,
  caller: Caller,
  deliveryId: string,
  show: (delivery: Delivery) => Promise<string>,
): Promise<Answer> {
  for (let tried = 0; tried < COMMIT_TRIES_MAX; tried++) {
    const stored = await storedAnswer(deps, caller);
    if (stored) return stored.answer ?? inProgress();
    const load = await deps.store.delivery(caller.scope, deliveryId);
    if (!load) throw new TillwayError("not_found", { param: "id" });
    const decision = decideRetry(load, contextOf(deps));
    if ("refusal" in decision) {
      // A parallel request with the same key may have been faster, and its success is what we are refused by.
      const twin = await storedAnswer(deps, caller);
      if (twin?.answer) return twin.answer;
      throw new TillwayError(decision.refusal.code, { message: decision.refusal.message });
    }
    const body = await show(decision.after);
    const idempotency = rowFor(deps, caller, { subject: deliveryId, answerBody: body });
    if ((await commit(deps, { ...decision.change, idempotency })) === "applied") return { status: 200, body, replayed: false };
  }
  throw new Contended(deliveryId);
}
