import type { Context } from "../../../server/src/core/change.ts";
import type { CreateCommand } from "../../../server/src/core/decide/create.ts";
import type { Attempt, ConnectorAccount, Endpoint, Job, Payment, Scope, Snapshot } from "../../../server/src/core/model.ts";
import type { Outcome } from "../../../server/src/core/outcome.ts";
import type { Capabilities } from "../../../server/src/core/ports/connector.ts";

/** Rows as tests want them: everything has a plain value, a test names only what it is about. */
export const scope: Scope = { merchantId: "mer_00000000000000000000000001", mode: "test" };

/** Noon of a day in 2026: no test depends on which. */
export const START = Date.UTC(2026, 2, 4, 12);

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export const card = { type: "card", token: "tok_success", network: "visa", last4: "4242" } as const;

/** A gateway that can do all there is; a test takes away what it is about. */
export const ableGateway: Capabilities = {
  declineIsFinal: true,
  idempotencyHorizonMs: DAY,
  canResend: true,
  canFind: true,
  canCancel: true,
  settleTimeMs: 2 * SECOND,
  authorizationLifetimeMs: 7 * DAY,
  operations: ["charge", "capture", "void", "refund"],
  currencies: "all",
};

export function numberedId(prefix: string, n: number): string {
  return `${prefix}_${String(n).padStart(26, "0")}`;
}

/** A context at a time of the test's choosing; ids count up. */
export function contextAt(now: number, capabilities: Partial<Capabilities> = {}, from = 1_000): Context {
  let next = from;
  return { now, id: (prefix) => numberedId(prefix, next++), capabilities: () => ({ ...ableGateway, ...capabilities }) };
}

export function aCommand(given: Partial<CreateCommand> = {}): CreateCommand {
  return {
    scope,
    audience: "merchant",
    requestId: "req_1",
    idempotency: null,
    confirm: null,
    traceparent: null,
    amount: 1_000,
    currency: "INR",
    method: card,
    captureMethod: "automatic",
    orderId: null,
    description: null,
    metadata: {},
    customer: null,
    returnUrl: null,
    ...given,
  };
}

export function aPayment(given: Partial<Payment> = {}): Payment {
  return {
    ...scope,
    id: numberedId("pay", 1),
    orderId: null,
    status: "pending",
    version: 1,
    attempt: 0,
    sequence: 1,
    amount: 1_000,
    currency: "INR",
    amountAuthorized: 0,
    amountCaptured: 0,
    captureReserved: 0,
    amountRefunded: 0,
    refundReserved: 0,
    method: card,
    captureMethod: "automatic",
    description: null,
    metadata: {},
    customer: null,
    returnUrl: null,
    nextAction: null,
    error: null,
    identityKind: "payment",
    identity: numberedId("pay", 1),
    audience: "merchant",
    cancelRequestedAt: null,
    lapsesAt: null,
    requestId: "req_1",
    createdAt: START,
    ...given,
  };
}

export function anAttempt(given: Partial<Attempt> = {}): Attempt {
  return {
    ...scope,
    id: numberedId("att", 1),
    paymentId: numberedId("pay", 1),
    subject: numberedId("pay", 1),
    refundId: null,
    operation: "charge",
    n: 1,
    connector: "bank",
    accountId: numberedId("acc", 1),
    gatewayKey: "k".repeat(32),
    status: "calling",
    amount: 1_000,
    currency: "INR",
    gatewayReference: null,
    parentReference: null,
    error: null,
    routing: { rule: "priority", reason: "first by priority" },
    firstSentAt: START,
    lastSentAt: START,
    sends: 1,
    questions: 0,
    notFound: 0,
    storedError: false,
    createdAt: START,
    closedAt: null,
    lateStatus: null,
    lateReference: null,
    lateAt: null,
    ...given,
  };
}

export function aSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return { payment: aPayment(), attempts: [], refunds: [], endpointIds: [], accounts: [anAccount(1)], openCases: [], ...given };
}

export function aJob(given: Partial<Job> = {}): Job {
  return {
    ...scope,
    id: numberedId("job", 1),
    queue: "payment-queue",
    kind: "charge",
    subject: numberedId("pay", 1),
    attemptId: null,
    lane: scope.merchantId,
    runAt: START,
    tries: 1,
    leaseToken: "token",
    deadlineAt: null,
    traceparent: null,
    createdAt: START,
    ...given,
  };
}

export function anAccount(n: number, given: Partial<ConnectorAccount> = {}): ConnectorAccount {
  return {
    ...scope,
    id: numberedId("acc", n),
    connector: "bank",
    priority: n,
    status: "enabled",
    credentials: {},
    createdAt: START,
    ...given,
  };
}

export function anEndpoint(n: number, given: Partial<Endpoint> = {}): Endpoint {
  return {
    ...scope,
    id: numberedId("whe", n),
    url: `https://shop.example/hooks/${n}`,
    status: "enabled",
    disabledReason: null,
    secret: "whsec_c2VjcmV0",
    previousSecret: null,
    previousSecretUntil: null,
    retryIntervalsMs: null,
    createdAt: START,
    ...given,
  };
}

/** What a gateway may say, with the figures of the attempt it is about. */
export const says = {
  succeeded: (attempt: Attempt, reference = `ref_${attempt.gatewayKey.slice(0, 8)}`): Outcome => ({
    kind: "succeeded",
    reference,
    figures: figures(attempt),
  }),
  authorized: (attempt: Attempt, lapsesAt: number | null = null): Outcome => ({
    kind: "authorized",
    reference: `ref_${attempt.gatewayKey.slice(0, 8)}`,
    figures: figures(attempt),
    lapsesAt,
  }),
  requiresAction: (attempt: Attempt): Outcome => ({
    kind: "requires_action",
    reference: `ref_${attempt.gatewayKey.slice(0, 8)}`,
    nextAction: { type: "redirect", url: "https://bank.example/challenge" },
  }),
  pending: (attempt: Attempt): Outcome => ({ kind: "pending", reference: `ref_${attempt.gatewayKey.slice(0, 8)}` }),
  declined: (declineCode: Extract<Outcome, { kind: "declined" }>["declineCode"] = "insufficient_funds"): Outcome => ({
    kind: "declined",
    reference: null,
    declineCode,
    message: "The bank said no.",
  }),
  rejected: { kind: "rejected", code: "bad_request", message: "Our request is wrong." } satisfies Outcome,
  notSent: { kind: "not_sent", reason: "connection refused" } satisfies Outcome,
  throttled: (retryAfterMs: number | null = null): Outcome => ({ kind: "throttled", retryAfterMs }),
  canceled: { kind: "canceled", reference: null } satisfies Outcome,
  notFound: { kind: "not_found" } satisfies Outcome,
  unknown: { kind: "unknown", reason: "timeout", reference: null, storedError: false } satisfies Outcome,
  storedError: { kind: "unknown", reason: "status 500", reference: null, storedError: true } satisfies Outcome,
} as const;

function figures(attempt: Attempt) {
  return { amount: attempt.amount, currency: attempt.currency };
}
