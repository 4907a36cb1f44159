import type { Context, Decision } from "../change.ts";
import { PENDING_CASE_AFTER_MS } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { IdempotencyRow, PaymentMethod, Snapshot } from "../model.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { announce } from "./announce.ts";

export interface ConfirmCommand {
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
  readonly idempotency: IdempotencyRow | null;
}

/** created → pending: its job stops waiting for the expiry and becomes the charge. */
export function decideConfirm(snapshot: Snapshot, command: ConfirmCommand, context: Context): Decision {
  const before = snapshot.payment;
  if (before.status !== "created") {
    return {
      refusal: { code: "invalid_state", message: `A payment can be confirmed once, while it is created; this one is ${before.status}.` },
    };
  }
  const method = command.method ?? before.method;
  if (!method) return { refusal: { code: "method_required", param: "method" } };
  assertMove(paymentMachine, before.status, "pending");
  const after = { ...before, status: "pending" as const, method, returnUrl: command.returnUrl ?? before.returnUrl };
  const told = announce(snapshot, after, { type: "payment.pending", closes: null }, context);
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: told.payment },
      events: [told.event],
      jobs: {
        move: [
          {
            id: jobIdOf(before.id),
            kind: "charge",
            runAt: context.now,
            tries: 0,
            deadlineAt: context.now + PENDING_CASE_AFTER_MS,
            release: true,
          },
        ],
      },
      idempotency: command.idempotency ?? undefined,
      takeOrder: before.orderId ?? undefined,
    },
  };
}
