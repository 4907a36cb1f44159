/**
 * How often requests are sent once more to the gateway of an account that does not answer: the budget of repeats. One for ten first sends and
 * one a second while it is silent; each repeat that is answered frees two more, so that what waited for a gateway that is back is sent
 * within seconds. What is held back here has not begun: it costs no commit, and counts as no send.
 */
import { HEARD_ACCOUNTS_MAX } from "../core/constants.ts";
import {
  REPEAT_GAP_MS,
  REPEATS_AT_FIRST,
  REPEATS_FOR_AN_ANSWER,
  REPEATS_FOR_A_FIRST_SEND,
  REPEATS_HELD_MS,
  REPEATS_MAX,
  REPEATS_PER_SECOND,
  REPEATS_SAID_EVERY_MS,
} from "../core/gateway-pace.ts";
import type { Attempt, Ms } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import { ownedByDeps, type Deps } from "./deps.ts";
import { wasPutOff } from "./pace.ts";

interface Budget {
  repeats: number;
  at: Ms;
  /** When the log was told last that something is held back. */
  saidAt: Ms;
}

const budgets = ownedByDeps(() => new Map<string, Budget>());

/**
 * When a request that was sent before may be sent again; null: now, and it is counted.
 */
export function repeatHeldUntil(deps: Deps, attempt: Attempt): Ms | null {
  if (wasPutOff(deps, attempt)) return null;
  const now = deps.clock.now();
  const budget = budgetOf(deps, attempt.accountId, now);
  const isOld = now - (attempt.firstSentAt ?? now) >= REPEATS_HELD_MS;
  if (budget.repeats < 1 && !isOld) {
    say(deps, attempt.accountId, budget);
    return now + Math.round(REPEAT_GAP_MS * (0.5 + deps.random.float()));
  }
  budget.repeats = Math.max(0, budget.repeats - 1);
  return null;
}

/** After each send. @param sends of the attempt, this one with them */
export function noteSend(deps: Deps, { accountId, sends }: Pick<Attempt, "accountId" | "sends">, outcome: Outcome): void {
  const budget = budgetOf(deps, accountId, deps.clock.now());
  const isAnswered = outcome.kind !== "unknown" && outcome.kind !== "not_sent" && outcome.kind !== "throttled";
  if (sends <= 1) add(budget, REPEATS_FOR_A_FIRST_SEND);
  else if (isAnswered) add(budget, REPEATS_FOR_AN_ANSWER);
}

function budgetOf(deps: Deps, accountId: string, now: Ms): Budget {
  const own = budgets(deps);
  let budget = own.get(accountId);
  if (budget === undefined) {
    if (own.size >= HEARD_ACCOUNTS_MAX) own.clear();
    own.set(accountId, (budget = { repeats: REPEATS_AT_FIRST, at: now, saidAt: -Infinity }));
  }
  // A clock that was set back gives nothing, and takes nothing.
  add(budget, (Math.max(0, now - budget.at) / 1_000) * REPEATS_PER_SECOND);
  budget.at = now;
  return budget;
}

function say(deps: Deps, account: string, budget: Budget): void {
  if (Math.abs(budget.at - budget.saidAt) < REPEATS_SAID_EVERY_MS) return;
  budget.saidAt = budget.at;
  deps.log.warn({ account }, "a gateway does not answer: what was sent to it before is sent again less often until it does");
}

function add(budget: Budget, repeats: number): void {
  budget.repeats = Math.min(REPEATS_MAX, budget.repeats + repeats);
}
