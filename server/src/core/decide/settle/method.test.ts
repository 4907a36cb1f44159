import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { says } from "../../../../../test/support/flows/rows.ts";
import type { PaymentMethod } from "../../model.ts";
import type { MethodShown } from "../../outcome.ts";
import { aPayment, card } from "../../rows.testing.ts";
import { withMethodShown } from "./method.ts";

const token: PaymentMethod = { ...card, network: null, last4: null };
const link = { type: "upi", vpa: null } as const;
const figures = { amount: 1_000, currency: "INR" };
const taken = (method?: MethodShown) => ({ kind: "succeeded", reference: "ref_1", figures, method }) as const;
const refused = (method?: MethodShown) => ({ ...says.declined(), method }) as ReturnType<typeof says.declined>;
const visa = { network: "visa", last4: "4242" };

describe("what a word about a charge shows of its method", () => {
  it.each<[string, PaymentMethod, ReturnType<typeof taken> | ReturnType<typeof refused>, object]>([
    ["fills what a token left open", token, taken(visa), visa],
    ["fills it after a decline too", token, refused(visa), visa],
    ["fills one of two", token, taken({ last4: "4242" }), { network: null, last4: "4242" }],
    ["leaves what is known", { ...token, network: "rupay", last4: null }, taken(visa), { network: "rupay", last4: "4242" }],
    ["fills the payer of a link that was paid", link, taken({ vpa: "payer@bank" }), { vpa: "payer@bank" }],
    ["leaves a link that was not: it may be tried elsewhere", link, refused({ vpa: "payer@bank" }), { vpa: null }],
    ["fills nothing of another kind", link, taken(visa), { vpa: null }],
  ])("%s", (_, method, outcome, shown) => {
    expect(withMethodShown(aPayment({ method }), { operation: "charge" }, outcome).method).toMatchObject(shown);
  });

  it.each<[string, PaymentMethod | null, "charge" | "refund", MethodShown | undefined]>([
    ["no word", token, "charge", undefined],
    ["nothing new", { ...token, ...visa }, "charge", { network: "mastercard", last4: "4444" }],
    ["a refund's", token, "refund", visa],
    ["no method", null, "charge", visa],
  ])("is the payment itself: %s", (_, method, operation, shown) => {
    const payment = aPayment({ method });
    expect(withMethodShown(payment, { operation }, taken(shown))).toBe(payment);
  });

  it("is written with the outcome that brings it, and the event shows it", async () => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging({ method: token });
    await desk.answer(sent, { ...says.succeeded(desk.last("charge")), method: visa } as ReturnType<typeof taken>);
    expect(desk.payment).toMatchObject({ status: "succeeded", method: visa });
    expect(JSON.parse([...desk.tables.events.values()].at(-1)!.body)).toMatchObject({ card: visa });
  });

  it("is written alone if the payment has ended before, and once", async () => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging({ method: token });
    const charge = desk.last("charge");
    await desk.answer(sent, says.succeeded(charge));
    const types = desk.eventTypes;
    await desk.hear(charge, { ...says.succeeded(charge), method: visa } as ReturnType<typeof taken>);
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, method: visa });
    const { version } = desk.payment;
    await desk.hear(charge, { ...says.succeeded(charge), method: visa } as ReturnType<typeof taken>);
    expect([desk.payment.version, desk.eventTypes, broken(desk.tables)]).toEqual([version, types, []]);
  });
});
