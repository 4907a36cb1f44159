import { moves, type Machine } from "./machine.ts";

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

const definitive: AttemptStatus[] = ["authorized", "succeeded", "declined", "rejected", "not_sent"];
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
    ...moves<AttemptStatus>(["calling"], [...waiting, ...definitive], "the gateway's answer, or none"),
    ...moves<AttemptStatus>(["calling"], ["canceled"], "a webhook or question says that it was called off"),
    ...moves<AttemptStatus>(["queued"], ["not_sent", "canceled"], "called off before it was sent"),
    ...moves<AttemptStatus>(waiting, waiting, "a later answer"),
    ...moves<AttemptStatus>(waiting, ["calling"], "sent again under the same key"),
    ...moves<AttemptStatus>(waiting, [...definitive, "canceled"], "a definitive answer, whoever brings it"),
  ],
};

/** Closed without charge: a next charge attempt may follow. */
export const closedWithoutCharge: readonly AttemptStatus[] = ["declined", "rejected", "not_sent", "canceled"];

export function attemptIsOpen(status: AttemptStatus): boolean {
  return !attemptMachine.states[status].terminal;
}
