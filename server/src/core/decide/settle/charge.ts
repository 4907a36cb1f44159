import { chargeNow, endJobs, expireAt } from "../../change/parts.ts";
import { planCapture, planCharge, planRefund, planVoid, targetOf } from "../../change/rows.ts";
import { replaced, type Settled } from "../../change/write.ts";
import type { Deciding } from "../../change.ts";
import { AUTHORIZATION_MARGIN_MS } from "../../constants.ts";
import type { Attempt, Payment } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import { chooseRoute } from "../../routing.ts";

/** The current charge attempt's outcome: the only thing that moves a payment out of processing. */
export function settleCharge(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
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
  const technical = closed.notFound > 0 && (outcome.kind === "canceled" || outcome.kind === "not_sent");
  const passedOn =
    outcome.kind === "not_sent" ||
    outcome.kind === "rejected" ||
    (outcome.kind === "declined" && outcome.declineCode === "technical_decline");
  if (!technical && !passedOn) return null;
  if (outcome.kind === "declined" && !at.context.capabilities(closed.connector)?.declineIsFinal) return null;
  const route = chooseRoute(at.snapshot, technical ? closed : null, at.context);
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
