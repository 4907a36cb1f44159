/**
 * The rows of Tillway as the core sees them. Times are milliseconds since 1970 (`Ms`), money is an integer of minor units.
 * A row object is immutable: a change carries the row *after* the change, the store writes its mutable columns.
 */
import type { FailureCode } from "./errors.ts";
import type { EventType } from "./events.ts";
import type { NextAction } from "./methods/actions.ts";
import type { PaymentMethod } from "./methods/method.ts";
import type { AttemptStatus, PaymentStatus, RefundStatus } from "./states.ts";
import type { CaseMark, ConnectorAccount, Endpoint, RoutingRule } from "./records.ts";
import type { Ms, Audience, Scope } from "./scope.ts";
import type { QueueName } from "./queues.ts";
import type { ApiVersion } from "./ports/versions.ts";

export type { NextAction } from "./methods/actions.ts";
export type { PaymentMethod } from "./methods/method.ts";
export type * from "./records.ts";
export type * from "./scope.ts";

export type Operation = "charge" | "capture" | "void" | "refund";

export interface Customer {
  readonly email?: string;
  readonly name?: string;
  readonly phone?: string;
  /** ISO 3166-1, two letters. */
  readonly country?: string;
  /** A language tag: what the shopper is written in. */
  readonly locale?: string;
  readonly ip?: string;
  readonly user_agent?: string;
}

/** Why a payment or an operation ended without success, in the words of the API's error object. */
export interface PaymentError {
  readonly code: FailureCode;
  readonly message: string;
  readonly decline_code?: string;
  readonly source: "gateway" | "bank" | "merchant" | "tillway";
  readonly step: "routing" | "charge" | "capture" | "void" | "refund";
  readonly reason?: string;
}

/** What a merchant wants to collect, once. */
export interface Payment extends Scope {
  readonly id: string;
  readonly orderId: string | null;
  readonly status: PaymentStatus;
  /** Raised by every commit that touches this payment or one of its attempts; each commit is guarded by it. */
  readonly version: number;
  /** `n` of the charge attempt that counts (0: none yet). Only its outcome moves the payment. */
  readonly attempt: number;
  /** Number of the newest event of this payment. */
  readonly sequence: number;
  readonly amount: number;
  readonly currency: string;
  readonly amountAuthorized: number;
  readonly amountCaptured: number;
  readonly captureReserved: number;
  readonly amountRefunded: number;
  readonly refundReserved: number;
  readonly method: PaymentMethod | null;
  readonly captureMethod: "automatic" | "manual";
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly customer: Customer | null;
  readonly returnUrl: string | null;
  readonly nextAction: NextAction | null;
  readonly error: PaymentError | null;
  /** Names this payment to the outside without end, and so makes its gateway keys: the client's idempotency key if there is one. */
  readonly identityKind: "key" | "order" | "payment";
  readonly identity: string;
  readonly audience: Audience;
  readonly cancelRequestedAt: Ms | null;
  /** When the gateway drops the authorization by itself. */
  readonly lapsesAt: Ms | null;
  /** When the last capture was asked for: what it leaves of the hold is released. Null: none was, or the gateway refused it. */
  readonly finalCaptureAt: Ms | null;
  /** When it came to its final state. */
  readonly finalizedAt: Ms | null;
  /** The request that created it, for correlation. */
  readonly requestId: string;
  readonly createdAt: Ms;
}

/** A new payment begins with these: nothing has happened to it yet. */
export const untouched = {
  attempt: 0,
  amountAuthorized: 0,
  amountCaptured: 0,
  captureReserved: 0,
  amountRefunded: 0,
  refundReserved: 0,
  nextAction: null,
  error: null,
  cancelRequestedAt: null,
  lapsesAt: null,
  finalCaptureAt: null,
  finalizedAt: null,
} as const satisfies Partial<Payment>;

/** One operation at one gateway account under one gateway key. Written before the call, closed once. */
export interface Attempt extends Scope {
  readonly id: string;
  readonly paymentId: string;
  /** What only one open attempt may work on: the payment; for a refund the refund; for a reversal by void the reversed attempt. */
  readonly subject: string;
  readonly refundId: string | null;
  readonly operation: Operation;
  /** 1, 2, … per payment and operation. */
  readonly n: number;
  readonly connector: string;
  readonly accountId: string;
  readonly gatewayKey: string;
  readonly status: AttemptStatus;
  readonly amount: number;
  readonly currency: string;
  /** The gateway's own id of what this attempt made. */
  readonly gatewayReference: string | null;
  /** For capture, void and refund: the gateway's id of the charge they act on. */
  readonly parentReference: string | null;
  readonly error: PaymentError | null;
  /** Why this account was chosen. */
  readonly routing: { readonly rule: string; readonly reason: string };
  readonly firstSentAt: Ms | null;
  /** When a request of it was last on its way: noted as it leaves, and again when its answer, or the silence, is in. */
  readonly lastSentAt: Ms | null;
  readonly sends: number;
  /** Questions asked so far about an unknown outcome. */
  readonly questions: number;
  /** "Not found" answers that counted (given after the connector's settle time). */
  readonly notFound: number;
  /** A stored 5xx was answered: sending again would only replay it. */
  readonly storedError: boolean;
  readonly createdAt: Ms;
  readonly closedAt: Ms | null;
  /** Truth that arrived after the attempt was closed; the status above never changes again. */
  readonly lateStatus: AttemptStatus | null;
  readonly lateReference: string | null;
  readonly lateAt: Ms | null;
}

