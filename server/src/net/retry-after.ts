import { RETRY_AFTER_MAX_MS } from "../core/constants.ts";

/** HTTP dates are always in GMT; `Date.parse` alone would also take local times and bare years. */
const HTTP_DATE = /^[A-Za-z]{3,9}, .{17,21} GMT$/;

/**
 * Milliseconds that the header `Retry-After` of an answer asks for, at most `RETRY_AFTER_MAX_MS`; null if there is none or it is
 * not valid. A date is measured from the answer's own `Date`, since the far side's clock wrote both (RFC 9110, 10.2.3).
 * @param now is used if the answer has no date
 */
export function retryAfterMs(headers: Readonly<Record<string, string | undefined>>, now: number): number | null {
  const text = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MAX_MS);
  const at = httpDate(text);
  return at === null ? null : Math.min(Math.max(at - (httpDate(headers["date"]?.trim() ?? "") ?? now), 0), RETRY_AFTER_MAX_MS);
}

function httpDate(text: string): number | null {
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
