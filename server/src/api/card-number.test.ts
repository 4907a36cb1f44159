import { describe, expect, it } from "vitest";
import { holdsCardNumber } from "./card-number.ts";

describe("a card number in free text", () => {
  it.each([
    ["plain", "paid with 4242424242424242 today"],
    ["in groups", "4242 4242 4242 4242"],
    ["with hyphens", "4242-4242-4242-4242"],
    ["with two spaces", "4242  4242  4242  4242"],
    ["with tabs", "4242\t4242\t4242\t4242"],
    ["with no-break spaces", "4242\u00a04242\u00a04242\u00a04242"],
    ["with en dashes", "4242\u20134242\u20134242\u20134242"],
    ["with underscores", "4242_4242_4242_4242"],
    ["in full-width digits", "\uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12"],
    ["of 15 digits", "378282246310005"],
    ["before other digits", "4111 1111 1111 1111 12"],
  ])("is seen %s", (_how, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it.each([
    ["a time in milliseconds", "1763697600000"],
    ["a date and time", "2026-11-21 04:15:39.123"],
    ["an invoice number", "INV-2026-000123456789"],
    ["a number with a wrong check digit", "4242424242424241"],
    ["a list of amounts", "4000, 5000, 6000, 7000"],
  ])("is not seen in %s", (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });
});
