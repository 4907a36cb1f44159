/** A merchant's routing rules: read, replaced as a whole, and tried out. */
import { TillwayError } from "../../core/errors.ts";
import { untouched, type Payment, type RoutingRule, type Scope } from "../../core/model.ts";
import type { RoutingTable } from "../../core/ports/settings.ts";
import { checkRules, type RuleProblem } from "../../core/routing/check.ts";
import { explainRoute, type Explanation } from "../../core/routing/explain.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { healthShown } from "../health.ts";

const NONE: RoutingTable = { rules: [], version: 0, updatedAt: 0 };

export interface CheckedRules {
  readonly table: RoutingTable;
  /** What may be meant, and may be not. */
  readonly warnings: readonly RuleProblem[];
}

/** The rules as they stand; version 0 if there never were any. */
export async function routingRules(deps: Deps, scope: Scope): Promise<CheckedRules> {
  const table = (await deps.settings.routing(scope)) ?? NONE;
  return { table, warnings: await problemsOf(deps, scope, table.rules) };
}

/**
 * Puts these rules in the place of all that are there; decisions from then on follow them. Throws `TillwayError` invalid_field (the first
 * error that the checks find), invalid_state if `expected` is not the version that stands there.
 */
export async function replaceRoutingRules(
  deps: Deps,
  scope: Scope,
  rules: readonly RoutingRule[],
  expected: number | null,
): Promise<CheckedRules> {
  const problems = await problemsOf(deps, scope, rules);
  const wrong = problems.find(({ severity }) => severity === "error");
  if (wrong) throw new TillwayError("invalid_field", { param: wrong.param, message: wrong.message });
  const table = await deps.settings.putRouting(scope, rules, { now: deps.clock.now(), expected });
  if (table === null)
    throw new TillwayError("invalid_state", {
      param: "version",
      message: `Somebody has changed the rules since version ${expected}. Read them again, and send your change with the version that you read.`,
    });
  deps.log.info({ merchant_id: scope.merchantId, mode: scope.mode, version: table.version }, "the routing rules were changed");
  return { table, warnings: problems };
}

async function problemsOf(deps: Deps, scope: Scope, rules: readonly RoutingRule[]): Promise<readonly RuleProblem[]> {
  const accounts = await deps.settings.accounts(scope);
  return checkRules(rules, { accounts, capabilities: (connector) => deps.connectors.get(connector)?.capabilities });
}

/** As much of a payment as routing looks at. */
export type Supposed = Pick<Payment, "amount" | "currency" | "method" | "metadata" | "customer">;

/** What routing would do with such a payment now. Nothing is written. */
export async function explainRouting(deps: Deps, scope: Scope, supposed: Supposed): Promise<Explanation> {
  const context = { ...contextOf(deps), healthOf: (accountId: string) => healthShown(deps, accountId) };
  const [table, accounts] = await Promise.all([deps.settings.routing(scope), deps.settings.accounts(scope)]);
  const payment = { ...untouched, ...scope, ...supposed, id: context.id("pay") } as Payment;
  const enabled = accounts.filter(({ status }) => status === "enabled");
  const rules = (table ?? NONE).rules;
  return explainRoute({ payment, attempts: [], refunds: [], endpoints: [], accounts: enabled, rules, cases: [] }, context);
}
