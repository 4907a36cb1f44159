import { newEvent, newJob, type JobPlan } from "../change/rows.ts";
import type { Context, Creation, Refusal } from "../change.ts";
import { CREATED_EXPIRES_AFTER_MS, PENDING_CASE_AFTER_MS } from "../constants.ts";
import { formatMoney } from "../money.ts";
import type { ApiVersion } from "../ports/versions.ts";
import { untouched, type Audience, type IdempotencyRow, type Job, type Order, type Payment, type Scope } from "../model.ts";

/** What the merchant sent, after validation. */
export type CreateCommand = Pick<
  Payment,
  "amount" | "currency" | "method" | "captureMethod" | "orderId" | "description" | "metadata" | "customer" | "returnUrl"
> & {
  readonly scope: Scope;
  readonly audience: Audience;
  readonly apiVersion: ApiVersion;
  readonly requestId: string;
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  /** null: charge in the background if there is a method. */
  readonly confirm: boolean | null;
  readonly traceparent: string | null;
};

/**
 * A new payment, its first event, its first job and its idempotency row.
 * @param order that it is to pay, if that is one of ours
 */
export function decideCreate(
  command: CreateCommand,
  context: Context,
  order: Order | null = null,
): { readonly creation: Creation } | { readonly refusal: Refusal } {
  const other = order && otherThan(order, command);
  if (other) return { refusal: other };
  if (command.confirm === true && command.method === null) return { refusal: { code: "method_required", param: "method" } };
  const payment = newPayment(command, context);
  const event = newEvent(payment, { type: "payment.created", closes: null, attempts: [], refunds: [], cases: [] }, context);
  const idempotency = command.idempotency && answerRow(command, payment, event.id, context);
  return { creation: { payment, event, job: firstJob(payment, command, context), idempotency } };
}

function otherThan(order: Order, { amount, currency }: CreateCommand): Refusal | null {
  const param = amount !== order.amount ? "amount" : currency !== order.currency ? "currency" : null;
  if (param === null) return null;
  return {
    code: "order_mismatch",
    param,
    message: `The order is for ${formatMoney(order.amount, order.currency)}. Send amount ${order.amount} and currency ${order.currency}.`,
  };
}

function newPayment(command: CreateCommand, context: Context): Payment {
  const id = context.id("pay");
  const charged = command.method !== null && command.confirm !== false;
  return {
    merchantId: command.scope.merchantId,
    mode: command.scope.mode,
    id,
    ...untouched,
    orderId: command.orderId,
    status: charged ? "pending" : "created",
    version: 1,
    sequence: 1,
    amount: command.amount,
    currency: command.currency,
    method: command.method,
    captureMethod: command.captureMethod,
    description: command.description,
    metadata: command.metadata,
    customer: command.customer,
    returnUrl: command.returnUrl,
    identityKind: command.idempotency ? "key" : "payment",
    identity: command.idempotency ? command.idempotency.key : id,
    audience: command.audience,
    requestId: command.requestId,
    createdAt: context.now,
  };
}

/** `created` is owned by its expiry, `pending` by its charge. One row: a confirm turns the one into the other. */
function firstJob(payment: Payment, { traceparent }: CreateCommand, context: Context): Job {
  const waits = payment.status === "created";
  const job: JobPlan = {
    queue: "payment-queue",
    kind: waits ? "expire" : "charge",
    subject: payment.id,
    lane: payment.merchantId,
    runAt: waits ? context.now + CREATED_EXPIRES_AFTER_MS : context.now,
    deadlineAt: waits ? null : context.now + PENDING_CASE_AFTER_MS,
    traceparent,
  };
  return newJob(payment, job, context);
}

/** The row names the final answer: the created event, or for a synchronous create the event that ends `processing`. */
function answerRow(command: CreateCommand, payment: Payment, eventId: string, context: Context): IdempotencyRow {
  const waits = command.confirm === true;
  return {
    merchantId: command.scope.merchantId,
    mode: command.scope.mode,
    audience: command.audience,
    key: command.idempotency!.key,
    requestHash: command.idempotency!.requestHash,
    requestId: command.requestId,
    creates: true,
    subject: payment.id,
    status: 201,
    answerEvent: waits ? null : eventId,
    answerCloses: waits ? "charge" : null,
    answerBody: null,
    apiVersion: command.apiVersion,
    createdAt: context.now,
  };
}
