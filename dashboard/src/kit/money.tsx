/** Amounts for eyes. The digits are ISO 4217's from our own table, since browsers disagree; see `core/money.ts`. */
import { exponentOf, formatMoney, toDecimal } from "../../../server/src/core/money.ts";

/** English alone does not say how its readers group digits: in rupees they group as in India. */
export function showMoney(amount: number, currency: string): string {
  const locale = navigator.language;
  return formatMoney(amount, currency, currency === "INR" && /^en\b(?!-IN)/.test(locale) ? "en-IN" : locale);
}

/** An amount of minor units. The title has it as the API says it. */
export function Money({ amount, currency }: { amount: number; currency: string }) {
  const exponent = exponentOf(currency);
  const plain = exponent === undefined ? "" : `${toDecimal(amount, exponent)} ${currency} · `;
  return (
    <span className="money whitespace-nowrap" title={`${plain}${amount} in minor units`}>
      {showMoney(amount, currency)}
    </span>
  );
}