export interface Refund extends Scope {
  readonly id: string;
  readonly paymentId: string;
  /** `merchant`: asked for. `cancel`: a cancel that came too late. `reversal`: gives back what a closed attempt took after all. */
  readonly kind: "merchant" | "cancel" | "reversal";
  /** For a reversal: the attempt that took the money late. Its amounts are not in the payment's. */
  readonly reverses: string | null;
  readonly amount: number;
  /** Of its payment. */
  readonly currency: string;
  readonly reason: string | null;
  readonly status: RefundStatus;
  readonly error: PaymentError | null;
  readonly createdAt: Ms;
  readonly processedAt: Ms | null;
}

/** One HTTP request and its answer, redacted. Append-only. */
export interface Exchange extends Scope {
  readonly id: string;
  readonly paymentId: string | null;
  readonly attemptId: string | null;
  readonly kind: "send" | "resend" | "question" | "cancel" | "webhook";
  readonly method: string;
  readonly url: string;
  readonly request: string | null;
  readonly status: number | null;
  readonly response: string | null;
  /** `answer`, or the class of the failure (`not_sent`, `unknown`) with its reason. */
  readonly result: string;
  readonly startedAt: Ms;
  readonly durationMs: number;
}

/** A fact about money. Append-only; `body` is the payment's representation as text, stored once and never rendered again. */
export interface MoneyEvent extends Scope {
  readonly id: string;
  /** Null: it is about no payment, e.g. the test of an endpoint. */
  readonly paymentId: string | null;
  readonly sequence: number;
  readonly type: EventType;
  /** What this event ended: `charge`, or the id of a capture, void or refund attempt. A synchronous answer is found by it. */
  readonly closes: string | null;
  /** In whose form `body` is: the one that was current. */
  readonly apiVersion: ApiVersion;
  readonly body: string;
  readonly createdAt: Ms;
}

export type JobKind =
  | "charge"
  | "capture"
  | "void"
  | "refund"
  | "ask"
  | "expire"
  | "gateway-event"
  | "webhook"
  | "email"
  | "sweep"
  | "person-email";

/** The next thing to do, its due time, its holder and its tries: the only schedule there is. */
export interface Job extends Scope {
  readonly id: string;
  readonly queue: QueueName;
  readonly kind: JobKind;
  /** Payment id for money jobs, delivery id for `webhook` and `email`, inbox id for `gateway-event`, account id for `sweep`, id of an invitation or a reset for `person-email`. */
  readonly subject: string;
  /** Attempt id for capture, void, refund and ask jobs. */
  readonly attemptId: string | null;
  /** What must not be starved or flooded: an endpoint, a connector account, a merchant. */
  readonly lane: string;
  /** Due time. A claim moves it to the end of the lease, so `runAt <= now` alone means "free and due". */
  readonly runAt: Ms;
  readonly tries: number;
  readonly leaseToken: string | null;
  /** A case opens if it is not done by then; null: the handler has its own rule. */
  readonly deadlineAt: Ms | null;
  /** Of the request that made it. Kept, and not read yet. */
  readonly traceparent: string | null;
  readonly createdAt: Ms;
}

/** As much of an endpoint as says what it is owed; of e-mail settings that are turned on likewise. */
export type Subscriber = Pick<Endpoint, "id" | "events">;

/** What `decide` looks at. */
export interface Snapshot {
  readonly payment: Payment;
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  /** The merchant's endpoints, enabled or not: each gets a delivery of the events that it wants. */
  readonly endpoints: readonly Subscriber[];
  /** Enabled accounts by priority, for routing. */
  readonly accounts: readonly Pick<ConnectorAccount, "id" | "connector" | "priority">[];
  /** The merchant's routing rules, in their order. */
  readonly rules: readonly RoutingRule[];
  /** Open cases, so that a rule can end what it opened, and those that a person resolved: rules do not open these again. */
  readonly cases: readonly CaseMark[];
}

/** By currency, in minor units: above which sum of refunds of one payment a person must show once more who they are. */
export type RefundLimits = Readonly<Record<string, number>>;
