import { escalate, openCase, workedOn } from "../change/parts.ts";
import { changeOf } from "../change/write.ts";
import type { Context, Decision } from "../change.ts";
import type { Job, Snapshot } from "../model.ts";
import { attemptIsOpen, paymentIsTerminal } from "../states.ts";

/**
 * A job is past its deadline: a case is opened, once, and the work goes on. Under the payment's guard like every other change, so
 * that a decision made beside it sees the case and closes it. Nothing to say if the answer came meanwhile.
 */
export function decideOverdue(snapshot: Snapshot, job: Job, context: Context): Decision {
  const at = { snapshot, context };
  const { payment } = snapshot;
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const answered = attempt ? !attemptIsOpen(attempt.status) : paymentIsTerminal(payment.status) || payment.attempt > 0;
  if (answered) return { nothing: true };
  const opened =
    attempt && job.kind === "ask"
      ? escalate(at, attempt)
      : openCase(at, {
          kind: "overdue",
          // An operation has a case of its own: what a person resolved about the charge says nothing about its refund.
          subject: attempt ? workedOn(attempt) : payment.id,
          summary: `The ${job.kind} of this payment was not carried out in time. It is still due.`,
          evidence: { job_id: job.id, tries: job.tries, deadline_at: job.deadlineAt },
        });
  return opened.cases ? { change: changeOf(at, {}, opened) } : { nothing: true };
}
