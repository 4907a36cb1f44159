import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AMOUNT_MAX } from "./constants.ts";
import { currencies, exponentOf, formatMoney, fromDecimal, fromWire, isAmount, toDecimal, toWire } from "./money.ts";

describe("an amount", () => {
  it.each([1, 2, 100, 1_000_000, AMOUNT_MAX])("may be %s minor units", (amount) => {
    expect(isAmount(amount)).toBe(true);
  });

  it.each([
    ["zero", 0],
    ["minus zero", -0],
    ["negative", -1],
    ["a fraction", 1.5],
    ["one more than the largest", AMOUNT_MAX + 1],
    ["not a number", Number.NaN],
    ["endless", Number.POSITIVE_INFINITY],
    ["beyond exact integers", Number.MAX_SAFE_INTEGER + 1],
    ["a string of digits", "100"],
    ["an array", [100]],
    ["an object", { valueOf: () => 100 }],
    ["null", null],
    ["missing", undefined],
    ["true", true],
    ["a bigint", 100n],
  ])("is refused where it is %s", (_, value) => {
    expect(isAmount(value)).toBe(false);
  });

  it("adds up exactly for as many payments as one can have", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: AMOUNT_MAX }),
        fc.integer({ min: 1, max: AMOUNT_MAX }),
        (a, b) => Number.isSafeInteger(a + b) && a + b - b === a,
      ),
    );
  });
});

