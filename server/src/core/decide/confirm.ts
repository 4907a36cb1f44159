import { chargeNow } from "../change/parts.ts";
import { changeOf } from "../change/write.ts";
import type { Context, OperationDecision } from "../change.ts";
import type { PaymentMethod, Snapshot } from "../model.ts";

export interface ConfirmCommand {
  /** Replaces the method kept at create; required if none was. */
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
}

/** created → pending: its job stops waiting for the expiry and becomes the charge. */
export function decideConfirm(snapshot: Snapshot, command: ConfirmCommand, context: Context): OperationDecision {
  const { payment } = snapshot;
  if (payment.status !== "created") {
    const message = `A payment can be confirmed once, while it is created; this one is ${payment.status}.`;
    return { refusal: { code: "invalid_state", message } };
  }
  const method = command.method ?? payment.method;
  if (!method) return { refusal: { code: "method_required", param: "method" } };
  const after = { ...payment, status: "pending" as const, method, returnUrl: command.returnUrl ?? payment.returnUrl };
  const takeOrder = payment.orderId ?? undefined;
  const event = { type: "payment.pending", closes: null } as const;
  return { change: changeOf({ snapshot, context }, { after, event }, chargeNow(payment, context.now), { takeOrder }), closes: "charge" };
}
