/** New rows as they are at first, and the planning of operations at the gateway, which are rows. Member by member: a literal that begins or ends with a spread costs V8 a slow object. */
import type { Context, Deciding, Part } from "../change.ts";
import { EXCHANGES_PER_ATTEMPT_MAX, PENDING_CASE_AFTER_MS } from "../constants.ts";
import { isEmailId } from "../email.ts";
import { eventTypes, wants, type EventType } from "../events.ts";
import { gatewayKey, jobIdOf } from "../ids.ts";
import type { Attempt, Delivery, Exchange, Job, MoneyEvent, Operation, Payment, Scope, Snapshot, Refund, Subscriber } from "../model.ts";
import type { Evidence } from "../ports/connector.ts";
import { representPayment, representRefund, type PaymentDetails } from "../represent.ts";
import type { Route } from "../routing/choose.ts";

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
    ...plan,
    n,
    gatewayKey: gatewayKey(payment, plan.operation, n),
    status: "queued",
    currency: payment.currency,
    gatewayReference: null,
    error: null,
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

export interface Fact<Type extends EventType> extends PaymentDetails {
  readonly type: Type;
  /** What it ends: `charge`, or the id of a capture, void or refund attempt. */
  readonly closes: string | null;
  /** That the event is about, as this change leaves it; undefined: the event is about the payment. */
  readonly refund?: Refund;
}

/** @param payment as the event shows it, this event counted */
export function newEvent<Type extends EventType>(
  payment: Payment,
  fact: Fact<Type>,
  context: Context,
): MoneyEvent & { readonly type: Type } {
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("evt"),
    paymentId: payment.id,
    sequence: payment.sequence,
    type: fact.type,
    closes: fact.closes,
    apiVersion: context.apiVersion,
    body: JSON.stringify(fact.refund ? representRefund(fact.refund, payment) : representPayment(payment, fact)),
    createdAt: context.now,
  };
}

/** An event that is about no payment alone: it has no place in the order of one. */
export function eventBeside({ merchantId, mode }: Scope, type: "case.opened" | "webhook.test", data: object, context: Context): MoneyEvent {
  const body = JSON.stringify(data);
  const { apiVersion, now: createdAt } = context;
  return { merchantId, mode, id: context.id("evt"), paymentId: null, sequence: 1, type, closes: null, apiVersion, body, createdAt };
}

/**
 * What is owed of an event: one delivery to each endpoint that wants its type, and one e-mail. The one place where endpoints are chosen.
 * @param hasAddress the shopper can be written to
 */
export function deliveriesOf(event: MoneyEvent, endpoints: readonly Subscriber[], context: Context, hasAddress = false): Delivery[] {
  const owed: Delivery[] = [];
  if (!eventTypes[event.type].webhook) return owed;
  for (const { id, events } of endpoints)
    if (wants(events, event.type) && (hasAddress || !isEmailId(id))) owed.push(newDelivery(event, id, context));
  return owed;
}

/** A delivery to this endpoint, whatever it wants. */
export function newDelivery(event: MoneyEvent, endpointId: string, context: Context): Delivery {
  return {
    merchantId: event.merchantId,
    mode: event.mode,
    id: context.id("dlv"),
    channel: isEmailId(endpointId) ? "email" : "webhook",
    eventId: event.id,
    eventType: event.type,
    paymentId: event.paymentId,
    endpointId,
    status: "pending",
    tries: 0,
    scheduleStart: 0,
    nextTryAt: context.now,
    lastStatusCode: null,
    createdAt: context.now,
    finishedAt: null,
    byHand: null,
  };
}

/** E-mails of all merchants share one lane, since they share one server: while it is down they take no more than one receiver may. */
export const EMAIL_LANE = "email";

export function deliveryJob(delivery: Delivery, context: Context): Job {
  if (delivery.channel === "email")
    return newJob(delivery, { queue: "webhook-queue", kind: "email", subject: delivery.id, lane: EMAIL_LANE }, context);
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
    ...exchange,
    attemptId: attempt.id,
  }));
}

