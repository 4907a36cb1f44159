/** What a merchant sends to shoppers as an address: each who opens it may pay an order of its own, as often as the link may be paid. See decision 0057. */
import type { MethodType } from "./methods/method.ts";
import type { Ms, Scope } from "./scope.ts";

/** More is no bound. */
export const LINK_USES_MAX = 1_000_000;
/** How long what a shopper began can be paid. */
export const LINK_CHECKOUT_LASTS_MS = 1_800_000;
/** 100 bits: the address is the only thing that a shopper must know. */
export const LINK_TOKEN_CHARS = 20;

export interface PaymentLink extends Scope {
  readonly id: string;
  /** In its address. */
  readonly token: string;
  /** Null: the shopper says how much, within the bounds. */
  readonly amount: number | null;
  readonly currency: string;
  readonly minAmount: number | null;
  readonly maxAmount: number | null;
  /** What the page shows at first. */
  readonly suggestedAmount: number | null;
  readonly description: string | null;
  /** How many orders of it may be paid. Null: any number. */
  readonly uses: number | null;
  /** Null: all that the merchant's accounts take. */
  readonly methods: readonly MethodType[] | null;
  readonly returnUrl: string | null;
  /** A language tag. Null: the browser's. */
  readonly locale: string | null;
  /** Of each order and payment of it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly expiresAt: Ms | null;
  readonly deactivatedAt: Ms | null;
  readonly createdAt: Ms;
}

/** With how many of its orders are paid. */
export interface UsedLink extends PaymentLink {
  readonly timesPaid: number;
}

export const linkStatuses = ["active", "used_up", "expired", "deactivated"] as const;
export type LinkStatus = (typeof linkStatuses)[number];

/** Derived, as that of a checkout: nothing has to be moved when a time has passed. */
export function linkStatus({ deactivatedAt, uses, timesPaid, expiresAt }: UsedLink, now: Ms): LinkStatus {
  if (deactivatedAt !== null) return "deactivated";
  if (uses !== null && timesPaid >= uses) return "used_up";
  return expiresAt !== null && now >= expiresAt ? "expired" : "active";
}

/** Why a shopper's amount is none of this link's. Null: it is. */
export function whyNotAmount(link: PaymentLink, amount: number): "fixed" | "too_small" | "too_large" | null {
  if (link.amount !== null) return amount === link.amount ? null : "fixed";
  if (link.minAmount !== null && amount < link.minAmount) return "too_small";
  return link.maxAmount !== null && amount > link.maxAmount ? "too_large" : null;
}

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** @param random as many bytes as it has characters */
export function linkToken(random: Uint8Array): string {
  return Array.from(random, (byte) => LETTERS[byte & 31]).join("");
}

const TOKEN = /^[0-9a-hjkmnp-tv-z]{20}$/;

/** Anything else is not worth a question to the database. */
export function isLinkToken(text: string): boolean {
  return TOKEN.test(text);
}
