/** Truth that arrives after an attempt was closed. The attempt and the payment's amounts stay; the truth is kept beside and reversed. */
import type { Change, Context, Decision } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Exchange, Payment, Snapshot } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { closedWithoutCharge } from "../states/attempt.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { refundMachine } from "../states/refund.ts";
import { planOperation, planRefund } from "./operation.ts";
import { announce } from "./announce.ts";
import { answeredCases, openCase } from "./rows.ts";
import { openAttempt, refundOf, withAttempts } from "./snapshot.ts";

export function decideLate(
  snapshot: Snapshot,
  attempt: Attempt,
  word: { readonly outcome: Outcome; readonly exchanges: readonly Exchange[] },
  context: Context,
): Decision {
  const change = lateChange(snapshot, attempt, word.outcome, context);
  return change ? { change: { ...change, exchanges: word.exchanges } } : { nothing: true };
}

function lateChange(snapshot: Snapshot, attempt: Attempt, outcome: Outcome, context: Context): Change | null {
  const captured = attempt.lateStatus === "authorized" && outcome.kind === "succeeded";
  if (attempt.lateStatus !== null && !captured) return null;
  const tookNothing = closedWithoutCharge.includes(attempt.status);
  const saysTaken = outcome.kind === "succeeded" || outcome.kind === "authorized";
  const saysNothing = outcome.kind === "declined" || outcome.kind === "canceled";
  if (tookNothing && saysTaken && attempt.operation === "charge") return reverseLateCharge(snapshot, attempt, outcome, context);
  if (tookNothing && saysTaken) return noteContradiction(snapshot, attempt, outcome, context);
  // Only "canceled" is final at every gateway; a "declined" about what was authorized is old news or a contradiction.
  if (attempt.status === "authorized" && outcome.kind === "canceled" && snapshot.payment.status === "authorized")
    return holdLapsed(snapshot, attempt, outcome, context);
  if (attempt.status === "authorized" && outcome.kind === "declined") return noteContradiction(snapshot, attempt, outcome, context);
  if (attempt.status === "authorized" && outcome.kind === "succeeded" && !wasCaptured(snapshot))
    return noteContradiction(snapshot, attempt, outcome, context);
  if (attempt.status === "succeeded" && attempt.operation === "refund" && saysNothing)
    return refundContradicted(snapshot, attempt, outcome, context);
  if (attempt.status === "succeeded" && saysNothing) return noteContradiction(snapshot, attempt, outcome, context);
  return null;
}

/** A capture of ours, done or under way, explains a charge that the gateway calls captured. */
function wasCaptured(snapshot: Snapshot): boolean {
  return snapshot.attempts.some((attempt) => attempt.operation === "capture" && !closedWithoutCharge.includes(attempt.status));
}

type Taken = Extract<Outcome, { kind: "succeeded" | "authorized" }>;
type Nothing = Extract<Outcome, { kind: "declined" | "canceled" }>;

/** A declined charge was captured (or held) after all: give it back with an attempt of its own. */
function reverseLateCharge(snapshot: Snapshot, attempt: Attempt, outcome: Taken, context: Context): Change {
  const noted = late(attempt, outcome, context);
  const base = { ...snapshot, attempts: withAttempts(snapshot, noted) };
  const reason = `${attempt.connector} reported ${outcome.kind} after attempt ${attempt.n} was closed as ${attempt.status}`;
  const reversal = (outcome.kind === "succeeded" ? refundLate : voidLate)(
    base,
    { charge: noted, reference: outcome.reference, reason },
    context,
  );
  const evidence = { gateway_key: attempt.gatewayKey, reference: outcome.reference, closed_as: attempt.status, late: outcome.kind };
  return {
    merchantId: attempt.merchantId,
    mode: attempt.mode,
    payment: { before: snapshot.payment, after: snapshot.payment },
    attempts: { update: [noted], insert: [reversal.attempt] },
    refunds: reversal.refund ? { insert: [reversal.refund] } : undefined,
    cases: {
      open: openCase(
        snapshot,
        { kind: "late_truth", subject: attempt.id, summary: `${reason}. It is being given back.`, evidence },
        context,
      ),
    },
    jobs: { insert: [reversal.job] },
  };
}

