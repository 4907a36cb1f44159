import type { Change, Context } from "../change.ts";
import { UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import type { Attempt, Job, Snapshot } from "../model.ts";
import { heldBy } from "./begin.ts";
import { openCase } from "./rows.ts";
import { planQuestion, type Question } from "./plan-question.ts";

export type AskPlan =
  | { readonly nothing: true }
  /** This process cannot ask: it lacks the connector. Somebody else may have it. */
  | { readonly unable: true }
  /** Commit `change` first, then put the question about `attempt`. */
  | { readonly change: Change; readonly attempt: Attempt; readonly question: Question };

/**
 * The write-ahead of a question. A `calling` attempt whose lease ran out is unknown, never not sent: its process may have died
 * after the bytes left. A re-send is noted before it leaves. The lease of the job stays with the asker.
 */
export function decideQuestion(snapshot: Snapshot, job: Job, context: Context): AskPlan {
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const waiting = attempt && ["calling", "unknown", "pending", "requires_action"].includes(attempt.status);
  if (!waiting) return { nothing: true };
  const capabilities = context.capabilities(attempt.connector);
  if (!capabilities) return { unable: true };
  const question = planQuestion(attempt, snapshot.payment, capabilities, context.now);
  const asked = noteQuestion(attempt, question, context);
  const before = snapshot.payment;
  return {
    question,
    attempt: asked,
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: before },
      job: heldBy(job),
      attempts: { update: [asked] },
      cases: { open: escalate(snapshot, asked, context) },
      // Kept as it is: due again when the lease ends, should this process die while it asks.
      jobs: { move: [{ id: job.id, release: false }] },
    },
  };
}

/** The job of a charge is named after its payment, that of a follow-up after its attempt. */
export function askedSubject(attempt: Attempt): string {
  return attempt.operation === "charge" ? attempt.paymentId : attempt.id;
}

function noteQuestion(attempt: Attempt, question: Question, context: Context): Attempt {
  const status = attempt.status === "calling" ? ("unknown" as const) : attempt.status;
  if (question === "resend")
    return {
      ...attempt,
      status: "calling",
      lastSentAt: context.now,
      sends: attempt.sends + 1,
      questions: attempt.questions + 1,
      notFound: 0,
    };
  return { ...attempt, status, questions: attempt.questions + 1 };
}

/** After half an hour a person should know; asking goes on. */
export function escalate(snapshot: Snapshot, attempt: Attempt, context: Context) {
  if (attempt.firstSentAt === null || context.now - attempt.firstSentAt < UNKNOWN_CASE_AFTER_MS) return [];
  const evidence = {
    gateway_key: attempt.gatewayKey,
    gateway_reference: attempt.gatewayReference,
    questions: attempt.questions,
    first_sent_at: attempt.firstSentAt,
  };
  const summary = `The outcome of ${attempt.operation} ${attempt.n} at ${attempt.connector} is not known after 30 minutes. We go on asking.`;
  return openCase(snapshot, { kind: "unknown_outcome", subject: attempt.id, summary, evidence }, context);
}
