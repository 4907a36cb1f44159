/** From the token, VPA or other method of a charge to the scenario that it picks. Card numbers never come here. */
import { kindOfSource, type MethodKind } from "../ledger.ts";
import { isScenarioName, type ScenarioName, scenarioTable } from "../scenarios.ts";

/** `plain`: behaves like a bank, by delay and success rate. */
export interface Input {
  /** The token as one shared string, for a card: a ledger of a million charges holds it once. */
  readonly token: string | null;
  readonly kind: MethodKind;
  readonly scenario: ScenarioName | "plain";
}

const plainTokens = ["tok_plain_visa", "tok_plain_mastercard", "tok_plain_amex", "tok_plain_rupay"];
const tokens: ReadonlyMap<string, Input> = new Map<string, Input>([
  ...plainTokens.map((token): [string, Input] => [token, { token, kind: "card", scenario: "plain" }]),
  ...Object.keys(scenarioTable)
    .filter(isScenarioName)
    .map((scenario): [string, Input] => [tokenOf(scenario), { token: tokenOf(scenario), kind: "card", scenario }]),
]);
const byScenario = (kind: MethodKind): [string, Input][] =>
  Object.keys(scenarioTable)
    .filter(isScenarioName)
    .map((scenario) => [scenario, { token: null, kind, scenario }]);
const vpas: ReadonlyMap<string, Input> = new Map(byScenario("upi"));
const others: ReadonlyMap<string, Input> = new Map([["", { token: null, kind: "other", scenario: "plain" }], ...byScenario("other")]);
const plainVpa: Input = { token: null, kind: "upi", scenario: "plain" };
/** A bank, or a name below NPCI's own domain, such as `HDFC0000001.ifsc.npci`. */
const VPA = /^[A-Za-z0-9._-]{1,256}@[A-Za-z0-9]{1,64}((\.[A-Za-z0-9]{1,32})?\.npci)?$/i;

/** Null: a source that nobody was given. */
export function inputOf(source: string): Input | null {
  const kind = kindOfSource(source);
  if (kind === "other") return others.get(source.slice(source.indexOf(":") + 1)) ?? null;
  return kind === "upi" ? inputOfVpa(source) : inputOfToken(source);
}

/** The token of a named scenario: `timeout-after` → `tok_timeout_after`. */
export function tokenOf(scenario: ScenarioName): string {
  return `tok_${scenario.replaceAll("-", "_")}`;
}

/** Null: a token that was never issued. */
export function inputOfToken(token: string): Input | null {
  return tokens.get(token) ?? null;
}

/** The part before the @ names the scenario, whatever the bank: `timeout-after@sandbox`. Null: not a VPA. */
export function inputOfVpa(vpa: string): Input | null {
  if (!VPA.test(vpa)) return null;
  return vpas.get(vpa.slice(0, vpa.indexOf("@")).toLowerCase()) ?? plainVpa;
}
