/** Rows as tests want them: everything has a plain value, a test names only what it is about. Each folder of tests may add its own ids. */
import {
  untouched,
  type Attempt,
  type AccountRow,
  type Delivery,
  type Endpoint,
  type Job,
  type Ms,
  type Payment,
  type Scope,
} from "./model.ts";

/** What rows have that were written by the program as it is. */
export const API_VERSION = "2026-11-27";

export const scope: Scope = { merchantId: "mer_00000000000000000000000001", mode: "test" };

/** 2026-03-04T12:00:00.000Z: no test depends on which day it is. */
export const START: Ms = 1_772_625_600_000;

export const card = { type: "card", connector: "bank", token: "tok_success", network: "visa", last4: "4242" } as const;

export function numberedId(prefix: string, n: number): string {
  return `${prefix}_${String(n).padStart(26, "0")}`;
}

export function aPayment(given: Partial<Payment> = {}): Payment {
  return {
    ...scope,
    ...untouched,
    id: numberedId("pay", 1),
    orderId: null,
    status: "pending",
    version: 1,
    sequence: 1,
    amount: 1_000,
    currency: "INR",
    method: card,
    captureMethod: "automatic",
    description: null,
    metadata: {},
    customer: null,
    returnUrl: null,
    identityKind: "payment",
    identity: numberedId("pay", 1),
    audience: "merchant",
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

export function anAccount(n: number, given: Partial<AccountRow> = {}): AccountRow {
  return {
    ...scope,
    id: numberedId("acc", n),
    connector: "bank",
    name: `Account ${n}`,
    priority: n,
    status: "enabled",
    credentials: {},
    credentialsSetAt: {},
    previousSecretUntil: null,
    verifiedAt: null,
    closedAt: null,
    version: 1,
    createdAt: START,
    ...given,
  };
}

export function anEndpoint(n: number, given: Partial<Endpoint> = {}): Endpoint {
  return {
    ...scope,
    id: numberedId("whe", n),
    url: `https://shop.example/hooks/${n}`,
    description: null,
    apiVersion: API_VERSION,
    events: ["*"],
    status: "enabled",
    disabledReason: null,
    disabledAt: null,
    goneSince: null,
    secret: "whsec_c2VjcmV0",
    secretCreatedAt: START,
    previousSecret: null,
    previousSecretUntil: null,
    headers: {},
    retryIntervalsMs: null,
    breakerUntil: null,
    breakerTrips: 0,
    predecessors: [],
    version: 1,
    createdAt: START,
    ...given,
  };
}

export function aDelivery(given: Partial<Delivery> = {}): Delivery {
  return {
    ...scope,
    id: numberedId("dlv", 1),
    channel: "webhook",
    eventId: numberedId("evt", 1),
    eventType: "payment.succeeded",
    paymentId: numberedId("pay", 1),
    endpointId: numberedId("whe", 1),
    status: "pending",
    tries: 0,
    scheduleStart: 0,
    nextTryAt: START,
    lastStatusCode: null,
    createdAt: START,
    finishedAt: null,
    byHand: null,
    ...given,
  };
}
