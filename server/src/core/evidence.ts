import { hideCardNumbers } from "./card-number.ts";

/** Takes our own secret keys out of a text: those that merchants call us with and those that webhooks are signed with. */
export function hideOurSecrets(text: string): string {
  return text.replace(/\b(sk_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]+/g, "$1[redacted]");
}

/**
 * Characters looked at for each one kept. A card number of 19 digits with all that may stand between them has 146 (each digit and each
 * character nobody sees counted as two), what is shown in its place 13: so the end of what is looked at, where a number may be cut in
 * two, is never shown.
 */
const LOOKED_PER_KEPT = 12;

/** Hides card numbers, then cuts: cut first, a number that lies across the cut would show its first digits. @param mark stands where it was cut */
export function hideAndCut(text: string, lengthMax: number, mark = "…"): string {
  const hidden = hideCardNumbers(text.slice(0, lengthMax * LOOKED_PER_KEPT));
  return hidden.length > lengthMax ? hidden.slice(0, lengthMax) + mark : hidden;
}
