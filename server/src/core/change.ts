/** What `decide` answers and `store.commit` writes: all of it or nothing. */
import type { AdminAction } from "./admin-actions.ts";
import type { CaseKind } from "./case-kinds.ts";
import type { ErrorCode } from "./errors.ts";
import type { AnswerOnly } from "./events.ts";
import type { Capabilities } from "./ports/connector.ts";
import type { ApiVersion } from "./ports/versions.ts";
import type { AccountHealth } from "./routing/rules.ts";
import type {
  Attempt,
  Case,
  Delivery,
  DeliveryTry,
  Exchange,
  IdempotencyRow,
  InboxRow,
  Job,
  MoneyEvent,
  Ms,
  Order,
  Payment,
  Refund,
  Scope,
  Snapshot,
} from "./model.ts";

/** A row as it was decided upon, and as it shall be. */
export interface Move<Row> {
  readonly before: Row;
  readonly after: Row;
}

/**
 * Moves an existing job; a member left out keeps its value. With `token`, only while the job still carries it; the empty text
 * stands for a job that nobody holds.
 * `release` ends the lease (the job is free at `runAt`); otherwise the holder keeps it and only the columns named here change.
 */
export interface JobMove {
  readonly id: string;
  readonly token?: string;
  readonly kind?: Job["kind"];
  readonly attemptId?: string | null;
  readonly lane?: string;
  readonly runAt?: Ms;
  readonly tries?: number;
  readonly deadlineAt?: Ms | null;
  readonly release: boolean;
}

export interface Change extends Scope {
  /** Guard of everything else, if present: if status, version or attempt are not those of `before`, nothing is written. The store raises `version`. */
  readonly payment?: Move<Payment>;
  /** Guard likewise, by status, tries and schedule start, of a change without a payment. Its log row is `deliveryTries` of the same change. */
  readonly delivery?: Move<Delivery>;
  /** A person's resolution. Guard likewise: the case is open. */
  readonly case?: Move<Case>;
  /** Guard: the job must still carry this token, beside the guards above. It is deleted, unless `jobs.move` moves it. */
  readonly job?: { readonly id: string; readonly token: string };
  readonly attempts?: { readonly insert?: readonly Attempt[]; readonly update?: readonly Attempt[] };
  readonly refunds?: { readonly insert?: readonly Refund[]; readonly update?: readonly Refund[] };
  readonly exchanges?: readonly Exchange[];
  readonly events?: readonly MoneyEvent[];
  readonly deliveries?: { readonly insert?: readonly Delivery[] };
  readonly deliveryTries?: readonly DeliveryTry[];
  readonly cases?: { readonly open?: readonly Case[]; readonly resolve?: readonly CaseEnd[] };
  readonly inbox?: { readonly insert?: readonly InboxRow[]; readonly update?: readonly InboxRow[] };
  readonly jobs?: {
    readonly insert?: readonly Job[];
    readonly move?: readonly JobMove[];
    /** Ended under the guard of this change, whoever holds it. */
    readonly remove?: readonly string[];
  };
  /** Claimed with the change: if the key is taken already, nothing at all is written. */
  readonly idempotency?: IdempotencyRow;
  /** Orders of ours. A move that would lead away from `paid` writes nothing. */
  readonly orders?: { readonly insert?: readonly Order[]; readonly move?: readonly OrderMove[] };
  /** What a person did by it. */
  readonly actions?: readonly AdminAction[];
  /** The order becomes live with this payment; if another payment has it, nothing at all is written. Taken at `pending`. */
  readonly takeOrder?: string;
  /** The order is free again. */
  readonly releaseOrder?: string;
  /** The order is this payment's again, unless another payment has it by now. */
  readonly regainOrder?: string;
}

export type OrderMove = Pick<Order, "id" | "status" | "amountPaid">;

/** The answer ends the open case of this kind and subject, of which there is at most one; nothing if none is open. */
export interface CaseEnd {
  readonly kind: CaseKind;
  readonly subject: string;
  readonly resolvedAt: Ms;
}

/**
 * `stale`: the guard did not hold. `duplicate`: the idempotency key (or gateway event) is taken. `order_busy`: see `takeOrder`.
 * `link_full`: the order is of a payment link, and as many others of it as may be paid are paid or live. The key is free then.
 */
export type CommitResult = "applied" | "stale" | "duplicate" | "order_busy" | "link_full";

/** The first commit of a payment. */
export interface Creation {
  readonly payment: Payment;
  /** Of a type without webhooks, since a creation writes no deliveries. */
  readonly event: MoneyEvent & { readonly type: AnswerOnly };
  readonly job: Job;
  readonly idempotency: IdempotencyRow | null;
}

/** What goes with a change of a payment, without the payment's own row and its event. See `changeOf`. */
export type Part = Pick<Change, "job" | "attempts" | "refunds" | "exchanges" | "cases" | "inbox" | "jobs" | "idempotency" | "takeOrder">;

/** A rule said no. Nothing was written. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message?: string;
  readonly param?: string;
}

/** What each decision works with: the rows as they are, and what it may use of the world. */
export interface Deciding {
  readonly snapshot: Snapshot;
  readonly context: Context;
}

export type Decision = { readonly change: Change } | { readonly refusal: Refusal } | { readonly nothing: true };

/**
 * What a merchant's request for an operation comes to. `closes`: what the answer waits for, as the event that ends it names it (`charge`,
 * or the attempt's id); null: the answer is the payment as it is, or `made`: what the change makes, as it is shown from its first moment.
 */
export type OperationDecision =
  | Exclude<Decision, { readonly change: Change }>
  | { readonly change: Change; readonly closes: string | null; readonly made?: string };

/** What a decision may use of the world: the time it was called at, and fresh ids. */
export interface Context {
  readonly now: Ms;
  /** A new id with this prefix, e.g. `evt`. */
  readonly id: (prefix: IdPrefix) => string;
  /** In whose form events show their payment. */
  readonly apiVersion: ApiVersion;
  /** What a connector can do; undefined if this program does not have it. */
  readonly capabilities: (connector: string) => Capabilities | undefined;
  /** How the gateway of an account is, as this process has seen it. */
  readonly healthOf: (accountId: string) => AccountHealth;
}

export type IdPrefix =
  | "act"
  | "mer"
  | "ord"
  | "pay"
  | "att"
  | "exc"
  | "rstr"
  | "evt"
  | "job"
  | "rfnd"
  | "dlv"
  | "whe"
  | "eml"
  | "case"
  | "per"
  | "ses"
  | "inv"
  | "rst"
  | "view"
  | "req"
  | "acc"
  | "key"
  | "inb"
  | "cs"
  | "plink"
  | "dmsg";
