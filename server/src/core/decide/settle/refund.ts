import { answerCases, none, openCase } from "../../change/parts.ts";
import { refundOf, type Settled } from "../../change/write.ts";
import type { Deciding, Part } from "../../change.ts";
import type { Attempt, Payment, Refund } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import { assertMove, refundMachine } from "../../states.ts";

/** The reserved amount becomes refunded, or is free again. A reversal's amounts were never the payment's. */
export function settleRefund(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const status = outcome.kind === "succeeded" ? "succeeded" : "failed";
  const before = refundOf(at.snapshot, closed);
  // A webhook may answer before the send was noted: the refund has then been under way all the same.
  if (before.status === "pending") assertMove(refundMachine, "pending", "processing");
  assertMove(refundMachine, "processing", status);
  const refund: Refund = { ...before, status, error: closed.error, processedAt: at.context.now };
  const parts = [{ refunds: { update: [refund] } }, ...casesOf(at, refund)];
  if (refund.kind === "reversal") return { parts };
  return { after: withRefund(at.snapshot.payment, refund), event: { type: `refund.${status}`, closes: closed.id }, parts };
}

function withRefund(payment: Payment, refund: Refund): Payment {
  const freed = { ...payment, refundReserved: payment.refundReserved - refund.amount };
  return refund.status === "succeeded" ? { ...freed, amountRefunded: freed.amountRefunded + refund.amount } : freed;
}

/** Nobody waits for a refund that we started ourselves: if it fails, a person must look. */
function casesOf(at: Deciding, refund: Refund): Part[] {
  // What says that it is being given back, if it is a reversal.
  const givenBack = refund.reverses === null ? none : answerCases(at, refund.reverses, "late_truth");
  if (refund.status === "succeeded" || refund.kind === "merchant") return [givenBack];
  const refused = openCase(at, {
    kind: "late_truth",
    subject: refund.id,
    summary: `The gateway refused an automatic refund (${refund.reason}). It still holds the shopper's money, and Tillway does not try again.`,
    evidence: { refund_id: refund.id, reverses: refund.reverses, amount: refund.amount, reason: refund.reason },
  });
  return [givenBack, refused];
}
