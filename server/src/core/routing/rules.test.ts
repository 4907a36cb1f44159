import { describe, expect, it } from "vitest";
import { ableGateway, aPayment, aSnapshot, anAccount, anAttempt, contextAt, START } from "../../../../test/support/flows/rows.ts";
import type { PaymentMethod, RoutingConditions, RoutingRule } from "../model.ts";
import { checkRules, covers } from "./check.ts";
import { chooseRoute } from "./choose.ts";
import { explainRoute } from "./explain.ts";
import { orderOf, ruleFor } from "./rules.ts";

const [first, second, third] = [anAccount(1), anAccount(2), anAccount(3)];
const accounts = [first, second, third];
const rule = (when: RoutingConditions, given: Partial<RoutingRule> = {}): RoutingRule => ({
  name: "rule",
  when,
  accounts: [second.id],
  elseOthers: false,
  ...given,
});
const card: PaymentMethod = { type: "card", connector: anAccount(1).connector, token: "tok_1", network: "visa", last4: "4242" };

describe("a rule fits", () => {
  const payment = aPayment({ amount: 50_000, currency: "INR", method: card, metadata: { shop: "web" }, customer: { country: "IN" } });
  it.each<[RoutingConditions, boolean]>([
    [{}, true],
    [{ currencies: ["EUR", "INR"] }, true],
    [{ currencies: ["EUR"] }, false],
    [{ methods: ["card"] }, true],
    [{ methods: ["upi"] }, false],
    [{ networks: ["visa"] }, true],
    [{ networks: ["rupay"] }, false],
    [{ countries: ["IN"] }, true],
    [{ countries: ["DE"] }, false],
    [{ currencies: ["INR"], amountFrom: 50_000 }, true],
    [{ currencies: ["INR"], amountFrom: 50_001 }, false],
    [{ currencies: ["INR"], amountBelow: 50_001 }, true],
    [{ currencies: ["INR"], amountBelow: 50_000 }, false],
    [{ metadata: { shop: ["app", "web"] } }, true],
    [{ metadata: { shop: ["app"] } }, false],
    [{ metadata: { till: ["1"] } }, false],
    [{ currencies: ["INR"], methods: ["upi"] }, false],
  ])("%j: %s", (when, fits) => expect(ruleFor([rule(when)], payment) !== null).toBe(fits));

  it("of what is not known only if it does not ask for it", () => {
    const unknown = aPayment({ method: { type: "upi", vpa: "a@bank" }, customer: null });
    expect(ruleFor([rule({ networks: ["visa"] })], unknown)).toBeNull();
    expect(ruleFor([rule({ countries: ["IN"] })], unknown)).toBeNull();
  });
});

describe("the order of a rule with weights", () => {
  const weighted = rule(
    {},
    {
      accounts: undefined,
      weights: [
        { account: first.id, weight: 3 },
        { account: second.id, weight: 1 },
      ],
    },
  );
  const payments = Array.from({ length: 4_000 }, (_, n) => aPayment({ id: `pay_01KAJ000000000000000${String(n).padStart(6, "0")}` }));

  it("is in shares over many payments, and the same for one payment each time", () => {
    const ledBy = payments.filter((payment) => orderOf(weighted, payment)[0] === first.id).length;
    expect(ledBy / payments.length).toBeGreaterThan(0.72);
    expect(ledBy / payments.length).toBeLessThan(0.78);
    for (const payment of payments.slice(0, 100)) expect(orderOf(weighted, payment)).toEqual(orderOf(weighted, payment));
  });

  it("names each account once, the others after the drawn one", () => {
    for (const payment of payments.slice(0, 100)) expect([...orderOf(weighted, payment)].sort()).toEqual([first.id, second.id]);
  });
});

describe("the account for a payment", () => {
  const context = contextAt(START);
  const chosen = (given: Parameters<typeof aSnapshot>[0], world = context) => chooseRoute(aSnapshot({ accounts, ...given }), null, world);

  it("is the one that the first fitting rule names", () => {
    const rules = [rule({ currencies: ["EUR"] }, { accounts: [third.id] }), rule({}, { name: "all", accounts: [second.id, first.id] })];
    expect(chosen({ rules })).toMatchObject({ accountId: second.id, routing: { rule: "all", reason: "first of the rule" } });
  });

  it("is chosen by priority if no rule fits", () => {
    expect(chosen({ rules: [rule({ currencies: ["EUR"] })] })).toMatchObject({ accountId: first.id, routing: { rule: "priority" } });
  });

  it("is never one that the rule does not name, unless it says so", () => {
    const attempts = [anAttempt({ accountId: second.id, status: "not_sent" })];
    expect(chosen({ rules: [rule({})], attempts })).toBeNull();
    expect(chosen({ rules: [rule({}, { elseOthers: true })], attempts })).toMatchObject({ accountId: first.id });
  });

  it("is another one while the gateway of the first does not answer, and the reason says so", () => {
    const without = { ...context, healthOf: (id: string) => (id === first.id ? ("down" as const) : ("up" as const)) };
    expect(chosen({}, without)).toMatchObject({
      accountId: second.id,
      routing: { reason: `first by priority; ${first.id} came first and does not answer` },
    });
  });

  it("is the first if none answers: its gateway may be back, and nothing else is left", () => {
    expect(chosen({}, { ...context, healthOf: () => "down" })).toMatchObject({ accountId: first.id });
  });

  it("is one that is down if a payment may try it", () => {
    expect(chosen({}, { ...context, healthOf: (id) => (id === first.id ? "trying" : "up") })).toMatchObject({ accountId: first.id });
  });
});

