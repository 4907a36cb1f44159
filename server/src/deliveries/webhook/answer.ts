import { errors } from "undici";
import { hideCardNumbers } from "../../core/card-number.ts";
import { RETRY_AFTER_MAX_MS, WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import { hideOurSecrets } from "../../core/evidence.ts";
import type { Ms } from "../../core/model.ts";

/** The class of a failure, as the delivery log shows it. Never the error's own text: that may name addresses of our network. */
export function failureClass(error: unknown): string {
  const code = codeOf(error);
  const known = CLASSES.get(code);
  if (known !== undefined) return known;
  if (code.startsWith("EAI_")) return "dns";
  if (error instanceof errors.HTTPParserError) return "bad_answer";
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/.test(code)) return "tls";
  return "network";
}

/** Milliseconds that a `Retry-After` header (seconds or HTTP date) asks for, at most `RETRY_AFTER_MAX_MS`. Null where there is none or it makes no sense. */
export function retryAfterMs(header: string | string[] | undefined, now: Ms): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MAX_MS);
  // HTTP dates are always in GMT; `Date.parse` alone would also take local times and bare years.
  if (!/^[A-Za-z]{3,9}, .{17,21} GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), RETRY_AFTER_MAX_MS);
}

/**
 * The first bytes of an answer as text that can be stored: no control characters, which a text column or a log reader would choke on,
 * and none of the card numbers and keys that a receiver may echo.
 */
export function keptText(bytes: Buffer, contentEncoding: string | string[] | undefined): string {
  if (contentEncoding !== undefined && contentEncoding !== "identity")
    return `(not shown: content-encoding ${String(contentEncoding).slice(0, 40)})`;
  const text = hideOurSecrets(hideCardNumbers(bytes.toString("utf8")));
  // What was cut off may have been the end of a card number.
  const shown = bytes.length < WEBHOOK_RESPONSE_KEPT_BYTES ? text : text.replace(CUT_NUMBER, "…");
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return shown.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "\ufffd");
}

const CUT_NUMBER = /\p{Nd}[\p{Nd}\s\p{P}\p{Cf}]{0,80}$/u;

const CLASSES = new Map([
  ["TILLWAY_BLOCKED_ADDRESS", "blocked_address"],
  ["TILLWAY_BAD_SECRET", "bad_secret"],
  ["TILLWAY_TIMEOUT", "timeout"],
  ["ENOTFOUND", "dns"],
  ["ENODATA", "dns"],
  ["ECONNREFUSED", "refused"],
  ["UND_ERR_CONNECT_TIMEOUT", "connect_timeout"],
  ["ETIMEDOUT", "connect_timeout"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["UND_ERR_SOCKET", "reset"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EPROTO", "tls"],
  ["UND_ERR_HEADERS_OVERFLOW", "bad_answer"],
]);

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
}
