/** Our Razorpay against Razorpay's own sample answers: the same members, of the same types. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { open, type Json } from "../../sandbox/src/razorpay/counter.testing.ts";

interface Sample {
  readonly title: string;
  readonly body: Json;
}
const { samples } = JSON.parse(readFileSync(new URL("razorpay-sample-responses.json", import.meta.url), "utf8")) as {
  readonly samples: readonly Sample[];
};

/** What a body is of; null: of a part of Razorpay's API that our far side does not have. */
function kindOf(body: Json): string | null {
  const entity = body["entity"] as string | undefined;
  if (entity !== undefined) return ["order", "payment", "refund", "collection"].includes(entity) ? entity : null;
  if (body["razorpay_signature"] !== undefined) return "result";
  const steps = (body["next"] ?? []) as readonly (Json | string)[];
  return steps.some((step) => typeof step === "object" && step["action"] === "redirect") ? "created" : null;
}

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** By kind: for each member the types that it has in the samples, and the members that all of them have. */
function shapesOf(kind: string) {
  const bodies = samples.flatMap(({ body }) => [body, ...((body["items"] ?? []) as Json[])]).filter((body) => kindOf(body) === kind);
  const types = new Map<string, Set<string>>();
  for (const body of bodies)
    for (const [name, value] of Object.entries(body)) types.set(name, (types.get(name) ?? new Set<string>()).add(typeOf(value)));
  const inAll = [...types.keys()].filter((name) => bodies.every((body) => name in body));
  return { count: bodies.length, types, inAll };
}

/** Beyond the samples, which are of 2020: documented in Razorpay's pages on late authorization. */
const ALSO: Readonly<Record<string, readonly string[]>> = { payment: ["late_authorized"] };
/** No sample is of an order without a receipt, or of a payment that was refunded (`partial`, `full`); both are documented. */
const ALSO_TYPED: Readonly<Record<string, string>> = { receipt: "null", refund_status: "string" };

function expectShape(kind: string, ours: Json): void {
  const { types, inAll } = shapesOf(kind);
  const missing = inAll.filter((name) => !(name in ours));
  const strange = Object.keys(ours).filter((name) => !types.has(name) && ALSO[kind]?.includes(name) !== true);
  const wrong = Object.entries(ours)
    .filter(([name, value]) => types.has(name) && !types.get(name)!.has(typeOf(value)) && ALSO_TYPED[name] !== typeOf(value))
    .map(([name, value]) => `${name} is ${typeOf(value)} instead of ${[...types.get(name)!].join(" or ")}`);
  expect({ kind, missing, strange, wrong }).toEqual({ kind, missing: [], strange: [], wrong: [] });
}

it("knows what each sample is of, and which are of what it does not have", () => {
  expect(samples).toHaveLength(37);
  expect(samples.filter(({ body }) => kindOf(body) === null).map(({ title }) => title)).toEqual([
    "View RTO/Risk Reasons",
    "View RTO/Risk Reasons",
    "Fetch card details with paymentId",
    "OTP Generate",
    "OTP Submit",
    "OTP Resend",
    "Create Payment UPI s2s / VPA token (Third party validation)",
    "Create Payment UPI s2s / VPA token (Third party validation)",
    "Valid VPA (Third party validation)",
    "Token IIN API",
  ]);
});

describe("our far side answers in the shape of the samples", () => {
  const shown: [kind: string, body: Json][] = [];

  beforeAll(async () => {
    const { clock, post, get, orderOf, pay } = open({ refundAfterMs: 1_000 });
    const keep = (kind: string, body: Json): Json => (shown.push([kind, body]), body);
    for (const notes of [{ a: "b" }, undefined])
      keep("order", (await post("/orders", { amount: 4_500, currency: "INR", receipt: "r", notes })).json);
    const order = await orderOf({ receipt: "r-1", payment: { capture: "manual" } });
    keep("created", (await pay(order, { token: "token_VisaSuccess" })).json);
    const { razorpay_payment_id: id } = keep("result", (await pay(order)).json);
    keep("payment", (await get(`/payments/${id}`)).json);
    keep("payment", (await post(`/payments/${id}/capture`, { amount: 4_500, currency: "INR" })).json);
    for (const body of [
      { amount: 500, receipt: "back", notes: { a: "b" } },
      { amount: 500, speed: "optimum" },
    ])
      keep("refund", (await post(`/payments/${id}/refund`, body)).json);
    await clock.advance(1_000);
    const upi = await pay(await orderOf(), { method: "upi", token: undefined, upi: { flow: "collect", vpa: "failure@razorpay" } });
    await clock.advance(2_000);
    keep("payment", (await get(`/payments/${upi.json["razorpay_payment_id"]}`)).json);
    const bank = await pay(await orderOf(), { method: "netbanking", token: undefined, bank: "HDFC" });
    keep("payment", (await get(`/payments/${bank.json["razorpay_payment_id"]}`)).json);
    for (const path of [`/orders/${order}`, "/orders", `/orders/${order}/payments`, "/payments", `/payments/${id}/refunds`, "/refunds"]) {
      const { json } = await get(path);
      const kind = json["entity"] as string;
      keep(kind, json);
      for (const item of (json["items"] ?? []) as Json[]) keep(item["entity"] as string, item);
    }
  });

  it.each(["order", "payment", "refund", "collection", "created", "result"])("%s", (kind) => {
    expect(shapesOf(kind).count).toBeGreaterThan(0);
    const ours = shown.filter(([name]) => name === kind);
    expect(ours.length).toBeGreaterThan(0);
    for (const [, body] of ours) expectShape(kind, body);
  });
});
