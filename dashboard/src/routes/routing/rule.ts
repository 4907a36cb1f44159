/** A rule in words, and as the fields of its form. */
import type { RoutingRules } from "@tillway/sdk";
import { showMoney } from "../../kit/money.tsx";

export type Rule = RoutingRules["rules"][number];

/** What it takes, as one sentence. */
export function conditionOf({ when }: Rule): string {
  // A bound of the amount goes with one currency: the API refuses others.
  const currency = when.currencies?.[0];
  const amountOf = (amount: number) => (currency === undefined ? amount.toLocaleString() : showMoney(amount, currency));
  const parts = [
    oneOf("currency", when.currencies),
    oneOf("method", when.methods?.map(sayMethod)),
    oneOf("network", when.networks),
    oneOf("country", when.countries),
    when.amount_from === undefined ? null : `amount from ${amountOf(when.amount_from)}`,
    when.amount_below === undefined ? null : `amount below ${amountOf(when.amount_below)}`,
    ...Object.entries(when.metadata ?? {}).map(([name, values]) => oneOf(`metadata ${name}`, values)),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "Every payment" : `If ${parts.join(" and ")}`;
}

export function sayMethod(method: string): string {
  return method === "upi" ? "UPI" : method;
}

function oneOf(name: string, values: readonly string[] | undefined): string | null {
  return values === undefined || values.length === 0 ? null : `${name} is ${values.join(" or ")}`;
}

/** Where its payments go. @param nameOf an account's name by its id */
export function targetOf({ accounts, weights, else_others: others }: Rule, nameOf: (id: string) => string): string {
  const to =
    weights === undefined
      ? (accounts ?? []).map(nameOf).join(", then ")
      : weights.map(({ account, weight }) => `${nameOf(account)} (${weight} parts)`).join(", ");
  return `${to === "" ? "No account" : to}${others ? ", then all others" : ""}`;
}

export function listIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** With the rule of this place one place up or down. */
export function moved<T>(rules: readonly T[], at: number, by: -1 | 1): T[] {
  const next = [...rules];
  const [rule] = next.splice(at, 1);
  if (rule !== undefined) next.splice(at + by, 0, rule);
  return next;
}
