/** What several decisions share: finding rows in a snapshot, and building the rows that go with a change. */
import type { Context } from "../change.ts";
import { gatewayKey } from "../gateway-key.ts";
import { jobIdOf } from "../ids.ts";
import { EXCHANGES_PER_ATTEMPT_MAX, UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import { representPayment } from "../represent.ts";
import { attemptIsOpen } from "../states/attempt.ts";
import type {
  Attempt,
  Case,
  CaseKind,
  Delivery,
  EventType,
  Exchange,
  Job,
  MoneyEvent,
  Ms,
  Operation,
  Payment,
  Refund,
  Scope,
  Snapshot,
} from "../model.ts";
import type { CaseEnd } from "../change.ts";
import type { Evidence } from "../ports/connector.ts";

export interface Announcement {
  /** The payment with its event counted. */
  readonly payment: Payment;
  readonly event: MoneyEvent;
  readonly deliveries: readonly Delivery[];
  readonly jobs: readonly Job[];
}

/** Facts that a merchant is told of. `payment.created` is the answer to the request itself. */
const delivered: ReadonlySet<EventType> = new Set([
  "payment.requires_action",
  "payment.authorized",
  "payment.captured",
  "payment.capture_failed",
  "payment.succeeded",
  "payment.failed",
  "payment.canceled",
  "payment.cancel_failed",
  "refund.created",
  "refund.succeeded",
  "refund.failed",
]);

/** The event of a change, its text, and one delivery with its job per enabled endpoint: all commit with the change. */
export function announce(
  snapshot: Snapshot,
  after: Payment,
  fact: { type: EventType; closes: string | null; attempts?: readonly Attempt[] },
  context: Context,
): Announcement {
  const payment = { ...after, sequence: after.sequence + 1 };
  const event: MoneyEvent = {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("evt"),
    paymentId: payment.id,
    sequence: payment.sequence,
    type: fact.type,
    closes: fact.closes,
    body: JSON.stringify(representPayment(payment, fact.attempts ?? snapshot.attempts)),
    createdAt: context.now,
  };
  const deliveries = delivered.has(fact.type) ? snapshot.endpointIds.map((endpointId) => newDelivery(event, endpointId, context)) : [];
  return { payment, event, deliveries, jobs: deliveries.map((delivery) => deliveryJob(delivery, context)) };
}

export function deliveryJob(delivery: Delivery, context: Context): Job {
  return newJob(
    delivery,
    { id: jobIdOf(delivery.id), queue: "webhook-queue", kind: "webhook", subject: delivery.id, lane: delivery.endpointId },
    context,
  );
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

/**
 * When a person is told that an attempt which was sent has no outcome. Undefined where that time is past: the sweep has told it and
 * has set the next look, and a past deadline that came back with each question would stand before fresh ones.
 */
export function deadlineOf(attempt: Attempt, context: Context): Ms | undefined {
  const at = (attempt.firstSentAt ?? context.now) + UNKNOWN_CASE_AFTER_MS;
  return at > context.now ? at : undefined;
}

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

/** The charge attempt whose outcome moves the payment. */
export function currentCharge(snapshot: Snapshot): Attempt | undefined {
  return snapshot.attempts.find((attempt) => attempt.operation === "charge" && attempt.n === snapshot.payment.attempt);
}

export function nextN(snapshot: Snapshot, operation: Operation): number {
  return snapshot.attempts.reduce((n, attempt) => (attempt.operation === operation ? Math.max(n, attempt.n) : n), 0) + 1;
}

/** An attempt on the payment itself that has no definitive outcome yet. Refunds work on their own subject. */
export function openAttempt(snapshot: Snapshot): Attempt | undefined {
  return snapshot.attempts.find((attempt) => attempt.subject === snapshot.payment.id && attemptIsOpen(attempt.status));
}

/** The snapshot's attempts with these rows in place of their older selves. */
export function withAttempts(snapshot: Snapshot, ...changed: readonly Attempt[]): Attempt[] {
  const fresh = new Map(changed.map((attempt) => [attempt.id, attempt]));
  const known = snapshot.attempts.map((attempt) => {
    const next = fresh.get(attempt.id);
    fresh.delete(attempt.id);
    return next ?? attempt;
  });
  return [...known, ...fresh.values()];
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

export function refundOf(snapshot: Snapshot, attempt: Attempt): Refund {
  const refund = snapshot.refunds.find((row) => row.id === attempt.refundId);
  if (!refund) throw new Error(`refund attempt ${attempt.id} has no refund`);
  return refund;
}

function newDelivery(event: MoneyEvent, endpointId: string, context: Context): Delivery {
  return {
    merchantId: event.merchantId,
    mode: event.mode,
    id: context.id("dlv"),
    channel: "webhook",
    eventId: event.id,
    paymentId: event.paymentId,
    endpointId,
    status: "pending",
    tries: 0,
    scheduleStart: 0,
    nextTryAt: context.now,
    lastStatusCode: null,
    createdAt: context.now,
    finishedAt: null,
  };
}
