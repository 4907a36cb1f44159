import { moves, type Machine } from "./machine.ts";

export type PaymentStatus = "created" | "pending" | "processing" | "requires_action" | "authorized" | "succeeded" | "failed" | "canceled";

export const paymentMachine: Machine<PaymentStatus> = {
  name: "payment",
  states: {
    created: { note: "Known, not to be charged yet. Its expiry job ends it after 24 hours.", terminal: false },
    pending: { note: "To be charged. Its charge job owns it; after 5 minutes a case says that nobody came.", terminal: false },
    processing: { note: "An attempt is under way or its outcome unknown. Its ask job owns it until there is an answer.", terminal: false },
    requires_action: { note: "The shopper must act. Its ask job asks on, and calls the charge off after 15 minutes.", terminal: false },
    authorized: { note: "Money is held, not taken. Its expiry job voids it before it lapses.", terminal: false },
    succeeded: { note: "Money was captured. Refunds change amounts, never this state.", terminal: true },
    failed: { note: "Proven: no attempt took money. A retry is a new payment of the same order.", terminal: true },
    canceled: { note: "Called off, and the gateway holds nothing.", terminal: true },
  },
  moves: [
    { from: "created", to: "pending", when: "confirm" },
    { from: "created", to: "canceled", when: "cancel or expiry; no attempt row exists" },
    { from: "pending", to: "canceled", when: "cancel or expiry; no attempt row exists" },
    { from: "pending", to: "processing", when: "first attempt committed" },
    { from: "pending", to: "failed", when: "no route" },
    { from: "processing", to: "requires_action", when: "the shopper must act" },
    { from: "requires_action", to: "processing", when: "the shopper has acted" },
    ...moves<PaymentStatus>(["processing", "requires_action"], ["authorized", "succeeded", "failed"], "outcome of the current attempt"),
    ...moves<PaymentStatus>(
      ["processing", "requires_action"],
      ["canceled"],
      "cancel or expiry requested, and the gateway says that nothing was taken",
    ),
    { from: "authorized", to: "authorized", when: "partial capture" },
    { from: "authorized", to: "succeeded", when: "final capture, or the rest voided or lapsed with something captured" },
    { from: "authorized", to: "canceled", when: "nothing captured, and the gateway says void or lapsed" },
  ],
};

export function paymentIsTerminal(status: PaymentStatus): boolean {
  return paymentMachine.states[status].terminal;
}

/** Another payment of its order must wait: money of this one is taken, held, or may still be. */
export function holdsOrder(payment: {
  readonly status: PaymentStatus;
  readonly amountCaptured: number;
  readonly amountRefunded: number;
}): boolean {
  if (payment.status === "succeeded") return payment.amountRefunded < payment.amountCaptured;
  return payment.status !== "created" && !paymentIsTerminal(payment.status);
}
