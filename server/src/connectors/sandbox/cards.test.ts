import { inputOfToken } from "@tillway/sandbox";
import { cardFields } from "../../../../sandbox/src/gateway/fields.ts";
import { describe, expect, it } from "vitest";
import { testCards, testCardTokenizer } from "./cards.ts";

const tokenize = (number: string) => testCardTokenizer.tokenize({ number, expiryMonth: 1, expiryYear: 2040, cvv: "123", holderName: null });

/** Of the networks' published ranges. */
const prefixes: Record<string, RegExp> = { visa: /^4/, mastercard: /^(5[1-5]|2[2-7])/, amex: /^3[47]/, rupay: /^(60|65|81|82|508)/ };
const luhn = (digits: string): boolean =>
  Array.from(digits)
    .toReversed()
    .reduce((sum, digit, i) => sum + (i % 2 === 0 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)]!), 0) %
    10 ===
  0;

describe("the published test cards", () => {
  it("have a token that the sandbox knows, with the scenario that stands beside it", () => {
    for (const card of testCards) expect(inputOfToken(card.token)).toMatchObject({ scenario: card.scenario, kind: "card" });
  });

  it.each(testCards)("$number is a card of its network and gives its token", async ({ number, network, token }) => {
    expect(luhn(number)).toBe(true);
    expect(number).toMatch(prefixes[network]!);
    expect(await tokenize(number)).toEqual({ ok: true, token, network, last4: number.slice(-4) });
  });

  it("are those that the sandbox's own card fields know, with the same tokens", () => {
    const script = cardFields("script.js")!.body;
    const known = JSON.parse(/, (\[\[.*\]\])\);\n$/.exec(script)![1]!) as unknown;
    expect(known).toEqual(testCards.map(({ number, token }) => [number, token]));
  });

  it("are found with spaces and hyphens in the number", async () => {
    expect(await tokenize("4242 4242-4242 4242")).toMatchObject({ ok: true, token: "tok_success" });
  });

  it("are each listed once, and are described by their token", async () => {
    expect(new Set(testCards.map((card) => card.number)).size).toBe(testCards.length);
    expect(new Set(testCards.map((card) => card.token)).size).toBe(testCards.length);
    expect(await testCardTokenizer.describe("tok_card_declined")).toEqual({ network: "visa", last4: "0002" });
    expect(await testCardTokenizer.describe("tok_nothing")).toBeNull();
  });
});

describe("any other number", () => {
  it.each<[string, string]>([
    ["a real-looking card", "4539578763621486"],
    ["one digit off", "4242424242424241"],
    ["too short", "424242424242"],
    ["letters", "4242abcd42424242"],
    ["nothing", ""],
  ])("%s is refused, and the refusal does not repeat it", async (_, number) => {
    const result = await tokenize(number);
    expect(result).toEqual({ ok: false, code: "not_a_test_card" });
    if (number !== "") expect(JSON.stringify(result)).not.toContain(number.slice(-6));
  });
});
