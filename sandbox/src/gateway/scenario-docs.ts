/** The table of magic inputs for the documentation, made from the code that acts on them. */
import { type Connection, type Effect, effects } from "../faults.ts";
import { type ScenarioName, scenarioTable } from "../scenarios.ts";

/** A published test card; the numbers live with the connector, which is the only one to see them. */
export interface DocumentedCard {
  readonly number: string;
  readonly network: string;
  readonly scenario: string;
}

/** Markdown with three tables: plain inputs, and each named scenario with its card, VPA and token. */
export function scenarioMarkdown(cards: readonly DocumentedCard[]): string {
  const plain = cards.filter((card) => card.scenario === "plain").map((card) => `| \`${spaced(card.number)}\` | ${card.network} |`);
  const names = Object.keys(scenarioTable) as ScenarioName[];
  return [
    "## Inputs that behave like a bank",
    "",
    "By delay and success rate of the sandbox; any VPA that names no scenario behaves so too. Any expiry date in the future and any CVV of the right length will do.",
    "",
    "| card | network |",
    "|---|---|",
    ...plain,
    "",
    "## Named scenarios",
    "",
    "The part of a VPA before the @ names the scenario, whatever follows it. Other card numbers than those published here are refused.",
    "",
    "| scenario | card | VPA | what the gateway does | what you see |",
    "|---|---|---|---|---|",
    ...names.map((name) => row(name, cards)),
    "",
    "## Faults",
    "",
    "What `SANDBOX_FLAKY` may name. Each is what the scenario of the same name does to the first request of one payment.",
    "",
    "| fault | is the request carried out? | what the caller gets |",
    "|---|---|---|",
    ...Object.entries<Effect>(effects).flatMap(([name, effect]) => (name === "none" ? [] : faultRow(name, effect))),
    "",
  ].join("\n");
}

function row(name: ScenarioName, cards: readonly DocumentedCard[]): string {
  const { gateway, merchant } = scenarioTable[name];
  const numbers = cards
    .filter((card) => card.scenario === name)
    .map((card) => `\`${spaced(card.number)}\``)
    .join(", ");
  return `| ${name} | ${numbers} | \`${name}@sandbox\` | ${gateway} | ${merchant} |`;
}

const heard: Readonly<Record<Connection, string>> = {
  open: "the answer",
  silent: "nothing, until its own time limit",
  reset: "a broken connection",
  cut: "half of the answer",
};

function faultRow(name: string, { processes, connection, answer }: Effect): string {
  const kept = answer?.stored === true ? ", at each repeat too" : "";
  const later = answer?.retryAfterS === undefined ? "" : `, Retry-After: ${answer.retryAfterS}`;
  return `| ${name} | ${processes ? "yes" : "no"} | ${answer === null ? heard[connection] : `${answer.status}${kept}${later}`} |`;
}

function spaced(number: string): string {
  return number.replace(/(\d{4})(?=\d)/g, "$1 ");
}
