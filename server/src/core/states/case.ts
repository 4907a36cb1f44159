import type { Machine } from "./machine.ts";

export type CaseStatus = "open" | "resolved";

export const caseMachine: Machine<CaseStatus> = {
  name: "case",
  states: {
    open: { note: "A person should look at it; rules go on working meanwhile.", terminal: false },
    resolved: { note: "The answer arrived, or a person closed it. What contradicts it later opens a case of its own.", terminal: true },
  },
  moves: [{ from: "open", to: "resolved", when: "the answer arrived, or a person says so" }],
};
