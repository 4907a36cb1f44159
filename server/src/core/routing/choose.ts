/** Which account carries out a payment's next charge, and why: by rule, by what each can take, by what was tried, by how it is. */
import { ATTEMPTS_PER_PAYMENT_MAX } from "../constants.ts";
import type { Context } from "../change.ts";
import type { Attempt, Snapshot } from "../model.ts";
import { obstacleAt } from "./able.ts";
import { candidatesOf, type AccountHealth } from "./rules.ts";

export interface Route {
  readonly accountId: string;
  readonly connector: string;
  readonly routing: Attempt["routing"];
}

type Account = Snapshot["accounts"][number];

/**
 * The account for the next charge: the first that the merchant's rules name (all enabled ones by priority, if no rule fits), that can take
 * this payment, that was not tried yet, that answers, and that is not at its rate limit; one that is only if there is no other. After a technical failure that
 * proved no charge also the last one again. Null: no route, or the payment has had its attempts.
 */
export function chooseRoute(snapshot: Snapshot, again: Attempt | null, context: Context): Route | null {
  const charges = snapshot.attempts.filter((attempt) => attempt.operation === "charge");
  if (charges.length >= ATTEMPTS_PER_PAYMENT_MAX) return null;
  const tried = new Set(charges.map((attempt) => attempt.accountId));
  const { rule, accounts } = candidatesOf(snapshot);
  const able = accounts.filter((account) => obstacleAt(account, snapshot.payment, context) === null);
  const fresh = able.filter(({ id }) => !tried.has(id));
  const { chosen, passed } = firstThatAnswers(fresh, context);
  if (chosen) {
    const named = rule === "priority" ? "by priority" : "of the rule";
    const order = tried.size === 0 ? `first ${named}` : `next ${named}, the earlier ones are proven not to have charged`;
    const without = passed.map(
      ({ id, health }) => `; ${id} came first and ${health === "full" ? "is at its rate limit" : "does not answer"}`,
    );
    return routeTo(chosen, { rule, reason: `${order}${without.join("")}` });
  }
  const same = again && able.find((account) => account.id === again.accountId);
  return same ? routeTo(same, { rule, reason: "again, the last attempt is proven not to have charged" }) : null;
}

/** If none is free the first that is at its limit: there it waits for its turn; if none answers the first. Those before it are `passed`. */
export function firstThatAnswers(fresh: readonly Account[], context: Pick<Context, "healthOf">) {
  const seen: { readonly id: string; readonly health: AccountHealth }[] = [];
  for (const account of fresh) {
    const health = context.healthOf(account.id);
    if (health === "up" || health === "trying") return { chosen: account, passed: seen };
    seen.push({ id: account.id, health });
  }
  const at = Math.max(
    0,
    seen.findIndex(({ health }) => health === "full"),
  );
  return { chosen: fresh[at], passed: seen.slice(0, at) };
}

function routeTo({ id, connector }: Account, routing: Route["routing"]): Route {
  return { accountId: id, connector, routing };
}
