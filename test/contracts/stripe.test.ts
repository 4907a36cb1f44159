import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { answerFaults, readContract, requestFaults, shapeFaults } from "./stripe.ts";

interface Vector {
  readonly provider: string;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly body: string;
  readonly now_unix: number;
  readonly tolerance_s: number;
  readonly expect: "ok" | "reject";
}

const { resources } = readContract<{ readonly resources: Readonly<Record<string, object>> }>("stripe-fixtures-subset.json");
const vectors = readContract<{ readonly vectors: readonly Vector[] }>("webhook-signature-vectors.json").vectors.filter(
  ({ provider }) => provider === "stripe",
);

const components: Readonly<Record<string, string>> = {
  payment_intent: "PaymentIntent",
  charge: "Charge",
  refund: "Refund",
  customer: "Customer",
  payment_method: "PaymentMethod",
  setup_intent: "SetupIntent",
  "checkout.session": "Checkout.Session",
  balance_transaction: "BalanceTransaction",
  webhook_endpoint: "WebhookEndpoint",
  event: "EventBase",
  balance: "Balance",
};

const fixture = (name: string): Record<string, unknown> => ({ ...resources[name] });

describe("the judge of Stripe's API", () => {
  it.each(Object.entries(components))("reads Stripe's own %s", (name, component) => {
    expect(shapeFaults(component, fixture(name))).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["a missing member", { id: undefined }, /id/],
    ["a float as amount", { amount: 10.5 }, /amount must be integer/],
    ["a word of its own", { status: "paid" }, /status must be equal to one of/],
    ["text where a number belongs", { amount_received: "0" }, /amount_received must be integer/],
  ])("sees %s in an answer", (_, change, fault) => {
    const changed = JSON.parse(JSON.stringify({ ...fixture("payment_intent"), ...change })) as object;
    expect(shapeFaults("PaymentIntent", changed).join("\n")).toMatch(fault);
  });

  it.each<[string, string, string | null, RegExp | null]>([
    ["/v1/payment_intents", "POST", "amount=100&currency=usd&metadata[tillway_key]=7&expand[0]=latest_charge&confirm=true", null],
    ["/v1/payment_intents", "POST", "currency=usd", /amount/],
    ["/v1/payment_intents", "POST", "amount=10.5&currency=usd", /amount must be integer/],
    ["/v1/payment_intents", "POST", "amount=100&currency=usd&payment_method_types[0]=card", /additional properties.*payment_method_types/],
    ["/v1/payment_intents", "POST", "amount=100&currency=usd&capture_method=later", /capture_method must be equal/],
    ["/v1/payment_intents/pi_1/capture", "POST", "amount_to_capture=50&final_capture=false", null],
    ["/v1/payment_intents/search?query=x&limit=3", "GET", null, null],
    ["/v1/payment_intents?query=x", "GET", null, /query is no parameter of GET \/v1\/payment_intents/],
    ["/v1/payments", "GET", null, /no operation/],
  ])("judges %s %s %s", (path, method, body, fault) => {
    const faults = requestFaults({ path, method, body });
    if (fault === null) expect(faults).toEqual([]);
    else expect(faults.join("\n")).toMatch(fault);
  });

  it("takes an error as the answer to anything, and no answer of another operation", () => {
    const asked = { method: "GET", path: "/v1/refunds/re_1", body: null };
    const error = { error: { type: "invalid_request_error", message: "No such refund: 're_1'", param: "id", code: "resource_missing" } };
    expect(answerFaults(asked, { status: 404, body: JSON.stringify(error) })).toEqual([]);
    expect(answerFaults(asked, { status: 200, body: JSON.stringify(fixture("refund")) })).toEqual([]);
    expect(answerFaults(asked, { status: 200, body: JSON.stringify(fixture("charge")) }).join("\n")).toMatch(/object must be equal/);
  });
});

describe("the vectors of Stripe's signatures", () => {
  it.each(vectors)("$name: the official SDK agrees", ({ headers, secret, body, now_unix, tolerance_s, expect: wanted }) => {
    const read = (): unknown =>
      Stripe.webhooks.constructEvent(body, headers["Stripe-Signature"]!, secret, tolerance_s, undefined, now_unix * 1_000);
    if (wanted === "ok") expect(read()).toMatchObject({ object: expect.anything() });
    else expect(read).toThrow();
  });

  it("are twelve", () => {
    expect(vectors).toHaveLength(12);
  });
});
