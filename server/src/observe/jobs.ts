import type { Job } from "../core/model.ts";
import type { Observer } from "../core/ports/observer.ts";
import type { Log } from "../core/ports/world.ts";

/** One line for each run of a job: whose, about what, the how many-th, and what came of it. */
export function logJob(log: Log, job: Job, { outcome, ms }: Parameters<Observer["job"]>[1]): void {
  log.info(
    {
      job_id: job.id,
      trace_id: job.traceparent?.slice(3, 35),
      queue: job.queue,
      kind: job.kind,
      subject: job.subject,
      payment_id: job.subject.startsWith("pay_") ? job.subject : undefined,
      attempt_id: job.attemptId ?? undefined,
      tries: job.tries,
      outcome,
      duration_ms: ms,
      merchant_id: job.merchantId,
      mode: job.mode,
    },
    "job",
  );
}
