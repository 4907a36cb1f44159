/** What the simulated Razorpay knows: orders, payments, refunds, and what is to happen to them at which time. Kept in memory only. */
import { createHash } from "node:crypto";
import type { Ms } from "../ports.ts";

export type Notes = Readonly<Record<string, string>>;

export interface Order {
  readonly id: string;
  readonly keyId: string;
  readonly amount: number;
  readonly currency: string;
  readonly receipt: string | null;
  readonly notes: Notes;
  readonly capture: "automatic" | "manual";
  /** An authorization that comes later is not captured. */
  readonly automaticMs: number;
  /** A hold that is not captured by then is given back. */
  readonly holdMs: number;
  readonly createdAt: Ms;
  status: "created" | "attempted" | "paid";
  amountPaid: number;
  readonly payments: Payment[];
}

/** What a test instrument does once its shopper has done their part. */
export interface Script {
  /** Null: the bank says yes. */
  readonly reason: string | null;
  /** After the bank said no it says yes after all. */
  readonly lateAfterMs?: number;
  /** Null: the payer never answers. */
  readonly answersAfterMs?: number | null;
  /** A word that no documentation has. */
  readonly shownAs?: string;
  /** Shown on top of what it is. */
  readonly extraAmount?: number;
  /** Its bank refuses the capture of what it holds. */
  readonly captureFails?: boolean;
  /** Its refunds fail. */
  readonly refundFails?: boolean;
}

/**
 * What the payer is asked to do: an OTP or a yes on a page of the bank, a yes in the app that the request went to, or one that is opened by
 * a link.
 */
export type Asks = "otp" | "yes" | "app" | "link" | "nothing";

export interface PaymentError {
  readonly code: string;
  readonly description: string;
  readonly source: string;
  readonly step: string;
  readonly reason: string;
}

export interface Payment {
  readonly id: string;
  readonly order: Order;
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly asks: Asks;
  /** What its entity shows of the method; of a payer who came by a link more, once they have paid. */
  shown: Readonly<Record<string, unknown>>;
  /** What it shows of its card where that was asked for; null: it has none. */
  readonly card: { readonly network: string; readonly last4: string } | null;
  readonly email: string;
  readonly contact: string;
  readonly description: string | null;
  readonly callbackUrl: string | null;
  readonly notes: Notes;
  readonly script: Script;
  readonly createdAt: Ms;
  status: "created" | "authorized" | "captured" | "refunded" | "failed";
  captured: boolean;
  isLate: boolean;
  error: PaymentError | null;
  readonly refunds: Refund[];
}

export interface Refund {
  readonly id: string;
  readonly payment: Payment;
  readonly amount: number;
  readonly receipt: string | null;
  readonly notes: Notes;
  readonly speedRequested: "normal" | "optimum";
  readonly createdAt: Ms;
  status: "pending" | "processed" | "failed";
}

/** A refund request under an idempotency key, as it came. */
export interface KeptRefund {
  readonly body: string;
  readonly refund: Refund;
  readonly receivedAt: Ms;
}

/** One merchant: whose key it is, and where its webhooks go. */
export interface Merchant {
  readonly keyId: string;
  readonly keySecret: string;
  webhook: { readonly url: string; readonly secret: string } | null;
  readonly receipts: Map<string, Order>;
  readonly refundKeys: Map<string, KeptRefund>;
}

export interface Books {
  readonly merchants: Map<string, Merchant>;
  readonly orders: Map<string, Order>;
  readonly payments: Map<string, Payment>;
  readonly refunds: Map<string, Refund>;
  /** What happens by itself, soonest first. */
  readonly plans: Plan[];
  made: number;
  /** In each id, so that those of another far side, or of the one before a restart, are others. */
  readonly idSeed: string;
}

export interface Plan {
  readonly at: Ms;
  readonly run: (at: Ms) => void;
}

export function emptyBooks(seed: string): Books {
  const idSeed = createHash("sha256").update(seed).digest("hex").slice(0, 6).toUpperCase();
  return { idSeed, merchants: new Map(), orders: new Map(), payments: new Map(), refunds: new Map(), plans: [], made: 0 };
}

/** Ids have Razorpay's form: a prefix and fourteen letters and digits. */
export function newId(books: Books, prefix: string): string {
  books.made += 1;
  return `${prefix}_${books.idSeed}${books.made.toString(36).toUpperCase().padStart(8, "0")}`;
}

export function plan(books: Books, at: Ms, run: Plan["run"]): void {
  const after = books.plans.findIndex((one) => one.at > at);
  books.plans.splice(after === -1 ? books.plans.length : after, 0, { at, run });
}

/** Lets happen what is due. Each plan runs at its own time, and may plan more. */
export function catchUp(books: Books, now: Ms): void {
  for (let next = books.plans[0]; next !== undefined && next.at <= now; next = books.plans[0]) {
    books.plans.shift();
    next.run(next.at);
  }
}

export function amountRefunded(payment: Payment): number {
  return payment.refunds.reduce((sum, refund) => (refund.status === "failed" ? sum : sum + refund.amount), 0);
}

/** Captured less refunded, by the order's receipt: what an oracle compares. */
export function taken(books: Books, receipt: string): number {
  let sum = 0;
  for (const payment of books.payments.values()) {
    if (payment.order.receipt === receipt && payment.captured) sum += payment.amount - amountRefunded(payment);
  }
  return sum;
}
