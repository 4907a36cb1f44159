import { decideCancel } from "../../core/decide/cancel.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { operate } from "./operate.ts";

/**
 * Ends a payment that took nothing at once; voids a hold and waits for that; while a call is under way notes the request and answers
 * the payment as it is. Throws `TillwayError`.
 */
export function cancelPayment(deps: Deps, caller: Caller, { paymentId }: { readonly paymentId: string }): Promise<Answer> {
  return operate(deps, caller, paymentId, (snapshot, context) => decideCancel(snapshot, "merchant", context));
}
