/** A payment as the shopper who makes it sees it. */
import type { Snapshot } from "../core/model.ts";
import { iso } from "../core/represent.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { CheckoutDeps } from "./deps.ts";

type Shown = Pick<Snapshot, "payment" | "attempts">;

export function checkoutPayment({ payment, attempts }: Shown): Record<string, unknown> {
  const { method, error } = payment;
  return {
    id: payment.id,
    object: "checkout_payment",
    status: payment.status,
    method: method?.type ?? null,
    next_action: payment.nextAction,
    error: error && { code: error.code, decline_code: error.decline_code ?? null, message: error.message },
    card: method?.type === "card" ? { network: method.network, last4: method.last4 } : null,
    updated_at: iso(updatedAt({ payment, attempts })),
  };
}

function updatedAt({ payment, attempts }: Shown): number {
  const times = [payment.createdAt, payment.finalizedAt, payment.cancelRequestedAt];
  const ofAttempts = attempts.flatMap(({ createdAt, lastSentAt, closedAt }) => [createdAt, lastSentAt, closedAt]);
  return Math.max(...[...times, ...ofAttempts].map((at) => at ?? 0));
}

/** A flow's answer, which shows merchants the whole payment, as shoppers see it: the payment as it is now. An error stays what it is. */
export async function forShopper(
  { flows }: CheckoutDeps,
  scope: { readonly merchantId: string; readonly mode: "test" | "live" },
  answer: Answer,
): Promise<Answer> {
  if (answer.status >= 400) return answer;
  const { id } = JSON.parse(answer.body) as { readonly id: string };
  const snapshot = await flows.store.load(scope, id);
  return { status: answer.status, replayed: answer.replayed, body: JSON.stringify(checkoutPayment(snapshot!)) };
}
