/** What a link in an e-mail carries: a row's id and an HMAC of it, so that neither the database nor a log holds anything that opens. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isId } from "../core/ids.ts";

const FORM = /^((inv|rst)_[0-9A-Z]{26})_[\w-]{32}$/;

export interface LinkTokens {
  /** @param id of an invitation or of a reset */
  of(id: string): string;
  /** The id that a token opens; null: it opens nothing. */
  opens(kind: "inv" | "rst", token: string): string | null;
}

/** @param key for this purpose alone, the same in every process */
export function linkTokens(key: Uint8Array): LinkTokens {
  const of = (id: string): string => `${id}_${createHmac("sha256", key).update(id).digest("base64url").slice(0, 32)}`;
  return {
    of,
    opens(kind, token) {
      const [, id = "", prefix] = FORM.exec(token) ?? [];
      if (prefix !== kind || !isId(kind, id)) return null;
      // Both are ASCII of one length.
      return timingSafeEqual(Buffer.from(token), Buffer.from(of(id))) ? id : null;
    },
  };
}

/** The page that a link leads to; the token is in the fragment, which no browser sends to any server. */
export function linkTo(dashboardUrl: string, id: string, links: LinkTokens): string {
  return `${dashboardUrl}/${id.startsWith("inv_") ? "invitation" : "reset"}#${links.of(id)}`;
}
