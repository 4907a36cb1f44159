import type { Change, Context } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Payment, Refund, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { assertMove } from "../states/machine.ts";
import { refundMachine } from "../states/refund.ts";
import { casesClosedBy, closeAttempt } from "./close.ts";
import { announce } from "./announce.ts";
import { answeredCases, openCase } from "./rows.ts";
import { refundOf, withAttempts } from "./snapshot.ts";

/** The reserved amount becomes refunded, or is free again. A reversal's amounts were never the payment's. */
export function settleRefund(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  const before = snapshot.payment;
  const closed = closeAttempt(attempt, outcome, context);
  const refund = settled(refundOf(snapshot, attempt), closed, context);
  const after = withRefund(before, refund);
  const type = refund.status === "succeeded" ? "refund.succeeded" : "refund.failed";
  const told =
    refund.kind === "reversal"
      ? null
      : announce(snapshot, after, { type, closes: attempt.id, attempts: withAttempts(snapshot, closed) }, context);
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told?.payment ?? after },
    attempts: { update: [closed] },
    refunds: { update: [refund] },
    events: told ? [told.event] : undefined,
    deliveries: told ? { insert: told.deliveries } : undefined,
    cases: casesOf(snapshot, closed, refund, context),
    jobs: { insert: told?.jobs, remove: [jobIdOf(attempt.id)] },
  };
}

function settled(refund: Refund, closed: Attempt, context: Context): Refund {
  const status = closed.status === "succeeded" ? "succeeded" : "failed";
  // A webhook may answer before the send was noted: the refund has then been under way all the same.
  if (refund.status === "pending") assertMove(refundMachine, "pending", "processing");
  assertMove(refundMachine, "processing", status);
  return { ...refund, status, error: closed.error, processedAt: context.now };
}

function withRefund(payment: Payment, refund: Refund): Payment {
  if (refund.kind === "reversal") return payment;
  const freed = { ...payment, refundReserved: payment.refundReserved - refund.amount };
  return refund.status === "succeeded" ? { ...freed, amountRefunded: freed.amountRefunded + refund.amount } : freed;
}

/** Nobody waits for a refund that we started ourselves: where it fails, a person must. */
function casesOf(snapshot: Snapshot, closed: Attempt, refund: Refund, context: Context): Change["cases"] {
  const answered = casesClosedBy(snapshot, closed, context);
  if (refund.status === "succeeded") {
    const reversed = refund.reverses === null ? [] : answeredCases(snapshot, refund.reverses, ["late_truth"], context);
    return { resolve: [...answered, ...reversed] };
  }
  if (refund.kind === "merchant") return { resolve: answered };
  const failed = {
    kind: "late_truth",
    subject: refund.id,
    summary: "An automatic refund was refused by the gateway. The money is still there.",
    evidence: { refund_id: refund.id, amount: refund.amount, reason: refund.reason },
  } as const;
  return { resolve: answered, open: openCase(snapshot, failed, context) };
}
