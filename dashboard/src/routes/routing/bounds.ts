/** The bounds of a rule's amount, as people type them: in major units of its one currency. The API has minor units. */
import { readTyped, writeTyped } from "../../kit/typed-money.ts";

/** As they are typed. Empty: no bound. */
export interface BoundTexts {
  readonly from: string;
  readonly below: string;
}

export interface Bounds {
  readonly from: number | null;
  readonly below: number | null;
  /** What is wrong with each, if anything. */
  readonly errors: { readonly from: string | null; readonly below: string | null };
}

/** @param currencies of the rule: a bound goes with exactly one, in another one it would be another amount */
export function boundsOf(texts: BoundTexts, currencies: readonly string[], locale?: string): Bounds {
  const [from, below] = [readBound(texts.from, currencies, locale), readBound(texts.below, currencies, locale)];
  const isNever = from.amount !== null && below.amount !== null && below.amount <= from.amount;
  return {
    from: from.amount,
    below: below.amount,
    errors: { from: from.error, below: isNever ? "This is not more than the amount that it begins from." : below.error },
  };
}

interface Read {
  readonly amount: number | null;
  readonly error: string | null;
}

function readBound(text: string, currencies: readonly string[], locale: string | undefined): Read {
  if (text.trim() === "") return { amount: null, error: null };
  const [currency, ...more] = currencies;
  if (currency === undefined || more.length > 0) return { amount: null, error: NEEDS_ONE };
  return readTyped(text, currency, locale);
}

export const NEEDS_ONE = "An amount needs exactly one currency above.";

/** What the fields are filled with. */
export function textsOfBounds(
  { currencies, amount_from: from, amount_below: below }: { currencies?: string[]; amount_from?: number; amount_below?: number },
  locale?: string,
): BoundTexts {
  const write = (amount: number | undefined) => (amount === undefined ? "" : writeTyped(amount, currencies?.[0] ?? "", locale));
  return { from: write(from), below: write(below) };
}
