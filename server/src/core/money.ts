/** The one place that knows currencies: which there are, how many decimals they have, how gateways count them, how people read them. */
import { AMOUNT_MAX } from "./constants.ts";
import type { Operation } from "./model.ts";

/**
 * ISO 4217, list one as published on 2026-09-17 (amendment 180 took BGN out with the end of 2025), by the number of decimals. Left out is
 * what nobody pays with: units of account (CLF, COU, UYW, UYI, MXV, BOV, CHE, CHW, USN, XAD, XDR, XSU, XUA, with four decimals some of
 * them), metals, bond units, and the codes for tests and for no currency.
 */
const IN_USE = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
  2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
  3: "BHD IQD JOD KWD LYD OMR TND",
} as const;

/** Were in the list, and payments of their time are still read, refunded and exported. All had two decimals. */
const RETIRED = "ANG BGN CUC HRK SLL ZWL";

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(IN_USE).flatMap(([exponent, codes]) => codes.split(" ").map((code) => [code, Number(exponent)] as const)),
);
const retired: ReadonlySet<string> = new Set(RETIRED.split(" "));

/** Codes that a new payment or order may have. Asked there and nowhere else: a code that is retired must not make old rows unreadable. */
export const currencies: ReadonlySet<string> = new Set(exponents.keys());

/** The decimals that ISO 4217 gives a currency, for codes in use and retired ones; undefined: no currency that we know. */
export function exponentOf(currency: string): number | undefined {
  return exponents.get(currency) ?? (retired.has(currency) ? 2 : undefined);
}

/** An amount of money: an integer of minor units, 1 to 999,999,999,999. */
export function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= AMOUNT_MAX;
}

/** How a gateway counts amounts of a currency. All figures but the exponent are integers of the gateway's own units. */
export interface AmountRule {
  /** Decimals of the gateway's unit, if they are not ISO 4217's. */
  readonly exponent?: number;
  /** Amounts on the wire are multiples of this. */
  readonly multipleOf?: 1 | 10 | 100 | 1_000;
  /** The smallest charge. */
  readonly least?: number;
  /** The smallest refund, if there is one: a part may be smaller than a charge. */
  readonly leastRefund?: number;
  readonly most?: number;
}

/** A gateway's own table of currencies, as data. `{}`: it counts as ISO 4217 does and has no limits. */
export interface AmountRules {
  readonly all?: AmountRule;
  /** In place of what `all` says, member by member. */
  readonly byCurrency?: Readonly<Record<string, AmountRule>>;
}

export type Wire =
  | { readonly ok: true; readonly wire: number }
  /** `field`: what is wrong is the amount, or already the currency. `message` says what would be taken. */
  | { readonly ok: false; readonly field: "amount" | "currency"; readonly message: string };

/**
 * What a gateway is sent for an amount of ours. Nothing is ever rounded: an amount that the gateway can't express is refused, and the
 * refusal says what would be taken. The smallest charge counts for charges only, the smallest refund for refunds.
 */
export function toWire(amount: number, currency: string, rules: AmountRules, operation: Operation = "charge"): Wire {
  const shift = shiftOf(currency, rules);
  if (shift === undefined) return { ok: false, field: "currency", message: `${currency} is not in ISO 4217's list of currencies.` };
  const { multipleOf = 1, most = Number.MAX_SAFE_INTEGER, ...smallest } = ruleFor(currency, rules);
  const least = (operation === "charge" ? smallest.least : operation === "refund" ? smallest.leastRefund : undefined) ?? 0;
  const [up, down] = [powersOfTen[Math.max(0, shift)]!, powersOfTen[Math.max(0, -shift)]!];
  const wire = quotient(amount * up, down);
  if (wire * down !== amount * up || wire % multipleOf !== 0) return tooFine(Math.max(1, quotient(down * multipleOf, up)), currency);
  if (wire > most) return tooMuch(quotient(most, up) * down, currency);
  if (wire < least) return tooLittle(quotient(least + up - 1, up) * down, currency, operation);
  return { ok: true, wire };
}

/** An amount of ours for one of the gateway's; null if there is none: an answer in other units is never taken for another amount. */
export function fromWire(wire: number, currency: string, rules: AmountRules): number | null {
  const shift = shiftOf(currency, rules);
  if (shift === undefined || !Number.isSafeInteger(wire) || wire < 0) return null;
  const [up, down] = [powersOfTen[Math.max(0, shift)]!, powersOfTen[Math.max(0, -shift)]!];
  return wire % up === 0 && Number.isSafeInteger(wire * down) ? quotient(wire, up) * down : null;
}

/** Units as decimal text, for people and for gateways that want text: 1034 with two decimals is `10.34`. */
export function toDecimal(units: number, exponent: number): string {
  const digits = String(Math.abs(units)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return `${units < 0 ? "-" : ""}${whole}${exponent === 0 ? "" : `.${digits.slice(-exponent)}`}`;
}

/**
 * Decimal text as units; null if it is no plain decimal, has more decimals than the currency, or is too large to be exact.
 * @public for connectors of gateways that speak decimals
 */
export function fromDecimal(text: string, exponent: number): number | null {
  const parts = /^(?<sign>-?)(?<whole>\d{1,15})(?:\.(?<fraction>\d{1,4}))?$/.exec(text)?.groups;
  if (!parts || (parts["fraction"] ?? "").length > exponent) return null;
  const units = Number(`${parts["whole"]}${(parts["fraction"] ?? "").padEnd(exponent, "0")}`);
  if (!Number.isSafeInteger(units)) return null;
  return parts["sign"] === "-" && units !== 0 ? -units : units;
}

/**
 * An amount for people: `499.00 INR`, the same on every machine. With a locale as people of it write money; its digits are ISO 4217's all
 * the same, since releases of Node and browsers disagree about them. Text for eyes: nothing reads it back.
 */
export function formatMoney(amount: number, currency: string, locale?: string): string {
  const exponent = exponentOf(currency);
  if (exponent === undefined) return `${amount} ${currency} in minor units`;
  const decimal = toDecimal(amount, exponent);
  if (locale === undefined) return `${decimal} ${currency}`;
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  const format = new Intl.NumberFormat(locale, { style: "currency", currency, signDisplay: "negative", ...digits });
  // As text: a fraction as a number would be rounded on its way.
  return format.format(decimal as Intl.StringNumericLiteral);
}

const powersOfTen = [1, 10, 100, 1_000, 10_000] as const;

/** How many decimals more (or less, if negative) the gateway counts than we do. */
function shiftOf(currency: string, rules: AmountRules): number | undefined {
  const ours = exponentOf(currency);
  return ours === undefined ? undefined : (ruleFor(currency, rules).exponent ?? ours) - ours;
}

function ruleFor(currency: string, { all, byCurrency }: AmountRules): AmountRule {
  return { ...all, ...byCurrency?.[currency] };
}

/** Whole times that `divisor` is in `amount`: integers all the way. */
function quotient(amount: number, divisor: number): number {
  return (amount - (amount % divisor)) / divisor;
}

function tooFine(step: number, currency: string): Wire {
  return refusal(`${currency} is taken in steps of ${formatMoney(step, currency)}. Send a multiple of ${step}.`);
}

function tooLittle(least: number, currency: string, operation: Operation): Wire {
  return refusal(`The smallest ${operation} is ${formatMoney(least, currency)}. Send at least ${least}.`);
}

function tooMuch(most: number, currency: string): Wire {
  return refusal(`The largest amount is ${formatMoney(most, currency)}. Send at most ${most}.`);
}

function refusal(message: string): Wire {
  return { ok: false, field: "amount", message };
}
