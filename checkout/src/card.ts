/** A card as it is typed: its network by the first digits, its groups, and what is wrong with it. */
import { onlyDigits, toAsciiDigits } from "./digits.ts";

interface Network {
  readonly name: string;
  readonly starts: RegExp;
  readonly lengths: readonly number[];
}

/**
 * Only ranges that one network alone has. Numbers from 65 are Discover's or RuPay's, from 60 Discover's, Maestro's or RuPay's: for what is
 * not listed nothing is shown until the gateway has said what it is.
 */
const NETWORKS: readonly Network[] = [
  { name: "visa", starts: /^4/, lengths: [13, 16, 18, 19] },
  { name: "mastercard", starts: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { name: "amex", starts: /^3[47]/, lengths: [15] },
  { name: "diners", starts: /^(30[0-5]|3[689])/, lengths: [14, 16, 17, 18, 19] },
  { name: "discover", starts: /^(6011|64[4-9])/, lengths: [16, 17, 18, 19] },
  { name: "jcb", starts: /^(352[89]|35[4-8])/, lengths: [16, 17, 18, 19] },
  { name: "rupay", starts: /^(60698[5-9]|60699|607[0-8]|60790|60800[1-9]|6080[1-9]|608[1-4])/, lengths: [16] },
  { name: "unionpay", starts: /^62/, lengths: [16, 17, 18, 19] },
];

const NAMES: Readonly<Record<string, string>> = {
  visa: "Visa",
  mastercard: "Mastercard",
  amex: "American Express",
  diners: "Diners Club",
  discover: "Discover",
  jcb: "JCB",
  rupay: "RuPay",
  unionpay: "UnionPay",
};

export function networkOf(number: string): string | null {
  const digits = onlyDigits(number);
  return NETWORKS.find(({ starts }) => starts.test(digits))?.name ?? null;
}

export function networkName(network: string): string {
  return NAMES[network] ?? network;
}

/** In the groups that are on the card. */
export function groupNumber(text: string): string {
  const digits = onlyDigits(text).slice(0, 19);
  if (networkOf(digits) === "amex") return [digits.slice(0, 4), digits.slice(4, 10), digits.slice(10, 15)].filter(Boolean).join(" ");
  return digits.match(/.{1,4}/g)?.join(" ") ?? "";
}

/** `MM / YY`. The slash comes by itself only while typing forward, so that deleting it works. */
export function groupExpiry(text: string, before: string): string {
  const plain = toAsciiDigits(text);
  const typed = /^([2-9])$/.test(plain) ? `0${plain}` : plain;
  const parts = /^\s*(\d{1,2})\s*[/.-]\s*(\d{0,4})/.exec(typed);
  if (parts) return `${parts[1]!.padStart(2, "0")} / ${shortYear(parts[2]!)}`;
  const digits = onlyDigits(typed).slice(0, 6);
  if (digits.length < 2 || (digits.length === 2 && before.length > text.length)) return digits;
  return `${digits.slice(0, 2)} / ${shortYear(digits.slice(2))}`;
}

function shortYear(year: string): string {
  return year.length === 4 ? year.slice(2) : year;
}

export function readExpiry(text: string): { readonly month: number; readonly year: number } | null {
  const parts = /^(\d{1,2})\s*\/\s*(\d{2}|\d{4})$/.exec(toAsciiDigits(text).trim());
  if (!parts) return null;
  const year = Number(parts[2]);
  return { month: Number(parts[1]), year: year < 100 ? 2000 + year : year };
}

export interface CardValues {
  readonly name: string;
  readonly number: string;
  readonly expiry: string;
  readonly cvv: string;
}

/** What is wrong, as the key of a sentence, by field. `now`: the server's time, not the shopper's clock. */
export function cardFaults(card: CardValues, now: Date): Partial<Record<keyof CardValues, string>> {
  const number = numberFault(onlyDigits(card.number));
  const expiry = expiryFault(card.expiry, now);
  const cvv = cvvFault(card);
  return { ...(number && { number }), ...(expiry && { expiry }), ...(cvv && { cvv }) };
}

function numberFault(digits: string): string | null {
  if (digits === "") return "error.number_missing";
  const network = NETWORKS.find(({ starts }) => starts.test(digits));
  if (digits.length < 13 || (network && !network.lengths.includes(digits.length))) return "error.number_incomplete";
  // UnionPay has numbers without a check digit.
  return network?.name === "unionpay" || hasCheckDigit(digits) ? null : "error.number_wrong";
}

function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const counted = at % 2 === 1 ? digit * 2 : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}

function expiryFault(text: string, now: Date): string | null {
  if (text.trim() === "") return "error.expiry_missing";
  const expiry = readExpiry(text);
  if (expiry === null || expiry.month < 1 || expiry.month > 12) return "error.expiry_wrong";
  const months = (expiry.year - now.getUTCFullYear()) * 12 + expiry.month - (now.getUTCMonth() + 1);
  return months < 0 ? "error.expiry_past" : months > 600 ? "error.expiry_wrong" : null;
}

function cvvFault(card: CardValues): string | null {
  const digits = onlyDigits(card.cvv);
  if (digits === "") return "error.cvv_missing";
  const network = networkOf(card.number);
  const isRight = network === "amex" ? digits.length === 4 : network === null ? /^\d{3,4}$/.test(digits) : digits.length === 3;
  return isRight ? null : "error.cvv_wrong";
}
