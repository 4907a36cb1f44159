import { isCardNumber } from "../core/card-number.ts";

/** W3C trace context, version 00. Anything else, a list or the all-zero ids is no context at all. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace context, or null. It is kept, logged and sent on, so it may hold no card number, as one in a thousand does by chance. */
export function readTraceparent(header: string | string[] | undefined): string | null {
  return typeof header === "string" && TRACEPARENT.test(header) && !hidesCardNumber(header) ? header : null;
}

/** In an id the other digits prove nothing, so each place is tried. */
function hidesCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(/\d{14,}/g))
    for (let from = 0; from <= run.length - 14; from++)
      for (let length = 14; length <= Math.min(19, run.length - from); length++)
        if (isCardNumber(run.slice(from, from + length))) return true;
  return false;
}
