/** Builders for whole rows, and payments that are in a store: a test names only what matters to it. */
import { randomBytes } from "node:crypto";
import type { Change, Creation, IdPrefix } from "../../core/change.ts";
import { jobIdOf, newId } from "../../core/ids.ts";
import type {
  Attempt,
  Case,
  AccountRow,
  Delivery,
  DeliveryTry,
  Endpoint,
  Exchange,
  IdempotencyRow,
  InboxRow,
  Job,
  MoneyEvent,
  Ms,
  Payment,
  Refund,
  Scope,
} from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { aDelivery, aJob, anAccount, anAttempt, anEndpoint, aPayment } from "../../core/rows.testing.ts";

/** 2027-01-15T08:00:00.000Z */
export const T0: Ms = 1_800_000_000_000;

let ticks = 0;

/** A later time at every call, so that rows have the order in which they were built. */
export function tick(): Ms {
  return T0 + ticks++;
}

/** A new id; later calls give greater ones. */
export function id(prefix: IdPrefix): string {
  return newId(prefix, tick(), randomBytes(16));
}

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
    apiVersion: "2026-11-27",
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
    apiVersion: "2026-11-27",
    createdAt: T0,
    ...given,
  };
}

export function creation(
  scope: Scope,
  given: { payment?: Partial<Payment>; job?: Partial<Job>; key?: string; idempotency?: Partial<IdempotencyRow> } = {},
): Creation {
  const row = payment(scope, given.payment);
  const created = { ...event(row), type: "payment.created" as const };
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
    currency: of.currency,
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

export function delivery(of: MoneyEvent, endpointId: string, given: Partial<Delivery> = {}): Delivery {
  return aDelivery({
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("dlv"),
    eventId: of.id,
    eventType: of.type,
    paymentId: of.paymentId,
    endpointId,
    nextTryAt: T0,
    createdAt: tick(),
    ...given,
  });
}

export function tryRow(of: Delivery, n: number, given: Partial<DeliveryTry> = {}): DeliveryTry {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    deliveryId: of.id,
    n,
    at: T0,
    durationMs: 40,
    statusCode: 503,
    response: null,
    error: null,
    url: "https://shop.example/hooks/1",
    headerNames: null,
    ...given,
  };
}

export function case_(scope: Scope, given: Partial<Case> & Pick<Case, "subject">): Case {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: id("case"),
    kind: "unknown_outcome",
    paymentId: null,
    status: "open",
    summary: "No answer for 30 minutes.",
    evidence: { gateway_key: "gk", n: 1, nested: { z: 1, a: null } },
    openedAt: tick(),
    resolvedAt: null,
    resolvedBy: null,
    resolution: null,
    resolvedByName: null,
    quietUntil: null,
    ...given,
  };
}

export function inboxRow(scope: Scope, given: Partial<InboxRow> = {}): InboxRow {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: id("inb"),
    connector: "sandbox",
    accountId: `acc_${scope.merchantId}`,
    gatewayEventId: id("evt"),
    body: "{}",
    status: "received",
    attemptId: null,
    receivedAt: T0,
    handledAt: null,
    ...given,
  };
}

export function endpoint({ merchantId, mode }: Scope, given: Partial<Endpoint> = {}): Endpoint {
  return anEndpoint(1, { merchantId, mode, id: id("whe"), secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", createdAt: T0, ...given });
}

export function account({ merchantId, mode }: Scope, given: Partial<AccountRow> = {}): AccountRow {
  return anAccount(1, { merchantId, mode, id: id("acc"), credentials: { secret: "s3cret" }, createdAt: T0, ...given });
}

/** A created payment as the store has it. */
export async function stored(store: Store, scope: Scope, given: Partial<Payment> = {}): Promise<Payment> {
  const made = creation(scope, { payment: given });
  if ((await store.create(made)) !== "applied") throw new Error("the payment was not created");
  return made.payment;
}

/** The change that moves a payment, with whatever goes with it. */
export function moving(before: Payment, after: Partial<Payment>, rest: Partial<Change> = {}): Change {
  return { merchantId: before.merchantId, mode: before.mode, payment: { before, after: { ...before, ...after } }, ...rest };
}

/** A stored payment that is `processing` with its first charge attempt under way. */
export async function processing(
  store: Store,
  scope: Scope,
  given: { payment?: Partial<Payment>; attempt?: Partial<Attempt> } = {},
): Promise<{ payment: Payment; attempt: Attempt }> {
  const before = await stored(store, scope, given.payment);
  const first = attempt(before, given.attempt);
  const result = await store.commit(moving(before, { status: "processing", attempt: 1 }, { attempts: { insert: [first] } }));
  if (result !== "applied") throw new Error(`the attempt was not begun: ${result}`);
  return { payment: { ...before, status: "processing", attempt: 1, version: before.version + 1 }, attempt: first };
}

/** Jobs of one merchant, in the store; due at once where `given` does not say otherwise. */
export async function addJobs(store: Store, count: number, given: (n: number) => Partial<Job> = () => ({})): Promise<Job[]> {
  const scope = newScope();
  const rows = Array.from({ length: count }, (_, n) => job(scope, { subject: id("pay"), ...given(n) }));
  for (let from = 0; from < rows.length; from += 5_000) {
    const commits = rows.slice(from, from + 5_000).map((row) => store.commit({ ...scope, jobs: { insert: [row] } }));
    await Promise.all(commits);
  }
  return rows;
}
