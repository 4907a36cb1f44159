import { describe, expect, it } from "vitest";
import { ableGateway, aPayment, contextAt, START } from "../../../../test/support/flows/rows.ts";
import type { Capabilities } from "../ports/connector.ts";
import { publicConfig } from "../ports/hosted-fields.ts";
import type { AccountHealth } from "./rules.ts";
import { chooseFields } from "./card-fields.ts";

const connectors: Readonly<Record<string, Partial<Capabilities>>> = {
  rupees: { currencies: ["INR"] },
  upi: { methods: ["upi"] },
  coarse: { amounts: { all: { multipleOf: 100 } } },
};
const accounts = (...names: readonly string[]) => names.map((connector, n) => ({ id: `acc_${connector}`, connector, priority: n }));

function choose(names: readonly string[], more: { readonly down?: string; readonly without?: string; readonly currency?: string } = {}) {
  const context = {
    ...contextAt(START),
    capabilities: (name: string) => ({ ...ableGateway, ...connectors[name] }),
    healthOf: (id: string): AccountHealth => (id === more.down ? "down" : "up"),
  };
  const payment = aPayment({ method: null, currency: more.currency ?? "EUR", amount: 150 });
  const shows = ({ connector }: { readonly connector: string }) => (connector === more.without ? null : { fields: connector });
  const chosen = chooseFields({ payment, accounts: accounts(...names), rules: [] }, shows, context);
  return "code" in chosen ? chosen : chosen.account.id;
}

describe("the account whose card fields are shown", () => {
  it.each<[string, readonly string[], Parameters<typeof choose>[1], string]>([
    ["is the first that has some", ["able", "other"], {}, "acc_able"],
    ["is one that takes cards", ["upi", "other"], {}, "acc_other"],
    ["is one that takes the currency", ["rupees", "other"], {}, "acc_other"],
    ["is one that can express the amount", ["coarse", "other"], {}, "acc_other"],
    ["is the next one if the first has no fields", ["able", "other"], { without: "able" }, "acc_other"],
    ["is one that answers", ["able", "other"], { down: "acc_able" }, "acc_other"],
    ["is one that does not answer, if there is no other", ["able"], { down: "acc_able" }, "acc_able"],
  ])("%s", (_name, names, more, expected) => {
    expect(choose(names, more)).toBe(expected);
  });

  it.each<[string, readonly string[], Parameters<typeof choose>[1], string, RegExp]>([
    ["no account has fields", ["able"], { without: "able" }, "unsupported_method", /^able: it has no card fields here/],
    ["the currency is in the way", ["rupees"], {}, "unsupported_currency", /^rupees: it takes no EUR/],
    ["the amount is in the way", ["coarse"], {}, "unsupported_amount", /^coarse: /],
    ["there is no account", [], {}, "unsupported_method", /^No account is enabled/],
  ])("is none, with the reason, if %s", (_name, names, more, code, message) => {
    expect(choose(names, more)).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("what a browser is handed of an account", () => {
  const field = (name: string, isSecret: boolean) => ({ name, isSecret, isOptional: true, pattern: ".*", help: "" });
  const rules = { modes: ["test"], credentials: [field("public_key", false), field("secret_key", true)] } as const;
  const credentials = { public_key: "pk_1", secret_key: "sk_1" };

  it("is what the fields need, and nothing else", () => {
    expect(publicConfig({ credentials: ["public_key"], values: { url: "u" } }, rules, credentials)).toEqual({
      public_key: "pk_1",
      url: "u",
    });
    expect(publicConfig({ credentials: ["public_key"] }, rules, { secret_key: "sk_1" })).toBeNull();
  });

  it("is never a secret, nor what nobody declared", () => {
    expect(() => publicConfig({ credentials: ["secret_key"] }, rules, credentials)).toThrow("secret_key is not declared as public");
    expect(() => publicConfig({ credentials: ["other"] }, rules, credentials)).toThrow("other is not declared as public");
    expect(() => publicConfig({ credentials: ["public_key"] }, undefined, credentials)).toThrow("not declared");
  });
});