function nextN({ attempts }: Snapshot, operation: Operation): number {
  return attempts.reduce((n, attempt) => (attempt.operation === operation ? Math.max(n, attempt.n) : n), 0) + 1;
}

/** Planning an operation at the gateway: its attempt with its job. The caller reserves the amount in the same change. */

export interface Planned {
  readonly attempt: Attempt;
  readonly part: Part;
}

/** The next charge attempt of a payment. The payment's own job sends it. */
export function planCharge({ snapshot, context }: Deciding, { connector, accountId, routing }: Route): Attempt {
  const { amount, id: subject } = snapshot.payment;
  const plan = { operation: "charge", subject, refundId: null, connector, accountId, amount, parentReference: null, routing } as const;
  return newAttempt(snapshot, plan, context);
}

/** What a capture, void or refund acts on: a charge, by the gateway's own id of it. */
export interface Target {
  readonly charge: Attempt;
  readonly reference: string;
}

/** The charge as a target; null while the gateway's reference is not known. */
export function targetOf(charge: Attempt | undefined): Target | null {
  return charge && charge.gatewayReference !== null ? { charge, reference: charge.gatewayReference } : null;
}

export function planCapture(at: Deciding, target: Target, amount: number, reason: string): Planned {
  return planned(at, target, { operation: "capture", subject: at.snapshot.payment.id, refundId: null, amount, reason });
}

/** False at a gateway where a hold can only lapse. */
export function canVoid({ connector }: Attempt, { capabilities }: Context): boolean {
  return capabilities(connector)?.operations.includes("void") ?? true;
}

/** A void of what the payment's charge still holds. */
export function planVoid(at: Deciding, target: Target, reason: string): Planned {
  const { id, amountAuthorized, amountCaptured } = at.snapshot.payment;
  return planned(at, target, { operation: "void", subject: id, refundId: null, amount: amountAuthorized - amountCaptured, reason });
}

/** A void of a charge that the gateway holds although its attempt is closed. It works on that attempt, not on the payment. */
export function planReversingVoid(at: Deciding, target: Target, reason: string): Planned {
  const { charge } = target;
  return planned(at, target, { operation: "void", subject: charge.id, refundId: null, amount: charge.amount, reason });
}

/** A refund row with its attempt. */
export function planRefund(at: Deciding, target: Target, wanted: RefundPlan): Planned & { readonly refund: Refund } {
  const { payment } = at.snapshot;
  const refund: Refund = {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: at.context.id("rfnd"),
    paymentId: payment.id,
    ...wanted,
    currency: payment.currency,
    status: "pending",
    error: null,
    createdAt: at.context.now,
    processedAt: null,
  };
  const { id: refundId, amount } = refund;
  const reason = wanted.reason ?? wanted.kind;
  const { attempt, part } = planned(at, target, { operation: "refund", subject: refundId, refundId, amount, reason });
  return { refund, attempt, part: { ...part, refunds: { insert: [refund] } } };
}

export type RefundPlan = Pick<Refund, "kind" | "reverses" | "amount" | "reason">;

interface OperationPlan extends Pick<Attempt, "subject" | "refundId" | "amount"> {
  readonly operation: "capture" | "void" | "refund";
  readonly reason: string;
}

function planned({ snapshot, context }: Deciding, { charge, reference }: Target, { reason, ...plan }: OperationPlan): Planned {
  const { connector, accountId } = charge;
  const routing = { rule: "follows the charge", reason };
  const attempt = newAttempt(snapshot, { ...plan, connector, accountId, parentReference: reference, routing }, context);
  const queue = plan.operation === "refund" ? "refund-queue" : "payment-queue";
  const deadlineAt = context.now + PENDING_CASE_AFTER_MS;
  const job = { queue, kind: plan.operation, subject: attempt.paymentId, attemptId: attempt.id, lane: accountId, deadlineAt } as const;
  return { attempt, part: { attempts: { insert: [attempt] }, jobs: { insert: [newJob(attempt, job, context)] } } };
}
