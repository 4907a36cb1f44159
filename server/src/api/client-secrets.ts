/** What a shopper's browser may hold: a secret that opens one order, or one session of it, and nothing else of the merchant. See decision 0055. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isId } from "../core/ids.ts";
import type { Scope } from "../core/model.ts";

/** 192 bits: beyond guessing. */
const SECRET_CHARS = 32;
const FORM = /^([a-z]+_[0-9A-Z]{26}(?:_open)?)_secret_[\w-]{32}$/;
const NAME = /^((ord|cs|pay)_[0-9A-Z]{26})(_open)?$/;

export interface ClientSecrets {
  /** The same for each who asks: it follows from whose this is, and from its name. @param name an id, or `openingOf` an order */
  of(scope: Scope, name: string): string;
  /** In constant time. @returns the name of what the secret opens; null if it opens nothing of this merchant */
  opens(scope: Scope, secret: string): string | null;
}

/** @param key for this purpose alone, the same in every process */
export function clientSecrets(key: Uint8Array): ClientSecrets {
  const of = ({ merchantId, mode }: Scope, name: string): string => {
    const text = JSON.stringify([merchantId, mode, name]);
    return `${name}_secret_${createHmac("sha256", key).update(text).digest("base64url").slice(0, SECRET_CHARS)}`;
  };
  return {
    of,
    opens(scope, secret) {
      const name = nameIn(secret);
      if (name === null) return null;
      // Both are ASCII of one length.
      return timingSafeEqual(Buffer.from(secret), Buffer.from(of(scope, name))) ? name : null;
    },
  };
}

/** The name that a secret begins with; null: it has not the form of one. */
export function nameIn(secret: string): string | null {
  const name = FORM.exec(secret)?.[1];
  return name !== undefined && subjectOf(name) !== null ? name : null;
}

/** Of an order, for whoever knows its id: less can be seen through it than by the order's own secret. See decision 0058. */
export function openingOf(orderId: string): string {
  return `${orderId}_open`;
}

/** What a name stands for; null: for nothing. */
export function subjectOf(name: string): { readonly id: string; readonly kind: "order" | "session" | "payment" | "opening" } | null {
  const [, id = "", prefix, open] = NAME.exec(name) ?? [];
  if (prefix === "ord" && isId("ord", id)) return { id, kind: open === undefined ? "order" : "opening" };
  if (open !== undefined) return null;
  if (prefix === "cs" && isId("cs", id)) return { id, kind: "session" };
  return prefix === "pay" && isId("pay", id) ? { id, kind: "payment" } : null;
}

/** The text of a JSON object with more members at its end: what was stored of it holds no secret. */
export function withMembers(text: string, members: Readonly<Record<string, string>>): string {
  return `${text.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}
