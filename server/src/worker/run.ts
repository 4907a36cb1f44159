import { CASE_REASON_LENGTH_MAX, JOB_CASE_AFTER_TRIES } from "../core/constants.ts";
import type { CaseEnd } from "../core/change.ts";
import type { Case, Job } from "../core/model.ts";
import { newId } from "../core/ids.ts";
import { nextJobRunAt } from "../core/schedules.ts";
import type { Deps } from "../flows/deps.ts";
import type { Handled } from "../flows/handled.ts";
import { handlers } from "./kinds.ts";

/**
 * Runs one leased job to its end and acts on what the handler says: the only place that retries or ends a job. Never
 * throws; where the store cannot be reached the lease runs out and the job comes back.
 */
export async function runJob(deps: Deps, job: Job): Promise<void> {
  const handled = await handle(deps, job);
  try {
    await act(deps, job, handled);
  } catch (error) {
    deps.log.warn(
      { job_id: job.id, kind: job.kind, error: String(error) },
      "the end of a job could not be written; it comes back when its lease ends",
    );
  }
}

async function handle(deps: Deps, job: Job): Promise<Handled> {
  const handler = handlers[job.kind];
  // While a new version is rolled out, an old process may meet a kind it does not know: it leaves it to the others.
  if (!handler) return { outcome: "retry", at: nextJobRunAt(deps.clock.now(), job.tries), failed: `no handler for ${job.kind}` };
  try {
    return await handler(deps, job);
  } catch (error) {
    deps.log.error({ job_id: job.id, kind: job.kind, subject: job.subject, tries: job.tries, error: String(error) }, "a job failed");
    const now = deps.clock.now();
    return { outcome: "retry", at: nextJobRunAt(now, job.tries), failed: String(error) };
  }
}

/** Each write carries the token: a job that somebody else holds by now is theirs. */
async function act(deps: Deps, job: Job, handled: Handled): Promise<void> {
  const scope = { merchantId: job.merchantId, mode: job.mode };
  switch (handled.outcome) {
    case "done":
      // The handler's own commit has written all but this.
      if (hadCase(job)) await deps.store.commit({ ...scope, cases: { resolve: failsNoMore(deps, job) } });
      return;
    case "obsolete":
      await deps.store.commit({ ...scope, job: { id: job.id, token: job.leaseToken! }, cases: { resolve: failsNoMore(deps, job) } });
      return;
    case "retry":
      await retry(deps, job, handled);
  }
}

/**
 * A handler that threw is run again, ever less often and without end: what it owes is owed. After `JOB_CASE_AFTER_TRIES` failures a case
 * tells a person. A handler that asked to be run again has not failed.
 */
async function retry(deps: Deps, job: Job, handled: Extract<Handled, { outcome: "retry" }>): Promise<void> {
  const tellPerson = handled.failed !== undefined && job.tries >= JOB_CASE_AFTER_TRIES;
  if (tellPerson)
    deps.log.error(
      { job_id: job.id, kind: job.kind, subject: job.subject, reason: handled.failed },
      "a job fails again and again; a case is open",
    );
  await deps.store.commit({
    merchantId: job.merchantId,
    mode: job.mode,
    job: { id: job.id, token: job.leaseToken! },
    cases: {
      open: tellPerson ? [failingCase(deps, job, handled.failed ?? "")] : [],
      resolve: handled.failed === undefined ? failsNoMore(deps, job) : [],
    },
    jobs: { move: [{ id: job.id, runAt: handled.at, tries: handled.failed === undefined ? 0 : job.tries, release: true }] },
  });
}

/** An earlier run of this job has failed often enough for a case. */
function hadCase(job: Job): boolean {
  return job.tries > JOB_CASE_AFTER_TRIES;
}

/** It did not throw this time, which is what the case waited for. */
function failsNoMore(deps: Deps, job: Job): CaseEnd[] {
  return hadCase(job) ? [{ kind: "dead_job", subject: job.id, resolvedAt: deps.clock.now(), resolvedBy: "answer" }] : [];
}

function failingCase(deps: Deps, job: Job, reason: string): Case {
  const now = deps.clock.now();
  return {
    merchantId: job.merchantId,
    mode: job.mode,
    id: newId("case", now, deps.random.bytes(16)),
    kind: "dead_job",
    subject: job.id,
    paymentId: job.subject.startsWith("pay_") ? job.subject : null,
    status: "open",
    summary: `The ${job.kind} of ${job.subject} failed ${job.tries} times. It is tried again each hour.`,
    evidence: {
      job: { id: job.id, kind: job.kind, subject: job.subject, attempt_id: job.attemptId, queue: job.queue },
      reason: reason.slice(0, CASE_REASON_LENGTH_MAX),
    },
    openedAt: now,
    resolvedAt: null,
    resolvedBy: null,
  };
}
