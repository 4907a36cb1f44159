import { Type } from "typebox";
import { RECOVER_DEFAULT, RECOVER_MAX, RECOVER_PER_SECOND_DEFAULT, RECOVER_PER_SECOND_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { eventTypes, type EventType } from "../../core/events.ts";
import { firstIdAt, madeAt } from "../../core/ids.ts";
import type { Delivery, Scope } from "../../core/model.ts";
import type { DeliveryDetail, Page } from "../../core/ports/reads.ts";
import { eventIn } from "../../core/ports/versions.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { recoverDeliveries, type RecoverWish } from "../../flows/deliveries/recover.ts";
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
  pageQuery,
  shows,
  strict,
  TIME,
  wordsIn,
  wordsOf,
} from "../schemas/common.ts";
import { timeOf } from "../times.ts";
import { deliveryShown, deliveryStatuses } from "../schemas/delivery.ts";

const tags = ["Deliveries"];

/** Deliveries to the merchant: list, get with tries, send again. */
export function deliveryRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  getRoute(api, deps);
  retryRoute(api, deps);
  recoverRoute(api, deps);
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeliveries",
    summary: "List deliveries, newest first",
    description: "What is or was owed to webhook endpoints and, as e-mail, to shoppers, without its tries.",
    tags,
    querystring: listDeliveriesQuery,
    response: { 200: shows("DeliveryList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/deliveries", { onRequest: api.guard("webhooks.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { status, payment_id: paymentId, event_type: eventType, endpoint_id: endpointId } = request.query;
    const scope = scopeOf(request);
    const filter = { statuses: wordsOf<Delivery["status"]>(status), paymentId, eventType, endpointId };
    const read = (page: Page) => deps.reads.deliveries(scope, { ...page, ...filter, mayBeRemoved: mayBeRemoved(deps, scope, page) });
    return sendText(reply, 200, await listText(request.query, { prefix: "dlv", read, render: deliveryShown.render }));
  });
}

/** True if the cursor may name a delivery that the clean-up has removed: older than the retention, not older than the merchant. */
export function mayBeRemoved({ flows }: ApiDeps, { merchantId }: Scope, { startingAfter, endingBefore }: Page): boolean {
  const cursor = startingAfter ?? endingBefore;
  if (cursor === undefined) return false;
  return madeAt(cursor) < flows.clock.now() - flows.options.retention.deliveriesMs && madeAt(cursor) >= madeAt(merchantId);
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getDelivery",
    summary: "Get a delivery with its tries",
    description: "With the bytes that are sent at every try, and each try with its request and the first 8 KB of the answer.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Delivery", "The delivery."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/deliveries/:id", { onRequest: api.guard("webhooks.read"), schema }, async (request, reply) => {
    const found = await deps.reads.delivery(scopeOf(request), pathId(request, "dlv"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, shown(deps.flows, found.delivery, found));
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
  api.post("/v1/deliveries/:id/retry", { onRequest: api.guard("deliveries.retry"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const show = async (delivery: Delivery) => shown(deps.flows, delivery, await deps.reads.delivery(caller.scope, delivery.id));
    return sendAnswer(reply, await retryDelivery(deps.flows, caller, pathId(request, "dlv"), show));
  });
}

function recoverRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "recoverDeliveries",
    summary: "Send all deliveries that match again",
    description:
      "The oldest first, at a pace, each with its whole schedule from the start. `dry_run` counts what would be sent and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key). Deliveries to endpoints that are paused, switched off or deleted do not match.",
    tags,
    headers: idempotencyHeader,
    body: recoverBody,
    response: { 200: shows("DeliveryRecovery", "What matched."), ...errorAnswers("write", []) },
  };
  api.post("/v1/deliveries/recover", { onRequest: api.guard("deliveries.retry"), schema }, async (request, reply) => {
    const { body } = request;
    const wish: RecoverWish = {
      status: body.status ?? "failed",
      endpointId: body.endpoint_id,
      eventTypes: body.event_types,
      idFrom: firstIdOf("created_from", body.created_from),
      idBefore: firstIdOf("created_before", body.created_before),
      limit: body.limit ?? RECOVER_DEFAULT,
      perSecond: body.per_second ?? RECOVER_PER_SECOND_DEFAULT,
      dryRun: body.dry_run ?? false,
    };
    return sendAnswer(reply, await recoverDeliveries(deps.flows, callerOf(deps, request), wish));
  });
}

/** The first id of this time. Throws `TillwayError` invalid_field if the text is no time. */
function firstIdOf(param: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : firstIdAt("dlv", timeOf(param, text));
}

/** @param found what its tries are made of; null: it has none yet */
function shown({ versions }: ApiDeps["flows"], delivery: Delivery, found: DeliveryDetail | null): string {
  if (found === null) return JSON.stringify(deliveryShown.render({ ...delivery, log: [] }));
  const event = found.apiVersion === null ? found.event : eventIn(versions, found.event, found.apiVersion);
  const isEmail = delivery.channel === "email";
  const log = found.tries.map((each) => ({ ...each, eventId: delivery.eventId }));
  return JSON.stringify(
    deliveryShown.render({ ...delivery, to: found.to, log, url: found.url, body: isEmail ? undefined : eventEnvelope(event) }),
  );
}

const sentTypes = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].webhook);

const listDeliveriesQuery = Type.Object({
  ...pageQuery("dlv"),
  status: wordsIn(deliveryStatuses, "Those with this status."),
  payment_id: Type.Optional(Type.String({ maxLength: 64 })),
  event_type: Type.Optional(Type.Enum(sentTypes, { description: "Of this type only." })),
  endpoint_id: Type.Optional(Type.String({ maxLength: 64, description: "That were owed to this endpoint." })),
});

const timeIn = (description: string) =>
  Type.Optional(
    Type.String({
      maxLength: 40,
      pattern: TIME,
      description: `${description} ISO 8601, UTC.`,
      examples: ["2026-01-31T12:00:00Z"],
    }),
  );

const recoverBody = strict({
  status: Type.Optional(
    Type.Enum(["failed", "canceled", "succeeded"], {
      default: "failed",
      description: "failed: the schedule is exhausted. succeeded: sends what arrived once more, for a receiver that has lost it.",
    }),
  ),
  endpoint_id: Type.Optional(Type.String({ maxLength: 64, description: "To this endpoint only." })),
  event_types: Type.Optional(Type.Array(Type.Enum(sentTypes), { minItems: 1, maxItems: sentTypes.length })),
  created_from: timeIn("Owed at this time or later."),
  created_before: timeIn("Owed before this time."),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RECOVER_MAX, default: RECOVER_DEFAULT, description: "How many at most." })),
  per_second: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: RECOVER_PER_SECOND_MAX,
      default: RECOVER_PER_SECOND_DEFAULT,
      description: "The pace of their first tries.",
    }),
  ),
  dry_run: Type.Optional(Type.Boolean({ default: false, description: "Only counts." })),
});
