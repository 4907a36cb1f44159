import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chargeOutcome } from "./map.ts";

const payment = { id: "pay_1", order_id: "order_1", amount: 4_500, currency: "INR", method: "card", status: "captured", captured: true };
const circumstances = { captureMethod: "automatic", now: 1_800_000_060_000, nextAction: null } as const;

describe("what is shown of the method", () => {
  const taken = (given: object) => chargeOutcome({ ...payment, ...given }, circumstances);

  it.each<[string, object, object | undefined]>([
    ["a card", { card: { network: "MasterCard", last4: "1002", name: "Asha" } }, { network: "mastercard", last4: "1002" }],
    ["RuPay", { card: { network: "RuPay", last4: "1213" } }, { network: "rupay", last4: "1213" }],
    ["a network that nobody knows", { card: { network: "Unknown", last4: "1213" } }, { last4: "1213" }],
    ["no last digits that are more", { card: { network: "Visa", last4: "4100280000001007" } }, { network: "visa" }],
    ["the payer of a UPI link", { method: "upi", vpa: "asha@okbank" }, { vpa: "asha@okbank" }],
    ["no VPA that holds a card number", { method: "upi", vpa: "4539578763621486@okbank" }, undefined],
    ["nothing of a card that is only named", { card_id: "card_1" }, undefined],
  ])("%s", (_, given, shown) => {
    expect((taken(given) as { method?: object }).method).toEqual(shown);
  });

  it("stands in Razorpay's own sample of a payment with its card", () => {
    const { samples } = JSON.parse(readFileSync("test/contracts/razorpay-sample-responses.json", "utf8")) as {
      samples: { body: { card?: object } }[];
    };
    const shown = samples.filter(({ body }) => body.card !== undefined).map(({ body }) => taken(body));
    expect(shown).toMatchObject([{ method: { network: "rupay", last4: "1213" } }]);
  });
});
