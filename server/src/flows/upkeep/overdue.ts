import { newId } from "../../core/ids.ts";
import { OVERDUE_BATCH } from "../../core/constants.ts";
import type { Case, Job } from "../../core/model.ts";
import { attemptIsOpen } from "../../core/states/attempt.ts";
import type { Deps } from "../deps.ts";

/** Opens a case for each job past its deadline, once; the work itself goes on. Returns how many were found. */
export async function reportOverdue(deps: Deps): Promise<number> {
  const now = deps.clock.now();
  const jobs = await deps.store.overdue(now, OVERDUE_BATCH);
  for (const job of jobs) {
    const move = { id: job.id, deadlineAt: null, release: false };
    await deps.store.commit({ merchantId: job.merchantId, mode: job.mode, cases: { open: [caseFor(job, deps, now)] }, jobs: { move: [move] } });
    await closeIfAnswered(deps, job);
    deps.log.warn({ job_id: job.id, kind: job.kind, subject: job.subject }, "a job is past its deadline; a case is open");
  }
  return jobs.length;
}

/** Between our look and our commit the answer may have come: nothing would close the case then. */
async function closeIfAnswered(deps: Deps, job: Job): Promise<void> {
  const snapshot = job.subject.startsWith("pay_") ? await deps.store.load(job, job.subject) : null;
  if (!snapshot) return;
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const answered = attempt ? !attemptIsOpen(attempt.status) : snapshot.payment.status !== "pending";
  const mine = snapshot.openCases.filter((open) => (open.kind === "overdue" && open.subject === job.subject) || (open.kind === "unknown_outcome" && open.subject === job.attemptId));
  if (!answered || mine.length === 0) return;
  const resolve = mine.map((open) => ({ id: open.id, resolvedAt: deps.clock.now(), resolvedBy: "answer" as const }));
  await deps.store.commit({ merchantId: job.merchantId, mode: job.mode, cases: { resolve } });
}

function caseFor(job: Job, deps: Deps, now: number): Case {
  const asks = job.kind === "ask" && job.attemptId !== null;
  return {
    merchantId: job.merchantId,
    mode: job.mode,
    id: newId("case", now, deps.random.bytes(16)),
    kind: asks ? "unknown_outcome" : "overdue",
    subject: asks ? job.attemptId! : job.subject,
    paymentId: job.subject.startsWith("pay_") ? job.subject : null,
    status: "open",
    summary: asks ? "The outcome of an attempt is not known after 30 minutes. We go on asking." : `The ${job.kind} of ${job.subject} was not carried out in time.`,
    evidence: { job_id: job.id, tries: job.tries, deadline_at: job.deadlineAt, run_at: job.runAt },
    openedAt: now,
    resolvedAt: null,
    resolvedBy: null,
  };
}
