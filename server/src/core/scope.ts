/** What every row has in common: whose it is, in which mode, and how it counts time. */

export type Ms = number;
export type Mode = "test" | "live";
/** Whose idempotency keys these are: the merchant's server, the shopper's browser at the checkout, the operator, or people at the dashboard. */
export type Audience = "merchant" | "checkout" | "operator" | "person";

/** Every row of a merchant carries these two; together with `id` they are its primary key. */
export interface Scope {
  readonly merchantId: string;
  readonly mode: Mode;
}
