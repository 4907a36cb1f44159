import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ableGateway, aPayment, aSnapshot, anAccount, anAttempt, contextAt, START } from "../../../../test/support/flows/rows.ts";
import { ATTEMPTS_PER_PAYMENT_MAX } from "../constants.ts";
import { chooseRoute } from "./choose.ts";

const context = contextAt(START);
const [first, second] = [anAccount(1), anAccount(2)];
const tried = (n: number, accountId: string) => anAttempt({ id: `att_${n}`, n, accountId, status: "not_sent" });

describe("the account for the next charge", () => {
  it("is the first by priority", () => {
    expect(chooseRoute(aSnapshot({ accounts: [first, second] }), null, context)).toMatchObject({
      accountId: first.id,
      routing: { reason: "first by priority" },
    });
  });

  it("is the next one that was not tried yet", () => {
    const snapshot = aSnapshot({ accounts: [first, second], attempts: [tried(1, first.id)] });
    expect(chooseRoute(snapshot, null, context)).toMatchObject({ accountId: second.id });
  });

  it("is the last one again only where its attempt is handed in as a technical failure", () => {
    const attempt = tried(1, first.id);
    const snapshot = aSnapshot({ accounts: [first], attempts: [attempt] });
    expect(chooseRoute(snapshot, null, context)).toBeNull();
    expect(chooseRoute(snapshot, attempt, context)).toMatchObject({ accountId: first.id });
  });

  it("prefers an account that was not tried over the last one again", () => {
    const attempt = tried(1, first.id);
    expect(chooseRoute(aSnapshot({ accounts: [first, second], attempts: [attempt] }), attempt, context)).toMatchObject({
      accountId: second.id,
    });
  });

  it("is none after as many charges as a payment may have", () => {
    const attempts = Array.from({ length: ATTEMPTS_PER_PAYMENT_MAX }, (_, i) => tried(i + 1, first.id));
    expect(chooseRoute(aSnapshot({ accounts: [first, second], attempts }), attempts.at(-1)!, context)).toBeNull();
  });

  it("does not count captures, voids and refunds as tries", () => {
    const attempts = [
      anAttempt({ operation: "refund", accountId: first.id }),
      anAttempt({ id: "att_2", operation: "void", accountId: first.id }),
    ];
    expect(chooseRoute(aSnapshot({ accounts: [first], attempts }), null, context)).toMatchObject({ accountId: first.id });
  });

  it("takes a currency that the gateway can take", () => {
    const snapshot = aSnapshot({ payment: aPayment({ currency: "JPY" }), accounts: [first] });
    expect(chooseRoute(snapshot, null, contextAt(START, { currencies: ["INR"] }))).toBeNull();
    expect(chooseRoute(snapshot, null, contextAt(START, { currencies: ["INR", "JPY"] }))).toMatchObject({ accountId: first.id });
  });

  it("passes over a gateway that can't express the amount", () => {
    const accounts = [first, { ...anAccount(2), connector: "exact" }];
    const upi = { type: "upi", vpa: "a@bank" } as const;
    const amounts = { byCurrency: { KWD: { multipleOf: 10 }, MGA: { exponent: 0 } } } as const;
    const context = { ...contextAt(START), capabilities: (name: string) => ({ ...ableGateway, ...(name === "exact" ? {} : { amounts }) }) };
    const chosen = (amount: number, currency: string) =>
      chooseRoute(aSnapshot({ payment: aPayment({ amount, currency, method: upi }), accounts }), null, context)?.connector;
    expect(chosen(1_230, "KWD")).toBe(first.connector);
    expect(chosen(1_234, "KWD")).toBe("exact");
    expect(chosen(550, "MGA")).toBe("exact");
    expect(chooseRoute(aSnapshot({ payment: aPayment({ amount: 550, currency: "MGA" }), accounts: [first] }), null, context)).toBeNull();
  });

  it("takes the payment's method, and if that is a card its token is the gateway's own", () => {
    const [ours, other] = [anAccount(1), { ...anAccount(2), connector: "other" }];
    const card = { type: "card", connector: "other", token: "tok_1", network: "visa", last4: "4242" } as const;
    const upi = { type: "upi", vpa: "a@bank" } as const;
    const chosen = (method: typeof card | typeof upi, capabilities = {}) =>
      chooseRoute(aSnapshot({ payment: aPayment({ method }), accounts: [ours, other] }), null, contextAt(START, capabilities))?.accountId;
    expect(chosen(card)).toBe(other.id);
    expect(chosen({ ...card, connector: ours.connector } as never)).toBe(ours.id);
    expect(chosen({ ...card, connector: "third" } as never)).toBeUndefined();
    expect(chosen(upi)).toBe(ours.id);
    expect(chosen(upi, { methods: ["card"] })).toBeUndefined();
    expect(chosen(card, { methods: ["upi"] })).toBeUndefined();
  });

  it("is none where no gateway can charge, none is set up, or this program does not have its connector", () => {
    expect(chooseRoute(aSnapshot({ accounts: [first] }), null, contextAt(START, { operations: ["refund"] }))).toBeNull();
    expect(chooseRoute(aSnapshot({ accounts: [] }), null, context)).toBeNull();
    expect(chooseRoute(aSnapshot({ accounts: [first] }), null, { ...context, capabilities: () => undefined })).toBeNull();
  });

  it("of any merchant's accounts is the first that can take it and was not tried, whatever was tried before", () => {
    const currencyOf = fc.constantFrom<string | undefined>("INR", "JPY", undefined);
    const given = fc.record({
      abilities: fc.array(currencyOf, { maxLength: 5 }),
      triedAccounts: fc.array(fc.nat(4), { maxLength: ATTEMPTS_PER_PAYMENT_MAX }),
      mayRepeat: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ abilities, triedAccounts, mayRepeat }) => {
        // What each account's connector takes; undefined: this program does not have it.
        const accounts = abilities.map((_, n) => anAccount(n + 1, { connector: `bank ${n}` }));
        const attempts = triedAccounts.map((n, i) => tried(i + 1, anAccount(n + 1).id));
        const able = accounts.filter((_, n) => abilities[n] === "INR");
        const capabilities = (connector: string) => {
          const currency = abilities[Number(connector.slice(5))];
          return currency === undefined ? undefined : { ...ableGateway, currencies: [currency] };
        };
        const again = mayRepeat ? (attempts.at(-1) ?? null) : null;
        const payment = aPayment({ method: { type: "upi", vpa: "a@bank" } });
        const route = chooseRoute(aSnapshot({ payment, accounts, attempts }), again, { ...context, capabilities });
        const fresh = able.find((account) => !attempts.some((attempt) => attempt.accountId === account.id));
        const repeated = able.find((account) => account.id === again?.accountId);
        const expected = attempts.length >= ATTEMPTS_PER_PAYMENT_MAX ? undefined : (fresh ?? repeated);
        expect(route?.accountId).toBe(expected?.id);
        expect(route?.connector).toBe(expected?.connector);
      }),
      { numRuns: 500 },
    );
  });
});
