import { newId } from "../../core/ids.ts";
import { OVERDUE_BATCH } from "../../core/constants.ts";
import type { Case, Job } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** Opens a case for each job past its deadline, once; the work itself goes on. Returns how many were found. */
export async function reportOverdue(deps: Deps): Promise<number> {
  const now = deps.clock.now();
  const jobs = await deps.store.overdue(now, OVERDUE_BATCH);
  for (const job of jobs) {
    const move = { id: job.id, deadlineAt: null, release: false };
    await deps.store.commit({ merchantId: job.merchantId, mode: job.mode, cases: { open: [caseFor(job, deps, now)] }, jobs: { move: [move] } });
    deps.log.warn({ job_id: job.id, kind: job.kind, subject: job.subject }, "a job is past its deadline; a case is open");
  }
  return jobs.length;
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
