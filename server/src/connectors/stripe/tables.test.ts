import { describe, expect, it } from "vitest";
import { readContract } from "../../../../test/contracts/stripe.ts";
import { currencies as known } from "../../core/money.ts";
import type { DeclineCode } from "../../core/outcome.ts";
import { anAttempt } from "../../core/rows.testing.ts";
import type { Shown } from "../exchange.ts";
import { stripeTokens } from "./cards.ts";
import { encodeForm } from "./client.ts";
import { chargeIn, declined, methodIn, readCapture, refundIn } from "./read.ts";
import { currencies, intentStates } from "./tables.ts";
import { aCall, anIntent, failed, fixtures, fresh, no, ok, stripeSaying } from "./stub.testing.ts";

interface Schemas {
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties: Readonly<Record<string, { readonly enum?: unknown[] }>> }>>;
  };
}

describe("the tables", () => {
  it("know each status of an intent that Stripe's description has, and no other", () => {
    const { components } = readContract<Schemas>("stripe-openapi-subset.json");
    const statuses = components.schemas["PaymentIntent"]!.properties["status"]!.enum;
    expect([...intentStates.keys()].toSorted()).toEqual(statuses?.toSorted());
  });

  it("name only currencies that we know", () => {
    expect(currencies.filter((code) => !known.has(code))).toEqual([]);
    expect(new Set(currencies).size).toBe(currencies.length);
  });

  it.each<[string, object, DeclineCode]>([
    ["lost", { decline_code: "lost_card" }, "lost_card"],
    ["the decline code is more than the code", { code: "card_declined", decline_code: "insufficient_funds" }, "insufficient_funds"],
    ["only a code", { code: "incorrect_cvc" }, "incorrect_cvc"],
    ["risk", { decline_code: "fraudulent" }, "fraud_suspected"],
    ["a challenge that failed", { code: "payment_intent_authentication_failure" }, "authentication_failed"],
    ["technical", { code: "processing_error" }, "technical_decline"],
    ["technical, and never again", { code: "processing_error", advice_code: "do_not_try_again" }, "card_declined"],
    ["a word that we do not know", { code: "new", decline_code: "newer" }, "card_declined"],
    ["nothing", {}, "card_declined"],
  ])("read a decline: %s", (_, error, declineCode) => {
    expect(declined({ ...error }, "pi_1")).toMatchObject({ kind: "declined", declineCode });
  });

  it("believe Stripe's own block rather than the bank's word beside it", () => {
    expect(chargeIn({ ...failed, latest_charge: { outcome: { type: "blocked" } } })).toMatchObject({ declineCode: "fraud_suspected" });
  });
});

describe("Stripe's own examples", () => {
  it("are read as what they say", () => {
    expect(chargeIn(fixtures["payment_intent"]!)).toMatchObject({ kind: "declined", reference: "pi_1PgafyB7WZ01zgkWSjxsAJo3" });
    expect(refundIn(fixtures["refund"]!)).toEqual({
      kind: "succeeded",
      reference: "re_1Pgc72B7WZ01zgkWqPvrRrPE",
      figures: { amount: 100, currency: "USD" },
    });
  });

  it("without what we need are never a success", () => {
    expect(chargeIn({ ...anIntent({ status: "succeeded" }), id: "" })).toMatchObject({ kind: "unknown" });
    expect(chargeIn(anIntent({ status: "succeeded", amount_received: "1000" }))).toMatchObject({ figures: { amount: -1 } });
    expect(readCapture({ status: "succeeded" }, anAttempt({ parentReference: "pi_1" }))).toMatchObject({ kind: "unknown" });
    expect(refundIn({ status: "succeeded" })).toMatchObject({ kind: "unknown" });
  });
});

describe("a form", () => {
  it("has brackets in names, escapes in values, and nothing that is undefined", () => {
    expect(encodeForm({ "a[b]": "c d&e=f", x: undefined, n: 1, t: true })).toBe("a[b]=c%20d%26e%3Df&n=1&t=true");
  });

  it("has a traceparent beside it, if there is one", async () => {
    const stripe = stripeSaying(ok(fresh), no(400, {}));
    await stripe.connector.send(aCall({}, { traceparent: "00-1-2-01" }));
    expect(stripe.seen[0]!.headers).toMatchObject({ traceparent: "00-1-2-01" });
  });
});

describe("a token of Stripe", () => {
  it.each([
    ["pm_card_visa", { network: "visa", last4: "4242" }],
    ["pm_card_mastercard", { network: "mastercard", last4: "4444" }],
    ["pm_1NO6mA2eZvKYlo2CEydeHsKT", { network: null, last4: null }],
    ["tok_visa", null],
    ["pm_", null],
    ["pm_card visa", null],
  ])("%s", async (token, shown) => {
    expect(await stripeTokens.describe(token)).toEqual(shown);
  });

  it("is made in the browser and nowhere else", () => {
    expect(stripeTokens.tokenize).toBeUndefined();
  });
});

describe("what is shown of a card", () => {
  const card = { brand: "visa", network: "visa", last4: "4242", fingerprint: "abc", exp_year: 2040 };
  const charge = (given: object) => ({ latest_charge: { payment_method_details: { type: "card", card: { ...card, ...given } } } });

  it.each<[string, object, object | undefined]>([
    ["the network that took it", charge({ network: "cartes_bancaires" }), { network: "cartes_bancaires", last4: "4242" }],
    ["its brand if no network is named", charge({ network: null }), { network: "visa", last4: "4242" }],
    ["no network that Stripe does not know", charge({ network: "unknown", brand: "unknown" }), { last4: "4242" }],
    ["nothing that looks otherwise than it should", charge({ network: "Visa!", brand: 7, last4: "4242424242424242" }), {}],
    ["nothing of a charge that was not expanded", { latest_charge: "ch_1" }, undefined],
    ["the card of a refusal", { last_payment_error: { payment_method: { card } } }, { network: "visa", last4: "4242" }],
  ])("%s", (_, intent, shown) => {
    expect(methodIn(intent as Shown)).toEqual(shown);
  });

  it("stands in the outcome of a success, a hold and a decline", () => {
    const shown = { method: { network: "visa", last4: "4242" } };
    for (const given of [{ status: "succeeded" }, { status: "requires_capture" }, { last_payment_error: { code: "card_declined" } }])
      expect(chargeIn(anIntent({ ...charge({}), ...given }))).toMatchObject(shown);
  });
});
