/** What a merchant may ask of a payment that exists. Each answers as `operate` says, and throws `TillwayError`. */
import {
  decideCancel,
  decideCapture,
  decideConfirm,
  decideRefund,
  decideVoid,
  type CaptureCommand,
  type ConfirmCommand,
  type RefundCommand,
} from "../../core/decide/operations.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { operate, type OfPayment } from "./operate.ts";

/** Charges a created payment now and answers its end, or the payment still processing after ten seconds. */
export function confirmPayment(deps: Deps, caller: Caller, { paymentId, ...command }: ConfirmCommand & OfPayment): Promise<Answer> {
  return operate(deps, caller, { paymentId }, (snapshot, context) => decideConfirm(snapshot, command, context));
}

/** Captures what is authorized, or a part of it, and answers its end, or the payment as it is after ten seconds. */
export function capturePayment(deps: Deps, caller: Caller, { paymentId, ...command }: CaptureCommand & OfPayment): Promise<Answer> {
  return operate(deps, caller, { paymentId }, (snapshot, context) => decideCapture(snapshot, command, context));
}

/** Releases what is held and answers its end, or the payment as it is after ten seconds. */
export function voidPayment(deps: Deps, caller: Caller, { paymentId }: OfPayment): Promise<Answer> {
  return operate(deps, caller, { paymentId }, decideVoid);
}

export interface CancelInput extends OfPayment {
  /** The merchant, if nothing is said. A shopper releases no hold. */
  readonly by?: "merchant" | "shopper";
}

/**
 * Ends a payment that took nothing at once; voids a hold and waits for that; while a call is under way notes the request and answers
 * the payment as it is.
 */
export function cancelPayment(deps: Deps, caller: Caller, { paymentId, by = "merchant" }: CancelInput): Promise<Answer> {
  return operate(deps, caller, { paymentId }, (snapshot, context) => decideCancel(snapshot, by, context));
}

/** Gives captured money back, or a part of it. Answers the refund at once: a worker sends it, and webhooks say what became of it. */
export function refundPayment(deps: Deps, caller: Caller, { paymentId, ...command }: RefundCommand & OfPayment): Promise<Answer> {
  return operate(deps, caller, { paymentId, param: "payment_id" }, (snapshot, context) => decideRefund(snapshot, command, context));
}
