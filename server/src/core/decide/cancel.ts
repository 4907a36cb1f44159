import type { Context, Decision } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { IdempotencyRow, Ms, Payment, Snapshot } from "../model.ts";
import { assertMove } from "../states/machine.ts";
import { paymentMachine } from "../states/payment.ts";
import { planVoid } from "./operation.ts";
import { announce } from "./announce.ts";
import { answeredCases } from "./rows.ts";
import { currentCharge, openAttempt } from "./snapshot.ts";

export interface CancelCommand {
  readonly by: "merchant" | "expiry";
  readonly idempotency: IdempotencyRow | null;
}

/** Ends a payment that took nothing, notes the wish while a call is under way, voids what is held. */
export function decideCancel(snapshot: Snapshot, command: CancelCommand, context: Context): Decision {
  switch (snapshot.payment.status) {
    case "created":
    case "pending":
      return cancelAtOnce(snapshot, command, context);
    case "processing":
    case "requires_action":
      return noteTheWish(snapshot, command, context);
    case "authorized":
      return releaseHold(snapshot, command, context);
    default:
      return { refusal: { code: "invalid_state", message: `A ${snapshot.payment.status} payment cannot be canceled.` } };
  }
}

function cancelAtOnce(snapshot: Snapshot, command: CancelCommand, context: Context): Decision {
  const before = snapshot.payment;
  assertMove(paymentMachine, before.status, "canceled");
  const told = announce(
    snapshot,
    { ...before, status: "canceled", cancelRequestedAt: wishedAt(before, command, context) },
    { type: "payment.canceled", closes: "charge" },
    context,
  );
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: told.payment },
      events: [told.event],
      deliveries: { insert: told.deliveries },
      cases: { resolve: answeredCases(snapshot, before.id, ["overdue"], context) },
      jobs: { insert: told.jobs, remove: [jobIdOf(before.id)] },
      idempotency: command.idempotency ? { ...command.idempotency, answerEvent: told.event.id } : undefined,
      releaseOrder: before.status === "pending" ? (before.orderId ?? undefined) : undefined,
    },
  };
}

/** An expiry is nobody's wish, and the merchant is not shown one. */
function wishedAt(payment: Payment, command: CancelCommand, context: Context): Ms | null {
  return payment.cancelRequestedAt ?? (command.by === "merchant" ? context.now : null);
}

/** No further attempt is made; what the call under way took is given back when it is known. */
function noteTheWish(snapshot: Snapshot, command: CancelCommand, context: Context): Decision {
  const before = snapshot.payment;
  if (before.cancelRequestedAt !== null && !command.idempotency) return { nothing: true };
  // Once, at the first wish: a gateway is not asked as often as somebody presses a button. A shopper at the bank's page waits for nobody. Otherwise only a job that itself waits (for the gateway's time, for the next
  // question) is woken: whoever holds it is at the gateway right now.
  const held = before.status === "requires_action" ? {} : { token: "" };
  const hurry = [{ id: jobIdOf(before.id), ...held, runAt: context.now, release: true }];
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: { ...before, cancelRequestedAt: before.cancelRequestedAt ?? context.now } },
      jobs: before.cancelRequestedAt === null ? { move: hurry } : undefined,
      // No answer is named: a repeat is told how the payment stands by then.
      idempotency: command.idempotency ?? undefined,
    },
  };
}

function releaseHold(snapshot: Snapshot, command: CancelCommand, context: Context): Decision {
  const before = snapshot.payment;
  const open = openAttempt(snapshot);
  if (open) return { refusal: { code: "invalid_state", message: `A ${open.operation} of this payment is under way.` } };
  const charge = currentCharge(snapshot);
  const planned =
    charge && planVoid(snapshot, charge, command.by === "expiry" ? "the authorization is about to lapse" : "cancel requested", context);
  if (!planned) return { refusal: { code: "invalid_state", message: "The gateway's reference of this payment is not known." } };
  return {
    change: {
      merchantId: before.merchantId,
      mode: before.mode,
      payment: { before, after: { ...before, cancelRequestedAt: wishedAt(before, command, context) } },
      attempts: { insert: [planned.attempt] },
      jobs: { insert: [planned.job] },
      idempotency: command.idempotency ? { ...command.idempotency, answerCloses: planned.attempt.id } : undefined,
    },
  };
}
