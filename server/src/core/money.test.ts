import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AMOUNT_MAX } from "./constants.ts";
import { currencies, isAmount } from "./money.ts";

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
  it("are the 150 and more that ISO 4217 has in use, in capital letters", () => {
    expect(currencies.size).toBeGreaterThan(150);
    for (const code of currencies) expect(code).toMatch(/^[A-Z]{3}$/);
  });

  it.each(["inr", "RUPEE", "", "XXX", "XTS", "DEM", "BTC"])("do not include %j", (code) => {
    expect(currencies.has(code)).toBe(false);
  });
});
