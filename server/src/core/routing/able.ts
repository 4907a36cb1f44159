/** What a gateway can take of a payment, by its capabilities: asked before there is an attempt, and when an account is chosen for one. */
import type { Context, Refusal } from "../change.ts";
import type { ErrorCode } from "../errors.ts";
import { accountOfToken, keptOf, kindOf, nameOfKind, tokenOwner } from "../methods/method.ts";
import type { Operation, Payment, Snapshot } from "../model.ts";
import { toWire } from "../money.ts";
import { candidatesOf, type Routable, type Routes } from "./rules.ts";

/** The more of a payment a gateway takes, the more its obstacle says. Where `why` is about an amount it holds the cure. */
const cures = {
  unsupported_method: " Send another method, or enable an account at a gateway that takes it.",
  unsupported_currency: " Send another currency, or enable an account at a gateway that takes it.",
  unsupported_amount: "",
} as const satisfies Partial<Record<ErrorCode, string>>;

type ObstacleCode = keyof typeof cures;

interface Obstacle {
  readonly code: ObstacleCode;
  /** For people, after the connector's name. */
  readonly why: string;
}

/**
 * What keeps an account from charging this payment; null: nothing. A token is worth something to the connector that made it only, and if it
 * names an account, there only.
 */
export function obstacleAt(
  { id, connector }: Pick<Snapshot["accounts"][number], "id" | "connector">,
  { method, amount, currency }: Pick<Payment, "method" | "amount" | "currency">,
  context: Pick<Context, "capabilities">,
): Obstacle | null {
  const can = context.capabilities(connector);
  const byMethod = (why: string) => ({ code: "unsupported_method", why }) as const;
  if (!can?.operations.includes("charge")) return byMethod("its connector can't charge here");
  if (method === null) return byMethod("the payment has no method");
  const kind = kindOf(method);
  if (!can.methods.includes(kind)) return byMethod(`it takes no ${nameOfKind(kind)}`);
  const owner = tokenOwner(method);
  if (owner !== null && owner !== connector) return byMethod(`the ${method.type} is a token of ${owner}`);
  const account = accountOfToken(method);
  if (account !== null && account !== id) return byMethod(`the ${method.type} is a token of its account ${account}`);
  for (const [name, values] of Object.entries<Readonly<Record<string, string>> | undefined>(can.choices?.[method.type] ?? {})) {
    const value = keptOf(method)[name] ?? null;
    if (values !== undefined && value !== null && !Object.hasOwn(values, value)) return byMethod(`it knows no ${name} ${value}`);
  }
  const wire = toWire(amount, currency, can.amounts);
  if ((can.currencies !== "all" && !can.currencies.includes(currency)) || (!wire.ok && wire.field === "currency"))
    return { code: "unsupported_currency", why: `it takes no ${currency}` };
  return wire.ok ? null : { code: "unsupported_amount", why: wire.message };
}

/**
 * Why none of the accounts that the merchant's rules leave can charge the payment, by the field that stands in the way; null if one can. If
 * no account is left at all, it is no field that stands in the way: one may be enabled before the charge's turn comes.
 */
export function whyNoneTakes(routes: Routes & { readonly payment: Routable }, context: Pick<Context, "capabilities">): Refusal | null {
  const found: Found[] = [];
  const { rule, accounts } = candidatesOf(routes);
  for (const account of accounts) {
    // Another process may have the connector that this one lacks.
    const obstacle = context.capabilities(account.connector) && obstacleAt(account, routes.payment, context);
    if (!obstacle) return null;
    found.push({ ...obstacle, connector: account.connector });
  }
  const refusal = refusalBy(found);
  // Another enabled account may take it, and is not asked: without this word people would look for the fault at the gateway.
  const isRuled = accounts.length < routes.accounts.length;
  return refusal && isRuled ? { ...refusal, message: `${refusal.message} Your routing rule "${rule}" names no other account.` } : refusal;
}

interface Found extends Obstacle {
  readonly connector: string;
}

/** By the field that stands in the way furthest on; null: nothing was found. Accounts of one connector mostly have the same obstacle. */
export function refusalBy(found: readonly Found[]): Refusal | null {
  const code = (Object.keys(cures) as ObstacleCode[]).findLast((each) => found.some((one) => one.code === each));
  if (code === undefined) return null;
  const said = found.filter((one) => one.code === code).map(({ connector, why }) => `${connector}: ${sentence(why)}`);
  return { code, param: code.replace("unsupported_", ""), message: `${[...new Set(said)].join(" ")}${cures[code]}` };
}

/** Why the gateway that holds the money can't be asked for this part of it; null if it can. */
export function whyNotInPart(
  { connector, operation }: { readonly connector: string; readonly operation: Operation },
  { amount, currency }: Pick<Payment, "amount" | "currency">,
  context: Pick<Context, "capabilities">,
): Refusal | null {
  const wire = toWire(amount, currency, context.capabilities(connector)?.amounts ?? {}, operation);
  return wire.ok ? null : { code: "unsupported_amount", param: "amount", message: `${connector}: ${wire.message}` };
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
