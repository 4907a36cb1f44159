import { answerCases, answerCasesOf, askWhenLeaseEnds, held, none, workedOn } from "../change/parts.ts";
import { planCharge } from "../change/rows.ts";
import { refundOf, changeOf } from "../change/write.ts";
import type { Change, Context, Deciding, Decision, Part } from "../change.ts";
import type { Attempt, Job, Snapshot } from "../model.ts";
import { chooseRoute } from "../routing/choose.ts";
import { attemptMachine, assertMove, refundMachine } from "../states.ts";

/** The change to commit before the call, and the attempt that may then be sent; or a change that leaves nothing to send. */
export type Beginning = Decision | { readonly change: Change; readonly send: Attempt };

/**
 * Write-ahead of a call. The operation's own job becomes its `ask`, due when the lease ends: what would find out if this
 * process died. Nothing to do if the operation is over or somebody else is at it.
 */
export function decideBegin(snapshot: Snapshot, job: Job, context: Context): Beginning {
  const at = { snapshot, context };
  if (job.kind === "charge" && job.attemptId === null) return beginPayment(at, job);
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  if (!attempt || (attempt.status !== "queued" && attempt.status !== "calling")) return { nothing: true };
  const { payment } = snapshot;
  if (attempt.operation === "charge" && payment.cancelRequestedAt !== null) return callOff(at, job, attempt);
  const tooLate = attempt.subject === payment.id && attempt.operation !== "charge" && payment.status !== "authorized";
  return tooLate ? dropOperation(at, job, attempt) : sendAttempt(at, job, attempt);
}

function beginPayment(at: Deciding, job: Job): Beginning {
  const { payment } = at.snapshot;
  if (payment.status !== "pending") return { nothing: true };
  const somebodyCame = answerCases(at, payment.id, "overdue");
  const route = chooseRoute(at.snapshot, null, at.context);
  if (!route) return noRoute(at, held(job), somebodyCame);
  const send = sentNow(planCharge(at, route), at.context);
  const after = { ...payment, status: "processing" as const, attempt: send.n };
  const ask = askWhenLeaseEnds(job, send, at.context.now);
  return { send, change: changeOf(at, { after }, held(job), { attempts: { insert: [send] } }, somebodyCame, ask) };
}

/** First send of a queued attempt, or again after throttling or a send that never left. */
function sendAttempt(at: Deciding, job: Job, attempt: Attempt): Beginning {
  const send = sentNow(attempt, at.context);
  // What is sent again and again without effect stays a person's business until the attempt is closed.
  const somebodyCame = attempt.status === "queued" ? answerCases(at, workedOn(attempt), "overdue") : none;
  const ask = askWhenLeaseEnds(job, send, at.context.now);
  return { send, change: changeOf(at, {}, held(job), { attempts: { update: [send] } }, somebodyCame, refundUnderWay(at, attempt), ask) };
}

/** The attempt as it is noted before its bytes leave. */
function sentNow(attempt: Attempt, { now }: Context): Attempt {
  if (attempt.status === "queued") assertMove(attemptMachine, "queued", "calling");
  return { ...attempt, status: "calling", firstSentAt: attempt.firstSentAt ?? now, lastSentAt: now, sends: attempt.sends + 1 };
}

function refundUnderWay({ snapshot }: Deciding, attempt: Attempt): Part {
  if (attempt.operation !== "refund") return none;
  const refund = refundOf(snapshot, attempt);
  if (refund.status !== "pending") return none;
  assertMove(refundMachine, refund.status, "processing");
  return { refunds: { update: [{ ...refund, status: "processing" }] } };
}

/** A cancel arrived while a send was waited for, and all earlier sends are proven without effect: there will be no other. */
function callOff(at: Deciding, job: Job, attempt: Attempt): Decision {
  const after = { ...at.snapshot.payment, status: "canceled" as const };
  return { change: changeOf(at, { after, event: { type: "payment.canceled", closes: "charge" } }, held(job), ...calledOff(at, attempt)) };
}

/** A void or capture whose payment ended before it was sent (or sent again, all earlier sends being without effect): the hold lapsed. */
function dropOperation(at: Deciding, job: Job, attempt: Attempt): Decision {
  const { payment } = at.snapshot;
  const after = attempt.operation === "capture" ? { ...payment, captureReserved: payment.captureReserved - attempt.amount } : payment;
  return { change: changeOf(at, { after }, held(job), ...calledOff(at, attempt)) };
}

function calledOff(at: Deciding, attempt: Attempt): Part[] {
  assertMove(attemptMachine, attempt.status, "canceled");
  const closed: Attempt = { ...attempt, status: "canceled", closedAt: at.context.now };
  return [{ attempts: { update: [closed] } }, ...answerCasesOf(at, closed)];
}

function noRoute(at: Deciding, ...parts: Part[]): Decision {
  const error = {
    code: "no_route",
    message: "No enabled gateway account takes this payment.",
    source: "merchant",
    step: "routing",
  } as const;
  const after = { ...at.snapshot.payment, status: "failed" as const, error };
  return { change: changeOf(at, { after, event: { type: "payment.failed", closes: "charge" } }, ...parts) };
}
