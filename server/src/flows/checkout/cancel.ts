import type { Deps } from "../deps.ts";
import type { Caller } from "../idempotency.ts";
import { cancelPayment } from "../payments/operations.ts";
import type { FoundCheckout } from "./sessions.ts";

/**
 * Closes a session, with a payment that waits for its shopper. One that is with the bank goes on: its outcome says whether the order is
 * paid. Again is the same. A hold that it has become meanwhile stays.
 */
export async function cancelCheckout(deps: Deps, caller: Caller, { order, session }: FoundCheckout): Promise<void> {
  const { scope } = caller;
  if (session) await deps.settings.cancelCheckoutSession(scope, session.id, deps.clock.now());
  const paymentId = await deps.store.liveOrder(scope, order.id);
  const live = paymentId === null ? null : await deps.store.load(scope, paymentId);
  if (live?.payment.status === "requires_action")
    await cancelPayment(deps, { ...caller, idempotency: null }, { paymentId: live.payment.id, by: "shopper" });
}
