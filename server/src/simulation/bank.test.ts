/** What the oracle reads of each gateway's books, and what of its requests. */
import { describe, expect, it } from "vitest";
import { memoryStorage } from "../storage/memory/index.ts";
import { type Arrival, type Bank, type BankSetup, banksOf, inMinorUnits, urlOf } from "./bank.ts";
import { EPOCH } from "./kernel.ts";
import { machine, runAll } from "./machinery.testing.ts";
import { chance } from "./random.ts";
import { openRazorpayBank } from "./razorpay-bank.ts";
import { setUp } from "./set-up.ts";
import { openStripeBank } from "./stripe-bank.ts";
import { drawSwarm, type GatewayName } from "./swarm.ts";

/** A bank with one account, its arrivals, and what it posts to us; `answers` says whether we take it. */
function opened(gateway: "stripe" | "razorpay", answers: () => boolean = () => true) {
  const machinery = machine();
  const swarm = { ...drawSwarm(1, [gateway]), plainDelayMs: 0, laterMs: 0 };
  const arrivals: Arrival[] = [];
  const posted: string[] = [];
  const taken: string[] = [];
  const setup: BankSetup = {
    machinery,
    seed: 1,
    swarm,
    shopper: chance(1, "shopper"),
    accounts: setUp(memoryStorage().tables, swarm),
    asked: (arrival) => void arrivals.push(arrival),
    post: ({ body }, answered) => {
      posted.push(body);
      answered(answers());
    },
    taken: (event) => void taken.push(event),
  };
  const bank = gateway === "stripe" ? openStripeBank(setup) : openRazorpayBank(setup);
  return { bank, machinery, arrivals, posted, taken, positions: () => bank.books.positions(machinery.kernel.now) };
}

const limits = { connectTimeoutMs: 1, totalTimeoutMs: 1, maxBytes: 1_000_000 } as const;

/** @returns the body of the answer */
function post(bank: Bank, gateway: GatewayName, path: string, given: { body: string; key?: string }): Record<string, unknown> {
  const authorization =
    gateway === "stripe" ? "Bearer sk_test_simulated1" : `Basic ${Buffer.from("rzp_test_simulated1:simulated-1").toString("base64")}`;
  const headers = { authorization, ...(given.key !== undefined && { "idempotency-key": given.key }) };
  const reply = bank.serve({ method: "POST", url: urlOf(gateway) + path, headers, body: given.body, ...limits }, undefined);
  return JSON.parse(reply.body) as Record<string, unknown>;
}

function charge(bank: Bank, { amount, currency, token = "pm_card_visa" }: { amount: number; currency: string; token?: string }): string {
  const form = `amount=${amount}&currency=${currency}&capture_method=automatic&allowed_payment_method_types[0]=card&metadata[tillway_key]=key-1`;
  const { id } = post(bank, "stripe", "/v1/payment_intents", { body: form, key: "key-1" });
  post(bank, "stripe", `/v1/payment_intents/${String(id)}/confirm`, { body: `payment_method=${token}`, key: "key-1-confirm" });
  return String(id);
}

describe("Stripe's books", () => {
  it("are read in minor units of ISO 4217, also where Stripe counts otherwise", () => {
    const { bank, positions, arrivals } = opened("stripe");
    const id = charge(bank, { amount: 50_000, currency: "isk" });
    post(bank, "stripe", "/v1/refunds", { body: `payment_intent=${id}&amount=20000&metadata[tillway_key]=key-2`, key: "key-2" });
    expect(positions()).toMatchObject([{ key: "key-1", amount: 500, captured: 500, refunded: 200, status: "succeeded" }]);
    expect(arrivals).toMatchObject([
      { operation: "charge", key: "key-1", amount: 500, currency: "ISK", refusal: null },
      { operation: "refund", key: "key-2", amount: 200, currency: "ISK", refusal: null },
    ]);
  });

  it("name an amount that Stripe can't express", () => {
    const { bank, arrivals } = opened("stripe");
    charge(bank, { amount: 12_345, currency: "kwd" });
    expect(arrivals).toMatchObject([{ amount: 12_345, refusal: "amounts in kwd must be a multiple of 10" }]);
  });

  it("say what is of no use to anybody", () => {
    const { bank, positions } = opened("stripe");
    charge(bank, { amount: 500, currency: "eur", token: "pm_sim_wrong_amount" });
    expect(positions()).toMatchObject([{ isUseless: true }]);
  });
});

describe("Razorpay's books", () => {
  it("are its orders by their receipts, with what their payments took and gave back", () => {
    const { bank, positions, arrivals } = opened("razorpay");
    const notes = { tillway_key: "key-1" };
    const order = { amount: 5_000, currency: "INR", receipt: "key-1", notes, payment: { capture: "automatic" } };
    const { id } = post(bank, "razorpay", "/v1/orders", { body: JSON.stringify(order) });
    const payment = { amount: 5_000, currency: "INR", order_id: id, email: "a@b.example", contact: "+919999999999", method: "card" };
    const body = JSON.stringify({ ...payment, token: "token_AbroadSuccess", notes });
    const { razorpay_payment_id: paid } = post(bank, "razorpay", "/v1/payments/create/json", { body });
    const refund = { amount: 2_000, notes: { tillway_key: "key-2" } };
    post(bank, "razorpay", `/v1/payments/${String(paid)}/refund`, { body: JSON.stringify(refund) });
    expect(positions()).toMatchObject([{ key: "key-1", amount: 5_000, captured: 5_000, refunded: 2_000, status: "succeeded" }]);
    expect(arrivals.map(({ operation, key, amount }) => [operation, key, amount])).toEqual([
      ["charge", "key-1", 5_000],
      ["charge", "key-1", 5_000],
      ["refund", "key-2", 2_000],
    ]);
  });
});

it("a webhook that was refused comes again, by the gateway's schedule, and one that was taken is remembered", async () => {
  let tries = 0;
  const { bank, machinery, posted, taken } = opened("stripe", () => ++tries > 4);
  charge(bank, { amount: 500, currency: "eur" });
  expect(bank.busy()).toBe(true);
  await runAll(machinery, EPOCH + 3_600_000);
  const types = posted.map((body) => (JSON.parse(body) as { type: string }).type);
  expect(types.filter((type) => type === "payment_intent.succeeded").length).toBeGreaterThan(1);
  expect(taken.length).toBe(new Set(types).size);
  expect(bank.busy()).toBe(false);
});

it("a request goes to the gateway that its address names, and nowhere else", () => {
  const { bank } = opened("stripe");
  const request = { method: "GET", headers: {}, body: null, ...limits } as const;
  const both = banksOf({ stripe: bank });
  expect(both.serve({ ...request, url: "http://stripe.invalid/v1/balance" }, undefined).status).toBe(401);
  expect(() => both.serve({ ...request, url: "http://stripe.invalid.example/v1/balance" }, undefined)).toThrow("no gateway at");
});

it.each([
  [500, "ISK", "stripe", 5],
  [501, "ISK", "stripe", -1],
  [0, "ISK", "stripe", 0],
  [500, "ISK", "sandbox", 500],
  [500, "JPY", "stripe", 500],
  [500, "KWD", "razorpay", 500],
  [500, "XXX", "stripe", -1],
] as const)("%i %s of %s are %i of ours", (wire, currency, gateway, ours) => {
  expect(inMinorUnits(wire, currency, gateway)).toBe(ours);
});