describe("currencies", () => {
  it("are the 155 of ISO 4217's list one that people pay with, each once", () => {
    expect(currencies.size).toBe(155);
    for (const code of currencies) expect(code).toMatch(/^[A-Z]{3}$/);
    const count = (exponent: number) => [...currencies].filter((code) => exponentOf(code) === exponent).length;
    expect([0, 2, 3].map(count)).toEqual([16, 132, 7]);
  });

  it.each(["inr", "RUPEE", "", "XXX", "XTS", "DEM", "BTC", "XAU", "XAD", "CLF", "UYW", "USN", "BGN", "HRK"])(
    "do not include %j",
    (code) => {
      expect(currencies.has(code)).toBe(false);
    },
  );

  it.each([
    ["INR", 2],
    ["JPY", 0],
    ["KWD", 3],
    ["IQD", 3],
    ["ISK", 0],
    ["UGX", 0],
    ["MGA", 2],
    ["MRU", 2],
    ["IDR", 2],
    ["HUF", 2],
    ["XCG", 2],
  ])("have the decimals of ISO 4217: %s has %i", (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  it.each(["ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"])("stay readable when they are retired: %s", (code) => {
    expect(currencies.has(code)).toBe(false);
    expect(exponentOf(code)).toBe(2);
    expect(formatMoney(1_005, code)).toBe(`10.05 ${code}`);
  });
});

describe("a gateway's amounts", () => {
  const rules = {
    all: { most: 99_999_999 },
    byCurrency: {
      ISK: { exponent: 2, multipleOf: 100 },
      MGA: { exponent: 0 },
      KWD: { multipleOf: 10 },
      USD: { least: 50, leastRefund: 10 },
    },
  } as const;

  it.each([
    ["INR", 1, 1],
    ["ISK", 5, 500],
    ["ISK", 999_999, 99_999_900],
    ["MGA", 500, 5],
    ["KWD", 1_230, 1_230],
    ["USD", 50, 50],
    ["USD", 99_999_999, 99_999_999],
  ] as const)("are integers of its own units, and come back: %s %i is sent as %i", (currency, amount, wire) => {
    expect(toWire(amount, currency, rules)).toEqual({ ok: true, wire });
    expect(fromWire(wire, currency, rules)).toBe(amount);
  });

  it.each([
    ["MGA", 550, "MGA is taken in steps of 1.00 MGA. Send a multiple of 100."],
    ["KWD", 1_234, "KWD is taken in steps of 0.010 KWD. Send a multiple of 10."],
    ["USD", 49, "The smallest charge is 0.50 USD. Send at least 50."],
    ["USD", 100_000_000, "The largest amount is 999999.99 USD. Send at most 99999999."],
    ["ISK", 1_000_000, "The largest amount is 999999 ISK. Send at most 999999."],
    ["MGA", 10_000_000_000, "The largest amount is 99999999.00 MGA. Send at most 9999999900."],
  ] as const)("are refused and never rounded where it can't express them: %s %i", (currency, amount, message) => {
    expect(toWire(amount, currency, rules)).toEqual({ ok: false, field: "amount", message });
  });

  it("have another smallest refund, and none for the rest", () => {
    expect(toWire(9, "USD", rules, "refund")).toEqual({
      ok: false,
      field: "amount",
      message: "The smallest refund is 0.10 USD. Send at least 10.",
    });
    expect(toWire(10, "USD", rules, "refund")).toEqual({ ok: true, wire: 10 });
    expect(toWire(9, "USD", rules, "capture")).toEqual({ ok: true, wire: 9 });
  });

  it("need a currency that has decimals", () => {
    expect(toWire(100, "XTS", rules)).toMatchObject({ ok: false, field: "currency" });
    expect(toWire(100, "BGN", rules)).toEqual({ ok: true, wire: 100 });
    expect(fromWire(100, "XTS", rules)).toBeNull();
  });

  it.each([
    ["ISK", 550],
    ["INR", -1],
    ["INR", 1.5],
    ["INR", Number.NaN],
    ["MGA", Number.MAX_SAFE_INTEGER],
  ])("are not read if they are none of ours: %s %d", (currency, wire) => {
    expect(fromWire(wire, currency, rules)).toBeNull();
  });
});

describe("decimal text", () => {
  it.each([
    [1_034, 2, "10.34"],
    [5, 2, "0.05"],
    [-5, 2, "-0.05"],
    [0, 2, "0.00"],
    [1_234, 3, "1.234"],
    [5_000, 0, "5000"],
    [AMOUNT_MAX, 2, "9999999999.99"],
  ])("of %i units with %i decimals is %s, and reads back", (units, exponent, text) => {
    expect(toDecimal(units, exponent)).toBe(text);
    expect(fromDecimal(text, exponent)).toBe(units);
  });

  it.each([
    ["10", 2, 1_000],
    ["10.3", 2, 1_030],
    ["19.99", 2, 1_999],
    ["007.50", 2, 750],
  ])("may have fewer decimals: %s", (text, exponent, units) => {
    expect(fromDecimal(text, exponent)).toBe(units);
  });

  it.each(["", ".", "10.", ".5", "10.345", "1,034.00", "1e3", " 10", "+10", "0x10", "9007199254740993", "10.34\n"])(
    "is no amount if it is %j",
    (text) => {
      expect(fromDecimal(text, 2)).toBeNull();
    },
  );

  it("reads back for every amount and exponent", () => {
    const units = fc.integer({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
    fc.assert(fc.property(units, fc.integer({ min: 0, max: 4 }), (a, exponent) => fromDecimal(toDecimal(a, exponent), exponent) === a));
  });
});

describe("money for people", () => {
  it.each([
    [49_900, "INR", "499.00 INR"],
    [5_000, "JPY", "5000 JPY"],
    [1_234, "KWD", "1.234 KWD"],
    [-123_456_750, "IDR", "-1234567.50 IDR"],
    [7, "XTS", "7 XTS in minor units"],
  ])("is the same everywhere: %i %s is %s", (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it("has the decimals of ISO 4217 in every locale and for every currency, whatever this release of Intl thinks", () => {
    for (const currency of currencies)
      for (const locale of ["en", "en-IN", "de-CH", "ja"]) {
        const exponent = exponentOf(currency)!;
        const fraction = new RegExp(exponent === 0 ? "^\\D*\\d\\D?\\d{3}\\D*$" : `\\D\\d{${exponent}}\\D*$`);
        expect(formatMoney(exponent === 0 ? 1_234 : 123_456, currency, locale).replaceAll("XCG", "")).toMatch(fraction);
      }
  });

  it("never passes through a fraction, and shows no minus before nothing", () => {
    expect(formatMoney(1_005, "USD", "en-US")).toBe("$10.05");
    expect(formatMoney(AMOUNT_MAX, "USD", "en-US")).toBe("$9,999,999,999.99");
    expect(formatMoney(-123_456_750, "INR", "en-IN")).toBe("-₹12,34,567.50");
    expect(formatMoney(-0, "USD", "en-US")).toBe("$0.00");
  });
});
