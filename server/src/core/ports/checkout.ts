import type { CheckoutSession, CheckoutSettings } from "../checkout.ts";
import type { IdempotencyRow, Ms, Scope } from "../model.ts";

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
