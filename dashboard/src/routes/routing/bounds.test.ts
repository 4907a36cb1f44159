import { describe, expect, it } from "vitest";
import { boundsOf, NEEDS_ONE, textsOfBounds } from "./bounds.ts";

const none = { from: null, below: null };

describe("the bounds of a rule's amount", () => {
  it.each([
    ["en-US", "JPY", "5,000", "12000", 5_000, 12_000],
    ["de-DE", "JPY", "5.000", "", 5_000, null],
    ["en-US", "KWD", "1.234", "1,000.5", 1_234, 1_000_500],
    ["de-DE", "KWD", "1,234", "1.000,5", 1_234, 1_000_500],
    ["en-IN", "INR", "1,00,000", "2,50,000.50", 10_000_000, 25_000_050],
    ["en-IN", "INR", "", "500", null, 50_000],
    ["de-DE", "EUR", "0,01", "1.234,50", 1, 123_450],
    ["en-IE", "EUR", "€10", "20 EUR", 1_000, 2_000],
  ])("on a page in %s, of %s, are typed as %j and %j", (locale, currency, from, below, least, most) => {
    expect(boundsOf({ from, below }, [currency], locale)).toEqual({ from: least, below: most, errors: none });
  });

  it.each([
    ["en-US", "JPY", "1.5", "JPY has no decimals."],
    ["en-US", "KWD", "1.2345", "KWD has 3 decimals at most."],
    ["en-IN", "INR", "10.999", "INR has 2 decimals at most."],
    ["de-DE", "EUR", "1,234.56", "This is no amount as it is written here. Write it like 1.234.567,89."],
    ["en-US", "EUR", "ten", "This is no amount as it is written here. Write it like 1,234,567.89."],
    ["en-US", "EUR", "0", "Type more than zero."],
    ["en-US", "EUR", "-5", "Type more than zero."],
    ["en-US", "XXZ", "5", "XXZ is no currency that we know the decimals of."],
  ])("on a page in %s, of %s, %j is refused: %s", (locale, currency, typed, error) => {
    expect(boundsOf({ from: typed, below: "" }, [currency], locale)).toEqual({ ...none, errors: { from: error, below: null } });
    expect(boundsOf({ from: "", below: typed }, [currency], locale)).toEqual({ ...none, errors: { from: null, below: error } });
  });

  it("need exactly one currency", () => {
    for (const currencies of [[], ["INR", "EUR"]]) {
      expect(boundsOf({ from: "5", below: "" }, currencies, "en-US").errors).toEqual({ from: NEEDS_ONE, below: null });
      expect(boundsOf({ from: "", below: " " }, currencies, "en-US").errors).toEqual(none);
    }
  });

  it("that leave no amount between them are refused", () => {
    const isRefused = (from: string, below: string) => boundsOf({ from, below }, ["EUR"], "en-US").errors.below !== null;
    expect([isRefused("5", "5"), isRefused("6", "5"), isRefused("5", "5.01")]).toEqual([true, true, false]);
  });

  it.each([
    ["en-US", "JPY", 5_000, "5000"],
    ["de-DE", "KWD", 1_234_500, "1234,500"],
    ["en-IN", "INR", 10_000_050, "100000.50"],
    ["de-DE", "EUR", 123_450, "1234,50"],
  ])("fill the fields, on a page in %s, as they would be typed there", (locale, currency, amount, text) => {
    const when = { currencies: [currency], amount_from: amount };
    expect(textsOfBounds(when, locale)).toEqual({ from: text, below: "" });
    expect(boundsOf(textsOfBounds(when, locale), [currency], locale).from).toBe(amount);
  });
});
