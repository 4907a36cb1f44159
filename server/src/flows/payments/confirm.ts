import { decideConfirm } from "../../core/decide/confirm.ts";
import { TillwayError } from "../../core/errors.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { inProgress, refuse, rowFor, storedAnswer } from "./answers.ts";
import { waitForEnd } from "./wait.ts";

export interface ConfirmPaymentInput {
  readonly paymentId: string;
  /** Replaces the method kept at create; required where none was. */
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
}

/** Charges a created payment now and answers its end, or the payment still processing after ten seconds. Throws `TillwayError`. */
export async function confirmPayment(deps: Deps, caller: Caller, input: ConfirmPaymentInput): Promise<Answer> {
  const repeat = await confirmedBefore(deps, caller);
  if (repeat) return repeat;
  const command = {
    method: input.method,
    returnUrl: input.returnUrl,
    idempotency: rowFor(deps, caller, { paymentId: input.paymentId, answerCloses: "charge" }),
  };
  const confirmed = await decideAndCommit(deps, { ...caller.scope, paymentId: input.paymentId }, (snapshot, context) =>
    decideConfirm(snapshot, command, context),
  );
  switch (confirmed.result) {
    case "missing":
      throw new TillwayError("not_found", { param: "id" });
    case "duplicate":
      return (await confirmedBefore(deps, caller)) ?? inProgress();
    case "refused":
      return refuse(deps, caller, { refusal: confirmed.refusal, paymentId: input.paymentId, join: () => confirmedBefore(deps, caller) });
    case "order_busy":
      return refuse(deps, caller, {
        refusal: { code: "order_busy", param: "order_id" },
        paymentId: input.paymentId,
        join: () => confirmedBefore(deps, caller),
      });
    default:
      return wait(deps, caller, { paymentId: input.paymentId, requestId: caller.requestId });
  }
}

/** What an earlier request under the caller's key did: its stored answer, or a share in the wait for it. Null where there is none. */
export async function confirmedBefore(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored) return null;
  return stored.answer ?? wait(deps, caller, { paymentId: stored.row.subject!, requestId: stored.row.requestId });
}

function wait(deps: Deps, caller: Caller, subject: { paymentId: string; requestId: string }): Promise<Answer> {
  return waitForEnd(deps, caller, { ...subject, jobOf: subject.paymentId, closes: "charge", status: 200 });
}
