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
  emptyBody,
  errorAnswers,
  idempotencyHeader,
  idParams,
  listOf,
  nullable,
  pageQuery,
  resource,
  shows,
  time,
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
    return sendText(reply, 200, await listText(request.query, { prefix: "dlv", read, render: deliveryShown.render }));
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
    return sendText(reply, 200, shown(found.delivery, found.tries));
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
    const show = async (delivery: Delivery) => shown(delivery, (await deps.reads.delivery(caller.scope, delivery.id))?.tries ?? []);
    return sendAnswer(reply, await retryDelivery(deps.flows, caller, pathId(request, "dlv"), show));
  });
}

function shown(delivery: Delivery, log: readonly DeliveryTry[]): string {
  return JSON.stringify(deliveryShown.render({ ...delivery, log }));
}

const statuses = Object.keys(deliveryMachine.states) as DeliveryStatus[];

const listDeliveriesQuery = Type.Object({
  ...pageQuery("dlv"),
  status: Type.Optional(Type.Enum(statuses)),
  payment_id: Type.Optional(Type.String({ maxLength: 64 })),
});

const tryShown = resource<DeliveryTry>(null, {
  n: [Type.Integer(), (each) => each.n],
  at: [timestamp("When it was sent."), (each) => iso(each.at)],
  duration_ms: [Type.Integer(), (each) => each.durationMs],
  status_code: [nullable(Type.Integer()), (each) => each.statusCode],
  response: [nullable(Type.String({ description: "The first bytes of your answer." })), (each) => each.response],
  error: [nullable(Type.String({ description: "Why no answer came, e.g. timeout." })), (each) => each.error],
});

/** Without its tries in lists. */
interface Shown extends Delivery {
  readonly log?: readonly DeliveryTry[];
}

const waitsFor = Type.Enum(["webhook_endpoint"], {
  description: "webhook_endpoint: it is sent once the endpoint, which is switched off, is set again.",
});

export const deliveryShown = resource<Shown>("Delivery", {
  id: [Type.String(), (delivery) => delivery.id],
  object: [Type.Literal("delivery"), () => "delivery"],
  channel: [Type.Enum(["webhook"]), (delivery) => delivery.channel],
  event_id: [Type.String(), (delivery) => delivery.eventId],
  event_type: [Type.String({ description: "E.g. payment.succeeded: docs/events.md lists them." }), (delivery) => delivery.eventType],
  payment_id: [nullable(Type.String({ description: "Null: the event is about no payment." })), (delivery) => delivery.paymentId],
  endpoint_id: [Type.String(), (delivery) => delivery.endpointId],
  status: [Type.Enum(statuses), (delivery) => delivery.status],
  tries_made: [Type.Integer(), (delivery) => delivery.tries],
  next_try_at: time("When it is tried next.", (delivery) => delivery.nextTryAt),
  waits_for: [nullable(waitsFor), ({ status, nextTryAt }) => (status === "pending" && nextTryAt === null ? "webhook_endpoint" : null)],
  last_status_code: [nullable(Type.Integer()), (delivery) => delivery.lastStatusCode],
  created_at: [timestamp("When it was owed."), (delivery) => iso(delivery.createdAt)],
  finished_at: time("When it succeeded or was given up.", (delivery) => delivery.finishedAt),
  tries: [
    Type.Optional(Type.Array(tryShown.schema, { description: "Each try, oldest first. Left out in lists." })),
    (delivery) => delivery.log?.map(tryShown.render),
  ],
});

export const deliveryListSchema = listOf("DeliveryList", "Delivery");
