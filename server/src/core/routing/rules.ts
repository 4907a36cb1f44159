/** A merchant's routing rules: which payments a rule is for, and in which order it names accounts. Data, and pure functions of it. */
import { networkOf } from "../methods/method.ts";
import type { Payment, RoutingConditions, RoutingRule, Snapshot } from "../model.ts";

/** Rules of a merchant, and values of one condition: all are read with each snapshot. */
export const ROUTING_RULES_MAX = 50;
export const ROUTING_VALUES_MAX = 50;
export const ROUTING_WEIGHT_MAX = 1_000;

/**
 * What a decision knows of an account's gateway. `down`: it has not answered lately. `trying`: the same, and this payment may try it. `full`:
 * it answers, and is sent as many calls as we may send it.
 */
export type AccountHealth = "up" | "trying" | "full" | "down";

/** What a rule may look at. */
export type Routable = Pick<Payment, "id" | "amount" | "currency" | "method" | "metadata" | "customer">;

/** What a merchant's payments may be led by: enabled accounts by priority, and rules in their order. */
export type Routes = Pick<Snapshot, "accounts" | "rules">;

/** The first rule that fits, and null if none does. */
export function ruleFor(rules: readonly RoutingRule[], payment: Routable): RoutingRule | null {
  return rules.find(({ when }) => unmet(when, payment) === null) ?? null;
}

/** The first condition that does not hold, as a sentence for people; null: all hold. */
export function unmet(when: RoutingConditions, payment: Routable): string | null {
  const { currencies, methods, networks, countries, amountFrom, amountBelow, metadata } = when;
  const { amount, currency, method, customer } = payment;
  const network = networkOf(method);
  const country = customer?.country ?? null;
  if (currencies && !currencies.includes(currency)) return `the currency is ${currency}`;
  if (methods && !(method && methods.includes(method.type))) return `the method is ${method?.type ?? "not known"}`;
  if (networks && !(network !== null && networks.includes(network))) return `the network is ${network ?? "not known"}`;
  if (countries && !(country !== null && countries.includes(country))) return `the country is ${country ?? "not known"}`;
  if (amountFrom !== undefined && amount < amountFrom) return `the amount is below ${amountFrom}`;
  if (amountBelow !== undefined && amount >= amountBelow) return `the amount is not below ${amountBelow}`;
  for (const [key, values] of Object.entries(metadata ?? {}))
    if (!values.includes(payment.metadata[key] ?? "")) return `metadata.${key} is ${payment.metadata[key] ?? "not there"}`;
  return null;
}

/** The accounts in the order of the rule, or by priority, and what that order is called. */
interface Candidates {
  /** The name of the rule, or `priority`. */
  readonly rule: string;
  readonly accounts: Snapshot["accounts"];
}

/** All that the rules leave, whether or not they can take the payment. */
export function candidatesOf({ payment, accounts, rules }: Routes & { readonly payment: Routable }): Candidates {
  const rule = ruleFor(rules, payment);
  if (rule === null) return { rule: "priority", accounts };
  const named = orderOf(rule, payment).flatMap((id) => accounts.find((account) => account.id === id) ?? []);
  const others = rule.elseOthers ? accounts.filter((account) => !named.includes(account)) : [];
  return { rule: rule.name, accounts: [...named, ...others] };
}

/** The ids that the rule names, in the order of this payment. The same payment has the same order each time, whoever asks. */
export function orderOf(rule: RoutingRule, payment: Pick<Payment, "id">): readonly string[] {
  if (rule.accounts) return rule.accounts;
  let left = [...(rule.weights ?? [])].filter(({ weight }) => weight > 0);
  const order: string[] = [];
  for (let n = 0; left.length > 0; n++) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let drawn = hashOf(`${payment.id} ${rule.name} ${n}`) % total;
    const taken = left.find(({ weight }) => (drawn -= weight) < 0)!;
    order.push(taken.account);
    left = left.filter((one) => one !== taken);
  }
  return order;
}

/** FNV-1a of 32 bits, mixed once more (the finalizer of MurmurHash3), as ids that follow each other differ in their last letters only. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
