/** The rows that go with a change. */
import type { CaseEnd, Context } from "../change.ts";
import { EXCHANGES_PER_ATTEMPT_MAX, UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import { gatewayKey } from "../gateway-key.ts";
import type { Attempt, Case, CaseKind, Exchange, Job, Ms, Scope, Snapshot } from "../model.ts";
import type { Evidence } from "../ports/connector.ts";
import { nextN } from "./snapshot.ts";

/** An attempt before anything was sent; `given` names what each operation decides for itself. */
export function newAttempt(
  snapshot: Snapshot,
  given: Pick<Attempt, "operation" | "subject" | "refundId" | "connector" | "accountId" | "amount" | "parentReference" | "routing">,
  context: Context,
): Attempt {
  const { payment } = snapshot;
  const n = nextN(snapshot, given.operation);
  // Member by member, as in `newJob`.
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("att"),
    paymentId: payment.id,
    subject: given.subject,
    refundId: given.refundId,
    operation: given.operation,
    n,
    connector: given.connector,
    accountId: given.accountId,
    gatewayKey: gatewayKey(payment, given.operation, n),
    status: "queued",
    amount: given.amount,
    currency: payment.currency,
    gatewayReference: null,
    parentReference: given.parentReference,
    error: null,
    routing: given.routing,
    firstSentAt: null,
    lastSentAt: null,
    sends: 0,
    questions: 0,
    notFound: 0,
    storedError: false,
    createdAt: context.now,
    closedAt: null,
    lateStatus: null,
    lateReference: null,
    lateAt: null,
  };
}

/** A job that is due at once; `given` names what differs. */
export function newJob(scope: Scope, given: Pick<Job, "id" | "queue" | "kind" | "subject" | "lane"> & Partial<Job>, context: Context): Job {
  // Member by member: a literal that begins or ends with a spread costs V8 a slow object, and this is the hottest path.
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: given.id,
    queue: given.queue,
    kind: given.kind,
    subject: given.subject,
    attemptId: given.attemptId ?? null,
    lane: given.lane,
    runAt: given.runAt ?? context.now,
    tries: 0,
    leaseToken: null,
    deadlineAt: given.deadlineAt ?? null,
    traceparent: given.traceparent ?? null,
    createdAt: context.now,
  };
}

/** The HTTP exchanges of a reply as rows; past the bound only the counts on the attempt go on. */
export function exchangeRows(attempt: Attempt, evidence: readonly Evidence[], context: Context): Exchange[] {
  if (attempt.sends + attempt.questions > EXCHANGES_PER_ATTEMPT_MAX) return [];
  return evidence.map((exchange) => ({
    merchantId: attempt.merchantId,
    mode: attempt.mode,
    id: context.id("exc"),
    paymentId: attempt.paymentId,
    attemptId: attempt.id,
    kind: exchange.kind,
    method: exchange.method,
    url: exchange.url,
    request: exchange.request,
    status: exchange.status,
    response: exchange.response,
    result: exchange.result,
    startedAt: exchange.startedAt,
    durationMs: exchange.durationMs,
  }));
}

/** A case, unless it is open already. */
export function openCase(
  snapshot: Snapshot,
  given: { kind: CaseKind; subject: string; summary: string; evidence: Record<string, unknown> },
  context: Context,
): Case[] {
  if (snapshot.openCases.some((open) => open.kind === given.kind && open.subject === given.subject)) return [];
  return [
    {
      merchantId: snapshot.payment.merchantId,
      mode: snapshot.payment.mode,
      id: context.id("case"),
      kind: given.kind,
      subject: given.subject,
      summary: given.summary,
      evidence: given.evidence,
      paymentId: snapshot.payment.id,
      status: "open",
      openedAt: context.now,
      resolvedAt: null,
      resolvedBy: null,
    },
  ];
}

/** The open cases of this subject that an answer closes. */
export function answeredCases(snapshot: Snapshot, subject: string, kinds: readonly CaseKind[], context: Context): CaseEnd[] {
  return snapshot.openCases
    .filter((open) => open.subject === subject && kinds.includes(open.kind))
    .map(({ kind }) => ({ kind, subject, resolvedAt: context.now, resolvedBy: "answer" as const }));
}

/**
 * When a person is told that an attempt which was sent has no outcome. Undefined where that time is past: the sweep has told it and
 * has set the next look, and a past deadline that came back with each question would stand before fresh ones.
 */
export function deadlineOf(attempt: Attempt, context: Context): Ms | undefined {
  const at = (attempt.firstSentAt ?? context.now) + UNKNOWN_CASE_AFTER_MS;
  return at > context.now ? at : undefined;
}
