/** A payment as the shopper who makes it sees it. */
import type { Scope, Snapshot } from "../core/model.ts";
import { iso } from "../core/represent.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { CheckoutDeps } from "./deps.ts";

type Shown = Pick<Snapshot, "payment" | "attempts" | "refunds">;

export function checkoutPayment(shown: Shown): Record<string, unknown> {
  const { payment } = shown;
  const { method, error } = payment;
  return {
    id: payment.id,
    object: "checkout_payment",
    status: payment.status,
    method: method?.type ?? null,
    next_action: payment.nextAction,
    error: error && { code: error.code, decline_code: error.decline_code ?? null, message: error.message },
    card: method?.type === "card" ? { network: method.network, last4: method.last4 } : null,
    cancel: cancelOf(shown),
    updated_at: iso(updatedAt(shown)),
  };
}

/**
 * What becomes of a cancel that the payment's status does not say. `requested`: its outcome is not known yet. The other words are of one that
 * came too late: the bank had paid, and the whole amount goes back.
 */
export type ShownCancel = "requested" | "refund_pending" | "refunded" | "refund_failed" | null;

function cancelOf({ payment, refunds }: Shown): ShownCancel {
  const { status, cancelRequestedAt, amountCaptured, amountRefunded } = payment;
  if (cancelRequestedAt === null || status === "canceled" || status === "failed") return null;
  if (status !== "succeeded") return "requested";
  const refund = refunds.find(({ kind }) => kind === "cancel");
  // A hold of which a part was captured: the cancel released the rest.
  if (refund === undefined) return null;
  // By hand as well, after the one of ours has failed.
  if (amountRefunded >= amountCaptured) return "refunded";
  return refund.status === "failed" ? "refund_failed" : "refund_pending";
}

/** Nothing changes any more that a shopper would have to be told. */
export function isOverFor(shown: Shown): boolean {
  const { status } = shown.payment;
  if (status === "failed" || status === "canceled") return true;
  const cancel = cancelOf(shown);
  return (status === "succeeded" || status === "authorized") && (cancel === null || cancel === "refunded");
}

function updatedAt({ payment, attempts, refunds }: Shown): number {
  const times = [payment.createdAt, payment.finalizedAt, payment.cancelRequestedAt];
  const ofAttempts = attempts.flatMap(({ createdAt, lastSentAt, closedAt }) => [createdAt, lastSentAt, closedAt]);
  return Math.max(...[...times, ...ofAttempts, ...refunds.map(({ processedAt }) => processedAt)].map((at) => at ?? 0));
}

/** A flow's answer, which shows merchants the whole payment, as shoppers see it: the payment as it is now. An error stays what it is. */
export async function forShopper({ flows }: CheckoutDeps, scope: Scope, answer: Answer): Promise<Answer> {
  if (answer.status >= 400) return answer;
  const { id } = JSON.parse(answer.body) as { readonly id: string };
  const snapshot = await flows.store.load(scope, id);
  return { status: answer.status, replayed: answer.replayed, body: JSON.stringify(checkoutPayment(snapshot!)) };
}
