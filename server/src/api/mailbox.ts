/** What opens the page of a merchant's kept e-mails: a text that follows from whose they are, and opens nothing else. See docs/decisions/0059. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isId } from "../core/ids.ts";
import type { Mode, Scope } from "../core/model.ts";
import type { EmailCapture } from "../core/ports/mail.ts";

/** 192 bits: beyond guessing. */
const SEAL_CHARS = 32;

/** Where e-mails are kept instead of sent, and the page that shows them. */
export interface KeptEmails {
  readonly capture: EmailCapture;
  readonly keys: MailboxKeys;
  /** Where the build put the page. */
  readonly pageFolder: string;
}

export interface MailboxKeys {
  /** For the page: all e-mails of a merchant and mode. */
  of(scope: Scope): string;
  /** For a frame: the HTML of one of them. A frame sends no headers, so this one stands in its address. */
  ofOne(scope: Scope, deliveryId: string): string;
  /** In constant time. Null: it opens nothing. */
  opens(key: string): Scope | null;
  opensOne(key: string): { readonly scope: Scope; readonly deliveryId: string } | null;
}

/** @param secret for this purpose alone, the same in every process */
export function mailboxKeys(secret: Uint8Array): MailboxKeys {
  const sealed = (text: string): string => `${text}.${createHmac("sha256", secret).update(text).digest("base64url").slice(0, SEAL_CHARS)}`;
  const open = (key: string): readonly string[] => {
    const text = key.slice(0, Math.max(0, key.lastIndexOf(".")));
    const [given, right] = [Buffer.from(key), Buffer.from(sealed(text))];
    return given.length === right.length && timingSafeEqual(given, right) ? text.split(".") : [];
  };
  return {
    of: ({ mode, merchantId }) => sealed(`emails.${mode}.${merchantId}`),
    ofOne: ({ mode, merchantId }, deliveryId) => sealed(`email.${mode}.${merchantId}.${deliveryId}`),
    opens(key) {
      const [kind, mode, merchantId = ""] = open(key);
      return kind === "emails" ? { merchantId, mode: mode as Mode } : null;
    },
    opensOne(key) {
      const [kind, mode, merchantId = "", deliveryId = ""] = open(key);
      return kind === "email" && isId("dlv", deliveryId) ? { scope: { merchantId, mode: mode as Mode }, deliveryId } : null;
    },
  };
}
