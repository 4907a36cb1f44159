/** What the text of a search box may mean. It may mean several things at once: 4242 is the end of a card, an amount, and somebody's receipt. */
import { currencies, exponentOf, fromDecimal, isAmount } from "./money.ts";

export interface SearchWish {
  /** In the form that ids have; null: it is none. */
  readonly id: string | null;
  readonly email: string | null;
  readonly last4: string | null;
  /** In minor units, with the currencies in which the text means that; null: in any. */
  readonly amounts: readonly { readonly amount: number; readonly currencies: readonly string[] | null }[];
  /** As somebody else may have called it: a receipt, an order, the reference of a gateway. */
  readonly word: string;
}

/** Longer texts are no name of anything, nor are those with control characters. */
const SEARCH_TEXT_MAX = 255;

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;
const ID = /^([a-z]{2,5})_([0-9a-z]{26})$/i;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** With or without what stands for the other digits. */
const LAST4 = /^(?:[*x•·.\s-]*)(\d{4})$/iu;

/** Null: it can be nothing. */
export function readSearch(text: string): SearchWish | null {
  const word = text.trim();
  if (word === "" || word.length > SEARCH_TEXT_MAX || CONTROL.test(word)) return null;
  const id = ID.exec(word);
  return {
    id: id === null ? null : `${id[1]!.toLowerCase()}_${id[2]!.toUpperCase()}`,
    email: EMAIL.test(word) ? word.toLowerCase() : null,
    last4: LAST4.exec(word)?.[1] ?? null,
    amounts: amountsIn(word),
    word,
  };
}

/** Signs that people write before or after an amount, with the currencies that have them. */
const SIGNS: Readonly<Record<string, string>> = {
  "₹": "INR",
  rs: "INR",
  "rs.": "INR",
  "€": "EUR",
  "£": "GBP EGP",
  "¥": "JPY CNY",
  "₩": "KRW",
  "₫": "VND",
  "₺": "TRY",
  "₽": "RUB",
  "₱": "PHP",
  "฿": "THB",
  "₪": "ILS",
  "₦": "NGN",
  "₴": "UAH",
  zł: "PLN",
  r$: "BRL",
  $: "USD CAD AUD NZD SGD HKD MXN ARS CLP COP TWD BRL",
};

const AMOUNT = /^(?<before>\D*?)\s*(?<number>\d[\d.,'’\s\u00a0\u202f]*)\s*(?<after>\D*)$/u;

function amountsIn(text: string): SearchWish["amounts"] {
  const { before = "", number, after = "" } = AMOUNT.exec(text)?.groups ?? {};
  if (number === undefined || (before !== "" && after !== "")) return [];
  const named = currenciesOf((before + after).trim());
  if (named === null) return [];
  const found = new Map<number, string[]>();
  const codes = named.length > 0 ? named : [...currencies];
  for (const decimal of decimalsIn(number)) {
    for (const code of codes) {
      const amount = fromDecimal(trimmed(decimal, exponentOf(code) ?? 0), exponentOf(code) ?? 0);
      if (isAmount(amount)) found.set(amount, [...(found.get(amount) ?? []), code]);
    }
  }
  const inMajor = [...found].map(([amount, of]) => ({ amount, currencies: of }));
  const minor = /^\d{1,12}$/.test(number.trim()) ? Number(number) : 0;
  // Without a point it may be minor units as well, as the API shows them.
  return isAmount(minor) ? [...inMajor, { amount: minor, currencies: named.length > 0 ? named : null }] : inMajor;
}

/** Empty: no currency is named. Null: what stands there is none. */
function currenciesOf(text: string): readonly string[] | null {
  if (text === "") return [];
  if (currencies.has(text.toUpperCase())) return [text.toUpperCase()];
  return Object.hasOwn(SIGNS, text.toLowerCase()) ? SIGNS[text.toLowerCase()]!.split(" ") : null;
}

/** The decimals that a number may be: `1,299` is a thousand and more, or one with three decimals. */
function decimalsIn(number: string): readonly string[] {
  const plain = number.trim().replaceAll(/['’\s\u00a0\u202f]/gu, "");
  const marks = plain.replaceAll(/\d/g, "");
  const whole = plain.replaceAll(/[.,]/g, "");
  if (marks === "") return [whole];
  const last = marks.at(-1)!;
  const end = plain.slice(plain.lastIndexOf(last) + 1);
  if (end === "") return [];
  const decimal = `${plain.slice(0, plain.lastIndexOf(last)).replaceAll(/[.,]/g, "")}.${end}`;
  if (marks.length === 1) return end.length === 3 ? [whole, decimal] : [decimal];
  return new Set(marks).size === 1 ? [whole] : [decimal];
}

/** Without zeros that the currency has no place for: `1299.00` in yen. */
function trimmed(decimal: string, exponent: number): string {
  const [whole = "", fraction = ""] = decimal.split(".");
  const rest = fraction.slice(exponent);
  if (/[1-9]/.test(rest)) return decimal;
  const kept = fraction.slice(0, exponent);
  return kept === "" ? whole : `${whole}.${kept}`;
}
