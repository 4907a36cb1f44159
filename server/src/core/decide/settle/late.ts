/** Truth that arrives after an attempt was closed. The attempt and the payment's amounts stay; the truth is kept beside and reversed. */
import { answerCases, openCase, endJobs } from "../../change/parts.ts";
import { canVoid, planRefund, planReversingVoid } from "../../change/rows.ts";
import { openAttempt, refundOf, replaced, changeOf } from "../../change/write.ts";
import type { Change, Deciding, Part } from "../../change.ts";
import type { Attempt, Refund } from "../../model.ts";
import { isTruth, type Outcome, type Truth } from "../../outcome.ts";
import { closedWithoutCharge, assertMove, refundMachine } from "../../states.ts";
import { withoutHold } from "./settlers.ts";

type Taken = Extract<Truth, { kind: "succeeded" | "authorized" }>;
type Nothing = Exclude<Truth, Taken>;

/**
 * What follows from a word about a closed attempt; null if it says nothing new. Only the first late truth counts, and after it only
 * "captured" about what was held.
 */
export function decideLate(at: Deciding, attempt: Attempt, outcome: Outcome): Change | null {
  if (!isTruth(outcome)) return null;
  const nowCaptured = attempt.lateStatus === "authorized" && outcome.kind === "succeeded";
  if (attempt.lateStatus !== null && !nowCaptured) return null;
  return outcome.kind === "succeeded" || outcome.kind === "authorized"
    ? saysTaken(at, attempt, outcome)
    : saysNothing(at, attempt, outcome);
}

function saysTaken(at: Deciding, attempt: Attempt, outcome: Taken): Change | null {
  if (closedWithoutCharge.includes(attempt.status))
    return attempt.operation === "charge" ? reverseLateCharge(at, attempt, outcome) : noteContradiction(at, attempt, outcome);
  // A capture of ours, done or under way, explains a charge that the gateway calls captured.
  const weCaptured = at.snapshot.attempts.some((row) => row.operation === "capture" && !closedWithoutCharge.includes(row.status));
  const capturedByItself = attempt.status === "authorized" && outcome.kind === "succeeded" && !weCaptured;
  return capturedByItself ? noteContradiction(at, attempt, outcome) : null;
}

function saysNothing(at: Deciding, attempt: Attempt, outcome: Nothing): Change | null {
  if (attempt.status === "succeeded")
    return attempt.operation === "refund" ? refundContradicted(at, attempt, outcome) : noteContradiction(at, attempt, outcome);
  if (attempt.status !== "authorized") return null;
  // Only "canceled" is final at every gateway; a "declined" about what was authorized is old news or a contradiction.
  if (outcome.kind === "declined") return noteContradiction(at, attempt, outcome);
  return at.snapshot.payment.status === "authorized" ? holdLapsed(at, attempt, outcome) : null;
}

/** A charge that was closed without charge was captured (or held) after all: give it back with an attempt of its own. */
function reverseLateCharge(at: Deciding, attempt: Attempt, outcome: Taken): Change {
  const charge = late(at, attempt, outcome);
  const reason = `${attempt.connector} reported ${outcome.kind} after attempt ${attempt.n} was closed as ${attempt.status}`;
  const noted = { ...at, snapshot: { ...at.snapshot, attempts: replaced(at.snapshot.attempts, [charge]) } };
  const target = { charge, reference: outcome.reference };
  const evidence = { gateway_key: attempt.gatewayKey, reference: outcome.reference, closed_as: attempt.status, late: outcome.kind };
  const isLapsing = outcome.kind === "authorized" && !canVoid(attempt, at.context);
  const cure = isLapsing ? `${attempt.connector} can't release a hold: it lapses by itself.` : "It is being given back.";
  const opened = openCase(at, { kind: "late_truth", subject: attempt.id, summary: `${reason}. ${cure}`, evidence });
  if (isLapsing) return changeOf(at, {}, noteLate(charge), opened);
  const reversal =
    outcome.kind === "succeeded"
      ? planRefund(noted, target, { kind: "reversal", reverses: charge.id, amount: charge.amount, reason })
      : planReversingVoid(noted, target, reason);
  return changeOf(at, {}, noteLate(charge), opened, reversal.part);
}

/** The gateway dropped an authorization by itself: it lapsed, or was released in the gateway's own dashboard. */
function holdLapsed(at: Deciding, attempt: Attempt, outcome: Nothing): Change {
  const { payment } = at.snapshot;
  if (payment.captureReserved > 0) return noteContradiction(at, attempt, outcome);
  const after = withoutHold(payment);
  const type = after.status === "canceled" ? "payment.canceled" : "payment.succeeded";
  return changeOf(
    at,
    { after, event: { type, closes: openAttempt(at.snapshot)?.id ?? null } },
    noteLate(late(at, attempt, outcome)),
    answerCases(at, payment.id, "hold_not_released"),
    endJobs(payment.id),
  );
}

/** The gateway takes its "refunded" back: the amount is the payment's again, and a person must know. */
function refundContradicted(at: Deciding, attempt: Attempt, outcome: Nothing): Change {
  const { payment } = at.snapshot;
  const refund = refundOf(at.snapshot, attempt);
  assertMove(refundMachine, refund.status, "failed");
  const failed: Refund = { ...refund, status: "failed", processedAt: at.context.now };
  const after = refund.kind === "reversal" ? payment : { ...payment, amountRefunded: payment.amountRefunded - refund.amount };
  const summary = `${attempt.connector} first confirmed refund ${refund.id} and now says that it failed. Its amount counts as not refunded.`;
  return changeOf(
    at,
    { after, event: { type: "refund.failed", closes: null, refund: failed } },
    noteLate(late(at, attempt, outcome)),
    { refunds: { update: [failed] } },
    openCase(at, { kind: "refund_contradicted", subject: refund.id, summary, evidence: { gateway_key: attempt.gatewayKey } }),
  );
}

function noteContradiction(at: Deciding, attempt: Attempt, outcome: Truth): Change {
  const summary = `${attempt.connector} now reports ${outcome.kind} for ${attempt.operation} ${attempt.n}, which was closed as ${attempt.status}. Tillway changes nothing about it.`;
  const evidence = { gateway_key: attempt.gatewayKey };
  const opened = openCase(at, { kind: "late_truth", subject: attempt.id, summary, evidence });
  return changeOf(at, {}, noteLate(late(at, attempt, outcome)), opened);
}

function late(at: Deciding, attempt: Attempt, outcome: Truth): Attempt {
  return { ...attempt, lateStatus: outcome.kind, lateReference: outcome.reference, lateAt: at.context.now };
}

function noteLate(attempt: Attempt): Part {
  return { attempts: { update: [attempt] } };
}
