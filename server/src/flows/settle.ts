import { endFailures } from "../core/decide/failing-jobs.ts";
import { decideOutcome, type OutcomeCommand } from "../core/decide/outcome.ts";
import type { Attempt, Snapshot } from "../core/model.ts";
import { commit, contextOf, decideAndCommit } from "./decide.ts";
import type { Deps } from "./deps.ts";

/**
 * Applies a gateway's word to an attempt, whoever brought it: the caller itself, a question, a webhook.
 * @param guess the snapshot as the caller's own last commit left it; tried first, reloaded where it is stale
 */
export async function settle(
  deps: Deps,
  word: Omit<OutcomeCommand, "attemptId"> & { readonly attempt: Attempt },
  guess?: Snapshot,
): Promise<"applied" | "nothing"> {
  const command: OutcomeCommand = {
    attemptId: word.attempt.id,
    outcome: word.outcome,
    exchanges: word.exchanges,
    send: word.send,
    proven: word.proven,
    notFoundBefore: word.notFoundBefore,
  };
  if (guess) {
    const context = contextOf(deps);
    const decision = decideOutcome(guess, command, context);
    if ("change" in decision && (await commit(deps, endFailures(guess, decision.change, context))) === "applied") return "applied";
  }
  const subject = { ...word.attempt, paymentId: word.attempt.paymentId };
  const settled = await decideAndCommit(deps, subject, (snapshot, context) => decideOutcome(snapshot, command, context));
  return settled.result === "applied" ? "applied" : "nothing";
}
