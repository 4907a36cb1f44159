import type { Order, Scope } from "../../core/model.ts";
import type { PaymentLink, UsedLink } from "../../core/payment-links.ts";
import type { PaymentLinkRows } from "../../core/ports/checkout.ts";
import { isInForce } from "./keys.ts";
import { claim, orderKey, owned, sameScope, type Tables } from "./tables.ts";

export function memoryPaymentLinks(tables: Tables): PaymentLinkRows {
  return {
    createPaymentLink: async (link, key) => {
      if (!claim(tables, key)) return "duplicate";
      tables.paymentLinks.set(link.id, link);
      return "applied";
    },
    paymentLink: async (scope, id) => usedLinkIn(tables, scope, id),
    paymentLinkAt: async (token) => {
      const found = [...tables.paymentLinks.values()].find((link) => link.token === token);
      return found ? used(tables, found) : null;
    },
    deactivatePaymentLink: async (scope, id, { now, key }) => {
      const found = owned(tables.paymentLinks.get(id), scope);
      if (found?.deactivatedAt !== null) return "stale";
      if (!claim(tables, key)) return "duplicate";
      tables.paymentLinks.set(id, { ...found, deactivatedAt: now });
      return "applied";
    },
    createLinkCheckout: async ({ order, session }, key) => {
      if (!claim(tables, key)) return "duplicate";
      tables.orders.set(order.id, order);
      tables.checkouts.set(session.id, session);
      return "applied";
    },
    publicKeyOf: async (scope, now) => {
      const keys = [...tables.keys.values()].filter((row) => sameScope(row, scope) && isInForce(row, now));
      // The one that lasts longest; of several without an end the first made.
      const end = (row: (typeof keys)[number]) => row.expiresAt ?? Number.MAX_SAFE_INTEGER;
      return keys.sort((a, b) => end(b) - end(a) || (a.id < b.id ? -1 : 1))[0]?.key ?? null;
    },
  };
}

export function usedLinkIn(tables: Tables, scope: Scope, id: string): UsedLink | null {
  const found = owned(tables.paymentLinks.get(id), scope);
  return found && used(tables, found);
}

export function used(tables: Tables, link: PaymentLink): UsedLink {
  return { ...link, timesPaid: ordersOf(tables, link).filter(({ status }) => status === "paid").length };
}

/** As the triggers of PostgreSQL: an order that is paid or live has one of its link's uses, until it is neither. */
export function isLinkFull(tables: Tables, scope: Scope, orderId: string): boolean {
  const order = owned(tables.orders.get(orderId), scope);
  const link = order?.paymentLinkId ? owned(tables.paymentLinks.get(order.paymentLinkId), scope) : null;
  if (!order || !link || link.uses === null || order.status === "paid") return false;
  const others = ordersOf(tables, link).filter(({ id }) => id !== orderId);
  return others.filter(({ id, status }) => status === "paid" || tables.live.has(orderKey(scope, id))).length >= link.uses;
}

function ordersOf(tables: Tables, link: PaymentLink): Order[] {
  return [...tables.orders.values()].filter((order) => order.paymentLinkId === link.id && sameScope(order, link));
}
