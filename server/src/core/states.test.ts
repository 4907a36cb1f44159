import { describe, expect, it } from "vitest";
import {
  attemptIsOpen,
  attemptMachine,
  closedWithoutCharge,
  assertMove,
  mayMove,
  moves,
  caseMachine,
  deliveryMachine,
  paymentIsTerminal,
  paymentMachine,
  refundMachine,
  type AttemptStatus,
  type Machine,
  type PaymentStatus,
} from "./states.ts";

/** Every allowed pair, written out by hand: a change of a table must be made twice, once here with open eyes. */
const tables: readonly { readonly machine: Machine<string>; readonly allowed: Readonly<Record<string, string>> }[] = [
  {
    machine: paymentMachine,
    allowed: {
      created: "pending canceled",
      pending: "canceled processing failed",
      processing: "requires_action authorized succeeded failed canceled",
      requires_action: "processing authorized succeeded failed canceled",
      authorized: "authorized succeeded canceled",
      succeeded: "",
      failed: "",
      canceled: "",
    },
  },
  {
    machine: attemptMachine,
    allowed: {
      queued: "calling not_sent canceled",
      calling: "requires_action pending unknown authorized succeeded declined rejected not_sent canceled",
      requires_action: "pending unknown calling authorized succeeded declined rejected not_sent canceled",
      pending: "requires_action unknown calling authorized succeeded declined rejected not_sent canceled",
      unknown: "requires_action pending calling authorized succeeded declined rejected not_sent canceled",
      authorized: "",
      succeeded: "",
      declined: "",
      rejected: "",
      not_sent: "",
      canceled: "",
    },
  },
  { machine: refundMachine, allowed: { pending: "processing", processing: "succeeded failed", succeeded: "failed", failed: "" } },
  {
    machine: deliveryMachine,
    allowed: {
      pending: "succeeded pending failed canceled",
      succeeded: "pending",
      failed: "pending canceled",
      canceled: "pending",
    },
  },
  { machine: caseMachine, allowed: { open: "resolved", resolved: "" } },
];

describe.each(tables.map(({ machine, allowed }) => ({ name: machine.name, machine, allowed })))(
  "the table of $name",
  ({ machine, allowed }) => {
    const names = Object.keys(machine.states);

    it("knows these states and no others", () => {
      expect(names.sort()).toEqual(Object.keys(allowed).sort());
    });

    it("allows what is written here and refuses every other pair", () => {
      for (const from of names) {
        const may = names.filter((to) => mayMove(machine, from, to)).sort();
        expect({ from, may }).toEqual({ from, may: allowed[from]!.split(" ").filter(Boolean).sort() });
      }
    });

    it("throws where a decision would make a move that is not in it", () => {
      for (const from of names) {
        for (const to of names) {
          const attempt = () => assertMove(machine, from, to);
          if (mayMove(machine, from, to)) expect(attempt).not.toThrow();
          else expect(attempt).toThrow(`illegal move of ${machine.name}: ${from} → ${to}`);
        }
      }
    });

    it("lets nothing leave a terminal state, and leaves every other state a way out", () => {
      for (const from of names) expect(machine.moves.some((move) => move.from === from)).toBe(!machine.states[from]!.terminal);
    });

    it("says of every state who enters it or owns it, and of every move when it is made", () => {
      for (const note of Object.values(machine.states)) expect(note.note).toMatch(/^[A-Z].+\.$/);
      for (const move of machine.moves) expect(move.when).not.toBe("");
    });

    it("names no move twice", () => {
      const pairs = machine.moves.map((move) => `${move.from} → ${move.to}`);
      expect(pairs.filter((pair, index) => pairs.indexOf(pair) !== index)).toEqual([]);
    });
  },
);

describe("payments", () => {
  it.each<[PaymentStatus, boolean]>([
    ["created", false],
    ["pending", false],
    ["processing", false],
    ["requires_action", false],
    ["authorized", false],
    ["succeeded", true],
    ["failed", true],
    ["canceled", true],
  ])("%s is terminal: %s", (status, terminal) => {
    expect(paymentIsTerminal(status)).toBe(terminal);
  });

  it("reach a terminal state from every state", () => {
    for (const start of Object.keys(paymentMachine.states) as PaymentStatus[]) {
      const reached = new Set<PaymentStatus>([start]);
      for (const from of reached) for (const move of paymentMachine.moves) if (move.from === from) reached.add(move.to);
      expect([...reached].some(paymentIsTerminal)).toBe(true);
    }
  });
});

describe("attempts", () => {
  const open: AttemptStatus[] = ["queued", "calling", "requires_action", "pending", "unknown"];
  const all = Object.keys(attemptMachine.states) as AttemptStatus[];

  it("are open until a definitive word", () => {
    expect(all.filter(attemptIsOpen).sort()).toEqual([...open].sort());
  });

  it("that closed without charge are closed, and none of them holds or took money", () => {
    expect([...closedWithoutCharge].sort()).toEqual(["canceled", "declined", "not_sent", "rejected"]);
    expect(closedWithoutCharge.some(attemptIsOpen)).toBe(false);
  });

  it("that are unknown never count as closed without charge", () => {
    expect(closedWithoutCharge).not.toContain("unknown");
  });
});

describe("moves()", () => {
  it("gives every pair but those of a state with itself", () => {
    const pairs = moves(["a", "b"], ["a", "b", "c"], "so").map((move) => move.from + move.to);
    expect(pairs).toEqual(["ab", "ac", "ba", "bc"]);
  });
});
