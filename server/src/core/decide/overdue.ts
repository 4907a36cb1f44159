import type { Context, Decision } from "../change.ts";
import type { Job, Snapshot } from "../model.ts";
import { attemptIsOpen } from "../states/attempt.ts";
import { paymentIsTerminal } from "../states/payment.ts";
import { escalate } from "./question.ts";
import { openCase } from "./rows.ts";

/**
 * A job is past its deadline: a person is told, once, and the work goes on. Under the payment's guard like every other change, so
 * that a decision made beside it sees the case and closes it. Nothing to tell where the answer came meanwhile.
 */
export function decideOverdue(snapshot: Snapshot, job: Job, context: Context): Decision {
  const { payment } = snapshot;
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const answered = attempt ? !attemptIsOpen(attempt.status) : paymentIsTerminal(payment.status) || payment.attempt > 0;
  const scope = { merchantId: payment.merchantId, mode: payment.mode };
  if (answered) return { nothing: true };
  const open = attempt && job.kind === "ask" ? escalate(snapshot, attempt, context) : openCase(snapshot, lateJob(snapshot, job), context);
  return open.length === 0 ? { nothing: true } : { change: { ...scope, payment: { before: payment, after: payment }, cases: { open } } };
}

function lateJob({ payment }: Snapshot, job: Job) {
  return {
    kind: "overdue",
    subject: payment.id,
    summary: `The ${job.kind} of this payment was not carried out in time. It is still due.`,
    evidence: { job_id: job.id, tries: job.tries, deadline_at: job.deadlineAt },
  } as const;
}
