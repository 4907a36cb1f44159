/**
 * Amounts that people type, read as the page's locale writes them. What does not fit it is refused, never guessed: "1,234.56" on a German
 * page is an error and not 1.23456.
 */
import { exponentOf, toDecimal } from "../../../server/src/core/money.ts";

export type TypedAmount = { readonly amount: number; readonly error: null } | { readonly amount: null; readonly error: string };

interface Writing {
  readonly decimal: string;
  readonly group: string;
  /** The ten digits of the locale. */
  readonly digits: readonly string[];
}

const DIGITS_MAX = 12;
/** People type these for one another; a locale has one of them. */
const SPACES = /[\s\u00a0\u2009\u202f]/g;
const APOSTROPHES = /['\u2019]/g;

/** In minor units of the currency. */
export function readTyped(text: string, currency: string, locale = navigator.language): TypedAmount {
  const exponent = exponentOf(currency);
  if (exponent === undefined) return wrong(`${currency} is no currency that we know the decimals of.`);
  const writing = writingOf(locale);
  const typed = plainDigits(bare(text, currency, locale), writing)
    .replaceAll(SPACES, " ")
    .replaceAll(APOSTROPHES, "'");
  const example = writeTyped(123_456_789, currency, locale, true);
  if (typed === "") return wrong("Type an amount.");
  const [whole = "", fraction, ...more] = typed.split(writing.decimal);
  if (/^[-\u2212]/.test(typed)) return wrong("Type more than zero.");
  if (more.length > 0 || !isWhole(whole, writing.group) || (fraction !== undefined && !/^\d+$/.test(fraction)))
    return wrong(`This is no amount as it is written here. Write it like ${example}.`);
  if ((fraction ?? "").length > exponent)
    return wrong(exponent === 0 ? `${currency} has no decimals.` : `${currency} has ${exponent} decimals at most.`);
  const digits = `${whole.replaceAll(/\D/g, "")}${(fraction ?? "").padEnd(exponent, "0")}`.replace(/^0+/, "");
  if (digits === "") return wrong("Type more than zero.");
  if (digits.length > DIGITS_MAX) return wrong("This is more than any payment may be.");
  return { amount: Number(digits), error: null };
}

/** As it would be typed here: what a field is filled with. */
export function writeTyped(amount: number, currency: string, locale = navigator.language, isGrouped = false): string {
  const exponent = exponentOf(currency) ?? 0;
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  const format = new Intl.NumberFormat(locale, { useGrouping: isGrouped ? "always" : false, ...digits });
  return format.format(toDecimal(amount, exponent) as Intl.StringNumericLiteral);
}

/** No groups at all, or groups as somebody writes them: by threes, or by twos before the last three as in India. */
function isWhole(text: string, group: string): boolean {
  if (/^\d+$/.test(text)) return true;
  const [head = "", ...groups] = text.split(group);
  const last = groups.pop();
  if (last === undefined || !/^\d{3}$/.test(last)) return false;
  const sizes = [3, 2].filter((size) => groups.every((one) => new RegExp(`^\\d{${size}}$`).test(one)));
  return sizes.some((size) => new RegExp(`^\\d{1,${size}}$`).test(head));
}

/** Without the sign or the code of its own currency at either end: amounts are copied from where they are shown with it. */
function bare(text: string, currency: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(1);
  const wide = new Intl.NumberFormat(locale, { style: "currency", currency }).formatToParts(1);
  const signs = [...parts, ...wide].filter(({ type }) => type === "currency").map(({ value }) => value);
  const marks = /[\u200e\u200f\u061c\u2066-\u2069]/g;
  const trimmed = text.replaceAll(marks, "").trim();
  for (const sign of [...signs.map((one) => one.replaceAll(marks, "")), currency].toSorted((one, other) => other.length - one.length)) {
    const isSame = (part: string) => part.toUpperCase() === sign.toUpperCase();
    if (isSame(trimmed.slice(0, sign.length))) return trimmed.slice(sign.length).trim();
    if (isSame(trimmed.slice(-sign.length))) return trimmed.slice(0, -sign.length).trim();
  }
  return trimmed;
}

function plainDigits(text: string, { digits }: Writing): string {
  return digits.reduce((plain, digit, value) => plain.replaceAll(digit, String(value)), text);
}

function writingOf(locale: string): Writing {
  const parts = new Intl.NumberFormat(locale, { useGrouping: "always", minimumFractionDigits: 1 }).formatToParts(1_234_567.8);
  const find = (type: string) =>
    (parts.find((part) => part.type === type)?.value ?? "").replaceAll(SPACES, " ").replaceAll(APOSTROPHES, "'");
  const digit = new Intl.NumberFormat(locale, { useGrouping: false });
  return { decimal: find("decimal"), group: find("group"), digits: Array.from({ length: 10 }, (_none, at) => digit.format(at)) };
}

function wrong(error: string): TypedAmount {
  return { amount: null, error };
}
