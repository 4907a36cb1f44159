/** Opening and ending what a person should look at. */
import type { CaseEnd, Context, Deciding, Part } from "../change.ts";
import { UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import type { CaseKind } from "../case-kinds.ts";
import type { Attempt, Case, CaseMark, Scope } from "../model.ts";

export type CaseContent = Pick<Case, "kind" | "subject" | "paymentId" | "summary" | "evidence">;

export function newCase(scope: Scope, content: CaseContent, context: Pick<Context, "now" | "id">): Case {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: context.id("case"),
    ...content,
    status: "open",
    openedAt: context.now,
    resolvedAt: null,
    resolvedBy: null,
    resolution: null,
    resolvedByName: null,
  };
}

/** A case about this payment, unless it is open already, or a person has resolved it: they know, and the question need not come back. */
export function openCase({ snapshot, context }: Deciding, content: Omit<CaseContent, "paymentId">): Part {
  if (snapshot.cases.some((known) => known.kind === content.kind && known.subject === content.subject)) return {};
  return { cases: { open: [newCase(snapshot.payment, { ...content, paymentId: snapshot.payment.id }, context)] } };
}

/** Ends the open cases of these kinds about this subject: the answer has come. */
export function answerCases({ snapshot, context }: Deciding, subject: string, ...kinds: readonly CaseKind[]): Part {
  const ends = openIn(snapshot.cases).filter((open) => open.subject === subject && kinds.includes(open.kind));
  return ends.length === 0 ? {} : { cases: { resolve: ends.map(({ kind }) => answered(kind, subject, context)) } };
}

/** The answer that closes an attempt also closes what was open about its being unknown. */
export function answerCasesOf(at: Deciding, attempt: Attempt): Part[] {
  return [
    answerCases(at, attempt.id, "unknown_outcome", "mismatched_answer"),
    answerCases(at, attempt.paymentId, "overdue", "hold_not_released"),
  ];
}

/** After half an hour without an outcome a person should know. The questions go on. */
export function escalate(at: Deciding, attempt: Attempt): Part {
  if (attempt.firstSentAt === null || at.context.now - attempt.firstSentAt < UNKNOWN_CASE_AFTER_MS) return {};
  return openCase(at, {
    kind: "unknown_outcome",
    subject: attempt.id,
    summary: `The outcome of ${attempt.operation} ${attempt.n} at ${attempt.connector} is not known after 30 minutes. Tillway goes on asking.`,
    evidence: {
      gateway_key: attempt.gatewayKey,
      gateway_reference: attempt.gatewayReference,
      questions: attempt.questions,
      first_sent_at: attempt.firstSentAt,
    },
  });
}

/** The cases of a change, and the end of the `dead_job` case of every job that it ends or reschedules, whoever did the job's work. */
export function failuresEndedBy({ snapshot, context }: Deciding, { job, jobs, cases }: Part): Part["cases"] {
  const failing = openIn(snapshot.cases).filter((open) => open.kind === "dead_job");
  if (failing.length === 0) return cases;
  const moves = jobs?.move ?? [];
  const ids = new Set([...(jobs?.remove ?? []), ...moves.filter((move) => move.tries === 0).map((move) => move.id)]);
  if (job && !moves.some((move) => move.id === job.id)) ids.add(job.id);
  const ends = failing.filter((open) => ids.has(open.subject)).map(({ kind, subject }) => answered(kind, subject, context));
  return { ...cases, resolve: [...(cases?.resolve ?? []), ...ends] };
}

export function answered(kind: CaseKind, subject: string, { now }: Pick<Context, "now">): CaseEnd {
  return { kind, subject, resolvedAt: now };
}

export function openIn(cases: readonly CaseMark[]): readonly CaseMark[] {
  return cases.length === 0 ? cases : cases.filter((row) => row.status === "open");
}
