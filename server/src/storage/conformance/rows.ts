/** Builders for whole rows: a test names only what matters to it. */
import { randomBytes } from "node:crypto";
import type { Creation } from "../../core/change.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Attempt, Exchange, IdempotencyRow, Job, MoneyEvent, Payment, Refund, Scope } from "../../core/model.ts";
import { aJob, anAttempt, aPayment } from "../../core/rows.testing.ts";
import { id, T0, tick } from "./clock.ts";

/** A merchant of its own for every test, so that tests do not see each other's rows. */
export function newScope(mode: Scope["mode"] = "test"): Scope {
  return { merchantId: id("mer"), mode };
}

export function payment({ merchantId, mode }: Scope, given: Partial<Payment> = {}): Payment {
  const own = given.id ?? id("pay");
  return aPayment({
    merchantId,
    mode,
    id: own,
    amount: 50_000,
    description: "Größe 7 – naïve 👟",
    metadata: { zeta: "1", alpha: "2", "10": "ten" },
    customer: { email: "a@example.com" },
    returnUrl: "https://shop.example/back",
    identity: own,
    requestId: id("req"),
    createdAt: tick(),
    ...given,
  });
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

export function job({ merchantId, mode }: Scope, given: Partial<Job> & Pick<Job, "subject">): Job {
  return aJob({
    merchantId,
    mode,
    id: jobIdOf(given.subject),
    lane: merchantId,
    runAt: T0,
    tries: 0,
    leaseToken: null,
    createdAt: T0,
    ...given,
  });
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
  return anAttempt({
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("att"),
    paymentId: of.id,
    subject: of.id,
    accountId: `acc_${of.merchantId}`,
    gatewayKey: `gk${randomBytes(15).toString("hex")}`,
    amount: of.amount,
    currency: of.currency,
    firstSentAt: T0,
    lastSentAt: T0,
    createdAt: tick(),
    ...given,
  });
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
