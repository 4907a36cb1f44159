import { chargeNow, endJobs, expireAt, answerCases, openCase, none } from "../../change/parts.ts";
import { canVoid, planCapture, planCharge, planRefund, planVoid, targetOf } from "../../change/rows.ts";
import { currentCharge, replaced, refundOf, type Settled } from "../../change/write.ts";
import type { Deciding, Part } from "../../change.ts";
import { AUTHORIZATION_MARGIN_MS } from "../../constants.ts";
import type { Attempt, Payment, Refund } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import { chooseRoute } from "../../routing/choose.ts";
import { assertMove, refundMachine } from "../../states.ts";

/** What the end of an attempt does to what it works on, by operation. The attempt is closed by then, and its own job ended. */
export const settlers = { charge: settleCharge, capture: settleCapture, void: settleVoid, refund: settleRefund } as const;

/** The current charge attempt's outcome: the only thing that moves a payment out of processing. */
function settleCharge(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  if (outcome.kind === "succeeded") return chargeSucceeded(at, closed);
  if (outcome.kind === "authorized") return chargeAuthorized(at, closed, outcome.lapsesAt);
  if (at.snapshot.payment.cancelRequestedAt !== null) return chargeEnded(at, "canceled", closed);
  const next = nextAttempt(at, closed, outcome);
  return next ? cascade(at, next) : chargeEnded(at, "failed", closed);
}

/** Captured. A cancel that came too late is answered with a full refund of its own. */
function chargeSucceeded(at: Deciding, closed: Attempt): Settled {
  const { payment } = at.snapshot;
  const amounts = { amountAuthorized: closed.amount, amountCaptured: closed.amount };
  const taken: Payment = { ...payment, ...amounts, status: "succeeded", nextAction: null, error: null };
  const target = targetOf(closed);
  if (payment.cancelRequestedAt === null || !target)
    return { after: taken, event: { type: "payment.succeeded", closes: "charge" }, parts: [endJobs(payment.id)] };
  const reason = "cancel requested before the outcome was known";
  const refund = planRefund(after(at, closed, taken), target, { kind: "cancel", reverses: null, amount: closed.amount, reason });
  return {
    after: { ...taken, refundReserved: payment.refundReserved + closed.amount },
    event: { type: "payment.charged_after_cancel", closes: "charge" },
    parts: [endJobs(payment.id), refund.part],
  };
}

/** Held. Its expiry job voids it before the gateway would drop it; a cancel that was asked for meanwhile voids it now. */
function chargeAuthorized(at: Deciding, closed: Attempt, lapses: number | null): Settled {
  const { payment } = at.snapshot;
  const { now, capabilities } = at.context;
  const lapsesAt = lapses ?? now + (capabilities(closed.connector)?.authorizationLifetimeMs ?? 0);
  const heldNow: Payment = { ...payment, status: "authorized", amountAuthorized: closed.amount, lapsesAt, nextAction: null };
  const expiry = expireAt(payment, Math.max(now, lapsesAt - AUTHORIZATION_MARGIN_MS));
  const event = { type: "payment.authorized", closes: "charge" } as const;
  const target = targetOf(closed);
  const next = after(at, closed, heldNow);
  if (target && payment.cancelRequestedAt !== null) {
    // What can't be released lapses: the expiry asks until it has.
    if (!canVoid(closed, at.context)) return { after: heldNow, event, parts: [expiry] };
    const release = planVoid(next, target, "cancel requested before the outcome was known");
    return { after: heldNow, event, parts: [expiry, release.part] };
  }
  // A gateway that only authorizes although it was to capture: the second step is ours.
  if (target && payment.captureMethod === "automatic") {
    const capture = planCapture(next, target, closed.amount, "automatic capture of an authorization");
    return { after: { ...heldNow, captureReserved: closed.amount }, event, parts: [expiry, capture.part] };
  }
  return { after: heldNow, event, parts: [expiry] };
}

function chargeEnded(at: Deciding, status: "failed" | "canceled", closed: Attempt): Settled {
  const { payment } = at.snapshot;
  const ended: Payment = { ...payment, status, nextAction: null, error: status === "failed" ? closed.error : null };
  const type = status === "failed" ? "payment.failed" : "payment.canceled";
  return { after: ended, event: { type, closes: "charge" }, parts: [endJobs(payment.id)] };
}

/** Another try is allowed only if this one is proven not to have charged and cannot charge any more. */
function nextAttempt(at: Deciding, closed: Attempt, outcome: Definitive): Attempt | null {
  // Proven by our own cancel or by repeated "not found"; a shopper who called it off at the gateway does not want it again.
  const provenByUs = closed.notFound > 0 && (outcome.kind === "canceled" || outcome.kind === "not_sent");
  const passedOn =
    outcome.kind === "not_sent" ||
    outcome.kind === "rejected" ||
    (outcome.kind === "declined" && outcome.declineCode === "technical_decline");
  if (!provenByUs && !passedOn) return null;
  if (outcome.kind === "declined" && !at.context.capabilities(closed.connector)?.declineIsFinal) return null;
  const route = chooseRoute(at.snapshot, provenByUs ? closed : null, at.context);
  return route && planCharge(after(at, closed, at.snapshot.payment), route);
}

