/** What a merchant may ask of a payment that exists: confirm, capture, cancel, void, refund. An expiry ends one as a cancel would. */
import { chargeNow, answerCases, endJobs, hurry } from "../change/parts.ts";
import { changeOf, currentCharge, openAttempt } from "../change/write.ts";
import type { Context, OperationDecision, Deciding, Refusal } from "../change.ts";
import { whyNoneTakes, whyNotInPart } from "../routing/able.ts";
import { CAPTURES_PER_PAYMENT_MAX, REFUNDS_PER_PAYMENT_MAX } from "../constants.ts";
import type { Ms, Operation, Payment, PaymentMethod, RefundLimits, Snapshot } from "../model.ts";
import { formatMoney } from "../money.ts";
import { canVoid, planCapture, planRefund, targetOf, planVoid } from "../change/rows.ts";
import { representRefund } from "../represent.ts";

export interface ConfirmCommand {
  /** Replaces the method kept at create; required if none was. */
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
}

/** created → pending: its job stops waiting for the expiry and becomes the charge. */
export function decideConfirm(snapshot: Snapshot, command: ConfirmCommand, context: Context): OperationDecision {
  const { payment } = snapshot;
  if (payment.status !== "created") return refused(`A payment can be confirmed once, while it is created; this one is ${payment.status}.`);
  const method = command.method ?? payment.method;
  if (!method) return { refusal: { code: "method_required", param: "method" } };
  const refusal = whyNoneTakes({ ...snapshot, payment: { ...payment, method } }, context);
  if (refusal) return { refusal };
  const after = { ...payment, status: "pending" as const, method, returnUrl: command.returnUrl ?? payment.returnUrl };
  const takeOrder = payment.orderId ?? undefined;
  const event = { type: "payment.pending", closes: null } as const;
  return { change: changeOf({ snapshot, context }, { after, event }, chargeNow(payment, context.now), { takeOrder }), closes: "charge" };
}

export interface CaptureCommand {
  /** Left out: all that is held. */
  readonly amount?: number;
  /** The last one: what it leaves is released. */
  readonly isFinal?: boolean;
}

/** Captures what is authorized, or a part of it: reserves the amount and queues the attempt. */
export function decideCapture(
  snapshot: Snapshot,
  { amount: wanted, isFinal = false }: CaptureCommand,
  context: Context,
): OperationDecision {
  const at = { snapshot, context };
  const { payment, attempts } = snapshot;
  const target = targetOf(currentCharge(snapshot));
  if (payment.status !== "authorized" || !target)
    return refused(`Only an authorized payment can be captured; this one is ${payment.status}.`);
  const open = openAttempt(snapshot);
  if (open) return refused(`A ${open.operation} of this payment is under way.`);
  const left = payment.amountAuthorized - payment.amountCaptured;
  const amount = wanted ?? left;
  if (amount > left) return tooLarge(left, payment, "capture");
  const captures = context.capabilities(target.charge.connector)?.captures;
  if (amount < left && captures === "full")
    return refused(`${target.charge.connector} captures a payment whole. Leave amount out, and refund what is too much.`);
  if (amount < left && !isFinal && captures === "once")
    return refused(`${target.charge.connector} captures a payment once and releases the rest. Send final: true if that is meant.`);
  if (attempts.filter((attempt) => attempt.operation === "capture").length >= CAPTURES_PER_PAYMENT_MAX)
    return refused(`A payment is captured ${CAPTURES_PER_PAYMENT_MAX} times at most.`);
  const refusal = whyNotInPart({ connector: target.charge.connector, operation: "capture" }, { ...payment, amount }, context);
  if (refusal) return { refusal };
  const capture = planCapture(at, target, amount, amount < left ? "capture of a part requested" : "capture requested");
  const finalCaptureAt = isFinal ? context.now : null;
  const after = { ...payment, captureReserved: payment.captureReserved + amount, finalCaptureAt };
  return { change: changeOf(at, { after }, capture.part), closes: capture.attempt.id };
}

export interface RefundCommand {
  /** Left out: all that was captured and is not given back yet. */
  readonly amount?: number;
  readonly reason: string | null;
  /** Of a person who has not shown lately who they are: what they may give back all the same. Left out: there is no such bound. */
  readonly unconfirmedUpTo?: RefundLimits;
}

