/** Amounts on the page: the one function of the core, in the words of the page's language. */
import { formatMoney } from "../../server/src/core/money.ts";

/** English alone does not say how its readers group digits: in rupees they group as in India. */
export function showAmount(amount: number, currency: string, locale: string): string {
  return formatMoney(amount, currency, locale === "en" && currency === "INR" ? "en-IN" : locale === "en-XA" ? "en" : locale);
}
