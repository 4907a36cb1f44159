import { jobIdOf } from "../core/ids.ts";
import type { Job, Ms } from "../core/model.ts";

/** Of the letters to somebody who is in no team: no merchant has this id, so none sees them. */
export const NO_MERCHANT = "none";

/** The job that sends the link of an invitation or a reset. Both are of no mode; that of tests is where kept e-mails are shown. */
export function letterJob(merchantId: string, subject: string, now: Ms): Job {
  return {
    id: jobIdOf(subject),
    merchantId,
    mode: "test",
    queue: "webhook-queue",
    kind: "person-email",
    subject,
    attemptId: null,
    lane: `people ${merchantId}`,
    runAt: now,
    tries: 0,
    leaseToken: null,
    deadlineAt: null,
    traceparent: null,
    createdAt: now,
  };
}
