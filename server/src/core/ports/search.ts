import type { IdPrefix } from "../change.ts";
import type { Ms, Scope } from "../model.ts";
import type { SearchWish } from "../search.ts";

/** What is found, and the beginning of its id. The texts of the database and the links of the dashboard are made for each of them. */
export const SEARCH_KINDS = {
  payment: "pay",
  order: "ord",
  refund: "rfnd",
  event: "evt",
  delivery: "dlv",
  case: "case",
  attempt: "att",
  request: "req",
  webhook_endpoint: "whe",
  payment_link: "plink",
} as const satisfies Readonly<Record<string, IdPrefix>>;
export type SearchKind = keyof typeof SEARCH_KINDS;

/** The kind of what has an id that begins so; undefined: it is none that is found. */
export function kindOfPrefix(prefix: string): SearchKind | undefined {
  return (Object.keys(SEARCH_KINDS) as SearchKind[]).find((kind) => SEARCH_KINDS[kind] === prefix);
}

/** By which of the things that the text may mean. */
export const SEARCH_MATCHES = ["id", "order", "receipt", "reference", "email", "last4", "amount"] as const;
export type SearchMatch = (typeof SEARCH_MATCHES)[number];

export interface SearchHit {
  readonly kind: SearchKind;
  readonly id: string;
  readonly matched: SearchMatch;
  readonly paymentId: string | null;
  readonly createdAt: Ms;
  /** Of an event, its type; of a payment that was given back, `refunded` or `partly_refunded`. */
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
