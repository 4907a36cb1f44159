import { describe, expect, it } from "vitest";
import { ableGateway, aPayment, card, contextAt, START } from "../../../../test/support/flows/rows.ts";
import type { Payment, RoutingRule } from "../model.ts";
import type { Capabilities } from "../ports/connector.ts";
import { whyNoneTakes, whyNotInPart } from "./able.ts";

const upi = { type: "upi", vpa: "a@bank" } as const;
const inSteps = { amounts: { byCurrency: { KWD: { multipleOf: 10 }, INR: { least: 100, leastRefund: 50 } } } } as const;

/** A context whose connectors are able gateways, but for what is given; `gone` is one that this process does not have. */
function having(connectors: Readonly<Record<string, Partial<Capabilities>>>) {
  return {
    ...contextAt(START),
    capabilities: (name: string) => (name === "gone" ? undefined : { ...ableGateway, ...connectors[name] }),
  };
}

const context = having({
  steps: inSteps,
  coarse: { amounts: { all: { multipleOf: 100 } } },
  cards: { methods: ["card"] },
  rupees: { currencies: ["INR"] },
  euros: { currencies: ["EUR"] },
});

function refusalOf(given: Partial<Payment>, connectors: readonly string[], rules: readonly RoutingRule[] = []) {
  const accounts = connectors.map((connector, n) => ({ id: `acc_${connector}`, connector, priority: n }));
  return whyNoneTakes({ payment: aPayment({ method: upi, ...given }), accounts, rules }, context);
}

describe("why no account takes a charge", () => {
  it.each<[string, Partial<Payment>, readonly string[], string, RegExp]>([
    ["no account takes the method", {}, ["cards"], "unsupported_method", /^cards: it takes no upi\. Send another method, or enable an/],
    [
      "the card is a token of another account",
      { method: { ...card, connector: "able", account: "acc_other" } },
      ["able", "able"],
      "unsupported_method",
      /^able: the card is a token of its account acc_other\. Send/,
    ],
    ["the card is another gateway's token", { method: card }, ["able"], "unsupported_method", /^able: the card is a token of \w+\. Send/],
    [
      "no account takes the currency",
      { currency: "JPY" },
      ["rupees"],
      "unsupported_currency",
      /^rupees: it takes no JPY\. Send another cur/,
    ],
    [
      "the currency says more than the method",
      { currency: "JPY" },
      ["cards", "rupees"],
      "unsupported_currency",
      /^rupees: it takes no JPY\. Send/,
    ],
    ["no list has the currency", { currency: "XTS" }, ["able"], "unsupported_currency", /^able: it takes no XTS\./],
    [
      "the amount is too fine",
      { amount: 1_234, currency: "KWD" },
      ["steps"],
      "unsupported_amount",
      /^steps: KWD is taken in steps of 0\.010/,
    ],
    [
      "the amount is too small",
      { amount: 99 },
      ["steps"],
      "unsupported_amount",
      /^steps: The smallest charge is 1\.00 INR\. Send at least 100\.$/,
    ],
    [
      "two gateways refuse the amount",
      { amount: 9 },
      ["steps", "coarse"],
      "unsupported_amount",
      /^steps: The sm.* coarse: INR is taken in st/,
    ],
    ["the amount says more than the currency", { amount: 9 }, ["euros", "coarse"], "unsupported_amount", /^coarse: INR is taken/],
  ])("%s", (_, payment, connectors, code, message) => {
    expect(refusalOf(payment, connectors)).toEqual({
      code,
      param: code.replace("unsupported_", ""),
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, Partial<Payment>, readonly string[]]>([
    ["nothing stands in the way", {}, ["able"]],
    ["one of two accounts takes it", { amount: 99 }, ["steps", "able"]],
    ["there is no account, which is no field's fault", {}, []],
    ["this process lacks a connector that another may have", {}, ["cards", "gone"]],
  ])("is not asked if %s", (_, payment, connectors) => {
    expect(refusalOf(payment, connectors)).toBeNull();
  });

  it("looks at the accounts that the merchant's rules leave, and at no others", () => {
    const only = { name: "dinars", when: { currencies: ["KWD"] }, accounts: ["acc_steps"], elseOthers: false } as const;
    const dinars = { amount: 1_234, currency: "KWD" };
    expect(refusalOf(dinars, ["steps", "able"])).toBeNull();
    expect(refusalOf(dinars, ["steps", "able"], [only])).toMatchObject({
      code: "unsupported_amount",
      message: expect.stringMatching(/^steps: KWD is taken in steps of .* Your routing rule "dinars" names no other account\.$/),
    });
    expect(refusalOf(dinars, ["steps", "able"], [{ ...only, elseOthers: true }])).toBeNull();
  });
});

describe("why a part can't be asked for", () => {
  it.each([
    ["capture", 1_234, "KWD", "unsupported_amount"],
    ["capture", 1_230, "KWD", undefined],
    ["capture", 1, "INR", undefined],
    ["refund", 49, "INR", "unsupported_amount"],
    ["refund", 50, "INR", undefined],
  ] as const)("%s of %i %s", (operation, amount, currency, code) => {
    expect(whyNotInPart({ connector: "steps", operation }, { amount, currency }, context)?.code).toBe(code);
  });

  it("is nothing if this program does not have the connector: whoever asks the gateway then says so", () => {
    expect(whyNotInPart({ connector: "gone", operation: "refund" }, { amount: 1, currency: "INR" }, context)).toBeNull();
  });
});
