import type { CheckoutSession, CheckoutSettings } from "../checkout.ts";
import type { IdempotencyRow, Ms, Order, Scope } from "../model.ts";
import type { PaymentLink, UsedLink } from "../payment-links.ts";

/** Rows of checkouts, one statement each. No secret is among them: it follows from the id. */
export interface CheckoutRows {
  /** Claims the caller's key as well. Nothing was written if it is `duplicate`. */
  createCheckoutSession(session: CheckoutSession, key?: IdempotencyRow): Promise<"applied" | "duplicate">;
  checkoutSession(scope: Scope, id: string): Promise<CheckoutSession | null>;
  /** By id alone, as the address of its page has it: whose it is. */
  checkoutScope(id: string): Promise<Scope | null>;
  /** False: it was called off before, or there is none. */
  cancelCheckoutSession(scope: Scope, id: string, now: Ms): Promise<boolean>;
  /** Null: the merchant never set any. */
  checkoutSettings(scope: Scope): Promise<CheckoutSettings | null>;
  putCheckoutSettings(scope: Scope, settings: CheckoutSettings, now: Ms): Promise<void>;
  /** Whose key this is, by its public part alone: no proof of anything. Null: unknown, revoked or expired. */
  publicKey(key: string, now: Ms): Promise<Scope | null>;
}

/** Payment links, one statement each. Nothing was written if it is `duplicate`: the caller's key is taken. */
export interface PaymentLinkRows {
  createPaymentLink(link: PaymentLink, key?: IdempotencyRow): Promise<"applied" | "duplicate">;
  paymentLink(scope: Scope, id: string): Promise<UsedLink | null>;
  /** By what its address has: whose it is, it says itself. */
  paymentLinkAt(token: string): Promise<UsedLink | null>;
  /** `stale`: it was deactivated before, or there is none. */
  deactivatePaymentLink(
    scope: Scope,
    id: string,
    how: { readonly now: Ms; readonly key?: IdempotencyRow | undefined },
  ): Promise<"applied" | "stale" | "duplicate">;
  /** What a shopper pays who opened a link: an order, and a session of it. */
  createLinkCheckout(
    made: { readonly order: Order; readonly session: CheckoutSession },
    key?: IdempotencyRow,
  ): Promise<"applied" | "duplicate">;
  /** A publishable key of this scope that is in force, the one that lasts longest first. Null: there is none. */
  publicKeyOf(scope: Scope, now: Ms): Promise<string | null>;
}
