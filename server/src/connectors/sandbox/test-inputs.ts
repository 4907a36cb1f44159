/** What a checkout in test mode offers to be typed, so that each outcome is a click away. */
import type { TestInputs } from "../../core/ports/test-inputs.ts";
import { testCards } from "./cards.ts";

/** What most people try first stands first. */
const FIRST = ["success", "challenge", "card-declined"];
/** Scenarios of the far side that are about UPI; any other VPA behaves like a bank. */
const VPAS = ["success", "failure", "pending", "timeout", "insufficient-funds", "technical-decline"];

const ofCards = testCards
  .filter(({ scenario }) => scenario !== "plain" && !scenario.startsWith("refund-"))
  .map(({ number, scenario }) => ({ number, outcome: scenario, label: labelOf(scenario) }));

export const sandboxTestInputs: TestInputs = {
  connector: "sandbox",
  cards: [
    ...FIRST.flatMap((name) => ofCards.filter(({ outcome }) => outcome === name)),
    ...ofCards.filter(({ outcome }) => !FIRST.includes(outcome)),
  ],
  vpas: VPAS.map((name) => ({ vpa: `${name}@sandbox`, outcome: name, label: labelOf(name) })),
};

function labelOf(name: string): string {
  const words = name.replaceAll("-", " ").replace("cvc", "CVC");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
