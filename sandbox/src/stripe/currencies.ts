/** What Stripe takes as an amount: its own exponents, ends and least amounts, which are not those of ISO 4217. */
import { type Answer, invalid } from "./errors.ts";

const listed =
  "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf " +
  "dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt " +
  "lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron " +
  "rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof " +
  "xpf yer zar zmw";
const currencies: ReadonlySet<string> = new Set(listed.split(" "));
const zeroDecimal: ReadonlySet<string> = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const threeDecimal: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));
/** Written with two decimals that must be zero. */
const wholeOnly: ReadonlySet<string> = new Set(["isk", "ugx"]);

/** Stripe's table of least amounts, in its own minor units. For other currencies it is what 0.50 US dollars are worth; here 1. */
const least: Readonly<Record<string, number>> = {
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
};
/** Eight digits. */
const AMOUNT_MAX = 99_999_999;

/** Why Stripe takes no payment of this amount; null: it does. */
export function refusalOfAmount(amount: number, currency: string): Answer | null {
  if (!currencies.has(currency)) return invalid(`Invalid currency: ${currency}. Stripe does not support it.`, "currency");
  if (amount < 1) return invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer");
  const end = refusalOfEnd(amount, currency, "amount");
  if (end !== null) return end;
  if (amount > AMOUNT_MAX) return invalid(`Amount must be no more than ${shown(AMOUNT_MAX, currency)}`, "amount", "amount_too_large");
  const min = least[currency] ?? 1;
  return amount < min ? invalid(`Amount must be at least ${shown(min, currency)}`, "amount", "amount_too_small") : null;
}

/** A part of an amount ends in the same zeros. */
export function refusalOfEnd(amount: number, currency: string, param: string): Answer | null {
  const multiple = threeDecimal.has(currency) ? 10 : wholeOnly.has(currency) ? 100 : 1;
  if (amount % multiple === 0) return null;
  return invalid(`Invalid ${param}: amounts in ${currency} must be a multiple of ${multiple}.`, param);
}

/** For Stripe's sentences. */
export function shown(amount: number, currency: string): string {
  const decimals = zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2;
  const digits = String(amount).padStart(decimals + 1, "0");
  const whole = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return `${whole} ${currency}`;
}
