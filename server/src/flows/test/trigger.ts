/** Makes an event happen, for a developer who waits for its webhook: a real payment at the sandbox that takes the way to it. */
import { TillwayError } from "../../core/errors.ts";
import type { EventType } from "../../core/events.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { createPayment, type CreatePaymentInput } from "../payments/create.ts";
import { cancelPayment, capturePayment, refundPayment, voidPayment } from "../payments/operations.ts";

interface Recipe {
  /** The name of the sandbox's scenario, as part of a VPA. */
  readonly scenario: string;
  readonly captureMethod?: CreatePaymentInput["captureMethod"];
  readonly confirm?: false;
  readonly after?: (deps: Deps, caller: Caller, of: { readonly paymentId: string }) => Promise<Answer>;
}

const AMOUNT = 1_000;
const PART = 400;
const refund: Recipe["after"] = (deps, caller, of) => refundPayment(deps, caller, { ...of, reason: "test" });

const recipes = {
  "payment.succeeded": { scenario: "success" },
  "payment.failed": { scenario: "insufficient-funds" },
  "payment.requires_action": { scenario: "challenge" },
  "payment.authorized": { scenario: "success", captureMethod: "manual" },
  "payment.captured": {
    scenario: "success",
    captureMethod: "manual",
    after: (deps, caller, of) => capturePayment(deps, caller, { ...of, amount: PART }),
  },
  "payment.capture_failed": {
    scenario: "capture-failure",
    captureMethod: "manual",
    after: (deps, caller, of) => capturePayment(deps, caller, of),
  },
  "payment.canceled": { scenario: "success", confirm: false, after: (deps, caller, of) => cancelPayment(deps, caller, of) },
  "payment.cancel_failed": {
    scenario: "void-failure",
    captureMethod: "manual",
    after: (deps, caller, of) => voidPayment(deps, caller, of),
  },
  "refund.created": { scenario: "success", after: refund },
  "refund.succeeded": { scenario: "success", after: refund },
  "refund.failed": { scenario: "refund-failure", after: refund },
} as const satisfies Partial<Record<EventType, Recipe>>;

export type Triggered = keyof typeof recipes;
export const triggeredTypes = Object.keys(recipes) as Triggered[];

/** Resolves with the payment when the way is taken; the event and its webhooks follow as always. Throws `TillwayError`. */
export async function trigger(deps: Deps, caller: Caller, type: Triggered): Promise<{ readonly paymentId: string }> {
  const recipe: Recipe = recipes[type];
  const { body, status } = await createPayment(deps, caller, inputOf(recipe));
  const shown = JSON.parse(body) as { readonly id?: string; readonly error?: { readonly payment_id?: string } };
  const paymentId = shown.id ?? shown.error?.payment_id;
  if (paymentId === undefined || (status >= 400 && type !== "payment.failed"))
    throw new TillwayError("invalid_state", {
      paymentId,
      message: "The simulated bank declined, as TEST_PAYMENT_SUCCESS or a fault says.",
    });
  await recipe.after?.(deps, nextRequest(caller), { paymentId });
  return { paymentId };
}

/** Under the caller's key the payment was made: what follows has one of its own, which no request of a caller can have. */
function nextRequest({ idempotency, ...caller }: Caller): Caller {
  return { ...caller, idempotency: idempotency && { ...idempotency, key: `${idempotency.key}\n2` } };
}

function inputOf({ scenario, captureMethod = "automatic", confirm }: Recipe): CreatePaymentInput {
  return {
    amount: AMOUNT,
    currency: "INR",
    method: { type: "upi", vpa: `${scenario}@sandbox` },
    captureMethod,
    confirm: confirm ?? true,
    orderId: null,
    description: "Triggered by a test",
    metadata: {},
    customer: null,
    returnUrl: null,
  };
}
