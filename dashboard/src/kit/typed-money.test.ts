import { describe, expect, it } from "vitest";
import { readTyped, writeTyped } from "./typed-money.ts";

describe("an amount that somebody types", () => {
  it.each([
    ["en-US", "1,234.56", "USD", 123456],
    ["en-US", "1234.5", "USD", 123450],
    ["en-IN", "1,23,456.78", "INR", 12345678],
    ["en-IN", "123,456.78", "INR", 12345678],
    ["de-DE", "1.234,56", "EUR", 123456],
    ["de-DE", "1.234", "EUR", 123400],
    ["de-DE", "1234", "JPY", 1234],
    ["de-CH", "1'234.56", "CHF", 123456],
    ["de-CH", "1\u2019234.56", "CHF", 123456],
    ["fr-FR", "1 234,56", "EUR", 123456],
    ["fr-FR", "1\u202f234,56", "EUR", 123456],
    ["en-US", "1.234", "KWD", 1234],
    ["hi-IN-u-nu-deva", "१,२३४.५०", "INR", 123450],
    ["ar-EG-u-nu-arab", "١٬٢٣٤٫٥٠", "EGP", 123450],
    ["en-US", "9999999999.99", "USD", 999_999_999_999],
    ["en-IN", "₹ 1,200", "INR", 120000],
    ["en-GB", "₹70.00", "INR", 7000],
    ["en-GB", "INR 70", "INR", 7000],
    ["en-US", "70 usd", "USD", 7000],
    ["de-DE", "1.234,50 €", "EUR", 123450],
    ["en-GB", "US$5", "USD", 500],
    ["en-GB", "$5", "USD", 500],
  ])("on a page in %s, %s in %s is %i minor units", (locale, text, currency, amount) => {
    expect(readTyped(text, currency, locale)).toEqual({ amount, error: null });
  });

  it.each([
    ["de-DE", "1,234.56", "EUR"],
    ["en-US", "1.234,56", "EUR"],
    ["en-US", "12,34.56", "USD"],
    ["en-US", "1,2345", "USD"],
    ["en-US", "1,,234", "USD"],
    ["en-US", "12.345", "USD"],
    ["en-US", "1.5", "JPY"],
    ["en-US", "0.00", "USD"],
    ["en-US", "-5", "USD"],
    ["en-US", "-$5", "USD"],
    ["en-IN", "€ 5", "INR"],
    ["en-IN", "₹", "INR"],
    ["en-IN", "₹₹5", "INR"],
    ["en-US", "1e3", "USD"],
    ["en-US", "0x10", "USD"],
    ["en-US", "", "USD"],
    ["en-US", "5.", "USD"],
    ["en-US", ".5", "USD"],
    ["en-US", "10000000000.00", "USD"],
    ["en-US", "5", "ABC"],
  ])("on a page in %s, %s in %s is refused with a reason", (locale, text, currency) => {
    const { amount, error } = readTyped(text, currency, locale);
    expect(amount).toBeNull();
    expect(error).toMatch(/\.$/);
  });

  it.each(["en-IN", "de-DE", "de-CH", "fr-CH", "pl-PL", "ar-EG", "hi-IN-u-nu-deva", "sv-SE"])(
    "is read as it is written, in %s",
    (locale) => {
      for (const [amount, currency] of [
        [129_900, "INR"],
        [1, "KWD"],
        [5_000, "JPY"],
        [123_456_789, "EUR"],
      ] as const) {
        expect(readTyped(writeTyped(amount, currency, locale), currency, locale).amount).toBe(amount);
        expect(readTyped(writeTyped(amount, currency, locale, true), currency, locale).amount).toBe(amount);
      }
    },
  );
});