/** Gives captured money back, or a part of it: reserves the amount and queues the attempt. The answer is the refund; a worker sends it. */
export function decideRefund(snapshot: Snapshot, command: RefundCommand, context: Context): OperationDecision {
  const { amount: wanted, reason, unconfirmedUpTo } = command;
  const at = { snapshot, context };
  const { payment, refunds } = snapshot;
  const target = targetOf(currentCharge(snapshot));
  if (payment.amountCaptured === 0 || !target) return refused(`Only captured money can be refunded; this payment is ${payment.status}.`);
  const left = payment.amountCaptured - payment.amountRefunded - payment.refundReserved;
  if (left === 0) return refused("All that was captured is refunded, or its refund is under way.");
  const amount = wanted ?? left;
  if (amount > left) return tooLarge(left, payment, "refund");
  if (refunds.length >= REFUNDS_PER_PAYMENT_MAX) return refused(`A payment has ${REFUNDS_PER_PAYMENT_MAX} refunds at most.`);
  // Of the payment as a whole: many small refunds are a large one.
  if (payment.amountRefunded + payment.refundReserved + amount > (unconfirmedUpTo?.[payment.currency] ?? Number.POSITIVE_INFINITY))
    return { refusal: { code: "confirmation_required" } };
  const { connector } = target.charge;
  const can = context.capabilities(connector);
  if (can?.operations.includes("refund") === false)
    return refused(`${connector} takes no refunds from us. Give the money back at the gateway itself.`);
  if (amount < payment.amountCaptured && can?.refunds === "full")
    return refused(`${connector} gives a payment back whole or not at all. Leave amount out.`);
  const refusal = whyNotInPart({ connector, operation: "refund" }, { ...payment, amount }, context);
  if (refusal) return { refusal };
  const { refund, part } = planRefund(at, target, { kind: "merchant", reverses: null, amount, reason });
  const after = { ...payment, refundReserved: payment.refundReserved + amount };
  const event = { type: "refund.created", closes: null, refund } as const;
  return { change: changeOf(at, { after, event }, part), closes: null, made: JSON.stringify(representRefund(refund)) };
}

function refused(message: string): { readonly refusal: Refusal } {
  return { refusal: { code: "invalid_state", message } };
}

function tooLarge(left: number, { currency }: Payment, operation: Operation): { readonly refusal: Refusal } {
  const message = `${formatMoney(left, currency)} of this payment is left to ${operation}. Send ${left} at most.`;
  return { refusal: { code: "amount_too_large", param: "amount", message } };
}

/** Releases what is held and not captured. What was captured stays. */
export function decideVoid(snapshot: Snapshot, context: Context): OperationDecision {
  const { status } = snapshot.payment;
  if (status !== "authorized") return refused(`Only an authorized payment can be voided; this one is ${status}.`);
  return releaseHold({ snapshot, context }, "merchant");
}

/** Who ends the payment. An expiry is nobody's request, and the merchant is not shown one. */
export type CanceledBy = "merchant" | "shopper" | "expiry";

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
      // The merchant may have sent the goods: from now on it is the merchant's to capture or to release.
      return by === "shopper" ? refused("An authorized payment is released by the shop alone. Ask the shop.") : releaseHold(at, by);
    default:
      return refused(`A ${snapshot.payment.status} payment cannot be canceled.`);
  }
}

function cancelAtOnce(at: Deciding, by: CanceledBy): OperationDecision {
  const { payment } = at.snapshot;
  const after = { ...payment, status: "canceled" as const, cancelRequestedAt: requestedAt(at, by) };
  const event = { type: "payment.canceled", closes: "charge" } as const;
  return { change: changeOf(at, { after, event }, answerCases(at, payment.id, "overdue"), endJobs(payment.id)), closes: "charge" };
}

function requestedAt({ snapshot, context }: Deciding, by: CanceledBy): Ms | null {
  return snapshot.payment.cancelRequestedAt ?? (by === "expiry" ? null : context.now);
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
    change: changeOf(at, { after: { ...payment, cancelRequestedAt: now } }, by === "expiry" ? {} : hurry(payment, now)),
    closes: null,
  };
}

function releaseHold(at: Deciding, by: CanceledBy): OperationDecision {
  const { payment } = at.snapshot;
  const open = openAttempt(at.snapshot);
  if (open) return refused(`A ${open.operation} of this payment is under way.`);
  const target = targetOf(currentCharge(at.snapshot));
  if (!target) return refused("The gateway's reference of this payment is not known.");
  if (!canVoid(target.charge, at.context))
    return refused(`${target.charge.connector} can't release a hold. It lapses by itself; or capture it, and refund it.`);
  const release = planVoid(at, target, by === "expiry" ? "the authorization is about to lapse" : "cancel requested");
  return {
    change: changeOf(at, { after: { ...payment, cancelRequestedAt: requestedAt(at, by) } }, release.part),
    closes: release.attempt.id,
  };
}