function cascade(at: Deciding, next: Attempt): Settled {
  const { payment } = at.snapshot;
  return {
    after: { ...payment, status: "processing", nextAction: null, attempt: next.n },
    parts: [{ attempts: { insert: [next] } }, chargeNow(payment, at.context.now, next)],
  };
}

/** The rows as this change leaves them, for what is planned on top of it. */
function after(at: Deciding, closed: Attempt, payment: Payment): Deciding {
  return { ...at, snapshot: { ...at.snapshot, payment, attempts: replaced(at.snapshot.attempts, [closed]) } };
}

/** The reserved amount becomes captured, or is free again. The last capture makes the payment succeeded, once nothing is held any more. */
function settleCapture(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const { payment } = at.snapshot;
  const closes = closed.id;
  const freed: Payment = { ...payment, captureReserved: payment.captureReserved - closed.amount };
  if (outcome.kind !== "succeeded") return { after: { ...freed, finalCaptureAt: null }, event: { type: "payment.capture_failed", closes } };
  const taken: Payment = { ...freed, amountCaptured: payment.amountCaptured + closed.amount };
  // A gateway that captures whole or once has released the rest by itself.
  const holdsMore = taken.amountCaptured < payment.amountAuthorized && at.context.capabilities(closed.connector)?.captures === "parts";
  if (holdsMore) return { after: taken, event: { type: "payment.captured", closes }, parts: releaseRest(at, closed, taken) };
  const parts = [endJobs(payment.id), answerCases(at, payment.id, "hold_not_released")];
  return { after: { ...taken, status: "succeeded" }, event: { type: "payment.succeeded", closes }, parts };
}

/** After the last capture. If the gateway refuses, or the process dies first, the expiry of the hold comes back to it. */
function releaseRest(at: Deciding, closed: Attempt, taken: Payment): readonly Part[] {
  const next = after(at, closed, taken);
  const target = targetOf(currentCharge(next.snapshot));
  return taken.finalCaptureAt === null || !target ? [] : [planVoid(next, target, "the last capture left this").part];
}

/** The hold is released, or the gateway refused to. A reversal's void leaves the payment as it is. */
function settleVoid(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const released = outcome.kind === "succeeded" || outcome.kind === "canceled";
  const { payment } = at.snapshot;
  if (closed.subject !== payment.id) return reversalVoided(at, closed, released);
  // If the gateway's own word about the hold came first and ended the payment, only the attempt is left to close.
  if (payment.status !== "authorized") return {};
  if (!released) return { event: { type: "payment.cancel_failed", closes: closed.id } };
  const after = withoutHold(payment);
  const type = after.status === "canceled" ? "payment.canceled" : "payment.succeeded";
  const parts = [endJobs(payment.id), answerCases(at, payment.id, "hold_not_released")];
  return { after, event: { type, closes: closed.id }, parts };
}

/** What was captured stays; if nothing was, the payment is canceled. */
export function withoutHold(payment: Payment): Payment {
  return { ...payment, status: payment.amountCaptured > 0 ? "succeeded" : "canceled" };
}

function reversalVoided(at: Deciding, closed: Attempt, released: boolean): Settled {
  if (released) return { parts: [answerCases(at, closed.subject, "late_truth")] };
  const summary =
    "The gateway held money after the attempt was closed, and refused to release it. The hold lapses at the gateway by itself.";
  // The case that says it is being given back stays beside it: the money is not back, and a refund of it may be under way.
  return { parts: [openCase(at, { kind: "late_truth", subject: closed.id, summary, evidence: { reverses: closed.subject } })] };
}

/** The reserved amount becomes refunded, or is free again. A reversal's amounts were never the payment's. */
function settleRefund(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const status = outcome.kind === "succeeded" ? "succeeded" : "failed";
  const before = refundOf(at.snapshot, closed);
  // A webhook may answer before the send was noted: the refund has then been under way all the same.
  if (before.status === "pending") assertMove(refundMachine, "pending", "processing");
  assertMove(refundMachine, "processing", status);
  const refund: Refund = { ...before, status, error: closed.error, processedAt: at.context.now };
  const parts = [{ refunds: { update: [refund] } }, casesOf(at, refund)];
  if (refund.kind === "reversal") return { parts };
  return { after: withRefund(at.snapshot.payment, refund), event: { type: `refund.${status}`, closes: closed.id, refund }, parts };
}

function withRefund(payment: Payment, refund: Refund): Payment {
  const freed = { ...payment, refundReserved: payment.refundReserved - refund.amount };
  return refund.status === "succeeded" ? { ...freed, amountRefunded: freed.amountRefunded + refund.amount } : freed;
}

/**
 * Nobody waits for a refund that we started ourselves: if it fails, a person must look. The case about the charge stays beside this one, and
 * with it the evidence of what the charge took.
 */
function casesOf(at: Deciding, refund: Refund): Part {
  if (refund.status === "succeeded") return refund.reverses === null ? none : answerCases(at, refund.reverses, "late_truth");
  if (refund.kind === "merchant") return none;
  return openCase(at, {
    kind: "late_truth",
    subject: refund.id,
    summary: `The gateway refused an automatic refund (${refund.reason}). It still holds the shopper's money, and Tillway does not try again.`,
    evidence: { refund_id: refund.id, amount: refund.amount, reason: refund.reason },
  });
}
