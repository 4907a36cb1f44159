import type { Change, Context } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Payment, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { casesClosedBy, closeAttempt } from "./close.ts";
import { announce } from "./announce.ts";
import { answeredCases, openCase } from "./rows.ts";
import { withAttempts } from "./snapshot.ts";

/** The hold is released, or the gateway refused to. A reversal's void leaves the payment as it is. */
export function settleVoid(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  return attempt.subject === snapshot.payment.id
    ? voidOfPayment(snapshot, attempt, outcome, context)
    : voidOfReversal(snapshot, attempt, outcome, context);
}

function voidOfPayment(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  const before = snapshot.payment;
  const closed = closeAttempt(attempt, outcome, context);
  if (before.status !== "authorized") return afterTheEnd(snapshot, closed, context);
  const released = outcome.kind === "succeeded" || outcome.kind === "canceled";
  const after = released ? withoutHold(before) : before;
  if (released) assertMove(paymentMachine, before.status, after.status);
  const type = !released ? "payment.cancel_failed" : after.status === "canceled" ? "payment.canceled" : "payment.succeeded";
  const told = announce(snapshot, after, { type, closes: attempt.id, attempts: withAttempts(snapshot, closed) }, context);
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told.payment },
    attempts: { update: [closed] },
    events: [told.event],
    deliveries: { insert: told.deliveries },
    cases: { resolve: casesClosedBy(snapshot, closed, context) },
    jobs: { insert: told.jobs, remove: released ? [jobIdOf(attempt.id), jobIdOf(before.id)] : [jobIdOf(attempt.id)] },
    releaseOrder: after.status === "canceled" ? (before.orderId ?? undefined) : undefined,
  };
}

/** The gateway's own word about the hold came first and ended the payment: only the attempt is left to close. */
function afterTheEnd(snapshot: Snapshot, closed: Attempt, context: Context): Change {
  const { payment } = snapshot;
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    payment: { before: payment, after: payment },
    attempts: { update: [closed] },
    cases: { resolve: casesClosedBy(snapshot, closed, context) },
    jobs: { remove: [jobIdOf(closed.id)] },
  };
}

/** What was captured stays; where nothing was, the payment is canceled. */
function withoutHold(payment: Payment): Payment {
  return { ...payment, status: payment.amountCaptured > 0 ? "succeeded" : "canceled" };
}

function voidOfReversal(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  const before = snapshot.payment;
  const closed = closeAttempt(attempt, outcome, context);
  const done = outcome.kind === "succeeded" || outcome.kind === "canceled";
  const failed = {
    kind: "late_truth",
    subject: attempt.id,
    summary: "A late authorization could not be voided. It lapses at the gateway by itself.",
    evidence: { reverses: attempt.subject },
  } as const;
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: before },
    attempts: { update: [closed] },
    cases: done
      ? { resolve: [...casesClosedBy(snapshot, closed, context), ...answeredCases(snapshot, attempt.subject, ["late_truth"], context)] }
      : { resolve: casesClosedBy(snapshot, closed, context), open: openCase(snapshot, failed, context) },
    jobs: { remove: [jobIdOf(attempt.id)] },
  };
}
