/** What the secret of a request opens, and what may be done with it. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { callerOf, pathId, scopeOf } from "../api/caller.ts";
import { subjectOf } from "../api/client-secrets.ts";
import { checkoutStatus } from "../core/checkout.ts";
import { TillwayError } from "../core/errors.ts";
import type { Snapshot } from "../core/model.ts";
import { checkoutOf, type FoundCheckout } from "../flows/checkout/sessions.ts";
import type { Caller } from "../flows/idempotency.ts";
import { actorOf } from "../http/app.ts";
import type { CheckoutDeps } from "./deps.ts";
import { refuseUnlessListed } from "./listed.ts";

/** By the secret of an order or of its session; by an opening, which was got without any; by the secret of one payment that came of one. */
type By = "secret" | "opening" | "payment";

export interface Opened extends FoundCheckout {
  readonly by: By;
  /** The one payment that may be seen; null: all of the order. */
  readonly only: string | null;
}

/** @param enough what opens this. Throws `TillwayError` not_found, permission_denied. */
export async function opened(deps: CheckoutDeps, request: FastifyRequest, ...enough: readonly By[]): Promise<Opened> {
  const { id, kind } = subjectOf(actorOf(request).keyId)!;
  const by = kind === "opening" || kind === "payment" ? kind : "secret";
  if (by !== "secret" && !enough.includes(by))
    throw new TillwayError("permission_denied", { message: "This needs the client secret of the order or of its checkout session." });
  const scope = scopeOf(request);
  if (by === "opening") await refuseUnlessListed(deps, scope);
  const only = by === "payment" ? await deps.flows.store.load(scope, id) : null;
  const subject = by === "payment" ? only?.payment.orderId : id;
  const found = subject ? await checkoutOf(deps.flows, scope, subject) : null;
  if (found === null) throw new TillwayError("not_found");
  return { ...found, by, only: only && id };
}

/** Throws `TillwayError` invalid_state. A paid order is refused where its payment is known: by the flow, which names it. */
export function refuseUnlessOpen({ order, session, link }: FoundCheckout, now: number): void {
  const status = checkoutStatus(order, session, { now, link });
  if (status === "used_up") throw new TillwayError("payment_link_used_up");
  if (status === "expired") throw new TillwayError("invalid_state", { message: "This checkout has expired. Ask the shop for a new one." });
  if (status === "canceled")
    throw new TillwayError("invalid_state", { message: "This checkout was called off. Ask the shop for a new one." });
}

/** The payment in the path, if it is one of this order. Throws `TillwayError` not_found for any other. */
export async function paymentOf({ flows }: CheckoutDeps, request: FastifyRequest, { order, only }: Opened): Promise<Snapshot> {
  const id = pathId(request, "pay");
  const snapshot = only === null || only === id ? await flows.store.load(scopeOf(request), id) : null;
  if (snapshot?.payment.orderId !== order.id) throw new TillwayError("not_found");
  return snapshot;
}

/**
 * Keys of browsers are kept apart by what they pay: two shoppers of one merchant whose pages make the same key must not get each other's
 * answers. Throws `TillwayError` invalid_idempotency_key.
 */
export function shopperOf(deps: CheckoutDeps, request: FastifyRequest, { order }: FoundCheckout): Caller {
  return keptApart(callerOf(deps, request), order.id);
}

/** @param id of what the browser pays */
export function keptApart(caller: Caller, id: string): Caller {
  if (caller.idempotency === null) return caller;
  const { key, requestHash } = caller.idempotency;
  const digest = createHash("sha256").update(key).digest("base64url");
  return { ...caller, idempotency: { key: `${id} ${digest}`, requestHash } };
}
