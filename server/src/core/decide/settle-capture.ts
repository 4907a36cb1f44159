import type { Change, Context } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Payment, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { casesClosedBy, closeAttempt } from "./close.ts";
import { announce } from "./announce.ts";
import { withAttempts } from "./snapshot.ts";

/** The reserved amount becomes captured, or is free again. The last capture makes the payment succeeded. */
export function settleCapture(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  const before = snapshot.payment;
  const closed = closeAttempt(attempt, outcome, context);
  const freed: Payment = { ...before, captureReserved: before.captureReserved - attempt.amount };
  const done = outcome.kind === "succeeded";
  const after = done ? captured(freed, attempt.amount) : freed;
  if (done) assertMove(paymentMachine, before.status, after.status);
  const whole = after.status === "succeeded";
  const type = whole ? "payment.succeeded" : done ? "payment.captured" : "payment.capture_failed";
  const told = announce(snapshot, after, { type, closes: attempt.id, attempts: withAttempts(snapshot, closed) }, context);
  const ended = whole ? [jobIdOf(before.id)] : [];
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told.payment },
    attempts: { update: [closed] },
    events: [told.event],
    deliveries: { insert: told.deliveries },
    cases: { resolve: casesClosedBy(snapshot, closed, context) },
    jobs: { insert: told.jobs, remove: [jobIdOf(attempt.id), ...ended] },
  };
}

function captured(payment: Payment, amount: number): Payment {
  const amountCaptured = payment.amountCaptured + amount;
  const status = amountCaptured === payment.amountAuthorized ? "succeeded" : "authorized";
  return { ...payment, amountCaptured, status };
}
