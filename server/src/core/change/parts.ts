/**
 * The parts of a change, by name: what happens to jobs, and which cases open and end. One job row follows an operation from start to
 * end: the payment's own for its charge, the attempt's for a capture, void or refund.
 */
import type { JobMove, Part, CaseEnd, Context, Deciding } from "../change.ts";
import { PENDING_CASE_AFTER_MS, UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Delivery, Endpoint, Job, Ms, Payment, Scope, Case, CaseMark } from "../model.ts";
import { nextEndpointLookAt } from "../schedules.ts";
import type { CaseKind } from "../case-kinds.ts";

/** Nothing goes with the change. One object, so that merging can leave it out. */
export const none: Part = {};

/** Only the holder of the job's lease may write: of two runners one goes on. */
export function held(job: Job): Part {
  return { job: { id: job.id, token: job.leaseToken ?? "" } };
}

/** The payment's job becomes its charge, due now: the first one, or this attempt after the last was proven not to have charged. */
export function chargeNow(payment: Payment, now: Ms, next?: Attempt): Part {
  return moved({
    id: jobIdOf(payment.id),
    kind: "charge",
    ...(next && { attemptId: next.id, lane: next.accountId }),
    runAt: now,
    tries: 0,
    deadlineAt: now + PENDING_CASE_AFTER_MS,
    release: true,
  });
}

/** The caller goes on holding the job. If its process dies, the job asks the gateway when the lease ends. */
export function askWhenLeaseEnds(job: Job, attempt: Attempt, now: Ms): Part {
  return moved({
    id: job.id,
    token: job.leaseToken ?? undefined,
    kind: "ask",
    attemptId: attempt.id,
    lane: attempt.accountId,
    deadlineAt: deadlineOf(attempt, now),
    release: false,
  });
}

/** The caller goes on holding the job as it is; it is due again when the lease ends. */
export function keepLease(job: Job): Part {
  return moved({ id: job.id, release: false });
}

/** The job asks the gateway about this attempt at `runAt`. */
export function askAt(attempt: Attempt, runAt: Ms, now: Ms): Part {
  return moved({
    id: jobIdOf(workedOn(attempt)),
    kind: "ask",
    attemptId: attempt.id,
    lane: attempt.accountId,
    runAt,
    tries: 0,
    deadlineAt: deadlineOf(attempt, now),
    release: true,
  });
}

/**
 * The job is the operation again at `runAt`, so that its runner notes the send before it leaves. If the gateway asked for that time, the
 * job waits in a lane of its own: what waits for the account is hurried when its gateway is back, and this is not.
 */
export function sendAgainAt(attempt: Attempt, runAt: Ms, why: "not_sent" | "throttled"): Part {
  const lane = why === "throttled" ? `${attempt.accountId} throttled` : attempt.accountId;
  return moved({ id: jobIdOf(workedOn(attempt)), kind: attempt.operation, attemptId: attempt.id, lane, runAt, tries: 0, release: true });
}

/** The payment's job voids its authorization at `runAt`, before the gateway would drop it. */
export function expireAt(payment: Payment, runAt: Ms): Part {
  return moved({
    id: jobIdOf(payment.id),
    kind: "expire",
    attemptId: null,
    lane: payment.merchantId,
    runAt,
    tries: 0,
    deadlineAt: null,
    release: true,
  });
}

/**
 * The payment's job is due now, if it waits for the gateway's time or for its next question. While a shopper is at the bank's page no
 * call of ours is under way, so the job is taken even from its holder.
 */
export function hurry(payment: Payment, now: Ms): Part {
  const onlyIfFree = payment.status === "requires_action" ? {} : { token: "" };
  return moved({ id: jobIdOf(payment.id), ...onlyIfFree, runAt: now, release: true });
}

/** The job runs again at `runAt`. @param failures in a row, 0 if it did not fail */
export function runAgainAt(job: Job, runAt: Ms, failures: number): Part {
  return moved({ id: job.id, runAt, tries: failures, release: true });
}

/** The delivery's job tries it at `runAt`. @param lane of where it goes to by now: a webhook's is its endpoint */
export function tryAt(job: Job, lane: string, runAt: Ms): Part {
  return moved({ id: job.id, lane, runAt, tries: 0, release: true });
}

