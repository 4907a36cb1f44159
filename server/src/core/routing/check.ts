/** What can be seen of routing rules without a payment: accounts that are not there, conditions that never hold, rules that are never reached. */
import { currencies as known } from "../money.ts";
import { kindsOf, tokenMethods } from "../methods/method.ts";
import type { ConnectorAccount, RoutingConditions, RoutingRule } from "../model.ts";
import type { Capabilities } from "../ports/connector.ts";

/** `param`: where, e.g. `rules[2].when.currencies`. An error is refused; a warning is shown, and may be meant. */
export interface RuleProblem {
  readonly severity: "error" | "warning";
  readonly param: string;
  readonly message: string;
}

export interface RuleWorld {
  /** All accounts of the merchant, enabled or not. */
  readonly accounts: readonly Pick<ConnectorAccount, "id" | "connector" | "status">[];
  readonly capabilities: (connector: string) => Capabilities | undefined;
}

/** All problems, in the order of the rules; empty if there is none. */
export function checkRules(rules: readonly RoutingRule[], world: RuleWorld): readonly RuleProblem[] {
  return rules.flatMap((rule, at) => {
    const param = `rules[${at}]`;
    return [
      ...sameName(rules, at),
      ...accountProblems(rule, param, world),
      ...conditionProblems(rule.when, `${param}.when`),
      ...reachProblems(rules, at),
    ];
  });
}

function error(param: string, message: string): RuleProblem {
  return { severity: "error", param, message };
}

function warning(param: string, message: string): RuleProblem {
  return { severity: "warning", param, message };
}

function sameName(rules: readonly RoutingRule[], at: number): readonly RuleProblem[] {
  const first = rules.findIndex(({ name }) => name === rules[at]!.name);
  return first === at ? [] : [error(`rules[${at}].name`, `rules[${first}] has this name already. Each rule needs one of its own.`)];
}

function accountProblems(rule: RoutingRule, param: string, { accounts, capabilities }: RuleWorld): readonly RuleProblem[] {
  if ((rule.accounts === undefined) === (rule.weights === undefined))
    return [error(param, "A rule has either accounts, in their order, or weights.")];
  const [field, ids] = rule.accounts ? ["accounts", rule.accounts] : ["weights", rule.weights!.map(({ account }) => account)];
  const at = (n: number): string => (field === "accounts" ? `${param}.accounts[${n}]` : `${param}.weights[${n}].account`);
  if (ids.length === 0) return [error(`${param}.${field}`, "The rule names no account, so nothing it fits could be charged.")];
  return ids.flatMap((id, n) => {
    const account = accounts.find((each) => each.id === id);
    if (account === undefined) return [error(at(n), `There is no connector account ${id}.`)];
    if (ids.indexOf(id) !== n) return [error(at(n), `The rule names ${id} twice.`)];
    if (account.status !== "enabled") return [warning(at(n), `${id} is ${account.status}, so it is passed over.`)];
    const why = cannot(rule.when, capabilities(account.connector));
    return why === null ? [] : [warning(at(n), `${id} (${account.connector}) takes nothing that this rule fits: ${why}.`)];
  });
}

/** Why a connector takes none of what the conditions let through; null: it takes some of it. */
function cannot({ currencies, methods }: RoutingConditions, capabilities: Capabilities | undefined): string | null {
  if (!capabilities) return "its connector is not there";
  const takes = capabilities.currencies;
  const takesSome = (type: string): boolean => kindsOf(type).some((kind) => capabilities.methods.includes(kind));
  if (methods && !methods.some(takesSome)) return `no ${methods.join(" or ")}`;
  if (currencies && takes !== "all" && !currencies.some((currency) => takes.includes(currency))) return `no ${currencies.join(" or ")}`;
  return null;
}

function conditionProblems(when: RoutingConditions, param: string): readonly RuleProblem[] {
  const { currencies, methods, networks, amountFrom, amountBelow, metadata } = when;
  const lists = { currencies, methods, networks, countries: when.countries };
  const empty = [...Object.entries(lists), ...Object.entries(metadata ?? {}).map(([key, values]) => [`metadata.${key}`, values] as const)]
    .filter(([, values]) => values?.length === 0)
    .map(([field]) => error(`${param}.${field}`, "An empty list never holds. Leave the condition out."));
  const unknown = (currencies ?? []).flatMap((code, n) =>
    known.has(code) ? [] : [error(`${param}.currencies[${n}]`, `${code} is no currency of ISO 4217, so this never holds.`)],
  );
  const strange = (when.countries ?? []).flatMap((code, n) =>
    /^[A-Z]{2}$/.test(code) ? [] : [error(`${param}.countries[${n}]`, "A country is two capital letters of ISO 3166-1, e.g. IN.")],
  );
  const problems = [...empty, ...unknown, ...strange];
  if (networks && methods && !methods.some((method) => tokenMethods.includes(method)))
    problems.push(
      error(`${param}.networks`, `Only cards have a network, and the rule asks for ${methods.join(" or ")}: this never holds.`),
    );
  if ((amountFrom !== undefined || amountBelow !== undefined) && currencies?.length !== 1)
    problems.push(error(`${param}.currencies`, "An amount says something in one currency only. Name exactly one beside it."));
  if (amountFrom !== undefined && amountBelow !== undefined && amountFrom >= amountBelow)
    problems.push(error(`${param}.amount_below`, `No amount is from ${amountFrom} and below ${amountBelow}: this never holds.`));
  return problems;
}

/** A rule that an earlier one stands before, whatever the payment. */
function reachProblems(rules: readonly RoutingRule[], at: number): readonly RuleProblem[] {
  const before = rules.findIndex(({ when }, n) => n < at && covers(when, rules[at]!.when));
  if (before === -1) return [];
  return [
    error(`rules[${at}]`, `It is never reached: rules[${before}] (${rules[before]!.name}) fits all that it fits. Put it before that one.`),
  ];
}

/** Whether each payment that fits `narrow` fits `wide`. */
export function covers(wide: RoutingConditions, narrow: RoutingConditions): boolean {
  const within = (outer: readonly string[] | undefined, inner: readonly string[] | undefined): boolean =>
    outer === undefined || (inner !== undefined && inner.every((value) => outer.includes(value)));
  const lists = ["currencies", "methods", "networks", "countries"] as const;
  return (
    (lists.every((field) => within(wide[field], narrow[field])) || isOnlyCards(wide, narrow)) &&
    (wide.amountFrom === undefined || (narrow.amountFrom ?? 0) >= wide.amountFrom) &&
    (wide.amountBelow === undefined || (narrow.amountBelow ?? Infinity) <= wide.amountBelow) &&
    Object.entries(wide.metadata ?? {}).every(([key, values]) => within(values, narrow.metadata?.[key]))
  );
}

/** A network is a card's: `networks` alone lies within `methods: [card]`. */
function isOnlyCards(wide: RoutingConditions, narrow: RoutingConditions): boolean {
  return narrow.methods === undefined && narrow.networks !== undefined && covers(wide, { ...narrow, methods: tokenMethods });
}
