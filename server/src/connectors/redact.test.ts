import { describe, expect, it } from "vitest";
import { maskVpa, redactEvidence } from "./redact.ts";

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

  it("names a payer's bank and not the payer", () => {
    expect(maskVpa("asha.rao@okbank")).toBe("a***@okbank");
  });
});
