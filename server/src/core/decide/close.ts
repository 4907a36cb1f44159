/** Closing an attempt with a definitive outcome, and saying why it did not succeed. */
import type { CaseEnd, Context } from "../change.ts";
import type { FailureCode } from "../errors.ts";
import type { Attempt, PaymentError, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { attemptMachine } from "../states/attempt.ts";
import { assertMove } from "../states/machine.ts";
import { answeredCases } from "./rows.ts";

export function closeAttempt(attempt: Attempt, outcome: Definitive, context: Context): Attempt {
  assertMove(attemptMachine, attempt.status, outcome.kind);
  const reference = "reference" in outcome ? outcome.reference : null;
  return {
    ...attempt,
    status: outcome.kind,
    gatewayReference: reference ?? attempt.gatewayReference,
    error: errorOf(attempt, outcome),
    closedAt: context.now,
  };
}

/** The answer that closes an attempt also closes what was open about its being unknown. */
export function casesClosedBy(snapshot: Snapshot, attempt: Attempt, context: Context): CaseEnd[] {
  return [
    ...answeredCases(snapshot, attempt.id, ["unknown_outcome", "mismatched_answer"], context),
    ...answeredCases(snapshot, attempt.paymentId, ["overdue"], context),
  ];
}

function errorOf(attempt: Attempt, outcome: Definitive): PaymentError | null {
  const step = attempt.operation;
  switch (outcome.kind) {
    case "declined":
      return {
        code: declineCategory(outcome.declineCode),
        decline_code: outcome.declineCode,
        message: outcome.message,
        source: "bank",
        step,
        reason: outcome.declineCode,
      };
    case "rejected":
      return { code: "gateway_rejected", message: outcome.message, source: "gateway", step, reason: outcome.code };
    case "not_sent":
      return {
        code: "gateway_unreachable",
        message: "The gateway could not be reached; nothing was sent.",
        source: "gateway",
        step,
        reason: outcome.reason,
      };
    case "canceled":
      return { code: "canceled", message: "Called off at the gateway; nothing was taken.", source: "gateway", step };
    default:
      return null;
  }
}

/** The code merchants match on; the decline code says more. */
function declineCategory(declineCode: string): FailureCode {
  return declineCode === "fraud_suspected" || declineCode === "insufficient_funds" ? declineCode : "payment_declined";
}
