import type { Context, Decision } from "../change.ts";
import type { IdempotencyRow, Snapshot } from "../model.ts";
import { planOperation } from "./operation.ts";
import { currentCharge, openAttempt } from "./snapshot.ts";

export interface CaptureCommand {
  /** Completed with the attempt's id, which the answering event closes. */
  readonly idempotency: IdempotencyRow | null;
}

/** Captures all that is authorized and not captured: reserves the amount and queues the attempt. */
export function decideCapture(snapshot: Snapshot, command: CaptureCommand, context: Context): Decision {
  const before = snapshot.payment;
  const charge = currentCharge(snapshot);
  if (before.status !== "authorized" || !charge?.gatewayReference) {
    return { refusal: { code: "invalid_state", message: `Only an authorized payment can be captured; this one is ${before.status}.` } };
  }
  const open = openAttempt(snapshot);
  if (open) return { refusal: { code: "invalid_state", message: `A ${open.operation} of this payment is under way.` } };
  const amount = before.amountAuthorized - before.amountCaptured;
  const wish = {
    operation: "capture",
    amount,
    charge,
    parentReference: charge.gatewayReference,
    subject: before.id,
    refundId: null,
    reason: "capture requested",
  } as const;
  const planned = planOperation(snapshot, wish, context);
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: { ...before, captureReserved: before.captureReserved + amount } },
      attempts: { insert: [planned.attempt] },
      jobs: { insert: [planned.job] },
      idempotency: command.idempotency ? { ...command.idempotency, answerCloses: planned.attempt.id } : undefined,
    },
  };
}
