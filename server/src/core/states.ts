/**
 * The state tables. A move that is not in its table is refused by `assertMove`. The charts in the documents are generated from them, and
 * the database's CHECK constraints name the same states.
 */

export interface Machine<State extends string> {
  readonly name: string;
  readonly states: Readonly<Record<State, StateNote>>;
  readonly moves: readonly Move<State>[];
}

export interface StateNote {
  /** What it means, and what owns it while it lasts. */
  readonly note: string;
  /** Nothing leaves it. */
  readonly terminal: boolean;
}

export interface Move<State extends string> {
  readonly from: State;
  readonly to: State;
  readonly when: string;
}

export function mayMove<State extends string>(machine: Machine<State>, from: State, to: State): boolean {
  return machine.moves.some((move) => move.from === from && move.to === to);
}

/** Throws if a decision would make an illegal move: that is a bug of ours, never an input's fault. */
export function assertMove<State extends string>(machine: Machine<State>, from: State, to: State): void {
  if (!mayMove(machine, from, to)) throw new Error(`illegal move of ${machine.name}: ${from} → ${to}`);
}

/** Every pair of the cross product, as one rule in words. */
export function moves<State extends string>(from: readonly State[], to: readonly State[], when: string): Move<State>[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b) => ({ from: a, to: b, when })));
}

export type AttemptStatus =
  | "queued"
  | "calling"
  | "requires_action"
  | "pending"
  | "authorized"
  | "succeeded"
  | "declined"
  | "rejected"
  | "not_sent"
  | "canceled"
  | "unknown";

/** What an answer closes an attempt as. */
const closing: AttemptStatus[] = ["authorized", "succeeded", "declined", "rejected", "not_sent"];
const waiting: AttemptStatus[] = ["requires_action", "pending", "unknown"];

export const attemptMachine: Machine<AttemptStatus> = {
  name: "attempt",
  states: {
    queued: { note: "Committed, not called yet: a capture, void or refund that a worker will send.", terminal: false },
    calling: { note: "A process is at the gateway with it, under a lease, or waits to send again after throttling.", terminal: false },
    requires_action: { note: "The gateway waits for the shopper.", terminal: false },
    pending: { note: "The gateway works on it and said so.", terminal: false },
    unknown: {
      note: "No answer that counts. Questions go on, a case opens at 30 minutes, nothing else is tried meanwhile.",
      terminal: false,
    },
    authorized: { note: "The gateway holds the money for us.", terminal: true },
    succeeded: { note: "The gateway did it.", terminal: true },
    declined: { note: "The bank or gateway said no. Closed without charge.", terminal: true },
    rejected: { note: "Our request or configuration was refused. Closed without charge.", terminal: true },
    not_sent: { note: "Proven that it never arrived. Closed without charge.", terminal: true },
    canceled: { note: "The gateway confirmed that nothing was and will be taken. Closed without charge.", terminal: true },
  },
  moves: [
    { from: "queued", to: "calling", when: "a worker commits the call it is about to make" },
    ...moves<AttemptStatus>(["calling"], [...waiting, ...closing], "the gateway's answer, or none"),
    ...moves<AttemptStatus>(["calling"], ["canceled"], "a webhook or question says that it was called off"),
    ...moves<AttemptStatus>(["queued"], ["not_sent", "canceled"], "called off before it was sent"),
    ...moves<AttemptStatus>(waiting, waiting, "a later answer"),
    ...moves<AttemptStatus>(waiting, ["calling"], "sent again under the same key"),
    ...moves<AttemptStatus>(waiting, [...closing, "canceled"], "a definitive answer, whoever brings it"),
  ],
};

/** Closed without charge: a next charge attempt may follow. */
export const closedWithoutCharge: readonly AttemptStatus[] = ["declined", "rejected", "not_sent", "canceled"];

export function attemptIsOpen(status: AttemptStatus): boolean {
  return !attemptMachine.states[status].terminal;
}

export type CaseStatus = "open" | "resolved";

export const caseMachine: Machine<CaseStatus> = {
  name: "case",
  states: {
    open: { note: "A person should look at it; rules go on working meanwhile.", terminal: false },
    resolved: {
      note: "The answer arrived, or a person closed it. What contradicts it later opens another, unless a person has resolved one of the same kind about the same subject.",
      terminal: true,
    },
  },
  moves: [{ from: "open", to: "resolved", when: "the answer arrived, or a person says so" }],
};

export type DeliveryStatus = "pending" | "succeeded" | "failed" | "canceled";

export const deliveryMachine: Machine<DeliveryStatus> = {
  name: "delivery",
  states: {
    pending: {
      note: "Owed; its job says when it is tried next, and holds the lease of a try. It waits while its endpoint is paused or switched off, and is held while the endpoint is down.",
      terminal: false,
    },
    succeeded: { note: "The receiver answered 2xx. A person may send it again.", terminal: false },
    failed: { note: "The schedule is exhausted. A person may try again.", terminal: false },
    canceled: {
      note: "Its endpoint was deleted, e-mail was turned off, or a person discarded it. A person may try again.",
      terminal: false,
    },
  },
  moves: [
    { from: "pending", to: "succeeded", when: "2xx" },
    { from: "pending", to: "pending", when: "no 2xx, and the schedule has another try, or the endpoint is off or down" },
    { from: "pending", to: "failed", when: "no 2xx, and the schedule is exhausted" },
    { from: "pending", to: "canceled", when: "its endpoint was deleted, e-mail was turned off, or a person discards its failing job" },
    { from: "failed", to: "pending", when: "retried by hand" },
    { from: "failed", to: "canceled", when: "discarded by hand" },
    { from: "canceled", to: "pending", when: "retried by hand" },
    { from: "succeeded", to: "pending", when: "sent again by hand" },
  ],
};

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

export type OrderStatus = "created" | "attempted" | "paid";

export const orderMachine: Machine<OrderStatus> = {
  name: "order",
  states: {
    created: { note: "Nothing was tried yet.", terminal: false },
    attempted: { note: "A payment of it was sent to a gateway. The next one may follow once that can no longer succeed.", terminal: false },
    paid: {
      note: "A payment of it succeeded. What is given back later does not change this; all of it given back, it may be paid again.",
      terminal: true,
    },
  },
  moves: [
    { from: "created", to: "attempted", when: "the first attempt of a payment" },
    { from: "created", to: "paid", when: "a payment succeeded" },
    { from: "attempted", to: "paid", when: "a payment succeeded" },
  ],
};

export type RefundStatus = "pending" | "processing" | "succeeded" | "failed";

export const refundMachine: Machine<RefundStatus> = {
  name: "refund",
  states: {
    pending: { note: "Its amount is reserved; its job will send it.", terminal: false },
    processing: { note: "An attempt is under way or its outcome unknown.", terminal: false },
    succeeded: { note: "The gateway gave the money back. Left only on the gateway's own word that it failed after all.", terminal: false },
    failed: { note: "The gateway refused; the amount is free again.", terminal: true },
  },
  moves: [
    { from: "pending", to: "processing", when: "its attempt is sent" },
    { from: "processing", to: "succeeded", when: "the gateway says so" },
    { from: "processing", to: "failed", when: "declined, rejected or proven not sent" },
    { from: "succeeded", to: "failed", when: "the gateway contradicts itself; opens a case" },
  ],
};
