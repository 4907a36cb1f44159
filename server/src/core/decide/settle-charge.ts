import type { Change, Context } from "../change.ts";
import { AUTHORIZATION_MARGIN_MS, PENDING_CASE_AFTER_MS } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, EventType, Payment, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { chooseRoute } from "../routing.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { newCharge, nextChargeJob } from "./begin.ts";
import { casesClosedBy, closeAttempt } from "./close.ts";
import { planOperation, planRefund, planVoid, reserveRefund } from "./operation.ts";
import { announce } from "./announce.ts";
import { withAttempts } from "./snapshot.ts";

/** The current charge attempt's outcome: the only thing that moves a payment out of processing. */
export function settleCharge(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  const closed = closeAttempt(attempt, outcome, context);
  if (outcome.kind === "succeeded") return chargeSucceeded(snapshot, closed, context);
  if (outcome.kind === "authorized") return chargeAuthorized(snapshot, closed, outcome.lapsesAt, context);
  const calledOff = snapshot.payment.cancelRequestedAt !== null;
  const next = calledOff ? null : nextAttempt(snapshot, closed, outcome, context);
  if (next) return cascade(snapshot, closed, next, context);
  return chargeEnded(snapshot, closed, calledOff ? "canceled" : "failed", context);
}

/** Captured. A cancel that came too late is answered with a full refund of its own. */
function chargeSucceeded(snapshot: Snapshot, closed: Attempt, context: Context): Change {
  const before = snapshot.payment;
  const taken: Payment = {
    ...before,
    status: "succeeded",
    amountAuthorized: closed.amount,
    amountCaptured: closed.amount,
    nextAction: null,
    error: null,
  };
  const change = movePayment(snapshot, { after: taken, closed, type: "payment.succeeded" }, context);
  const base = { ...change, jobs: { ...change.jobs, remove: [jobIdOf(before.id)] } };
  if (before.cancelRequestedAt === null || closed.gatewayReference === null) return base;
  const settled = { ...snapshot, attempts: withAttempts(snapshot, closed) };
  const wish = {
    kind: "cancel",
    reverses: null,
    amount: closed.amount,
    reason: "cancel requested before the outcome was known",
    charge: closed,
    parentReference: closed.gatewayReference,
  } as const;
  const planned = planRefund(settled, wish, context);
  return {
    ...base,
    payment: { before, after: reserveRefund(change.payment!.after, closed.amount) },
    attempts: { ...base.attempts, insert: [planned.attempt] },
    refunds: { insert: [planned.refund] },
    jobs: { ...base.jobs, insert: [...(base.jobs.insert ?? []), planned.job] },
  };
}

/** Held. Its expiry job voids it before the gateway would drop it; a cancel that was asked for meanwhile voids it now. */
function chargeAuthorized(snapshot: Snapshot, closed: Attempt, lapses: number | null, context: Context): Change {
  const before = snapshot.payment;
  const lifetimeMs = context.capabilities(closed.connector)?.authorizationLifetimeMs ?? 0;
  const lapsesAt = lapses ?? context.now + lifetimeMs;
  const held: Payment = { ...before, status: "authorized", amountAuthorized: closed.amount, lapsesAt, nextAction: null };
  const change = movePayment(snapshot, { after: held, closed, type: "payment.authorized" }, context);
  const expiry = {
    id: jobIdOf(before.id),
    kind: "expire" as const,
    attemptId: null,
    lane: before.merchantId,
    runAt: Math.max(context.now, lapsesAt - AUTHORIZATION_MARGIN_MS),
    tries: 0,
    deadlineAt: null,
    release: true,
  };
  const base = { ...change, jobs: { ...change.jobs, move: [expiry] } };
  const settled = { ...snapshot, payment: held, attempts: withAttempts(snapshot, closed) };
  const planned =
    before.cancelRequestedAt === null
      ? captureAtOnce(settled, closed, context)
      : planVoid(settled, closed, "cancel requested before the outcome was known", context);
  if (!planned) return base;
  const reserved = planned.attempt.operation === "capture" ? planned.attempt.amount : 0;
  return {
    ...base,
    payment: { before, after: { ...change.payment!.after, captureReserved: reserved } },
    attempts: { ...base.attempts, insert: [planned.attempt] },
    jobs: { ...base.jobs, insert: [...(base.jobs.insert ?? []), planned.job] },
  };
}

