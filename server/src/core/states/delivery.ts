import type { Machine } from "./machine.ts";

export type DeliveryStatus = "pending" | "succeeded" | "failed" | "canceled";

export const deliveryMachine: Machine<DeliveryStatus> = {
  name: "delivery",
  states: {
    pending: {
      note: "Owed; its job says when it is tried next, and holds the lease of a try. It waits while its endpoint is switched off.",
      terminal: false,
    },
    succeeded: { note: "The receiver answered 2xx. A person may send it again.", terminal: false },
    failed: { note: "The schedule is exhausted. A person may try again.", terminal: false },
    canceled: { note: "The merchant has no endpoint any more. A person may try again.", terminal: false },
  },
  moves: [
    { from: "pending", to: "succeeded", when: "2xx" },
    { from: "pending", to: "pending", when: "no 2xx, and the schedule has another try, or the endpoint is switched off" },
    { from: "pending", to: "failed", when: "no 2xx, and the schedule is exhausted" },
    { from: "pending", to: "canceled", when: "the merchant has no endpoint any more" },
    { from: "failed", to: "pending", when: "retried by hand" },
    { from: "canceled", to: "pending", when: "retried by hand" },
    { from: "succeeded", to: "pending", when: "sent again by hand" },
  ],
};
