import { OVERDUE_AGAIN_MS, OVERDUE_BATCH, OVERDUE_ROUNDS_MAX } from "../../core/constants.ts";
import { decideOverdue } from "../../core/decide/overdue.ts";
import type { Job } from "../../core/model.ts";
import { decideAndCommit, ofPayment } from "../commit.ts";
import type { Deps } from "../deps.ts";

/**
 * Opens a case for each payment job past its deadline, once; the work itself goes on. A job that cannot be reported now (its payment
 * is changed by others without a pause, the store is away) is looked at again after `OVERDUE_AGAIN_MS`, and so is one that is still
 * not done by then. Returns how many were looked at.
 * @param signal asks to end after the batch under way
 */
export async function reportOverdue(deps: Deps, signal?: AbortSignal): Promise<number> {
  let seen = 0;
  for (let round = 0; round < OVERDUE_ROUNDS_MAX && !signal?.aborted; round++) {
    const now = deps.clock.now();
    const jobs = await deps.store.overdue(now, now + OVERDUE_AGAIN_MS, OVERDUE_BATCH);
    // Side by side: loads and commits wait for each other's batch anyway, and a stop waits for one batch at most.
    await Promise.all(jobs.map((job) => report(deps, job)));
    seen += jobs.length;
    if (jobs.length < OVERDUE_BATCH) break;
  }
  return seen;
}

/** One that fails must not keep the others silent. */
async function report(deps: Deps, job: Job): Promise<void> {
  const about = { job_id: job.id, kind: job.kind, subject: job.subject };
  try {
    const reported = await decideAndCommit(deps, ofPayment(job), (snapshot, context) => decideOverdue(snapshot, job, context));
    if (reported.result === "missing") deps.log.error(about, "a job is past its deadline, and its payment does not exist");
  } catch (error) {
    deps.log.error({ ...about, error: String(error) }, "a job past its deadline could not be reported; it is looked at again later");
  }
}
