import { describe, expect, it } from "vitest";
import { maskVpa, redactEvidence, redactWord } from "./exchange.ts";

describe("evidence", () => {
  it.each(["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005", "5555.5555.5555.4444"])(
    "never holds %s",
    (number) => {
      expect(redactEvidence(`{"error":"card ${number} is bad"}`)).toBe('{"error":"card [card number] is bad"}');
    },
  );

  it.each(["pay_01K4242424242424242ABCDEF", "1800000000000", "amount 999999999999", "4242424242424241"])(
    "keeps %s, which is no card",
    (text) => {
      expect(redactEvidence(text)).toBe(text);
    },
  );

  it("is cut to what a person reads", () => {
    expect(redactEvidence("x".repeat(10_000))).toHaveLength(4_097);
  });

  it("shows no digit of a card number that the cut goes through", () => {
    for (let before = 0; before <= 16; before++) {
      const filling = "x ".repeat(2_048);
      expect(redactEvidence(`${filling.slice(before)}4242424242424242 and more`)).not.toMatch(/\d/);
      expect(redactWord(`${filling.slice(0, 64 - before)}4242424242424242`, 64)).not.toMatch(/\d/);
    }
  });

  it("as a word is cut without a mark, so that it can be looked up", () => {
    expect(redactWord("insufficient_funds", 12)).toBe("insufficient");
  });

  it("names a payer's bank and not the payer", () => {
    expect(maskVpa("asha.rao@okbank")).toBe("a***@okbank");
  });
});
