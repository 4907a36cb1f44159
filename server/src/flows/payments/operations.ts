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
  const deed = { action: "payment.confirm_requested", after: null };
  return operate(deps, caller, { paymentId, deed }, (snapshot, context) => decideConfirm(snapshot, command, context));
}

/** Captures what is authorized, or a part of it, and answers its end, or the payment as it is after ten seconds. */
export function capturePayment(deps: Deps, caller: Caller, { paymentId, ...command }: CaptureCommand & OfPayment): Promise<Answer> {
  const deed = { action: "payment.capture_requested", after: command.amount === undefined ? null : { amount: command.amount } };
  return operate(deps, caller, { paymentId, deed }, (snapshot, context) => decideCapture(snapshot, command, context));
}

/** Releases what is held and answers its end, or the payment as it is after ten seconds. */
export function voidPayment(deps: Deps, caller: Caller, { paymentId }: OfPayment): Promise<Answer> {
  return operate(deps, caller, { paymentId, deed: { action: "payment.void_requested", after: null } }, decideVoid);
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
  const deed = { action: "payment.cancel_requested", after: null };
  return operate(deps, caller, { paymentId, deed }, (snapshot, context) => decideCancel(snapshot, by, context));
}

/** Gives captured money back, or a part of it. Answers the refund at once: a worker sends it, and webhooks say what became of it. */
export function refundPayment(deps: Deps, caller: Caller, { paymentId, ...command }: RefundCommand & OfPayment): Promise<Answer> {
  const deed = { action: "refund.requested", after: { amount: command.amount ?? null, reason: command.reason } };
  return operate(deps, caller, { paymentId, param: "payment_id", deed }, (snapshot, context) => decideRefund(snapshot, command, context));
}
