/** A card that is typed into Razorpay's own window: an order that waits for a payment which we do not send. */
import { describe, expect, it } from "vitest";
import { again, bench, KEY, orders, paid, payments, type Bench } from "./bench.testing.ts";

const method = { ...paid, token: "razorpay_checkout" };
const MINUTE = 60_000;

/** What the window does: with the key id alone. */
const typed = (at: Bench, token: string) =>
  at.post("/checkout/payments", { key_id: "rzp_test_bench", order_id: orders(at)[0]!.id, token, notes: { tillway_key: KEY } });

async function waiting() {
  const at = bench();
  const attempt = { firstSentAt: at.clock.now() };
  // Razorpay asks the shopper for what it needs.
  const { outcome } = await at.send(attempt, { method, customer: null });
  const ask = () => at.retrieve(orders(at)[0]!.id, { ...attempt, ...again }, { method });
  return {
    at,
    outcome,
    ask,
    find: () => at.find({ ...attempt, ...again }, { method }),
    resend: () => at.send({ ...attempt, ...again }, { method }),
  };
}

describe("a card in Razorpay's window", () => {
  it("is waited for with an order and no payment, whoever asks", async () => {
    const { at, outcome, ask, find, resend } = await waiting();
    const [order] = orders(at);
    const values = {
      key_id: "rzp_test_bench",
      order_id: order!.id,
      tillway_key: KEY,
      tillway_account: "acc_1",
      tillway_capture: "automatic",
    };
    const action = { type: "card_fields", url: "http://razorpay.test/v1/checkout.js", values };
    expect(outcome).toEqual({ kind: "requires_action", reference: order!.id, nextAction: action });
    expect([await ask(), await find(), (await resend()).outcome]).toEqual([outcome, outcome, outcome]);
    expect([orders(at).length, payments(at).length]).toEqual([1, 0]);
  });

  it.each([
    ["token_AbroadSuccess", { kind: "succeeded", figures: { amount: 4_500, currency: "INR" } }],
    ["token_AbroadDeclined", { kind: "declined", declineCode: "card_declined" }],
  ])("%s is what Razorpay says of the order's payment", async (token, expected) => {
    const { at, ask } = await waiting();
    await typed(at, token);
    expect(await ask()).toMatchObject(expected);
  });

  it("that nobody typed in time is declined, and one that comes later is seen all the same", async () => {
    const { at, ask } = await waiting();
    await at.clock.advance(19 * MINUTE);
    expect((await ask()).kind).toBe("requires_action");
    await at.clock.advance(MINUTE);
    expect(await ask()).toMatchObject({ kind: "declined", declineCode: "authentication_failed" });
    await typed(at, "token_AbroadSuccess");
    expect((await ask()).kind).toBe("succeeded");
  });
});
