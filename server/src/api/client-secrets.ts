/** What a shopper's browser may hold: a secret that opens one order, or one session of it, and nothing else of the merchant. See decision 0055. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isId } from "../core/ids.ts";
import type { Scope } from "../core/model.ts";

/** 192 bits: beyond guessing. */
const SECRET_CHARS = 32;
const FORM = /^((?:ord|cs)_[0-9A-Z]{26})_secret_[\w-]{32}$/;

export interface ClientSecrets {
  /** The same for each who asks: it follows from whose this is, and from its id. */
  of(scope: Scope, id: string): string;
  /** In constant time. @returns the id of what the secret opens; null if it opens nothing of this merchant */
  opens(scope: Scope, secret: string): string | null;
}

/** @param key for this purpose alone, the same in every process */
export function clientSecrets(key: Uint8Array): ClientSecrets {
  const of = ({ merchantId, mode }: Scope, id: string): string => {
    const text = JSON.stringify([merchantId, mode, id]);
    return `${id}_secret_${createHmac("sha256", key).update(text).digest("base64url").slice(0, SECRET_CHARS)}`;
  };
  return {
    of,
    opens(scope, secret) {
      const id = idIn(secret);
      if (id === null) return null;
      // Both are ASCII of one length.
      return timingSafeEqual(Buffer.from(secret), Buffer.from(of(scope, id))) ? id : null;
    },
  };
}

/** The id that a secret begins with; null: it has not the form of one. */
export function idIn(secret: string): string | null {
  const id = FORM.exec(secret)?.[1];
  return id !== undefined && (isId("ord", id) || isId("cs", id)) ? id : null;
}

/** The text of a JSON object with more members at its end: what was stored of it holds no secret. */
export function withMembers(text: string, members: Readonly<Record<string, string>>): string {
  return `${text.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}
