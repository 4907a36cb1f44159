/** What routing would do with a payment, step by step, for people. */
import type { Context } from "../change.ts";
import type { Snapshot } from "../model.ts";
import { obstacleAt } from "./able.ts";
import { chooseRoute } from "./choose.ts";
import { candidatesOf, ruleFor, unmet, type AccountHealth } from "./rules.ts";

export interface Explanation {
  /** Each rule up to the one that fits, and why it does not. */
  readonly rules: readonly { readonly name: string; readonly fits: boolean; readonly because: string | null }[];
  /** The name of the rule that is followed, or `priority`. */
  readonly rule: string;
  readonly accounts: readonly {
    readonly account: string;
    readonly connector: string;
    readonly takes: boolean;
    readonly because: string | null;
  }[];
  readonly chosen: string | null;
  readonly reason: string;
}

const hints: Readonly<Record<AccountHealth, string | null>> = {
  up: null,
  trying: null,
  full: "it is at its rate limit at this moment",
  down: "its gateway does not answer at this moment",
};

export function explainRoute(snapshot: Snapshot, context: Context): Explanation {
  const { payment, rules } = snapshot;
  const followed = ruleFor(rules, payment);
  const looked = followed === null ? rules : rules.slice(0, rules.indexOf(followed) + 1);
  const { rule, accounts } = candidatesOf(snapshot);
  const shown = accounts.map((account) => {
    const { id, connector } = account;
    const because = obstacleAt(account, payment, context)?.why ?? null;
    return { account: id, connector, takes: because === null, because: because ?? hints[context.healthOf(id)] };
  });
  const route = chooseRoute(snapshot, null, context);
  return {
    rules: looked.map(({ name, when }) => ({ name, fits: unmet(when, payment) === null, because: unmet(when, payment) })),
    rule,
    accounts: shown,
    chosen: route?.accountId ?? null,
    reason:
      route?.routing.reason ??
      (accounts.length === 0 ? "The rule names no account that is enabled." : "No account of the rule takes this payment."),
  };
}
