/** New rows, with what they are at first. Member by member: a literal that begins or ends with a spread costs V8 a slow object. */
import type { Context } from "../change.ts";
import { EXCHANGES_PER_ATTEMPT_MAX } from "../constants.ts";
import type { EventType } from "../events.ts";
import { gatewayKey, jobIdOf } from "../ids.ts";
import type { Attempt, CaseMark, Delivery, Exchange, Job, MoneyEvent, Payment, Scope, Snapshot } from "../model.ts";
import type { Evidence } from "../ports/connector.ts";
import { representPayment } from "../represent.ts";
import { nextN } from "./snapshot.ts";

/** What each operation decides for its attempt. */
export type AttemptPlan = Pick<
  Attempt,
  "operation" | "subject" | "refundId" | "connector" | "accountId" | "amount" | "parentReference" | "routing"
>;

/** An attempt before anything was sent. */
export function newAttempt(snapshot: Snapshot, plan: AttemptPlan, context: Context): Attempt {
  const { payment } = snapshot;
  const n = nextN(snapshot, plan.operation);
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("att"),
    paymentId: payment.id,
    subject: plan.subject,
    refundId: plan.refundId,
    operation: plan.operation,
    n,
    connector: plan.connector,
    accountId: plan.accountId,
    gatewayKey: gatewayKey(payment, plan.operation, n),
    status: "queued",
    amount: plan.amount,
    currency: payment.currency,
    gatewayReference: null,
    parentReference: plan.parentReference,
    error: null,
    routing: plan.routing,
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

export type JobPlan = Pick<Job, "queue" | "kind" | "subject" | "lane"> & Partial<Job>;

/** A job that is due at once, unless the plan says otherwise. Its id follows from its subject, unless it is an attempt's. */
export function newJob(scope: Scope, plan: JobPlan, context: Context): Job {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: jobIdOf(plan.attemptId ?? plan.subject),
    queue: plan.queue,
    kind: plan.kind,
    subject: plan.subject,
    attemptId: plan.attemptId ?? null,
    lane: plan.lane,
    runAt: plan.runAt ?? context.now,
    tries: 0,
    leaseToken: null,
    deadlineAt: plan.deadlineAt ?? null,
    traceparent: plan.traceparent ?? null,
    createdAt: context.now,
  };
}

export interface Fact<Type extends EventType> {
  readonly type: Type;
  /** What it ends: `charge`, or the id of a capture, void or refund attempt. */
  readonly closes: string | null;
  readonly attempts: readonly Attempt[];
  readonly cases: readonly CaseMark[];
}

/** @param payment as the event shows it, this event counted */
export function newEvent<Type extends EventType>(
  payment: Payment,
  { type, closes, attempts, cases }: Fact<Type>,
  context: Context,
): MoneyEvent & { readonly type: Type } {
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("evt"),
    paymentId: payment.id,
    sequence: payment.sequence,
    type,
    closes,
    body: JSON.stringify(representPayment(payment, { attempts, cases })),
    createdAt: context.now,
  };
}

export function newDelivery(event: MoneyEvent, endpointId: string, context: Context): Delivery {
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

export function deliveryJob(delivery: Delivery, context: Context): Job {
  return newJob(delivery, { queue: "webhook-queue", kind: "webhook", subject: delivery.id, lane: delivery.endpointId }, context);
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
