import { decideCancel } from "../../core/decide/cancel.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Answer, Caller } from "../answer.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { currentAnswer, refuse, rowFor, storedAnswer } from "./answers.ts";
import { waitForEnd } from "./wait.ts";

/**
 * Ends a payment that took nothing at once; voids a hold and waits for that; while a call is under way notes the wish and answers
 * the payment as it is. Throws `TillwayError`.
 */
export async function cancelPayment(deps: Deps, caller: Caller, input: { readonly paymentId: string }): Promise<Answer> {
  const repeat = await repeated(deps, caller);
  if (repeat) return repeat;
  const command = { by: "merchant", idempotency: rowFor(deps, caller, input) } as const;
  const canceled = await decideAndCommit(deps, { ...caller.scope, paymentId: input.paymentId }, (snapshot, context) =>
    decideCancel(snapshot, command, context),
  );
  switch (canceled.result) {
    case "missing":
      throw new TillwayError("not_found", { param: "id" });
    case "refused":
      return refuse(deps, caller, { refusal: canceled.refusal, paymentId: input.paymentId, join: () => repeated(deps, caller) });
    case "applied": {
      const { change } = canceled.decision;
      const attempt = change.attempts?.insert?.[0];
      if (attempt) return wait(deps, caller, { paymentId: input.paymentId, attemptId: attempt.id, requestId: caller.requestId });
      const event = change.events?.[0];
      return event ? { status: 200, body: event.body, replayed: false } : currentAnswer(deps, caller, { ...input, status: 200 });
    }
    default:
      return (await repeated(deps, caller)) ?? currentAnswer(deps, caller, { ...input, status: 200 });
  }
}

async function repeated(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored) return null;
  const { subject, answerCloses, requestId } = stored.row;
  if (stored.answer) return stored.answer;
  const voids = answerCloses !== null && answerCloses !== "charge";
  return voids
    ? wait(deps, caller, { paymentId: subject!, attemptId: answerCloses, requestId })
    : currentAnswer(deps, caller, { paymentId: subject!, status: 200 });
}

function wait(deps: Deps, caller: Caller, of: { paymentId: string; attemptId: string; requestId: string }): Promise<Answer> {
  return waitForEnd(deps, caller, { ...of, jobOf: of.attemptId, closes: of.attemptId, status: 200 });
}
