import { escalate, held, keepLease } from "../../change/parts.ts";
import { changeOf } from "../../change/write.ts";
import type { Change, Context } from "../../change.ts";
import type { Attempt, Job, Snapshot } from "../../model.ts";
import { planQuestion, type Question } from "./plan.ts";

export type AskPlan =
  | { readonly nothing: true }
  /** This process cannot ask: it lacks the connector. Another process may have it. */
  | { readonly nothing: true; readonly unable: true }
  /** Commit `change` first, then put the question about `attempt`. */
  | { readonly change: Change; readonly attempt: Attempt; readonly question: Question };

/**
 * The write-ahead of a question. A `calling` attempt whose lease ran out is unknown, never not sent: its process may have died
 * after the bytes left. A re-send is noted before it leaves. The lease of the job stays with the asker: it is due again when the lease
 * ends, should this process die while it asks.
 */
export function decideQuestion(snapshot: Snapshot, job: Job, context: Context): AskPlan {
  const at = { snapshot, context };
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const waiting = attempt && ["calling", "unknown", "pending", "requires_action"].includes(attempt.status);
  if (!waiting) return { nothing: true };
  const capabilities = context.capabilities(attempt.connector);
  if (!capabilities) return { nothing: true, unable: true };
  const question = planQuestion(attempt, snapshot.payment, capabilities, context.now);
  const asked = noteQuestion(attempt, question, context);
  const change = changeOf(at, {}, held(job), { attempts: { update: [asked] } }, escalate(at, asked), keepLease(job));
  return { question, attempt: asked, change };
}

function noteQuestion(attempt: Attempt, question: Question, { now }: Context): Attempt {
  const questions = attempt.questions + 1;
  if (question === "resend") return { ...attempt, status: "calling", lastSentAt: now, sends: attempt.sends + 1, questions, notFound: 0 };
  return { ...attempt, status: attempt.status === "calling" ? "unknown" : attempt.status, questions };
}
