import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { madeAt } from "../../core/ids.ts";
import type { Delivery, DeliveryTry, Scope } from "../../core/model.ts";
import type { Page } from "../../core/ports/reads.ts";
import { iso } from "../../core/represent.ts";
import { deliveryMachine, type DeliveryStatus } from "../../core/states.ts";
import { retryDelivery } from "../../flows/deliveries/retry.ts";
import type { App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { listText } from "../lists.ts";
import {
  component,
  emptyBody,
  errorAnswers,
  idempotencyHeader,
  idParams,
  listOf,
  nullable,
  pageQuery,
  shows,
  strict,
  timestamp,
} from "../schemas/common.ts";

const tags = ["Deliveries"];

/** Deliveries to the merchant: list, get with tries, send again. */
export function deliveryRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  getRoute(api, deps);
  retryRoute(api, deps);
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeliveries",
    summary: "List deliveries, newest first",
    description: "What is or was owed to the webhook endpoint, without its tries.",
    tags,
    querystring: listDeliveriesQuery,
    response: { 200: shows("DeliveryList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/deliveries", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const { status, payment_id: paymentId } = request.query;
    const scope = scopeOf(request);
    const read = (page: Page) =>
      deps.reads.deliveries(scope, { ...page, mayBeRemoved: mayBeRemoved(deps, scope, page), status, paymentId });
    return sendText(reply, 200, await listText(request.query, { prefix: "dlv", read, render: (row) => renderDelivery(row) }));
  });
}

/** True if the cursor may name a delivery that the clean-up has removed: older than the retention, not older than the merchant. */
function mayBeRemoved({ flows }: ApiDeps, { merchantId }: Scope, { startingAfter, endingBefore }: Page): boolean {
  const cursor = startingAfter ?? endingBefore;
  if (cursor === undefined) return false;
  return madeAt(cursor) < flows.clock.now() - flows.options.retention.deliveriesMs && madeAt(cursor) >= madeAt(merchantId);
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getDelivery",
    summary: "Get a delivery with its tries",
    description: "Each try with its status and the first bytes of the answer.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Delivery", "The delivery."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/deliveries/:id", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const found = await deps.reads.delivery(scopeOf(request), pathId(request, "dlv"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, JSON.stringify(renderDelivery(found.delivery, found.tries)));
  });
}

function retryRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "retryDelivery",
    summary: "Send a delivery again",
    description: "With its whole schedule from the start. One that is still being tried is refused.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: { 200: shows("Delivery", "The delivery."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  };
  api.post("/v1/deliveries/:id/retry", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    const show = async (delivery: Delivery): Promise<string> =>
      JSON.stringify(renderDelivery(delivery, (await deps.reads.delivery(caller.scope, delivery.id))?.tries ?? []));
    return sendAnswer(reply, await retryDelivery(deps.flows, caller, pathId(request, "dlv"), show));
  });
}

const statuses = Object.keys(deliveryMachine.states) as DeliveryStatus[];

export const listDeliveriesQuery = Type.Object({
  ...pageQuery("dlv"),
  status: Type.Optional(Type.Enum(statuses)),
  payment_id: Type.Optional(Type.String({ maxLength: 64 })),
});

const deliveryTry = strict({
  n: Type.Integer(),
  at: timestamp("When it was sent."),
  duration_ms: Type.Integer(),
  status_code: nullable(Type.Integer()),
  response: nullable(Type.String({ description: "The first bytes of your answer." })),
  error: nullable(Type.String({ description: "Why no answer came, e.g. timeout." })),
});

export const deliverySchema = component("Delivery", {
  id: Type.String(),
  object: Type.Literal("delivery"),
  channel: Type.Enum(["webhook"]),
  event_id: Type.String(),
  payment_id: Type.String(),
  endpoint_id: Type.String(),
  status: Type.Enum(statuses),
  tries_made: Type.Integer(),
  next_try_at: nullable(timestamp("When it is tried next.")),
  waits_for: nullable(
    Type.Enum(["webhook_endpoint"], {
      description: "webhook_endpoint: it is sent once the endpoint, which is switched off, is set again.",
    }),
  ),
  last_status_code: nullable(Type.Integer()),
  created_at: timestamp("When it was owed."),
  finished_at: nullable(timestamp("When it succeeded or was given up.")),
  tries: Type.Optional(Type.Array(deliveryTry, { description: "Each try, oldest first. Left out in lists." })),
});

export const deliveryListSchema = listOf("DeliveryList", "Delivery");

/** @param tries left out in lists */
function renderDelivery(delivery: Delivery, tries?: readonly DeliveryTry[]): Record<string, unknown> {
  return {
    id: delivery.id,
    object: "delivery",
    channel: delivery.channel,
    event_id: delivery.eventId,
    payment_id: delivery.paymentId,
    endpoint_id: delivery.endpointId,
    status: delivery.status,
    tries_made: delivery.tries,
    next_try_at: delivery.nextTryAt === null ? null : iso(delivery.nextTryAt),
    waits_for: delivery.status === "pending" && delivery.nextTryAt === null ? "webhook_endpoint" : null,
    last_status_code: delivery.lastStatusCode,
    created_at: iso(delivery.createdAt),
    finished_at: delivery.finishedAt === null ? null : iso(delivery.finishedAt),
    tries: tries?.map(renderTry),
  };
}

function renderTry(each: DeliveryTry): Record<string, unknown> {
  return {
    n: each.n,
    at: iso(each.at),
    duration_ms: each.durationMs,
    status_code: each.statusCode,
    response: each.response,
    error: each.error,
  };
}
