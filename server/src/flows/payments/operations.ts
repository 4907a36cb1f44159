/** What a merchant may ask of a payment that exists. Each answers as `operate` says, and throws `TillwayError`. */
import { decideCancel, decideCapture, decideConfirm, type ConfirmCommand } from "../../core/decide/operations.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { operate } from "./operate.ts";

interface OfPayment {
  readonly paymentId: string;
}

/** Charges a created payment now and answers its end, or the payment still processing after ten seconds. */
export function confirmPayment(deps: Deps, caller: Caller, { paymentId, ...command }: ConfirmCommand & OfPayment): Promise<Answer> {
  return operate(deps, caller, paymentId, (snapshot, context) => decideConfirm(snapshot, command, context));
}

/** Captures all that is authorized and answers its end, or the payment as it is after ten seconds. */
export function capturePayment(deps: Deps, caller: Caller, { paymentId }: OfPayment): Promise<Answer> {
  return operate(deps, caller, paymentId, decideCapture);
}

/**
 * Ends a payment that took nothing at once; voids a hold and waits for that; while a call is under way notes the request and answers
 * the payment as it is.
 */
export function cancelPayment(deps: Deps, caller: Caller, { paymentId }: OfPayment): Promise<Answer> {
  return operate(deps, caller, paymentId, (snapshot, context) => decideCancel(snapshot, "merchant", context));
}
