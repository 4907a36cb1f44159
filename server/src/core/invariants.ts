/** What must hold of the rows at any moment, whoever wrote them. Checked all the time beside the work: docs/decisions/0062. */
import type { Ms, Scope } from "./model.ts";

/**
 * One sentence each. The database refuses most of what would break them, and the decisions the rest; these look at what is stored all
 * the same, since a restore, a hand in the database or a fault of ours asks neither.
 */
export const invariants = {
  captured_within_authorized: "No payment has captured more than it holds, or holds more than its amount.",
  captured_adds_up: "What a payment has captured is the sum of its successful charges and captures.",
  authorized_adds_up: "What a payment holds is the amount of the one charge that the gateway confirmed.",
  refunded_within_captured: "No payment has given back, or is giving back, more than it captured.",
  refunded_adds_up: "What a payment has given back is the sum of its successful refunds, and what it reserves that of those under way.",
  one_charge: "Of a payment's charges, all but one are proven to have taken nothing.",
  one_open_attempt: "Nothing has two attempts without an outcome beside each other.",
  one_live_payment: "No order has two payments that hold its money, and it knows the one that does.",
  paid_order_is_captured: "An order is paid if, and only if, one of its payments has succeeded.",
  status_fits_amounts: "A successful payment has captured something; a failed or canceled one has not.",
  ended_has_no_open_charge: "A payment that has ended has no charge without an outcome.",
  payment_is_owned: "Every payment that has not ended has a job that carries it on.",
  attempt_is_owned: "Every attempt without an outcome has a job that asks for it.",
  refund_is_owned: "Every refund that has not ended has an attempt under way.",
  delivery_is_owned: "Every webhook and e-mail that is owed has a job that sends it.",
  outcome_is_told: "Every outcome is owed to each endpoint that asked for it.",
  events_without_gap: "The events of a payment are numbered from one, without a gap, up to its newest.",
  gateway_agrees: "The gateways' lists and our attempts say the same, as far as the settlement sweeps have compared them.",
} as const satisfies Readonly<Record<string, string>>;

export type InvariantId = keyof typeof invariants;

/** Compared by the settlement sweep, which opens its own cases; all others are looked for in the rows of payments. */
export const SWEPT_INVARIANT = "gateway_agrees" satisfies InvariantId;

export const invariantIds = Object.keys(invariants) as InvariantId[];

/** What is broken, by the payment that it belongs to. */
export interface Break {
  readonly invariant: InvariantId;
  readonly paymentId: string;
  /** The row that breaks it: the payment's own id, or that of its attempt, refund, event, delivery or order. */
  readonly row: string;
  /** The figures that do not fit. */
  readonly seen: Readonly<Record<string, unknown>>;
}

/** How many rows were looked at. */
export interface Looked {
  readonly payments: number;
  readonly attempts: number;
  readonly refunds: number;
  readonly events: number;
  readonly deliveries: number;
}

/** Names the case of a break: one for each invariant and payment. */
export function subjectOf({ invariant, paymentId }: Pick<Break, "invariant" | "paymentId">): string {
  return `${paymentId} ${invariant}`;
}

/** One merchant's rows in one mode, as far as they were checked. */
export interface InvariantState extends Scope {
  /** All that was committed before this was checked once. Null: not looked at yet. */
  readonly lastRunAt: Ms | null;
  readonly checkedUpTo: Ms | null;
  readonly tookMs: number;
  readonly looked: Looked;
  readonly swept: Swept;
  readonly fullPass: FullPass;
}

/** What the settlement sweeps of a scope's accounts have compared: what `SWEPT_INVARIANT` is about. */
export interface Swept {
  /** When one ended last. Null: none has yet. */
  readonly lastRunAt: Ms | null;
  /** Of each account that was swept, all before this was. */
  readonly checkedUpTo: Ms | null;
}

/** The slow walk over all payments, whether they changed or not. */
export interface FullPass {
  readonly startedAt: Ms | null;
  readonly finishedAt: Ms | null;
  /** From 0 to 1, by the time at which the payments were made. */
  readonly progress: number;
}

/** A scope is looked at again after this: a break is known within a minute, and a quiet installation asks a few times a minute. */
export const INVARIANTS_EVERY_MS: Ms = 15_000;
/** Scopes of one go … */
export const INVARIANT_SCOPES_MAX = 50;
/** … which ends early after this: a small part of the time of one core, whatever there is to do. Under a load that is more it is behind, and says so. */
export const INVARIANTS_GO_MS: Ms = 200;
/** Events of one look: of some hundred payments, a tenth of a second of the database. */
export const INVARIANT_EVENTS_MAX = 1_000;
/** Payments of the slow walk in one look: more than two millions a day and merchant. */
export const INVARIANT_WALK_MAX = 400;
/** Broken payments that are looked at again each time, so that a mended one is seen. */
export const INVARIANT_BROKEN_MAX = 200;
/** Between the starts of two walks. */
export const INVARIANT_PASS_MS: Ms = 86_400_000;
/** Rows that an answer names of each invariant. */
export const INVARIANT_ROWS_SHOWN = 20;
/** Breaks that are counted. */
export const INVARIANT_BREAKS_COUNTED = 1_000;
