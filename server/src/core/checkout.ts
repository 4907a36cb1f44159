/** What a shopper's checkout is about: a session of an order, and what a merchant says once for all of them. */
import type { Customer } from "./model.ts";
import type { MethodType } from "./methods/method.ts";
import { linkStatus, type UsedLink } from "./payment-links.ts";
import type { Order } from "./records.ts";
import type { Ms, Scope } from "./scope.ts";

/** How long a checkout session can be paid, in seconds. */
export const CHECKOUT_LASTS_S = 1_800;
export const CHECKOUT_LASTS_S_MIN = 60;
export const CHECKOUT_LASTS_S_MAX = 86_400;
/** Of a merchant's logo: it comes with each view of a checkout. */
export const CHECKOUT_LOGO_BYTES_MAX = 32_768;
/** They stand in one header. */
export const CHECKOUT_ORIGINS_MAX = 20;

export interface CheckoutSession extends Scope {
  readonly id: string;
  readonly orderId: string;
  /** Null: all that the merchant's accounts take. */
  readonly methods: readonly MethodType[] | null;
  /** Where the shopper goes after it is paid, and where from it without paying. Null: the page stays. */
  readonly returnUrl: string | null;
  readonly cancelUrl: string | null;
  /** A language tag. Null: the browser's. */
  readonly locale: string | null;
  /** Who is to pay, as each of its payments says. */
  readonly customer: Customer | null;
  readonly expiresAt: Ms;
  readonly canceledAt: Ms | null;
  readonly createdAt: Ms;
}

/** How all checkouts of a merchant look, and which pages may show them in a frame. */
export interface CheckoutSettings {
  /** In the place of the merchant's own name. */
  readonly name: string | null;
  /** `#rrggbb`. */
  readonly color: string | null;
  /** A data URI, so that no page asks a foreign server. */
  readonly logo: string | null;
  readonly origins: readonly string[];
}

export const noCheckoutSettings: CheckoutSettings = { name: null, color: null, logo: null, origins: [] };

/**
 * Who pays, in the language that the shopper reads the checkout in: what the session says, else the browser's first that is a language tag.
 * @param accepted the header `Accept-Language`
 */
export function payingAt(session: Pick<CheckoutSession, "customer" | "locale"> | null, accepted: string | undefined): Customer | null {
  if (!session?.customer) return null;
  const locale =
    session.customer.locale ?? session.locale ?? /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})\s*(?:[,;]|$)/.exec(accepted ?? "")?.[1];
  return { ...session.customer, ...(locale !== undefined && { locale }) };
}

export const checkoutStatuses = ["open", "complete", "expired", "canceled", "used_up"] as const;
export type CheckoutStatus = (typeof checkoutStatuses)[number];

interface Beside {
  readonly now: Ms;
  /** The payment link that the order was made from. */
  readonly link: UsedLink | null;
}

/** Derived from what is there, so that nothing has to be moved when an order is paid or a time has passed. @param session null: the order is paid by its own secret */
export function checkoutStatus(order: Pick<Order, "status">, session: CheckoutSession | null, { now, link }: Beside): CheckoutStatus {
  if (order.status === "paid") return "complete";
  const ofLink = link === null ? "active" : linkStatus(link, now);
  if (ofLink === "deactivated") return "canceled";
  if (ofLink !== "active") return ofLink;
  if (session === null) return "open";
  if (session.canceledAt !== null) return "canceled";
  return now >= session.expiresAt ? "expired" : "open";
}
