/** Builders for whole rows: a test names only what matters to it. */
import { randomBytes } from "node:crypto";
import type { Creation } from "../../core/change.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Attempt, Exchange, IdempotencyRow, Job, MoneyEvent, Payment, Refund, Scope } from "../../core/model.ts";
import { id, T0, tick } from "./clock.ts";

/** A merchant of its own for every test, so that tests do not see each other's rows. */
export function newScope(mode: Scope["mode"] = "test"): Scope {
  return { merchantId: id("mer"), mode };
}

export function payment(scope: Scope, given: Partial<Payment> = {}): Payment {
  const own = given.id ?? id("pay");
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: own,
    orderId: null,
    status: "pending",
    version: 1,
    attempt: 0,
    sequence: 1,
    amount: 50_000,
    currency: "INR",
    amountAuthorized: 0,
    amountCaptured: 0,
    captureReserved: 0,
    amountRefunded: 0,
    refundReserved: 0,
    method: { type: "card", token: "tok_1", network: "visa", last4: "1111" },
    captureMethod: "automatic",
    description: "Größe 7 – naïve 👟",
    metadata: { zeta: "1", alpha: "2", "10": "ten" },
    customer: { email: "a@example.com" },
    returnUrl: "https://shop.example/back",
    nextAction: null,
    error: null,
    identityKind: "payment",
    identity: own,
    audience: "merchant",
    cancelRequestedAt: null,
    lapsesAt: null,
    requestId: id("req"),
    createdAt: tick(),
    ...given,
  };
}

export function event(of: Payment, given: Partial<MoneyEvent> = {}): MoneyEvent {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("evt"),
    paymentId: of.id,
    sequence: of.sequence,
    type: "payment.created",
    closes: null,
    body: `{"id":"${of.id}", "b":1,"a":"ü"}`,
    createdAt: of.createdAt,
    ...given,
  };
}

export function job(scope: Scope, given: Partial<Job> & Pick<Job, "subject">): Job {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: jobIdOf(given.subject),
    queue: "payment-queue",
    kind: "charge",
    attemptId: null,
    lane: scope.merchantId,
    runAt: T0,
    tries: 0,
    leaseToken: null,
    deadlineAt: null,
    traceparent: null,
    createdAt: T0,
    ...given,
  };
}

export function idempotency(scope: Scope, given: Partial<IdempotencyRow> = {}): IdempotencyRow {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    audience: "merchant",
    key: `key ${id("key")}`,
    requestHash: "h1",
    requestId: id("req"),
    creates: true,
    subject: null,
    status: 201,
    answerEvent: null,
    answerCloses: null,
    answerBody: null,
    createdAt: T0,
    ...given,
  };
}

export function creation(
  scope: Scope,
  given: { payment?: Partial<Payment>; job?: Partial<Job>; key?: string; idempotency?: Partial<IdempotencyRow> } = {},
): Creation {
  const row = payment(scope, given.payment);
  const created = event(row);
  const key =
    given.key === undefined ? null : idempotency(scope, { key: given.key, subject: row.id, answerEvent: created.id, ...given.idempotency });
  return { payment: row, event: created, job: job(scope, { subject: row.id, ...given.job }), idempotency: key };
}

export function attempt(of: Payment, given: Partial<Attempt> = {}): Attempt {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("att"),
    paymentId: of.id,
    subject: of.id,
    refundId: null,
    operation: "charge",
    n: 1,
    connector: "sandbox",
    accountId: `acc_${of.merchantId}`,
    gatewayKey: `gk${randomBytes(15).toString("hex")}`,
    status: "calling",
    amount: of.amount,
    currency: of.currency,
    gatewayReference: null,
    parentReference: null,
    error: null,
    routing: { rule: "priority", reason: "first" },
    firstSentAt: T0,
    lastSentAt: T0,
    sends: 1,
    questions: 0,
    notFound: 0,
    storedError: false,
    createdAt: tick(),
    closedAt: null,
    lateStatus: null,
    lateReference: null,
    lateAt: null,
    ...given,
  };
}

export function refund(of: Payment, given: Partial<Refund> = {}): Refund {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("rfnd"),
    paymentId: of.id,
    kind: "merchant",
    reverses: null,
    amount: 100,
    reason: "broken",
    status: "pending",
    error: null,
    createdAt: tick(),
    processedAt: null,
    ...given,
  };
}

export function exchange(of: Attempt, given: Partial<Exchange> = {}): Exchange {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("exc"),
    paymentId: of.paymentId,
    attemptId: of.id,
    kind: "send",
    method: "POST",
    url: "http://sandbox/charges",
    request: "{}",
    status: 200,
    response: "{}",
    result: "answer",
    startedAt: T0,
    durationMs: 12,
    ...given,
  };
}

export { id, T0 } from "./clock.ts";
export * from "./rows-around.ts";
export * from "./rows-stored.ts";
