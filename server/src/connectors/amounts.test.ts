import { expect, it } from "vitest";
import { currencies, exponentOf, fromWire, toWire } from "../core/money.ts";
import { amountRules } from "./amounts.ts";
import { connectors, openGateways } from "./index.ts";

/** For each gateway: what is on the wire for 12.00 (or 12, or 12.000) of a currency, typed from the gateways' own pages. All others: 1200. */
const noDecimals = "BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF";
const threeDecimals = "BHD IQD JOD KWD LYD OMR TND";
const special: Readonly<Record<keyof typeof amountRules, Readonly<Record<string, number>>>> = {
  sandbox: { ...sent(noDecimals, 12), ...sent("ISK UGX", 12), ...sent(threeDecimals, 12_000) },
  stripe: { ...sent(noDecimals, 12), ...sent("MGA", 12), ...sent("ISK UGX", 1_200), ...sent(threeDecimals, 12_000) },
  razorpay: { ...sent(noDecimals, 12), ...sent("ISK UGX", 12), ...sent(threeDecimals, 12_000) },
  adyen: {
    ...sent(noDecimals, 12),
    ...sent("UGX", 12),
    ...sent("CLP ISK", 1_200),
    ...sent("CVE IDR", 12),
    ...sent(threeDecimals, 12_000),
  },
  paypal: { ...sent(noDecimals, 12), ...sent("ISK UGX", 12), ...sent("HUF TWD", 12), ...sent(threeDecimals, 12_000) },
  cashfree: { ...sent(noDecimals, 12), ...sent("ISK UGX", 12), ...sent(threeDecimals, 12_000) },
};

const gateways = Object.keys(special) as (keyof typeof amountRules)[];
const ofEach = <Value>(value: (currency: string) => Value) => Object.fromEntries([...currencies].map((code) => [code, value(code)]));

// No smallest charge is asked of a capture: these two are about units.
it.each(gateways)("twelve of each currency are what the page of %s says, and are read back", (gateway) => {
  const rules = amountRules[gateway];
  const amountOf = (currency: string) => 12 * 10 ** exponentOf(currency)!;
  const wires = ofEach((currency) => toWire(amountOf(currency), currency, rules, "capture"));
  const expected = ofEach((currency) => special[gateway][currency] ?? 1_200);
  expect(wires).toEqual(ofEach((currency) => ({ ok: true, wire: expected[currency] })));
  expect(ofEach((currency) => fromWire(expected[currency]!, currency, rules))).toEqual(ofEach(amountOf));
});

/** The smallest step that is taken, in our minor units; 1 for all others. */
it.each([
  ["sandbox", {}],
  ["stripe", { ...sent("MGA", 100), ...sent(threeDecimals, 10) }],
  ["razorpay", sent(threeDecimals, 10)],
  ["adyen", sent("CVE IDR", 100)],
  ["paypal", sent("HUF TWD", 100)],
  ["cashfree", {}],
] as const)("%s takes each step of a currency and nothing between", (gateway, steps: Readonly<Record<string, number>>) => {
  const takes = (amount: number, currency: string) => toWire(amount, currency, amountRules[gateway], "capture").ok;
  const taken = ofEach(
    (currency) => Array.from({ length: 200 }, (_, at) => 50_000 + at).filter((amount) => takes(amount, currency)).length,
  );
  expect(taken).toEqual(ofEach((currency) => 200 / (steps[currency] ?? 1)));
});

it("each connector counts by the table of its name", () => {
  const unused = () => Promise.reject(new Error("unused"));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const places = Object.fromEntries(Object.keys(connectors).map((name) => [name, { baseUrl: "http://127.0.0.1:9" }]));
  const opened = openGateways({ http: { send: unused }, clock, log: silent, webhookBaseUrl: "http://127.0.0.1:9", isGuess: false, places });
  expect([...opened.keys()]).toEqual(Object.keys(connectors));
  // A connector may also bring a table of its own.
  for (const [name, { connector }] of opened)
    if (name in amountRules) expect([name, connector.capabilities.amounts]).toEqual([name, amountRules[name as keyof typeof amountRules]]);
});

it.each([
  ["stripe", "USD", "charge", 50],
  ["stripe", "GBP", "charge", 30],
  ["stripe", "JPY", "charge", 50],
  ["stripe", "HUF", "charge", 17_500],
  ["stripe", "USD", "refund", 1],
  ["stripe", "KWD", "charge", 10],
  ["razorpay", "INR", "charge", 100],
  ["razorpay", "INR", "refund", 100],
  ["razorpay", "USD", "charge", 1],
] as const)("the smallest amount of %s in %s for a %s is %i", (gateway, currency, operation, least) => {
  const rules = amountRules[gateway];
  expect(toWire(least, currency, rules, operation).ok).toBe(true);
  expect(toWire(least - 1, currency, rules, operation).ok).toBe(least === 1);
});

it.each([
  ["USD", 99_999_999],
  ["JPY", 99_999_999],
  ["ISK", 999_999],
  ["MGA", 9_999_999_900],
  ["KWD", 99_999_990],
  ["IDR", 999_999_999_999],
])("the largest amount of stripe in %s is %i", (currency, most) => {
  expect(toWire(most, currency, amountRules.stripe).ok).toBe(true);
  expect(toWire(most + 100, currency, amountRules.stripe).ok).toBe(false);
});

function sent(codes: string, wire: number): Readonly<Record<string, number>> {
  return Object.fromEntries(codes.split(" ").map((code) => [code, wire]));
}
