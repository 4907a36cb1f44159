import type { Machine } from "./machine.ts";

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
