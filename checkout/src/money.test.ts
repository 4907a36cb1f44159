import { expect, it } from "vitest";
import { locales } from "./i18n.ts";
import { showAmount } from "./money.ts";

/**
 * Read by people of each language, and not computed: what a shopper sees. Minor units: 1,234,567 of the smallest unit of each currency, so
 * that groups, separators and the number of decimals all show. Spaces of every kind are one space here: releases of Unicode's data differ.
 */
const amounts = { INR: 123_456_789, USD: 123_456_789, JPY: 1_234_567, KWD: 123_456_789, ISK: 1_234_567, HUF: 123_456_789 } as const;
const expected: Readonly<Record<string, Readonly<Record<keyof typeof amounts, string>>>> = {
  en: {
    INR: "₹12,34,567.89",
    USD: "$1,234,567.89",
    JPY: "¥1,234,567",
    KWD: "KWD 123,456.789",
    ISK: "ISK 1,234,567",
    HUF: "HUF 1,234,567.89",
  },
  hi: {
    INR: "₹12,34,567.89",
    USD: "$12,34,567.89",
    JPY: "JP¥12,34,567",
    KWD: "KWD 1,23,456.789",
    ISK: "ISK 12,34,567",
    HUF: "HUF 12,34,567.89",
  },
  ar: {
    INR: "1,234,567.89 ₹",
    USD: "1,234,567.89 US$",
    JPY: "1,234,567 JP¥",
    KWD: "123,456.789 د.ك.",
    ISK: "1,234,567 ISK",
    HUF: "1,234,567.89 HUF",
  },
  de: {
    INR: "1.234.567,89 ₹",
    USD: "1.234.567,89 $",
    JPY: "1.234.567 ¥",
    KWD: "123.456,789 KWD",
    ISK: "1.234.567 ISK",
    HUF: "1.234.567,89 HUF",
  },
  es: {
    INR: "1.234.567,89 INR",
    USD: "1.234.567,89 US$",
    JPY: "1.234.567 JPY",
    KWD: "123.456,789 KWD",
    ISK: "1.234.567 ISK",
    HUF: "1.234.567,89 HUF",
  },
  fr: {
    INR: "1 234 567,89 ₹",
    USD: "1 234 567,89 $US",
    JPY: "1 234 567 JPY",
    KWD: "123 456,789 KWD",
    ISK: "1 234 567 ISK",
    HUF: "1 234 567,89 HUF",
  },
  ja: {
    INR: "₹1,234,567.89",
    USD: "$1,234,567.89",
    JPY: "￥1,234,567",
    KWD: "KWD 123,456.789",
    ISK: "ISK 1,234,567",
    HUF: "HUF 1,234,567.89",
  },
  pt: {
    INR: "₹ 1.234.567,89",
    USD: "US$ 1.234.567,89",
    JPY: "JP¥ 1.234.567",
    KWD: "KWD 123.456,789",
    ISK: "ISK 1.234.567",
    HUF: "HUF 1.234.567,89",
  },
  zh: {
    INR: "₹1,234,567.89",
    USD: "US$1,234,567.89",
    JPY: "JP¥1,234,567",
    KWD: "KWD 123,456.789",
    ISK: "ISK 1,234,567",
    HUF: "HUF 1,234,567.89",
  },
  "en-XA": {
    INR: "₹1,234,567.89",
    USD: "$1,234,567.89",
    JPY: "¥1,234,567",
    KWD: "KWD 123,456.789",
    ISK: "ISK 1,234,567",
    HUF: "HUF 1,234,567.89",
  },
};

it.each(locales.flatMap((locale) => (Object.keys(amounts) as (keyof typeof amounts)[]).map((currency) => ({ locale, currency }))))(
  "$currency is shown in $locale with ISO 4217's decimals and the language's own signs",
  ({ locale, currency }) => {
    const shown = showAmount(amounts[currency], currency, locale)
      .replaceAll(/[\u00a0\u202f]/g, " ")
      .replaceAll(/[\u200e\u200f\u061c]/g, "");
    expect(shown).toBe(expected[locale]?.[currency]);
  },
);

it("adds no cent and loses none", () => {
  expect(showAmount(100_5, "KWD", "en").replaceAll("\u00a0", " ")).toBe("KWD 1.005");
  expect(showAmount(999_999_999_999, "USD", "en")).toBe("$9,999,999,999.99");
  expect(showAmount(1, "USD", "en")).toBe("$0.01");
});
