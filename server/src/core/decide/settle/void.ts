import { answerCases, openCase, endJobs } from "../../change/parts.ts";
import type { Deciding } from "../../change.ts";
import type { Attempt, Payment } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import type { Settled } from "../../change/write.ts";

/** The hold is released, or the gateway refused to. A reversal's void leaves the payment as it is. */
export function settleVoid(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
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
  const givenBack = answerCases(at, closed.subject, "late_truth");
  if (released) return { parts: [givenBack] };
  const summary =
    "The gateway held money after the attempt was closed, and refused to release it. The hold lapses at the gateway by itself.";
  const refused = openCase(at, { kind: "late_truth", subject: closed.id, summary, evidence: { reverses: closed.subject } });
  // In place of the case that says it is being given back.
  return { parts: [givenBack, refused] };
}
