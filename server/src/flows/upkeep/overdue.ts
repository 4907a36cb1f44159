import { OVERDUE_BATCH } from "../../core/constants.ts";
import { decideOverdue } from "../../core/decide/overdue.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";

/** Opens a case for each payment job past its deadline, once; the work itself goes on. Returns how many were found. */
export async function reportOverdue(deps: Deps): Promise<number> {
  const jobs = await deps.store.overdue(deps.clock.now(), OVERDUE_BATCH);
  for (const job of jobs) {
    const told = await decideAndCommit(deps, { ...job, paymentId: job.subject }, (snapshot, context) =>
      decideOverdue(snapshot, job, context),
    );
    if (told.result === "applied" && told.decision.change.cases?.open?.length)
      deps.log.warn({ job_id: job.id, kind: job.kind, subject: job.subject }, "a job is past its deadline; a case is open");
  }
  return jobs.length;
}