/** The delivery's job waits until the endpoint that it goes to by now is switched on. */
export function awaitEndpoint(job: Job, { delivery, endpoint }: { delivery: Delivery; endpoint: Endpoint }, now: Ms): Part {
  return moved({ id: job.id, lane: waitingLane(endpoint.id), runAt: nextEndpointLookAt(now, delivery.createdAt), tries: 0, release: true });
}

/** The lane of jobs that wait for this endpoint. */
export function waitingLane(endpointId: string): string {
  return `${endpointId} waiting`;
}

/** Ends the jobs of these payments, attempts or deliveries, whoever holds them. */
export function endJobs(...subjectIds: readonly string[]): Part {
  return { jobs: { remove: subjectIds.map(jobIdOf) } };
}

function moved(move: JobMove): Part {
  return { jobs: { move: [move] } };
}

/** What names the work on an attempt: its payment for a charge, itself for a capture, void or refund. */
export function workedOn(attempt: Attempt): string {
  return attempt.operation === "charge" ? attempt.paymentId : attempt.id;
}

/**
 * When a case opens because a sent attempt has no outcome. Undefined once that time is past: the sweep has opened the case and set the
 * next look, and a past deadline that came back with each question would stand before fresh ones.
 */
function deadlineOf(attempt: Attempt, now: Ms): Ms | undefined {
  const at = (attempt.firstSentAt ?? now) + UNKNOWN_CASE_AFTER_MS;
  return at > now ? at : undefined;
}

/** Opening and ending what a person should look at. */

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
    quietUntil: null,
  };
}

/** A case about this payment, unless it is open already, or a person has resolved it: they know, and the question need not come back. */
export function openCase({ snapshot, context }: Deciding, content: Omit<CaseContent, "paymentId">): Part {
  if (snapshot.cases.some((known) => known.kind === content.kind && known.subject === content.subject)) return none;
  return { cases: { open: [newCase(snapshot.payment, { ...content, paymentId: snapshot.payment.id }, context)] } };
}

/** Ends the open cases of these kinds about this subject: the answer has come. */
export function answerCases({ snapshot, context }: Deciding, subject: string, ...kinds: readonly CaseKind[]): Part {
  const ends = openIn(snapshot.cases).filter((open) => open.subject === subject && kinds.includes(open.kind));
  return ends.length === 0 ? none : { cases: { resolve: ends.map(({ kind }) => answered(kind, subject, context)) } };
}

/** The answer that closes an attempt also closes what was open about its being unknown. */
export function answerCasesOf(at: Deciding, attempt: Attempt): Part[] {
  return [answerCases(at, attempt.id, "unknown_outcome", "mismatched_answer"), answerCases(at, workedOn(attempt), "overdue")];
}

/** After half an hour without an outcome a person should know. The questions go on. */
export function escalate(at: Deciding, attempt: Attempt): Part {
  if (attempt.firstSentAt === null || at.context.now - attempt.firstSentAt < UNKNOWN_CASE_AFTER_MS) return none;
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

/** The cases of a change, and the end of the case of failure of every job that it ends or reschedules: somebody else may have done the job's work. */
export function failuresEndedBy({ snapshot, context }: Deciding, { job, jobs, cases }: Part): Part["cases"] {
  const failing = openIn(snapshot.cases).filter((open) => failureKinds.includes(open.kind));
  if (failing.length === 0) return cases;
  const moves = jobs?.move ?? [];
  const ids = new Set([...(jobs?.remove ?? []), ...moves.filter((move) => move.tries === 0).map((move) => move.id)]);
  if (job && !moves.some((move) => move.id === job.id)) ids.add(job.id);
  const ends = failing.filter((open) => ids.has(open.subject)).map(({ kind, subject }) => answered(kind, subject, context));
  return { ...cases, resolve: [...(cases?.resolve ?? []), ...ends] };
}

/** What a job that goes on failing opens. */
export const failureKinds: readonly CaseKind[] = ["dead_job", "malformed_message"];

export function answered(kind: CaseKind, subject: string, { now }: Pick<Context, "now">): CaseEnd {
  return { kind, subject, resolvedAt: now };
}

export function openIn(cases: readonly CaseMark[]): readonly CaseMark[] {
  return cases.length === 0 ? cases : cases.filter((row) => row.status === "open");
}
