import type { Job } from "../model.ts";

/** `retry`: the handler asked to be run again. `failed`: it threw. */
export const JOB_OUTCOMES = ["done", "obsolete", "retry", "failed"] as const;
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** Sees what the flows have done, for figures and the log. Never throws, never waits. */
export interface Observer {
  /** A run of a job has ended. @param end `ms` by the one clock */
  job(job: Job, end: { readonly outcome: JobOutcome; readonly ms: number }): void;
}
