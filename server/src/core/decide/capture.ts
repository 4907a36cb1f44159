import { planCapture, targetOf } from "../change/rows.ts";
import { currentCharge, openAttempt, changeOf } from "../change/write.ts";
import type { Context, OperationDecision } from "../change.ts";
import type { Snapshot } from "../model.ts";

/** Captures all that is authorized and not captured: reserves the amount and queues the attempt. */
export function decideCapture(snapshot: Snapshot, context: Context): OperationDecision {
  const at = { snapshot, context };
  const { payment } = snapshot;
  const target = targetOf(currentCharge(snapshot));
  if (payment.status !== "authorized" || !target)
    return { refusal: { code: "invalid_state", message: `Only an authorized payment can be captured; this one is ${payment.status}.` } };
  const open = openAttempt(snapshot);
  if (open) return { refusal: { code: "invalid_state", message: `A ${open.operation} of this payment is under way.` } };
  const amount = payment.amountAuthorized - payment.amountCaptured;
  const capture = planCapture(at, target, amount, "capture requested");
  const after = { ...payment, captureReserved: payment.captureReserved + amount };
  return { change: changeOf(at, { after }, capture.part), closes: capture.attempt.id };
}
