/** What a merchant may ask of a payment that exists: confirm, capture, cancel. An expiry ends one as a cancel would. */
import { chargeNow, answerCases, endJobs, hurry } from "../change/parts.ts";
import { changeOf, currentCharge, openAttempt } from "../change/write.ts";
import type { Context, OperationDecision, Deciding } from "../change.ts";
import type { PaymentMethod, Snapshot, Ms } from "../model.ts";
import { planCapture, targetOf, planVoid } from "../change/rows.ts";

export interface ConfirmCommand {
  /** Replaces the method kept at create; required if none was. */
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
}

/** created → pending: its job stops waiting for the expiry and becomes the charge. */
export function decideConfirm(snapshot: Snapshot, command: ConfirmCommand, context: Context): OperationDecision {
  const { payment } = snapshot;
  if (payment.status !== "created") {
    const message = `A payment can be confirmed once, while it is created; this one is ${payment.status}.`;
    return { refusal: { code: "invalid_state", message } };
  }
  const method = command.method ?? payment.method;
  if (!method) return { refusal: { code: "method_required", param: "method" } };
  const after = { ...payment, status: "pending" as const, method, returnUrl: command.returnUrl ?? payment.returnUrl };
  const takeOrder = payment.orderId ?? undefined;
  const event = { type: "payment.pending", closes: null } as const;
  return { change: changeOf({ snapshot, context }, { after, event }, chargeNow(payment, context.now), { takeOrder }), closes: "charge" };
}

/** Captures all that is authorized and not captured: reserves the amount and queues the attempt. */
export function decideCapture(snapshot: Snapshot, context: Context): OperationDecision {
  const at = { snapshot, context };
  const { payment } = snapshot;
  const target = targetOf(currentCharge(snapshot));
  if (payment.status !== "authorized" || !target)
    return { refusal: { code: "invalid_state", message: `Only an authorized payment can be captured; this one is ${payment.status}.` } };
  const open = openAttempt(snapshot);
  if (open) return { refusal: { code: "invalid_state", message: `A ${open.operation} of this payment is under way.` } };
  const amount = payment.amountAuthorized - payment.amountCaptured;
  const capture = planCapture(at, target, amount, "capture requested");
  const after = { ...payment, captureReserved: payment.captureReserved + amount };
  return { change: changeOf(at, { after }, capture.part), closes: capture.attempt.id };
}

/** Who ends the payment. An expiry is nobody's request, and the merchant is not shown one. */
export type CanceledBy = "merchant" | "expiry";

/** Ends a payment that took nothing, notes the request while a call is under way, voids what is held. */
export function decideCancel(snapshot: Snapshot, by: CanceledBy, context: Context): OperationDecision {
  const at = { snapshot, context };
  switch (snapshot.payment.status) {
    case "created":
    case "pending":
      return cancelAtOnce(at, by);
    case "processing":
    case "requires_action":
      return requestCancel(at, by);
    case "authorized":
      return releaseHold(at, by);
    default:
      return { refusal: { code: "invalid_state", message: `A ${snapshot.payment.status} payment cannot be canceled.` } };
  }
}

function cancelAtOnce(at: Deciding, by: CanceledBy): OperationDecision {
  const { payment } = at.snapshot;
  const after = { ...payment, status: "canceled" as const, cancelRequestedAt: requestedAt(at, by) };
  const event = { type: "payment.canceled", closes: "charge" } as const;
  return { change: changeOf(at, { after, event }, answerCases(at, payment.id, "overdue"), endJobs(payment.id)), closes: "charge" };
}

function requestedAt({ snapshot, context }: Deciding, by: CanceledBy): Ms | null {
  return snapshot.payment.cancelRequestedAt ?? (by === "merchant" ? context.now : null);
}

/**
 * No further attempt is made, and what the call under way took is given back when it is known. Only the first request changes anything:
 * a gateway is not asked as often as somebody presses a button. An expiry is found by the holder of the payment's job, which asks next.
 */
function requestCancel(at: Deciding, by: CanceledBy): OperationDecision {
  const { payment } = at.snapshot;
  const { now } = at.context;
  if (payment.cancelRequestedAt !== null) return { nothing: true };
  return {
    change: changeOf(at, { after: { ...payment, cancelRequestedAt: now } }, by === "merchant" ? hurry(payment, now) : {}),
    closes: null,
  };
}

function releaseHold(at: Deciding, by: CanceledBy): OperationDecision {
  const { payment } = at.snapshot;
  const open = openAttempt(at.snapshot);
  if (open) return { refusal: { code: "invalid_state", message: `A ${open.operation} of this payment is under way.` } };
  const target = targetOf(currentCharge(at.snapshot));
  if (!target) return { refusal: { code: "invalid_state", message: "The gateway's reference of this payment is not known." } };
  const release = planVoid(at, target, by === "expiry" ? "the authorization is about to lapse" : "cancel requested");
  return {
    change: changeOf(at, { after: { ...payment, cancelRequestedAt: requestedAt(at, by) } }, release.part),
    closes: release.attempt.id,
  };
}
