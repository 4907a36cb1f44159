import { expect, it } from "vitest";
import { cardFaults, groupExpiry, groupNumber, networkOf, readExpiry } from "./card.ts";
import { toAsciiDigits } from "./digits.ts";

const now = new Date("2026-11-28T12:00:00Z");
const card = { name: "", number: "4242 4242 4242 4242", expiry: "11 / 26", cvv: "123" };

it.each([
  ["4242", "visa"],
  ["5555", "mastercard"],
  ["2221", "mastercard"],
  ["2720", "mastercard"],
  ["2721", null],
  ["2220", null],
  ["3782", "amex"],
  ["3056", "diners"],
  ["6011", "discover"],
  ["6074 8492", "rupay"],
  ["6240", "unionpay"],
  // Discover's or RuPay's: the gateway will say.
  ["6521", null],
  ["6500", null],
  ["9999", null],
])("%s is of the network %s, and of none where it could be of two", (number, network) => {
  expect(networkOf(number)).toBe(network);
});

it.each([
  ["4242424242424242", "4242 4242 4242 4242"],
  ["378282246310005", "3782 822463 10005"],
  ["٤٢٤٢٤٢٤٢", "4242 4242"],
  ["४२४२ ४२", "4242 42"],
  ["4242-4242-x", "4242 4242"],
])("a number typed as %s is shown as %s", (typed, shown) => {
  expect(groupNumber(typed)).toBe(shown);
});

it.each([
  ["1", "", "1"],
  ["4", "", "04 / "],
  ["12", "1", "12 / "],
  ["12 /", "12 / ", "12 / "],
  ["12", "12 /", "12"],
  ["1234", "", "12 / 34"],
  ["12/2034", "", "12 / 34"],
  ["4/29", "", "04 / 29"],
  ["٠٤/٢٩", "", "04 / 29"],
])("an expiry typed as %j after %j is shown as %j", (typed, before, shown) => {
  expect(groupExpiry(typed, before)).toBe(shown);
});

it.each([
  [{}, {}],
  [{ number: "" }, { number: "error.number_missing" }],
  [{ number: "4242 4242" }, { number: "error.number_incomplete" }],
  [{ number: "4242 4242 4242 4241" }, { number: "error.number_wrong" }],
  [{ number: "6240 0086 3140 1142" }, {}],
  [{ expiry: "10 / 26" }, { expiry: "error.expiry_past" }],
  [{ expiry: "13 / 29" }, { expiry: "error.expiry_wrong" }],
  [{ expiry: "" }, { expiry: "error.expiry_missing" }],
  [{ cvv: "12" }, { cvv: "error.cvv_wrong" }],
  [{ cvv: "" }, { cvv: "error.cvv_missing" }],
  [{ number: "378282246310005", cvv: "123" }, { cvv: "error.cvv_wrong" }],
  [{ number: "378282246310005", cvv: "1234" }, {}],
])("a card with %o has the faults %o", (change, faults) => {
  expect(cardFaults({ ...card, ...change }, now)).toEqual(faults);
});

it("reads years of two digits and of four", () => {
  expect([readExpiry("04 / 29"), readExpiry("04/2029"), readExpiry("4")]).toEqual([
    { month: 4, year: 2029 },
    { month: 4, year: 2029 },
    null,
  ]);
});

it("takes digits of other scripts for digits, and leaves all else", () => {
  expect(toAsciiDigits("٠١٢ ۳۴ ५६ ７8 a")).toBe("012 34 56 78 a");
});
