import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RETURN_URL, type StripeDesk, stripeDesk } from "./desk.testing.ts";

const intents = "/v1/payment_intents";
const tokens = [
  "pm_card_visa",
  "pm_card_visa_chargeDeclined",
  "pm_card_authenticationRequired",
  "pm_card_refundFail",
  "pm_card_pendingRefund",
  "pm_sim_processing",
  "pm_sim_processing_declined",
  "pm_sim_fault_error_after",
  "pm_sim_fault_timeout_before",
] as const;
const verbs = ["create", "pay", "confirm", "approve", "refuse", "capture", "cancel", "refund", "pass"] as const;

const step = fc.record({
  verb: fc.oneof({ weight: 1, arbitrary: fc.constantFrom(...verbs) }, { weight: 1, arbitrary: fc.constantFrom("capture", "refund") }),
  token: fc.oneof({ weight: 1, arbitrary: fc.constant(tokens[0]) }, { weight: 1, arbitrary: fc.constantFrom(...tokens) }),
  pick: fc.nat(1),
  amount: fc.integer({ min: 1, max: 6_000 }),
  isManual: fc.boolean(),
  isFinal: fc.boolean(),
  key: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(5) }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** The answer is read for nothing: the desk compares it with Stripe's schemas, the invariants below read the books. */
async function take(desk: StripeDesk, done: Map<string, number>, step: Step): Promise<void> {
  const status = ((await carryOut(desk, step)) as { status?: number } | null)?.status ?? 0;
  done.set(`${step.verb} ${status}`, (done.get(`${step.verb} ${status}`) ?? 0) + 1);
}

async function carryOut(desk: StripeDesk, { verb, token, pick, amount, isManual, isFinal, key }: Step): Promise<unknown> {
  const { ask, clock, far } = desk;
  const headers: Record<string, string> = key === null ? {} : { "idempotency-key": `key-${key}` };
  const post = (path: string, params: Record<string, string | number | boolean>) => ask("POST", path, params, headers);
  const id = far.books()[pick]?.intent ?? "pi_none";
  const multi = { "payment_method_options[card][request_multicapture]": "if_available" };
  const capture = { capture_method: isManual ? "manual" : "automatic", ...(isManual ? multi : {}) };
  const created = { amount: 4_500, currency: "inr", ...capture };
  switch (verb) {
    case "create":
      return post(intents, created);
    case "pay":
      return post(intents, { ...created, confirm: true, payment_method: token, return_url: RETURN_URL });
    case "confirm":
      return post(`${intents}/${id}/confirm`, { payment_method: token, return_url: RETURN_URL });
    case "approve":
    case "refuse": {
      const { json } = await ask("GET", `${intents}/${id}`);
      const action = json["next_action"] as { redirect_to_url: { url: string } } | null | undefined;
      return action ? post(`${new URL(action.redirect_to_url.url).pathname}/${verb}`, {}) : null;
    }
    case "capture":
      return post(`${intents}/${id}/capture`, { amount_to_capture: amount, final_capture: isFinal });
    case "cancel":
      return post(`${intents}/${id}/cancel`, {});
    case "refund":
      return post("/v1/refunds", { payment_intent: id, amount });
    case "pass":
      return clock.advance(amount * 10);
  }
}

describe("the far side under any order of requests", () => {
  it("answers by Stripe's schemas, and its books never take, give back or release more than there is", async () => {
    const done = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const desk = stripeDesk();
        for (const one of steps) await take(desk, done, one);
        await desk.clock.advance(60_000);
        for (const { intent, status, amount, captured, refunded, charges } of desk.far.books()) {
          expect(charges.length).toBeLessThanOrEqual(1);
          expect(captured).toBeLessThanOrEqual(amount);
          expect(refunded).toBeLessThanOrEqual(captured);
          expect(Math.min(captured, refunded)).toBeGreaterThanOrEqual(0);
          if (status === "succeeded") expect(captured).toBeGreaterThan(0);
          if (status === "canceled" || status === "requires_payment_method") expect(captured).toBe(0);
          const { json } = await desk.ask("GET", `${intents}/${intent}`, { "expand[0]": "latest_charge" });
          expect(json["amount_received"]).toBe(captured);
          expect(json["amount_capturable"]).toBe(status === "requires_capture" ? amount - captured : 0);
          const refunds = (await desk.ask("GET", "/v1/refunds", { payment_intent: intent, limit: 100 })).json["data"] as {
            status: string;
            amount: number;
          }[];
          const given = refunds.filter((one) => one.status !== "failed").reduce((sum, one) => sum + one.amount, 0);
          expect(given).toBe(refunded);
        }
        await desk.far.close();
      }),
      // The same runs each time, so that what they reach below is no matter of luck.
      { numRuns: 60, seed: 1 },
    );
    // That each kind of work was done and refused, or the invariants would hold for nothing.
    for (const seen of ["pay 200", "pay 402", "confirm 200", "capture 200", "capture 400", "cancel 200", "refund 200", "refund 400"])
      expect([seen, (done.get(seen) ?? 0) > 0]).toEqual([seen, true]);
  });
});
