import { answered, failureKinds, newCase, held, runAgainAt } from "../../core/change/parts.ts";
import type { Change } from "../../core/change.ts";
import { CASE_REASON_LENGTH_MAX, JOB_CASE_AFTER_TRIES } from "../../core/constants.ts";
import type { Case, Job } from "../../core/model.ts";
import type { JobOutcome } from "../../core/ports/observer.ts";
import { nextJobRunAt } from "../../core/schedules.ts";
import { commit, contextOf } from "../commit.ts";
import { ownedByDeps, type Deps } from "../deps.ts";
import { RESTORE_LOOK_MS } from "../../core/restore.ts";
import { isRestoreMode } from "../restore/refuse.ts";
import { retryAt, type Handled } from "./handled.ts";
import { handlers } from "./handlers.ts";

/**
 * Runs one leased job to its end and acts on what the handler says: the only place that retries or ends a job. Never
 * throws; if the store cannot be reached the lease runs out and the job comes back. A job that is handed out again under the same lease
 * is left to the run that has it (null): the token proves the lease, not that nobody else in this process uses it.
 */
export async function runJob(deps: Deps, job: Job): Promise<JobEnd | null> {
  const own = leasesOf(deps);
  const lease = `${job.id} ${job.leaseToken}`;
  if (own.has(lease)) return null;
  own.add(lease);
  try {
    return await runLeased(deps, job);
  } finally {
    own.delete(lease);
  }
}

/** How a run ended, and of a failure why. */
export interface JobEnd {
  readonly outcome: JobOutcome;
  readonly reason?: string;
}

function outcomeOf(handled: Handled): JobOutcome {
  return handled.outcome === "retry" && handled.failed !== undefined ? "failed" : handled.outcome;
}

/** The leases that runs of this process hold. */
const leasesOf = ownedByDeps(() => new Set<string>());

async function runLeased(deps: Deps, job: Job): Promise<JobEnd> {
  const beganAt = deps.clock.now();
  const handled = await handle(deps, job);
  const outcome = outcomeOf(handled);
  deps.observer?.job(job, { outcome, ms: Math.max(0, deps.clock.now() - beganAt) });
  try {
    const change = await endOf(deps, job, handled);
    if (change) await commit(deps, change);
  } catch (error) {
    deps.log.warn(
      { job_id: job.id, kind: job.kind, error: String(error) },
      "the end of a job could not be written; it comes back when its lease ends",
    );
  }
  return outcome === "failed" && handled.outcome === "retry" ? { outcome, reason: reasonOf(handled.failed!) } : { outcome };
}

async function handle(deps: Deps, job: Job): Promise<Handled> {
  const handler = handlers[job.kind];
  // While a new version is rolled out, an old process may meet a kind it does not know: it leaves it to the others.
  if (!handler) return { outcome: "retry", at: nextJobRunAt(deps.clock.now(), job.tries), failed: `no handler for ${job.kind}` };
  try {
    return await handler(deps, job);
  } catch (error) {
    // Nothing was sent: it waits, and has not failed.
    if (isRestoreMode(error)) return retryAt(deps.clock.now() + RESTORE_LOOK_MS);
    deps.log.error({ job_id: job.id, kind: job.kind, subject: job.subject, tries: job.tries, error: String(error) }, "a job failed");
    return { outcome: "retry", at: nextJobRunAt(deps.clock.now(), job.tries), failed: String(error) };
  }
}

/**
 * What is left to write, guarded by the token: a job that somebody else holds by now is theirs. A handler that threw is run again, ever
 * less often and without end: what it owes is owed. After `JOB_CASE_AFTER_TRIES` failures a case calls a person; it ends when the
 * handler does not throw. A handler that asked to be run again has not failed.
 */
async function endOf(deps: Deps, job: Job, handled: Handled): Promise<Change | null> {
  const scope = { merchantId: job.merchantId, mode: job.mode };
  const context = contextOf(deps);
  const resolve = job.tries > JOB_CASE_AFTER_TRIES ? failureKinds.map((kind) => answered(kind, job.id, context)) : [];
  if (handled.outcome === "done") return resolve.length === 0 ? null : { ...scope, cases: { resolve } };
  if (handled.outcome === "obsolete") return { ...scope, ...held(job), cases: { resolve } };
  const { at, failed } = handled;
  if (failed === undefined) return { ...scope, ...held(job), ...runAgainAt(job, at, 0), cases: { resolve } };
  const open = job.tries >= JOB_CASE_AFTER_TRIES ? await failingCase(deps, job, failed) : [];
  return { ...scope, ...held(job), ...runAgainAt(job, at, job.tries), cases: { open } };
}

/** As the store keeps it, so that the same failure is found again: no NUL, and no half of a character where the text is cut. */
function reasonOf(failed: string): string {
  return failed
    .slice(0, CASE_REASON_LENGTH_MAX)
    .replaceAll("\0", "\ufffd")
    .replace(/\p{Surrogate}/gu, "\ufffd");
}

/**
 * Nothing if it is open already, or if a person has acknowledged this very failure lately; another reason is news. The job's lease keeps
 * others from opening it beside us.
 */
async function failingCase(deps: Deps, job: Job, failed: string): Promise<Case[]> {
  const isKnown = handlers[job.kind] !== undefined;
  const about = { kind: isKnown ? "dead_job" : "malformed_message", subject: job.id } as const;
  if (await deps.store.case(job, about)) return [];
  const reason = reasonOf(failed);
  const context = contextOf(deps);
  if (await deps.store.quietCase(job, { ...about, reason }, context.now)) return [];
  const what = isKnown ? "failed" : "is of a kind that this version does not know. It was offered";
  const content = {
    ...about,
    paymentId: job.subject.startsWith("pay_") ? job.subject : null,
    summary: `The ${job.kind} of ${job.subject} ${what} ${job.tries} times. Tillway tries it again each hour.`,
    evidence: {
      job: { id: job.id, kind: job.kind, subject: job.subject, attempt_id: job.attemptId, queue: job.queue },
      reason,
    },
  } as const;
  return [newCase(job, content, context)];
}
