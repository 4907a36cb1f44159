import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { readCardNumber } from "../core/card-number.ts";
import { redact, redactText } from "./log.ts";

describe("a text", () => {
  it.each([
    ["4242424242424242", "[card number]"],
    ["card 4242424242424242 declined", "card [card number] declined"],
    ["4242 4242 4242 4242", "[card number]"],
    ["4242-4242-4242-4242", "[card number]"],
    ["number=4242+4242+4242+4242&x=1", "number=[card number]&x=1"],
    ["4242%204242%204242%204242", "[card number]"],
    ["12 4242424242424242", "12 [card number]"],
    ["4242 4242 4242 4242 123", "[card number] 123"],
    ["378282246310005 and 5555555555554444", "[card number] and [card number]"],
    ["x4242424242424242y", "x[card number]y"],
    ["6011000990139424", "[card number]"],
    ["378282246310005", "[card number]"],
  ])("%j loses its card number", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    "4242424242424241",
    "1763640000006",
    "2026-11-21T12:00:00.000Z",
    "pay_01KAG5M2Y3T4V5W6X7Y8Z9ABCD",
    "+91 98765 43210",
    "123456789012",
    "42424242424242424242424242",
    "550e8400-e29b-41d4-a716-446655440000",
    "amount 499900 INR",
  ])("%j stays as it is", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ["sk_test_abcDEF123", "sk_test_[redacted]"],
    ["with sk_live_x-y_z.", "with sk_live_[redacted]."],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "whsec_[redacted]"],
    ["postgres://tillway:hunter2@127.0.0.1/x", "postgres://tillway:[redacted]@127.0.0.1/x"],
    ["authorization: Basic cGtfdGVzdDpza190ZXN0", "authorization: Basic [redacted]"],
  ])("%j loses its secret", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it("shows no digit of a card number that the cut goes through", () => {
    for (let before = 0; before <= 16; before++)
      expect(redactText(`${"x ".repeat(4_096).slice(before)}4242424242424242 and more`).replace(/ \(.*$/, "")).not.toMatch(/\d/);
  });

  it("is cut if it is endless", () => {
    expect(redactText("x".repeat(100_000)).length).toBeLessThan(8_300);
  });
});

describe("fields", () => {
  it.each([
    "secret",
    "apiSecret",
    "X-Api-Secret",
    "api_secret",
    "previousSecret",
    "password",
    "Authorization",
    "cookie",
    "set-cookie",
    "credentials",
    "masterKey",
    "TILLWAY_MASTER_KEY",
    "cvv",
    "cvc",
    "cardNumber",
    "card_number",
    "token",
    "pan",
    "apiKey",
  ])("named %s are hidden, at any depth", (name) => {
    const shown = JSON.stringify(redact({ a: [{ [name]: "tell-nobody" }] }));
    expect(shown).not.toContain("tell-nobody");
    expect(shown).toContain("[redacted]");
  });

  it("that are fit to be read are kept", () => {
    const fields = {
      paymentId: "pay_1",
      keyId: "key_1",
      gatewayKey: "abc",
      leaseToken: "x",
      n: 3,
      ok: true,
      nothing: null,
      at: 1_763_640_000_006,
      list: [1, "a"],
    };
    expect(redact(fields)).toEqual(fields);
  });

  it("hide card numbers in names, numbers, lists, maps and errors", () => {
    const error = Object.assign(new Error("no 4242424242424242", { cause: new Error("5555555555554444") }), {
      code: "E1",
      body: { number: "4000 0000 0000 0002" },
    });
    const shown = JSON.stringify(
      redact({
        "4242424242424242": 1,
        n: 4242424242424242,
        big: 4242424242424242n,
        list: ["4242424242424242"],
        map: new Map([["a", "4242424242424242"]]),
        error,
      }),
    );
    expect(shown).not.toMatch(/4242424242424242|5555555555554444|4000 ?0000/);
    expect(redact({ error })).toMatchObject({
      error: { type: "Error", message: "no [card number]", code: "E1", cause: { message: "[card number]" } },
    });
  });

  it("that are circular, deep, wide, binary or throw are shown in part, and nothing throws", () => {
    const circle: Record<string, unknown> = { name: "a" };
    circle["self"] = circle;
    let deep: unknown = "end";
    for (let n = 0; n < 10_000; n += 1) deep = { deep };
    expect(redact(circle)).toEqual({ name: "a", self: "[…]" });
    expect(JSON.stringify(redact(deep))).toContain("[…]");
    expect(redact(Array.from({ length: 1_000 }, () => 1))).toHaveLength(100);
    expect(redact({ bytes: Buffer.from("4242424242424242") })).toEqual({ bytes: "[16 bytes]" });
    expect(
      redact({
        get bad() {
          throw new Error("x");
        },
      }),
    ).toBe("[unreadable]");
    expect(redact({ when: new Date(0), never: new Date(NaN), call: () => 1 })).toEqual({
      when: "1970-01-01T00:00:00.000Z",
      never: null,
      call: undefined,
    });
  });
});

describe("any card number", () => {
  const kind = fc.constantFrom(["2204", 16], ["34", 15], ["4", 16], ["4", 19], ["51", 16], ["60", 16], ["81", 18]);
  const cardNumber = fc
    .tuple(kind, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 18, maxLength: 18 }))
    .map(([[prefix, length], rest]) => {
      const body = `${prefix}${rest.join("")}`.slice(0, Number(length) - 1);
      return Array.from({ length: 10 }, (_, check) => `${body}${check}`).find((digits) => readCardNumber(digits) !== null)!;
    });

  it("is taken out of any text around it", () => {
    fc.assert(
      fc.property(
        cardNumber,
        fc.constantFrom("", " ", "x", ": ", '"', " 7 ", "\n"),
        fc.constantFrom("", " ", "y", ".", " 12", "/28"),
        (number, before, behind) => {
          expect(redactText(`${before}${number}${behind}`)).not.toContain(number);
        },
      ),
    );
  });
});
