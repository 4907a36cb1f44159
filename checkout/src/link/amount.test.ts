import { expect, it } from "vitest";
import { amountToType, readTypedAmount } from "./amount.ts";

it.each<[typed: string, currency: string, locale: string, units: number | null]>([
  // As it stands in the book.
  ["1234", "INR", "en", 123_400],
  ["1234.5", "INR", "en", 123_450],
  ["1234.50", "INR", "en", 123_450],
  [" 12 ", "INR", "en", 1_200],
  [".5", "USD", "en", 50],
  ["12.", "USD", "en", 1_200],
  ["₹1,23,456.70", "INR", "en", 12_345_670],
  ["1,234,567", "USD", "en", 123_456_700],
  ["$ 99", "USD", "en", 9_900],
  ["99 USD", "USD", "en", 9_900],
  // One sign and three digits: it groups, unless the language has it for decimals.
  ["1,234", "USD", "en", 123_400],
  ["1.234", "EUR", "de", 123_400],
  ["1,234", "KWD", "en", 1_234_000],
  ["1.234", "KWD", "en", 1_234],
  ["0,125", "KWD", "en", 125],
  // Signs of other languages than the page's.
  ["12,50", "EUR", "en", 1_250],
  ["12.50", "EUR", "de", 1_250],
  ["1.234,50", "EUR", "de", 123_450],
  ["1.234,50", "EUR", "en", 123_450],
  ["1,234.50", "EUR", "de", 123_450],
  ["1 234,50", "EUR", "fr", 123_450],
  ["1\u202f234,50 €", "EUR", "fr", 123_450],
  ["1'234.50", "CHF", "de", 123_450],
  // Digits of other scripts.
  ["١٬٢٣٤٫٥٠", "INR", "ar", 123_450],
  ["١٢٫٥٠٠", "KWD", "ar", 12_500],
  ["۱۲۳", "IRR", "ar", 12_300],
  ["१,२३,४५६.७०", "INR", "hi", 12_345_670],
  ["１２３４", "JPY", "ja", 1_234],
  // The currency's own digits.
  ["1234", "JPY", "en", 1_234],
  ["1234.00", "JPY", "en", 1_234],
  ["1234.5", "JPY", "en", null],
  ["1.5", "ISK", "en", null],
  ["12.345", "INR", "en", null],
  ["12.340", "INR", "en", 1_234],
  ["12.50", "HUF", "en", 1_250],
  ["0.001", "KWD", "en", 1],
  ["0.0001", "KWD", "en", null],
  // None at all.
  ["", "INR", "en", null],
  ["0", "INR", "en", null],
  ["0.00", "INR", "en", null],
  ["-5", "INR", "en", null],
  ["5-", "INR", "en", null],
  ["1e3", "INR", "en", null],
  ["12abc34", "INR", "en", null],
  ["1,23", "INR", "en", 123],
  ["1,2,3", "INR", "en", null],
  ["12.3.4", "INR", "en", null],
  ["1.2,3.4", "INR", "en", null],
  ["1,23.456,7", "INR", "en", null],
  ["99999999999999999999", "INR", "en", null],
  [".", "INR", "en", null],
  ["12", "XXX", "en", null],
])("%s in %s on a page in %s is %s", (typed, currency, locale, units) => {
  expect(readTypedAmount(typed, currency, locale)).toBe(units);
});

it.each(["en", "de", "fr", "ar", "hi", "ja", "pt", "es", "zh", "en-XA"])(
  "what the page writes into the box is read as it was meant: %s",
  (locale) => {
    for (const [units, currency] of [
      [1_234_567, "INR"],
      [500, "JPY"],
      [1_234, "KWD"],
      [100_000_00, "HUF"],
      [1, "USD"],
    ] as const)
      expect([currency, readTypedAmount(amountToType(units, currency, locale), currency, locale)]).toEqual([currency, units]);
  },
);
