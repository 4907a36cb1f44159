import { decideOutcome, type OutcomeCommand } from "../core/decide/settle/outcome.ts";
import type { Attempt, Snapshot } from "../core/model.ts";
import { decideAndCommit } from "./commit.ts";
import type { Deps } from "./deps.ts";

/**
 * Applies a gateway's word to an attempt, whoever brought it: the caller itself, a question, a webhook. Answers whether it said
 * anything new.
 * @param guess the snapshot as the caller's own last commit left it
 */
export async function settle(
  deps: Deps,
  attempt: Attempt,
  word: Omit<OutcomeCommand, "attemptId">,
  guess?: Snapshot,
): Promise<"applied" | "nothing"> {
  const command = { attemptId: attempt.id, ...word };
  const settled = await decideAndCommit(deps, attempt, (snapshot, context) => decideOutcome(snapshot, command, context), guess);
  return settled.result === "applied" ? "applied" : "nothing";
}
