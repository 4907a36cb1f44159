import { checkoutStatus, type CheckoutSession } from "../../core/checkout.ts";
import { TillwayError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import type { UsedLink } from "../../core/payment-links.ts";
import type { Order, Scope } from "../../core/model.ts";
import type { Ms } from "../../core/scope.ts";
import { iso } from "../../core/represent.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export type CreateSessionInput = Pick<CheckoutSession, "orderId" | "methods" | "returnUrl" | "cancelUrl" | "locale" | "customer"> & {
  readonly expiresInMs: Ms;
};

/** A checkout session of an order, once per idempotency key. Throws `TillwayError` not_found (the order), invalid_state (it is paid). */
export async function createCheckoutSession(deps: Deps, caller: Caller, { expiresInMs, ...input }: CreateSessionInput): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const order = isId("ord", input.orderId) ? await deps.store.order(caller.scope, input.orderId) : null;
  if (order === null) throw new TillwayError("not_found", { param: "order_id", message: "There is no order with this id for this key." });
  if (order.status === "paid") throw new TillwayError("invalid_state", { param: "order_id", message: "The order is paid already." });
  const { now, id } = contextOf(deps);
  const session: CheckoutSession = {
    ...caller.scope,
    id: id("cs"),
    ...input,
    expiresAt: now + expiresInMs,
    canceledAt: null,
    createdAt: now,
  };
  const body = JSON.stringify(representSession({ order, session, link: await linkOf(deps, order) }, now));
  const key = rowFor(deps, caller, { subject: session.id, status: 201, answerBody: body });
  if ((await deps.settings.createCheckoutSession(session, key)) === "applied") return { status: 201, body, replayed: false };
  return (await storedAnswer(deps, caller))?.answer ?? inProgress();
}

export interface FoundCheckout {
  readonly order: Order;
  /** Null: the order is paid by its own secret. */
  readonly session: CheckoutSession | null;
  /** Null: the merchant made the order. */
  readonly link: UsedLink | null;
}

/** The order that this names: its own id, or that of a session. Null: there is none. */
export async function checkoutOf(deps: Deps, scope: Scope, id: string): Promise<FoundCheckout | null> {
  const session = isId("cs", id) ? await deps.settings.checkoutSession(scope, id) : null;
  const order = await deps.store.order(scope, session?.orderId ?? id);
  return order && { order, session, link: await linkOf(deps, order) };
}

async function linkOf({ settings }: Deps, order: Order): Promise<UsedLink | null> {
  return order.paymentLinkId === null ? null : settings.paymentLink(order, order.paymentLinkId);
}

/** As merchants see it, without its secret. */
export function representSession(
  { order, session, link }: FoundCheckout & { readonly session: CheckoutSession },
  now: Ms,
): Record<string, unknown> {
  return {
    id: session.id,
    object: "checkout_session",
    status: checkoutStatus(order, session, { now, link }),
    order_id: session.orderId,
    methods: session.methods,
    return_url: session.returnUrl,
    cancel_url: session.cancelUrl,
    locale: session.locale,
    customer: session.customer,
    expires_at: iso(session.expiresAt),
    created_at: iso(session.createdAt),
  };
}
