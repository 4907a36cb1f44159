import type { Ms, Scope } from "../model.ts";
import type { SearchWish } from "../search.ts";

/** What is found, by the beginning of its id. */
export const SEARCH_KINDS = [
  "payment",
  "order",
  "refund",
  "event",
  "delivery",
  "case",
  "attempt",
  "request",
  "webhook_endpoint",
  "payment_link",
] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

/** By which of the things that the text may mean. */
export const SEARCH_MATCHES = ["id", "order", "receipt", "reference", "email", "last4", "amount"] as const;
export type SearchMatch = (typeof SEARCH_MATCHES)[number];

export interface SearchHit {
  readonly kind: SearchKind;
  readonly id: string;
  readonly matched: SearchMatch;
  readonly paymentId: string | null;
  readonly createdAt: Ms;
  /** Of an event, its type. */
  readonly status: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  /** What else people know it by. */
  readonly detail: string | null;
}

export interface Search {
  /** Exact matches first (what names one thing), then newest first: one more than the limit if there are more. What was committed is found. */
  find(scope: Scope, wish: SearchWish, limit: number): Promise<readonly SearchHit[]>;
}
