import { describe, expect, it, test } from "vitest";
import { readSearch } from "./search.ts";

/** In these currencies, as `INR 129900`; the minor units of any currency as `any 1299`. */
function amounts(text: string, ...codes: string[]): string[] {
  const found = readSearch(text)?.amounts ?? [];
  return found
    .flatMap(({ amount, currencies }) =>
      currencies === null ? [`any ${amount}`] : currencies.filter((code) => codes.includes(code)).map((code) => `${code} ${amount}`),
    )
    .toSorted();
}

describe("an amount is found however people write it", () => {
  test.each([
    ["12.99", ["EUR 1299", "KWD 12990"]],
    ["12,99", ["EUR 1299", "KWD 12990"]],
    ["1299", ["EUR 129900", "JPY 1299", "KWD 1299000", "any 1299"]],
    ["₹1,299.00", ["INR 129900"]],
    ["1.299,00 €", ["EUR 129900"]],
    ["1,29,900.50 INR", ["INR 12990050"]],
    ["inr 12", ["INR 12", "INR 1200"]],
    ["1 299 000", ["EUR 129900000", "JPY 1299000", "KWD 1299000000"]],
    ["JPY 1,299.00", ["JPY 1299"]],
    ["1.299", ["EUR 129900", "JPY 1299", "KWD 1299", "KWD 1299000"]],
    ["12.999", ["EUR 1299900", "JPY 12999", "KWD 12999", "KWD 12999000"]],
    ["0.00", []],
    ["12.", []],
    ["-5", []],
    ["12 apples", []],
    ["99999999999999", []],
  ])("%s", (text, expected) => {
    expect(amounts(text, ...(/inr|₹/i.test(text) ? ["INR"] : ["EUR", "JPY", "KWD"]))).toEqual(expected);
  });
});

it("reads ids in any capitals, e-mails, last digits, and any text as somebody's word", () => {
  expect(readSearch(" PAY_01kaj0000000000000000000ab ")).toMatchObject({ id: "pay_01KAJ0000000000000000000AB" });
  expect(readSearch("A.b@Shop.example")).toMatchObject({ email: "a.b@shop.example", id: null, last4: null, amounts: [] });
  for (const text of ["4242", "•••• 4242", "**** 4242", "xxxx-4242"]) expect(readSearch(text)).toMatchObject({ last4: "4242" });
  expect(readSearch("R-2026/7")).toEqual({ id: null, email: null, last4: null, amounts: [], word: "R-2026/7" });
  for (const nothing of ["", "   ", "x".repeat(256)]) expect(readSearch(nothing)).toBeNull();
});