describe("the checks", () => {
  const world = { accounts, capabilities: () => ({ ...ableGateway, currencies: ["INR", "EUR"] }) };
  const found = (...rules: RoutingRule[]) => checkRules(rules, world).map(({ severity, param }) => `${severity} ${param}`);
  const named = (name: string, when: RoutingConditions, ids = [first.id]): RoutingRule => rule(when, { name, accounts: ids });

  it("find nothing wrong with rules that are right", () => {
    expect(found(named("a", { currencies: ["INR"], amountFrom: 100 }), named("b", { currencies: ["INR"] }), named("c", {}))).toEqual([]);
  });

  it.each<[string, RoutingRule, string]>([
    ["an account that is not there", named("a", {}, ["acc_x"]), "error rules[0].accounts[0]"],
    ["an account named twice", named("a", {}, [first.id, first.id]), "error rules[0].accounts[1]"],
    ["no account", named("a", {}, []), "error rules[0].accounts"],
    ["accounts and weights", rule({}, { weights: [{ account: first.id, weight: 1 }] }), "error rules[0]"],
    ["an empty list", named("a", { currencies: [] }), "error rules[0].when.currencies"],
    ["an unknown currency", named("a", { currencies: ["INX"] }), "error rules[0].when.currencies[0]"],
    ["what is no country", named("a", { countries: ["india"] }), "error rules[0].when.countries[0]"],
    ["a network beside UPI", named("a", { methods: ["upi"], networks: ["visa"] }), "error rules[0].when.networks"],
    ["an amount without a currency", named("a", { amountFrom: 5 }), "error rules[0].when.currencies"],
    ["an amount in two currencies", named("a", { amountFrom: 5, currencies: ["INR", "EUR"] }), "error rules[0].when.currencies"],
    ["no amount between", named("a", { currencies: ["INR"], amountFrom: 5, amountBelow: 5 }), "error rules[0].when.amount_below"],
    ["a gateway that takes none of it", named("a", { currencies: ["USD"] }), "warning rules[0].accounts[0]"],
  ])("find %s", (_, wrong, problem) => expect(found(wrong)).toContain(problem));

  it("find a rule that is never reached, and two of one name", () => {
    expect(found(named("all", {}), named("euros", { currencies: ["EUR"] }))).toEqual(["error rules[1]"]);
    expect(found(named("a", { currencies: ["INR"] }), named("a", { currencies: ["EUR"] }))).toEqual(["error rules[1].name"]);
  });

  it.each<[RoutingConditions, RoutingConditions, boolean]>([
    [{}, { currencies: ["EUR"] }, true],
    [{ currencies: ["EUR"] }, {}, false],
    [{ currencies: ["EUR", "INR"] }, { currencies: ["EUR"] }, true],
    [{ currencies: ["EUR"] }, { currencies: ["EUR", "INR"] }, false],
    [{ methods: ["card"] }, { networks: ["visa"] }, true],
    [{ networks: ["visa"] }, { methods: ["card"] }, false],
    [{ currencies: ["EUR"], amountFrom: 10 }, { currencies: ["EUR"], amountFrom: 20 }, true],
    [{ currencies: ["EUR"], amountFrom: 10 }, { currencies: ["EUR"] }, false],
    [{ currencies: ["EUR"], amountBelow: 10 }, { currencies: ["EUR"], amountBelow: 5 }, true],
    [{ metadata: { shop: ["web"] } }, { metadata: { shop: ["web"], till: ["1"] } }, true],
    [{ metadata: { shop: ["web"] } }, { metadata: { till: ["1"] } }, false],
  ])("%j stands before %j: %s", (wide, narrow, does) => expect(covers(wide, narrow)).toBe(does));
});

it("an explanation names each rule up to the one that fits, each account with what stands against it, and the choice", () => {
  const rules = [
    rule({ currencies: ["EUR"] }, { name: "euros" }),
    rule({}, { name: "all", accounts: [second.id, first.id] }),
    rule({}, { name: "never" }),
  ];
  const context = { ...contextAt(START), healthOf: (id: string) => (id === second.id ? ("down" as const) : ("up" as const)) };
  expect(explainRoute(aSnapshot({ accounts, rules, payment: aPayment({ currency: "INR", method: card }) }), context)).toMatchObject({
    rules: [
      { name: "euros", fits: false, because: "the currency is INR" },
      { name: "all", fits: true, because: null },
    ],
    rule: "all",
    accounts: [
      { account: second.id, takes: true, because: "its gateway does not answer at this moment" },
      { account: first.id, takes: true, because: null },
    ],
    chosen: first.id,
  });
});
