/** What the secret of a request opens, and what may be done with it. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { callerOf, pathId, scopeOf } from "../api/caller.ts";
import { checkoutStatus } from "../core/checkout.ts";
import { TillwayError } from "../core/errors.ts";
import type { Snapshot } from "../core/model.ts";
import { checkoutOf, type FoundCheckout } from "../flows/checkout/sessions.ts";
import type { Caller } from "../flows/idempotency.ts";
import { actorOf } from "../http/app.ts";
import type { CheckoutDeps } from "./deps.ts";

/** Throws `TillwayError` not_found. */
export async function opened({ flows }: CheckoutDeps, request: FastifyRequest): Promise<FoundCheckout> {
  const found = await checkoutOf(flows, scopeOf(request), actorOf(request).keyId);
  if (found === null) throw new TillwayError("not_found");
  return found;
}

/** Throws `TillwayError` invalid_state. A paid order is refused where its payment is known: by the flow, which names it. */
export function refuseUnlessOpen({ order, session }: FoundCheckout, now: number): void {
  const status = checkoutStatus(order, session, now);
  if (status === "expired") throw new TillwayError("invalid_state", { message: "This checkout has expired. Ask the shop for a new one." });
  if (status === "canceled")
    throw new TillwayError("invalid_state", { message: "This checkout was called off. Ask the shop for a new one." });
}

/** The payment in the path, if it is one of this order. Throws `TillwayError` not_found for any other. */
export async function paymentOf({ flows }: CheckoutDeps, request: FastifyRequest, { order }: FoundCheckout): Promise<Snapshot> {
  const snapshot = await flows.store.load(scopeOf(request), pathId(request, "pay"));
  if (snapshot?.payment.orderId !== order.id) throw new TillwayError("not_found");
  return snapshot;
}

/**
 * Keys of browsers are kept apart by what they pay: two shoppers of one merchant whose pages make the same key must not get each other's
 * answers. Throws `TillwayError` invalid_idempotency_key.
 */
export function shopperOf(deps: CheckoutDeps, request: FastifyRequest, { order }: FoundCheckout): Caller {
  const caller = callerOf(deps, request);
  if (caller.idempotency === null) return caller;
  const { key, requestHash } = caller.idempotency;
  const digest = createHash("sha256").update(key).digest("base64url");
  return { ...caller, idempotency: { key: `${order.id} ${digest}`, requestHash } };
}
