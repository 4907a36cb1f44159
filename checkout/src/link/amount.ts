/** An amount as a shopper types it: in digits of any script that `digits.ts` knows, with the signs of the page's language or of another. */
import { exponentOf, fromDecimal, toDecimal } from "../../../server/src/core/money.ts";
import { toAsciiDigits } from "../digits.ts";

/** In minor units. Null: it is no amount of this currency. What was understood is on the button, in the language's own form. */
export function readTypedAmount(typed: string, currency: string, locale: string): number | null {
  // Spaces and apostrophes group in many languages, the Arabic sign for thousands in some.
  const text = toAsciiDigits(typed).replaceAll(/[\s'\u2019\u066c]/g, "");
  const plain = /^[^\d.,\u066b\u060c-]*([\d.,\u066b\u060c]+)[^\d.,\u066b\u060c-]*$/.exec(text)?.[1];
  const parts = plain === undefined ? null : split(plain.replaceAll("\u060c", ","), locale);
  const exponent = exponentOf(currency);
  if (parts === null || exponent === undefined) return null;
  const [whole, fraction] = parts;
  // Zeros that the currency has not are no other amount.
  const rest = fraction.slice(exponent);
  if (/[1-9]/.test(rest)) return null;
  const digits = fraction.slice(0, exponent);
  const units = fromDecimal(`${whole === "" ? "0" : whole}${digits === "" ? "" : `.${digits}`}`, exponent);
  return units === null || units === 0 ? null : units;
}

/** Which of the signs ends the whole part. */
function split(text: string, locale: string): readonly [whole: string, fraction: string] | null {
  const signs = [...new Set(text.match(/[.,\u066b]/g) ?? [])];
  if (signs.length === 0) return [text, ""];
  const last = text.search(/[.,\u066b]\d*$/);
  const sign = text[last]!;
  const before = text.slice(0, last);
  const after = text.slice(last + 1);
  const isOnce = !before.includes(sign);
  const others = signs.filter((one) => one !== sign);
  if (others.length > 1) return null;
  // `1,234.50`: the last of two kinds is the decimal one, and the first groups.
  if (others.length === 1) return isOnce && isGrouped(before, others[0]!) ? [before.replaceAll(others[0]!, ""), after] : null;
  if (!isOnce) return isGrouped(text, sign) ? [text.replaceAll(sign, ""), ""] : null;
  const groups = sign !== "\u066b" && sign !== decimalSign(locale) && /^[1-9]\d{0,2}$/.test(before) && after.length === 3;
  return groups ? [before + after, ""] : [before, after];
}

/** In threes, or as in India. */
function isGrouped(text: string, sign: string): boolean {
  const [first = "", ...rest] = text.split(sign);
  return /^\d{1,3}$/.test(first) && rest.every((part, at) => (at === rest.length - 1 ? /^\d{3}$/ : /^\d{2,3}$/).test(part));
}

function decimalSign(locale: string): string {
  const sign = new Intl.NumberFormat(languageOf(locale)).formatToParts(1.5).find(({ type }) => type === "decimal")?.value;
  return sign === "," ? "," : ".";
}

/** As the input shows it at first. */
export function amountToType(units: number, currency: string, locale: string): string {
  const exponent = exponentOf(currency) ?? 0;
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent, useGrouping: false };
  return new Intl.NumberFormat(languageOf(locale), digits).format(toDecimal(units, exponent) as Intl.StringNumericLiteral);
}

function languageOf(locale: string): string {
  return locale === "en-XA" ? "en" : locale;
}
