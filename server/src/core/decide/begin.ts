import type { Change, Context, Decision } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Job, Snapshot } from "../model.ts";
import { chooseRoute, type Route } from "../routing.ts";
import { assertMove } from "../states/machine.ts";
import { attemptMachine } from "../states/attempt.ts";
import { paymentMachine } from "../states/payment.ts";
import { refundMachine } from "../states/refund.ts";
import { announce } from "./announce.ts";
import { casesClosedBy } from "./close.ts";
import { answeredCases, deadlineOf, newAttempt, newJob } from "./rows.ts";
import { refundOf, withAttempts } from "./snapshot.ts";

/** The change to commit before the call, and the attempt that may then be sent. */
export type Beginning = Decision | { readonly change: Change; readonly send: Attempt };

/**
 * Write-ahead of a call. The operation's own job becomes its `ask`, due when the lease ends: what would find out if this
 * process died. Nothing to do where the operation is over or somebody else is at it.
 */
export function decideBegin(snapshot: Snapshot, job: Job, context: Context): Beginning {
  if (job.kind === "charge" && job.attemptId === null) return beginPayment(snapshot, job, context);
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  if (!attempt || (attempt.status !== "queued" && attempt.status !== "calling")) return { nothing: true };
  const { payment } = snapshot;
  if (attempt.operation === "charge" && payment.cancelRequestedAt !== null) return callOff(snapshot, job, attempt, context);
  const tooLate = attempt.subject === payment.id && attempt.operation !== "charge" && payment.status !== "authorized";
  return tooLate ? dropOperation(snapshot, job, attempt, context) : sendAttempt(snapshot, job, attempt, context);
}

function beginPayment(snapshot: Snapshot, job: Job, context: Context): Beginning {
  const before = snapshot.payment;
  if (before.status !== "pending") return { nothing: true };
  const route = chooseRoute(snapshot, null, context);
  if (!route) return noRoute(snapshot, job, context);
  assertMove(paymentMachine, before.status, "processing");
  const attempt = sentNow(newCharge(snapshot, route, context), context);
  return {
    send: attempt,
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: { ...before, status: "processing", attempt: attempt.n } },
      job: heldBy(job),
      attempts: { insert: [attempt] },
      cases: { resolve: answeredCases(snapshot, before.id, ["overdue"], context) },
      jobs: { move: [askWhenLeaseEnds(job, attempt, context)] },
    },
  };
}

/** The next charge attempt of a payment, to be sent by whoever runs its job. */
export function newCharge(snapshot: Snapshot, route: Route, context: Context): Attempt {
  const { payment } = snapshot;
  const given = {
    operation: "charge",
    subject: payment.id,
    refundId: null,
    connector: route.connector,
    accountId: route.accountId,
    amount: payment.amount,
    parentReference: null,
    routing: route.routing,
  } as const;
  return newAttempt(snapshot, given, context);
}

/** As it is noted before its bytes leave. */
function sentNow(attempt: Attempt, context: Context): Attempt {
  if (attempt.status === "queued") assertMove(attemptMachine, "queued", "calling");
  return {
    ...attempt,
    status: "calling",
    firstSentAt: attempt.firstSentAt ?? context.now,
    lastSentAt: context.now,
    sends: attempt.sends + 1,
  };
}

/** First send of a queued attempt, or again after throttling or a send that never left. */
function sendAttempt(snapshot: Snapshot, job: Job, attempt: Attempt, context: Context): Beginning {
  const sent = sentNow(attempt, context);
  const before = snapshot.payment;
  return {
    send: sent,
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: before },
      job: heldBy(job),
      attempts: { update: [sent] },
      // Somebody came. What is sent again and again without effect stays a person's business until the attempt is closed.
      cases: attempt.status === "queued" ? { resolve: answeredCases(snapshot, before.id, ["overdue"], context) } : undefined,
      refunds: attempt.operation === "refund" ? { update: refundUnderWay(snapshot, attempt) } : undefined,
      jobs: { move: [askWhenLeaseEnds(job, sent, context)] },
    },
  };
}

function refundUnderWay(snapshot: Snapshot, attempt: Attempt) {
  const refund = refundOf(snapshot, attempt);
  if (refund.status !== "pending") return [];
  assertMove(refundMachine, refund.status, "processing");
  return [{ ...refund, status: "processing" as const }];
}

/** A cancel arrived while a send was waited for, and all earlier sends are proven without effect: there will be no other. */
function callOff(snapshot: Snapshot, job: Job, attempt: Attempt, context: Context): Decision {
  const before = snapshot.payment;
  assertMove(attemptMachine, attempt.status, "canceled");
  assertMove(paymentMachine, before.status, "canceled");
  const closed: Attempt = { ...attempt, status: "canceled", closedAt: context.now };
  const told = announce(
    snapshot,
    { ...before, status: "canceled" },
    { type: "payment.canceled", closes: "charge", attempts: withAttempts(snapshot, closed) },
    context,
  );
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: told.payment },
      job: heldBy(job),
      attempts: { update: [closed] },
      cases: { resolve: casesClosedBy(snapshot, closed, context) },
      events: [told.event],
      deliveries: { insert: told.deliveries },
      jobs: { insert: told.jobs },
      releaseOrder: before.orderId ?? undefined,
    },
  };
}

/** A void or capture whose payment ended before it was sent (or sent again, all earlier sends being without effect): the hold lapsed. */
function dropOperation(snapshot: Snapshot, job: Job, attempt: Attempt, context: Context): Decision {
  const before = snapshot.payment;
  const closed: Attempt = { ...attempt, status: "canceled", closedAt: context.now };
  const after = attempt.operation === "capture" ? { ...before, captureReserved: before.captureReserved - attempt.amount } : before;
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after },
      job: heldBy(job),
      attempts: { update: [closed] },
      cases: { resolve: casesClosedBy(snapshot, closed, context) },
    },
  };
}

function noRoute(snapshot: Snapshot, job: Job, context: Context): Decision {
  const before = snapshot.payment;
  assertMove(paymentMachine, before.status, "failed");
  const error = {
    code: "no_route",
    message: "No enabled gateway account takes this payment.",
    source: "merchant",
    step: "routing",
  } as const;
  const told = announce(snapshot, { ...before, status: "failed", error }, { type: "payment.failed", closes: "charge" }, context);
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: told.payment },
      job: heldBy(job),
      events: [told.event],
      deliveries: { insert: told.deliveries },
      cases: { resolve: answeredCases(snapshot, before.id, ["overdue"], context) },
      jobs: { insert: told.jobs },
      releaseOrder: before.orderId ?? undefined,
    },
  };
}

/** Only who still holds the job may begin: of two runners one sends. */
export function heldBy(job: Job): { readonly id: string; readonly token: string } {
  return { id: job.id, token: job.leaseToken ?? "" };
}

function askWhenLeaseEnds(job: Job, attempt: Attempt, context: Context) {
  return {
    id: job.id,
    token: job.leaseToken ?? undefined,
    kind: "ask" as const,
    attemptId: attempt.id,
    lane: attempt.accountId,
    deadlineAt: deadlineOf(attempt, context),
    release: false,
  };
}

/** A queued charge job for the next attempt of the same payment. */
export function nextChargeJob(snapshot: Snapshot, attempt: Attempt, context: Context): Job {
  const { payment } = snapshot;
  return newJob(
    payment,
    {
      id: jobIdOf(payment.id),
      queue: "payment-queue",
      kind: "charge",
      subject: payment.id,
      attemptId: attempt.id,
      lane: attempt.accountId,
    },
    context,
  );
}
