import { caseKinds } from "./case-kinds.ts";
import { ACTION_EXPIRES_AFTER_MS, PENDING_CASE_AFTER_MS, UNKNOWN_CASE_AFTER_MS, WEBHOOK_SCHEDULES_MS } from "./constants.ts";
import { shownOf } from "./methods/method.ts";
import type { Case, Attempt, CaseMark, Endpoint, Payment, Ms, Refund, Order } from "./model.ts";

export interface PaymentDetails {
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  readonly cases: readonly CaseMark[];
}

/**
 * A payment as the API and webhooks show it. Also the text of its events: rendered once per change, replayed byte for byte.
 * @param details left out in lists, which leave these members out: empty ones would say that there are none
 */
export function representPayment(payment: Payment, details?: PaymentDetails): Record<string, unknown> {
  const method = payment.method;
  return {
    id: payment.id,
    object: "payment",
    status: payment.status,
    amount: payment.amount,
    amount_authorized: payment.amountAuthorized,
    amount_captured: payment.amountCaptured,
    amount_refunded: payment.amountRefunded,
    currency: payment.currency,
    method: method?.type ?? null,
    ...(method !== null && { [method.type]: shownOf(method) }),
    capture_method: payment.captureMethod,
    order_id: payment.orderId,
    description: payment.description,
    metadata: payment.metadata,
    customer: payment.customer,
    return_url: payment.returnUrl,
    next_action: payment.nextAction,
    cancel_requested_at: payment.cancelRequestedAt === null ? null : iso(payment.cancelRequestedAt),
    processing_deadline_at: details && timeOrNull(deadlineOf(payment, details.attempts)),
    finalized_at: timeOrNull(payment.finalizedAt),
    succeeded_attempt_id: details && succeededAttemptOf(payment, details.attempts),
    attempts: details?.attempts.map(representAttempt),
    refunds: details && (details.refunds.length === 0 ? [] : details.refunds.map((refund) => representRefund(refund))),
    open_cases: details && openCasesOf(details.cases),
    error: payment.error,
    created_at: iso(payment.createdAt),
  };
}

function timeOrNull(at: Ms | null): string | null {
  return at === null ? null : iso(at);
}

/** When somebody must have heard of it: the outcome, or else a case for a person, or the end of a challenge. Null: nothing is waited for. */
function deadlineOf(payment: Payment, attempts: readonly Attempt[]): Ms | null {
  if (payment.status === "pending") return payment.createdAt + PENDING_CASE_AFTER_MS;
  if (payment.status !== "processing" && payment.status !== "requires_action") return null;
  const charge = attempts.find((attempt) => attempt.operation === "charge" && attempt.n === payment.attempt);
  if (!charge) return null;
  return payment.status === "requires_action"
    ? charge.createdAt + ACTION_EXPIRES_AFTER_MS
    : (charge.firstSentAt ?? charge.createdAt) + UNKNOWN_CASE_AFTER_MS;
}

/** The charge that took the money, or holds it. */
function succeededAttemptOf(payment: Payment, attempts: readonly Attempt[]): string | null {
  if (payment.amountAuthorized === 0) return null;
  return attempts.find((attempt) => attempt.operation === "charge" && attempt.n === payment.attempt)?.id ?? null;
}

/** A refund as the API shows it, and as webhooks do: there with its payment. */
export function representRefund(refund: Refund, payment?: Payment): Record<string, unknown> {
  return {
    id: refund.id,
    object: "refund",
    payment_id: refund.paymentId,
    status: refund.status,
    amount: refund.amount,
    currency: refund.currency,
    kind: refund.kind,
    reason: refund.reason,
    error: refund.error,
    created_at: iso(refund.createdAt),
    processed_at: timeOrNull(refund.processedAt),
    payment: payment && representPayment(payment),
  };
}

