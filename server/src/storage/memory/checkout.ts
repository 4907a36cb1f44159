import type { CheckoutRows } from "../../core/ports/checkout.ts";
import { isInForce } from "./keys.ts";
import { claim, owned, scopeKey, type Tables } from "./tables.ts";

export function memoryCheckout(tables: Tables): CheckoutRows {
  return {
    createCheckoutSession: async (session, key) => {
      if (!claim(tables, key)) return "duplicate";
      tables.checkouts.set(session.id, session);
      return "applied";
    },
    checkoutSession: async (scope, id) => owned(tables.checkouts.get(id), scope),
    checkoutScope: async (id) => {
      const found = tables.checkouts.get(id);
      return found ? { merchantId: found.merchantId, mode: found.mode } : null;
    },
    cancelCheckoutSession: async (scope, id, now) => {
      const found = owned(tables.checkouts.get(id), scope);
      if (found?.canceledAt !== null) return false;
      tables.checkouts.set(id, { ...found, canceledAt: now });
      return true;
    },
    checkoutSettings: async (scope) => tables.checkoutSettings.get(scopeKey(scope)) ?? null,
    putCheckoutSettings: async (scope, settings) => void tables.checkoutSettings.set(scopeKey(scope), settings),
    publicKey: async (key, now) => {
      const row = tables.keys.get(key);
      if (!row || !isInForce(row, now)) return null;
      return { merchantId: row.merchantId, mode: row.mode };
    },
  };
}
