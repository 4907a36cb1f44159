import { decideCapture } from "../../core/decide/capture.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Answer, Caller } from "../answer.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { inProgress, refuse, rowFor, storedAnswer } from "./answers.ts";
import { waitForEnd } from "./wait.ts";

/** Captures all that is authorized and answers its end, or the payment as it is after ten seconds. Throws `TillwayError`. */
export async function capturePayment(deps: Deps, caller: Caller, input: { readonly paymentId: string }): Promise<Answer> {
  const repeat = await repeated(deps, caller);
  if (repeat) return repeat;
  const command = { idempotency: rowFor(deps, caller, input) };
  const captured = await decideAndCommit(deps, { ...caller.scope, paymentId: input.paymentId }, (snapshot, context) =>
    decideCapture(snapshot, command, context),
  );
  switch (captured.result) {
    case "missing":
      throw new TillwayError("not_found", { param: "id" });
    case "refused":
      return refuse(deps, caller, { refusal: captured.refusal, paymentId: input.paymentId, join: () => repeated(deps, caller) });
    case "applied": {
      const attemptId = captured.decision.change.attempts!.insert![0]!.id;
      return wait(deps, caller, { paymentId: input.paymentId, attemptId, requestId: caller.requestId });
    }
    default:
      return (await repeated(deps, caller)) ?? inProgress();
  }
}

async function repeated(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored) return null;
  return (
    stored.answer ??
    wait(deps, caller, { paymentId: stored.row.subject!, attemptId: stored.row.answerCloses!, requestId: stored.row.requestId })
  );
}

function wait(deps: Deps, caller: Caller, of: { paymentId: string; attemptId: string; requestId: string }): Promise<Answer> {
  return waitForEnd(deps, caller, { ...of, jobOf: of.attemptId, closes: of.attemptId, status: 200 });
}