/** A case as the API and webhooks show it. */
export function representCase(row: Case): Record<string, unknown> {
  return {
    id: row.id,
    object: "case",
    kind: row.kind,
    subject: row.subject,
    payment_id: row.paymentId,
    status: row.status,
    summary: row.summary,
    what_to_do: caseKinds[row.kind].todo,
    evidence: row.evidence,
    opened_at: iso(row.openedAt),
    resolved_at: timeOrNull(row.resolvedAt),
    resolved_by: row.resolvedBy,
    resolution: row.resolution,
    resolved_by_name: row.resolvedByName,
  };
}

export function representOrder(order: Order): Record<string, unknown> {
  return {
    id: order.id,
    object: "order",
    status: order.status,
    amount: order.amount,
    amount_paid: order.amountPaid,
    amount_due: order.amount - order.amountPaid,
    currency: order.currency,
    receipt: order.receipt,
    notes: order.notes,
    payment_link_id: order.paymentLinkId,
    created_at: iso(order.createdAt),
  };
}

/** A loop for what is nearly always empty would cost each event something. */
function openCasesOf(cases: readonly CaseMark[]): Record<string, unknown>[] {
  if (cases.length === 0) return [];
  return cases.filter((row) => row.status === "open").map(({ id, kind, openedAt }) => ({ id, kind, opened_at: iso(openedAt) }));
}

export function representAttempt(attempt: Attempt): Record<string, unknown> {
  return {
    id: attempt.id,
    object: "attempt",
    operation: attempt.operation,
    n: attempt.n,
    status: attempt.status,
    connector: attempt.connector,
    account_id: attempt.accountId,
    amount: attempt.amount,
    gateway_key: attempt.gatewayKey,
    gateway_reference: attempt.gatewayReference,
    routing: attempt.routing,
    error: attempt.error,
    late:
      attempt.lateStatus === null
        ? undefined
        : { status: attempt.lateStatus, reference: attempt.lateReference, at: attempt.lateAt === null ? null : iso(attempt.lateAt) },
    created_at: iso(attempt.createdAt),
    closed_at: attempt.closedAt === null ? null : iso(attempt.closedAt),
  };
}

/** The webhook's body: a fixed envelope round the event's own text, so it is the same at every try without being stored again. */
export function eventEnvelope(event: {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly body: string;
  readonly createdAt: number;
}): string {
  return `{"id":"${event.id}","object":"event","type":"${event.type}","api_version":"${event.apiVersion}","timestamp":"${iso(event.createdAt)}","data":${event.body}}`;
}

/** An endpoint as the API shows it, without its secret. */
export function representEndpoint(endpoint: Endpoint): Record<string, unknown> {
  return {
    id: endpoint.id,
    object: "webhook_endpoint",
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    api_version: endpoint.apiVersion,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    disabled_at: endpoint.disabledAt === null ? null : iso(endpoint.disabledAt),
    left_alone_until: endpoint.breakerUntil === null ? null : iso(endpoint.breakerUntil),
    secret_last4: endpoint.secret.slice(-4),
    secret_created_at: iso(endpoint.secretCreatedAt),
    previous_secret_expires_at: endpoint.previousSecretUntil === null ? null : iso(endpoint.previousSecretUntil),
    header_names: Object.keys(endpoint.headers),
    retry_schedule: scheduleName(endpoint.retryIntervalsMs),
    created_at: iso(endpoint.createdAt),
  };
}

function scheduleName(gapsMs: Endpoint["retryIntervalsMs"]): string {
  const text = JSON.stringify(gapsMs);
  const named = Object.entries(WEBHOOK_SCHEDULES_MS).find(([, each]) => JSON.stringify(each) === text);
  return gapsMs === null ? "default" : (named?.[0] ?? "custom");
}

let lastMs = Number.NaN;
let lastText = "";

/**
 * ISO 8601 in UTC with milliseconds; kept, since what happens at once shows one time in many places. The only Date in the core: it formats
 * a given time and never reads a clock.
 */
export function iso(at: Ms): string {
  // oxlint-disable-next-line no-restricted-globals -- formats its argument; reads no clock
  if (at !== lastMs) lastText = new Date(at).toISOString();
  lastMs = at;
  return lastText;
}