interface LateCharge {
  readonly charge: Attempt;
  readonly reference: string;
  readonly reason: string;
}

function refundLate(snapshot: Snapshot, { charge, reference, reason }: LateCharge, context: Context) {
  return planRefund(
    snapshot,
    { kind: "reversal", reverses: charge.id, amount: charge.amount, reason, charge, parentReference: reference },
    context,
  );
}

function voidLate(snapshot: Snapshot, { charge, reference, reason }: LateCharge, context: Context) {
  const wish = {
    operation: "void",
    amount: charge.amount,
    charge,
    parentReference: reference,
    subject: charge.id,
    refundId: null,
    reason,
  } as const;
  return { ...planOperation(snapshot, wish, context), refund: null };
}

/** The gateway dropped an authorization by itself: it lapsed, or was released in the gateway's own dashboard. */
function holdLapsed(snapshot: Snapshot, attempt: Attempt, outcome: Nothing, context: Context): Change {
  const before = snapshot.payment;
  const noted = late(attempt, outcome, context);
  const after: Payment = { ...before, status: before.amountCaptured > 0 ? "succeeded" : "canceled" };
  if (before.captureReserved > 0) return noteContradiction(snapshot, attempt, outcome, context);
  assertMove(paymentMachine, before.status, after.status);
  const type = after.status === "canceled" ? "payment.canceled" : "payment.succeeded";
  const told = announce(
    snapshot,
    after,
    { type, closes: openAttempt(snapshot)?.id ?? null, attempts: withAttempts(snapshot, noted) },
    context,
  );
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told.payment },
    attempts: { update: [noted] },
    events: [told.event],
    deliveries: { insert: told.deliveries },
    cases: { resolve: answeredCases(snapshot, before.id, ["overdue"], context) },
    jobs: { insert: told.jobs, remove: [jobIdOf(before.id)] },
    releaseOrder: after.status === "canceled" ? (before.orderId ?? undefined) : undefined,
  };
}

/** The gateway takes its "refunded" back: the amount is the payment's again, and a person must know. */
function refundContradicted(snapshot: Snapshot, attempt: Attempt, outcome: Nothing, context: Context): Change {
  const before = snapshot.payment;
  const refund = refundOf(snapshot, attempt);
  assertMove(refundMachine, refund.status, "failed");
  const noted = late(attempt, outcome, context);
  const after = refund.kind === "reversal" ? before : { ...before, amountRefunded: before.amountRefunded - refund.amount };
  const told = announce(snapshot, after, { type: "refund.failed", closes: null, attempts: withAttempts(snapshot, noted) }, context);
  const summary = `${attempt.connector} first confirmed refund ${refund.id} and now says that it failed.`;
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told.payment },
    attempts: { update: [noted] },
    refunds: { update: [{ ...refund, status: "failed", processedAt: context.now }] },
    events: [told.event],
    deliveries: { insert: told.deliveries },
    cases: {
      open: openCase(
        snapshot,
        { kind: "refund_contradicted", subject: refund.id, summary, evidence: { gateway_key: attempt.gatewayKey } },
        context,
      ),
    },
    jobs: { insert: told.jobs },
  };
}

function noteContradiction(snapshot: Snapshot, attempt: Attempt, outcome: Taken | Nothing, context: Context): Change {
  const { payment } = snapshot;
  const summary = `${attempt.connector} now reports ${outcome.kind} for ${attempt.operation} ${attempt.n}, which was closed as ${attempt.status}.`;
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    payment: { before: payment, after: payment },
    attempts: { update: [late(attempt, outcome, context)] },
    cases: {
      open: openCase(
        snapshot,
        { kind: "late_truth", subject: attempt.id, summary, evidence: { gateway_key: attempt.gatewayKey } },
        context,
      ),
    },
  };
}

function late(attempt: Attempt, outcome: Taken | Nothing, context: Context): Attempt {
  return { ...attempt, lateStatus: outcome.kind, lateReference: outcome.reference, lateAt: context.now };
}