/** A gateway that only authorizes where it was to capture: the second step is ours. */
function captureAtOnce(settled: Snapshot, charge: Attempt, context: Context) {
  if (settled.payment.captureMethod !== "automatic" || charge.gatewayReference === null) return null;
  const wish = {
    operation: "capture",
    amount: charge.amount,
    charge,
    parentReference: charge.gatewayReference,
    subject: settled.payment.id,
    refundId: null,
    reason: "automatic capture of an authorization",
  } as const;
  return planOperation(settled, wish, context);
}

function chargeEnded(snapshot: Snapshot, closed: Attempt, status: "failed" | "canceled", context: Context): Change {
  const before = snapshot.payment;
  const after: Payment = { ...before, status, nextAction: null, error: status === "failed" ? closed.error : null };
  const change = movePayment(snapshot, { after, closed, type: status === "failed" ? "payment.failed" : "payment.canceled" }, context);
  return { ...change, jobs: { ...change.jobs, remove: [jobIdOf(before.id)] }, releaseOrder: before.orderId ?? undefined };
}

/** Another try is allowed only where this one is proven not to have charged and cannot charge any more. */
function nextAttempt(snapshot: Snapshot, closed: Attempt, outcome: Definitive, context: Context): Attempt | null {
  // Proven by our own cancel or by repeated "not found"; a shopper who called it off at the gateway does not want it again.
  const technical = closed.notFound > 0 && (outcome.kind === "canceled" || outcome.kind === "not_sent");
  const passedOn =
    outcome.kind === "not_sent" ||
    outcome.kind === "rejected" ||
    (outcome.kind === "declined" && outcome.declineCode === "technical_decline");
  if (!technical && !passedOn) return null;
  if (outcome.kind === "declined" && !context.capabilities(closed.connector)?.declineIsFinal) return null;
  const route = chooseRoute(snapshot, technical ? closed : null, context);
  return route && newCharge({ ...snapshot, attempts: withAttempts(snapshot, closed) }, route, context);
}

function cascade(snapshot: Snapshot, closed: Attempt, next: Attempt, context: Context): Change {
  const before = snapshot.payment;
  const job = nextChargeJob(snapshot, next, context);
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: { ...before, status: "processing", nextAction: null, attempt: next.n } },
    attempts: { update: [closed], insert: [next] },
    cases: { resolve: casesClosedBy(snapshot, closed, context) },
    jobs: {
      move: [
        {
          id: job.id,
          kind: job.kind,
          attemptId: next.id,
          lane: job.lane,
          runAt: context.now,
          tries: 0,
          deadlineAt: context.now + PENDING_CASE_AFTER_MS,
          release: true,
        },
      ],
    },
  };
}

/** The rows every end of a charge shares: payment, closed attempt, event, deliveries, answered cases. */
function movePayment(snapshot: Snapshot, given: { after: Payment; closed: Attempt; type: EventType }, context: Context): Change {
  const before = snapshot.payment;
  assertMove(paymentMachine, before.status, given.after.status);
  const told = announce(
    snapshot,
    given.after,
    { type: given.type, closes: "charge", attempts: withAttempts(snapshot, given.closed) },
    context,
  );
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told.payment },
    attempts: { update: [given.closed] },
    events: [told.event],
    deliveries: { insert: told.deliveries },
    cases: { resolve: casesClosedBy(snapshot, given.closed, context) },
    jobs: { insert: told.jobs },
  };
}
