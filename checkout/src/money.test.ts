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
    expect(plain(showAmount(amounts[currency], currency, locale))).toBe(expected[locale]?.[currency]);
  },
);

/** In the order of the table above. */
const edges: Readonly<Record<string, { readonly amount: number; readonly shown: Readonly<Record<string, string>> }>> = {
  nothing: {
    amount: 0,
    shown: {
      en: "₹0.00 | $0.00 | ¥0 | KWD 0.000 | ISK 0 | HUF 0.00",
      hi: "₹0.00 | $0.00 | JP¥0 | KWD 0.000 | ISK 0 | HUF 0.00",
      ar: "0.00 ₹ | 0.00 US$ | 0 JP¥ | 0.000 د.ك. | 0 ISK | 0.00 HUF",
      de: "0,00 ₹ | 0,00 $ | 0 ¥ | 0,000 KWD | 0 ISK | 0,00 HUF",
      es: "0,00 INR | 0,00 US$ | 0 JPY | 0,000 KWD | 0 ISK | 0,00 HUF",
      fr: "0,00 ₹ | 0,00 $US | 0 JPY | 0,000 KWD | 0 ISK | 0,00 HUF",
      ja: "₹0.00 | $0.00 | ￥0 | KWD 0.000 | ISK 0 | HUF 0.00",
      pt: "₹ 0,00 | US$ 0,00 | JP¥ 0 | KWD 0,000 | ISK 0 | HUF 0,00",
      zh: "₹0.00 | US$0.00 | JP¥0 | KWD 0.000 | ISK 0 | HUF 0.00",
      "en-XA": "₹0.00 | $0.00 | ¥0 | KWD 0.000 | ISK 0 | HUF 0.00",
    },
  },
  "less than nothing": {
    amount: -1_234_56,
    shown: {
      en: "-₹1,234.56 | -$1,234.56 | -¥123,456 | -KWD 123.456 | -ISK 123,456 | -HUF 1,234.56",
      hi: "-₹1,234.56 | -$1,234.56 | -JP¥1,23,456 | -KWD 123.456 | -ISK 1,23,456 | -HUF 1,234.56",
      ar: "-1,234.56 ₹ | -1,234.56 US$ | -123,456 JP¥ | -123.456 د.ك. | -123,456 ISK | -1,234.56 HUF",
      de: "-1.234,56 ₹ | -1.234,56 $ | -123.456 ¥ | -123,456 KWD | -123.456 ISK | -1.234,56 HUF",
      es: "-1234,56 INR | -1234,56 US$ | -123.456 JPY | -123,456 KWD | -123.456 ISK | -1234,56 HUF",
      fr: "-1 234,56 ₹ | -1 234,56 $US | -123 456 JPY | -123,456 KWD | -123 456 ISK | -1 234,56 HUF",
      ja: "-₹1,234.56 | -$1,234.56 | -￥123,456 | -KWD 123.456 | -ISK 123,456 | -HUF 1,234.56",
      pt: "-₹ 1.234,56 | -US$ 1.234,56 | -JP¥ 123.456 | -KWD 123,456 | -ISK 123.456 | -HUF 1.234,56",
      zh: "-₹1,234.56 | -US$1,234.56 | -JP¥123,456 | -KWD 123.456 | -ISK 123,456 | -HUF 1,234.56",
      "en-XA": "-₹1,234.56 | -$1,234.56 | -¥123,456 | -KWD 123.456 | -ISK 123,456 | -HUF 1,234.56",
    },
  },
  "the most that is taken": {
    amount: 999_999_999_999,
    shown: {
      en: "₹9,99,99,99,999.99 | $9,999,999,999.99 | ¥999,999,999,999 | KWD 999,999,999.999 | ISK 999,999,999,999 | HUF 9,999,999,999.99",
      hi: "₹9,99,99,99,999.99 | $9,99,99,99,999.99 | JP¥9,99,99,99,99,999 | KWD 99,99,99,999.999 | ISK 9,99,99,99,99,999 | HUF 9,99,99,99,999.99",
      ar: "9,999,999,999.99 ₹ | 9,999,999,999.99 US$ | 999,999,999,999 JP¥ | 999,999,999.999 د.ك. | 999,999,999,999 ISK | 9,999,999,999.99 HUF",
      de: "9.999.999.999,99 ₹ | 9.999.999.999,99 $ | 999.999.999.999 ¥ | 999.999.999,999 KWD | 999.999.999.999 ISK | 9.999.999.999,99 HUF",
      es: "9.999.999.999,99 INR | 9.999.999.999,99 US$ | 999.999.999.999 JPY | 999.999.999,999 KWD | 999.999.999.999 ISK | 9.999.999.999,99 HUF",
      fr: "9 999 999 999,99 ₹ | 9 999 999 999,99 $US | 999 999 999 999 JPY | 999 999 999,999 KWD | 999 999 999 999 ISK | 9 999 999 999,99 HUF",
      ja: "₹9,999,999,999.99 | $9,999,999,999.99 | ￥999,999,999,999 | KWD 999,999,999.999 | ISK 999,999,999,999 | HUF 9,999,999,999.99",
      pt: "₹ 9.999.999.999,99 | US$ 9.999.999.999,99 | JP¥ 999.999.999.999 | KWD 999.999.999,999 | ISK 999.999.999.999 | HUF 9.999.999.999,99",
      zh: "₹9,999,999,999.99 | US$9,999,999,999.99 | JP¥999,999,999,999 | KWD 999,999,999.999 | ISK 999,999,999,999 | HUF 9,999,999,999.99",
      "en-XA":
        "₹9,999,999,999.99 | $9,999,999,999.99 | ¥999,999,999,999 | KWD 999,999,999.999 | ISK 999,999,999,999 | HUF 9,999,999,999.99",
    },
  },
};

it.each(
  Object.entries(edges).flatMap(([name, { amount, shown }]) => locales.map((locale) => ({ name, amount, locale, shown: shown[locale] }))),
)("$name is shown in $locale as its people write it, in every currency", ({ amount, locale, shown }) => {
  const all = Object.keys(amounts).map((currency) => plain(showAmount(amount, currency, locale)));
  expect(all.join(" | ")).toBe(shown);
});

it("keeps its digits in their order in a sentence that runs from right to left", () => {
  // Beside the marks that say so, nothing is in it that the table lacks.
  const shown = showAmount(123_456, "USD", "ar");
  expect([shown.replaceAll(/[\u200e\u200f\u061c]/g, ""), /[\u200f\u061c]/.test(shown)]).toEqual(["1,234.56\u00a0US$", true]);
});

it("adds no cent and loses none", () => {
  expect(showAmount(100_5, "KWD", "en").replaceAll("\u00a0", " ")).toBe("KWD 1.005");
  expect(showAmount(999_999_999_999, "USD", "en")).toBe("$9,999,999,999.99");
  expect(showAmount(1, "USD", "en")).toBe("$0.01");
});

function plain(shown: string): string {
  return shown.replaceAll(/[\u00a0\u202f]/g, " ").replaceAll(/[\u200e\u200f\u061c]/g, "");
}
