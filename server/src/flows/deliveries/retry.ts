import { decideRetry } from "../../core/decide/delivery.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Delivery } from "../../core/model.ts";
import { commit, contextOf, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { deeds, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

/**
 * Sends a delivery again by hand, once per idempotency key: a repeat gets the same answer. Of two people who do so at once one is
 * refused, since it is being tried. Throws `TillwayError` not_found, or invalid_state while it is still owed or its endpoint is switched
 * off; `Contended` if others were faster each time.
 * @param show the answer's body: the delivery as it is then, with its tries so far
 */
export function retryDelivery(
  deps: Deps,
  caller: Caller,
  deliveryId: string,
  show: (delivery: Delivery) => Promise<string>,
): Promise<Answer> {
  return untilFirst(deliveryId, async () => {
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
    const { status } = load.delivery;
    const actions = deeds(deps, caller, [
      { action: "delivery.retried", subject: deliveryId, before: { status }, after: { status: "pending" } },
    ]);
    return (await commit(deps, { ...decision.change, actions, idempotency })) === "applied" ? { status: 200, body, replayed: false } : null;
  });
}
