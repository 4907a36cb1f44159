import { Type } from "typebox";
import {
  ENDPOINT_HEADERS_MAX,
  ENDPOINTS_MAX,
  SECRET_OVERLAP_MAX_MS,
  SECRET_OVERLAP_MS,
  WEBHOOK_SCHEDULES_MS,
} from "../../core/constants.ts";
import { eventFilters } from "../../core/events.ts";
import { representEndpoint } from "../../core/represent.ts";
import {
  addEndpoint,
  changeEndpoint,
  deleteEndpoint,
  found,
  rotateSecret,
  sendTest,
  type EndpointWish,
} from "../../flows/setup/endpoints.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import type { App } from "../../http/app.ts";
import { callerOf, flowsBy, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import {
  component,
  emptyBody,
  errorAnswers,
  idempotencyHeader,
  idParams,
  listOf,
  nullable,
  shows,
  strict,
  versionIn,
  WEB_URL,
} from "../schemas/common.ts";
import { deliveryShown } from "../schemas/delivery.ts";

const tags = ["Webhook endpoints"];

/** A merchant's endpoints: list, add, get, change, delete, rotate the secret, send a test. */
export function webhookEndpointsRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  addRoute(api, deps);
  getRoute(api, deps);
  changeRoute(api, deps);
  deleteRoute(api, deps);
  rotateRoute(api, deps);
  testRoute(api, deps);
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listWebhookEndpoints",
    summary: "List webhook endpoints",
    description: `All of them, oldest first: at most ${ENDPOINTS_MAX}.`,
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("WebhookEndpointList", "All endpoints."), ...errorAnswers("get", []) },
  };
  api.get("/v1/webhook-endpoints", { onRequest: api.guard("webhooks.read"), schema }, async (request, reply) => {
    const endpoints = await deps.flows.settings.endpoints(scopeOf(request));
    return sendText(reply, 200, JSON.stringify({ object: "list", data: endpoints.map(representEndpoint), has_more: false }));
  });
}

function addRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createWebhookEndpoint",
    summary: "Add a webhook endpoint",
    description:
      "The answer shows its secret. Send an Idempotency-Key: a repeat within a day shows it again, as long as it is in force. What happens from now on is sent to it.",
    tags,
    headers: idempotencyHeader,
    body: addBody(deps.flows.versions.known),
    response: {
      201: shows("WebhookEndpoint", "The endpoint, with its secret."),
      ...errorAnswers("write", ["invalid_url", "invalid_state"]),
    },
  };
  api.post("/v1/webhook-endpoints", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    const wish = { ...readWish(request.body), url: request.body.url };
    return sendAnswer(reply, await addEndpoint(flowsBy(deps, request), callerOf(deps, request), wish));
  });
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "retrieveWebhookEndpoint",
    summary: "Get a webhook endpoint",
    description: "Without its secret, and with the names of its headers only.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("WebhookEndpoint", "The endpoint."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/webhook-endpoints/:id", { onRequest: api.guard("webhooks.read"), schema }, async (request, reply) => {
    const endpoint = await found(deps.flows, scopeOf(request), pathId(request, "whe"));
    return sendText(reply, 200, JSON.stringify(representEndpoint(endpoint)));
  });
}

function changeRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "updateWebhookEndpoint",
    summary: "Change a webhook endpoint",
    description:
      "Only what is named changes. While it is paused, what happens is owed to it and waits; `status` enabled sends all of it, also after a receiver's 410 Gone switched it off. Headers are replaced as a whole; if the endpoint has some, a URL of another server comes with those that it shall get. The secret stays the same, also for another URL.",
    tags,
    params: idParams,
    body: changeBody(deps.flows.versions.known),
    response: {
      200: shows("WebhookEndpoint", "The endpoint."),
      ...errorAnswers("write", ["not_found", "invalid_url", "conflicting_field"]),
    },
  };
  api.patch("/v1/webhook-endpoints/:id", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    const endpoint = await changeEndpoint(flowsBy(deps, request), scopeOf(request), pathId(request, "whe"), readWish(request.body));
    return sendText(reply, 200, JSON.stringify(representEndpoint(endpoint)));
  });
}

function deleteRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "deleteWebhookEndpoint",
    summary: "Delete a webhook endpoint",
    description: "What it is still owed is called off. Pause it instead to have that sent later.",
    tags,
    params: idParams,
    response: { 200: shows("DeletedWebhookEndpoint", "It is gone."), ...errorAnswers("delete", ["not_found"]) },
  };
  api.delete("/v1/webhook-endpoints/:id", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    const id = pathId(request, "whe");
    await deleteEndpoint(flowsBy(deps, request), scopeOf(request), id);
    return sendText(reply, 200, JSON.stringify({ id, object: "webhook_endpoint", deleted: true }));
  });
}

function rotateRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "rotateWebhookEndpointSecret",
    summary: "Give a webhook endpoint a new secret",
    description:
      "The answer shows it. Until the overlap ends both secrets sign every event: `webhook-signature` holds a signature by each, and `X-Webhook-Signature` is by the new one. A secret that was older still ends at once. Send an Idempotency-Key: a repeat within a day shows the same secret.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: rotateBody,
    response: {
      201: shows("WebhookEndpoint", "The endpoint, with its new secret."),
      ...errorAnswers("write", ["not_found", "invalid_state"]),
    },
  };
  api.post("/v1/webhook-endpoints/:id/rotate-secret", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    const { overlap_seconds: seconds = SECRET_OVERLAP_MS / 1_000 } = request.body;
    const answer = await rotateSecret(flowsBy(deps, request), callerOf(deps, request), pathId(request, "whe"), seconds * 1_000);
    return sendAnswer(reply, answer);
  });
}

function testRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "testWebhookEndpoint",
    summary: "Send a test event to a webhook endpoint",
    description:
      "An event of type `webhook.test`, to this endpoint only, whatever it asks for. The answer is its delivery; GET /v1/deliveries/{id} shows what your server answered.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: { 201: shows("Delivery", "The delivery of the test event."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  };
  api.post("/v1/webhook-endpoints/:id/test", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const show = (delivery: Parameters<typeof deliveryShown.render>[0]) => JSON.stringify(deliveryShown.render({ ...delivery, log: [] }));
    return sendAnswer(reply, await sendTest(deps.flows, caller, pathId(request, "whe"), show));
  });
}

const url = Type.String({
  minLength: 1,
  maxLength: 2_048,
  pattern: WEB_URL,
  description: "Where events are sent: http or https, a public address.",
  examples: ["https://shop.example/webhooks"],
});

const schedules = ["default", ...(Object.keys(WEBHOOK_SCHEDULES_MS) as (keyof typeof WEBHOOK_SCHEDULES_MS)[])] as const;

const settings = {
  description: Type.Optional(nullable(Type.String({ maxLength: 500, description: "For your people." }))),
  events: Type.Optional(
    Type.Array(Type.Enum([...eventFilters]), {
      minItems: 1,
      maxItems: eventFilters.length,
      description: "Which events it gets: all (`*`, the default), all about one thing (`payment.*`), or single types.",
    }),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 1_024 }), {
      maxProperties: ENDPOINT_HEADERS_MAX,
      description: "Sent with every event beside our own headers. They are kept as secrets are: only their names are shown.",
    }),
  ),
  retry_schedule: Type.Optional(
    Type.Enum([...schedules], {
      description:
        "How long an event that does not arrive is tried again: 2 h 36 min, a day, or three days. docs/webhooks.md has the gaps.",
    }),
  ),
  status: Type.Optional(Type.Enum(["enabled", "paused"], { description: "While it is paused, what happens is owed to it and waits." })),
};

const PINNED = "In which version of the API it gets events, also those that it is owed already.";
const addBody = (known: readonly ApiVersion[]) =>
  strict({ url, ...settings, api_version: versionIn(known, `${PINNED} Left out: that of this request.`) });
const changeBody = (known: readonly ApiVersion[]) =>
  strict({ url: Type.Optional(url), ...settings, api_version: versionIn(known, PINNED) });

const rotateBody = strict({
  overlap_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: SECRET_OVERLAP_MAX_MS / 1_000,
      default: SECRET_OVERLAP_MS / 1_000,
      description: "How long the secret before signs beside the new one. 0: it ends at once, e.g. because somebody has read it.",
    }),
  ),
});

type Body = Partial<Type.Static<ReturnType<typeof addBody>>>;

/** The body as the flow takes it. Throws `TillwayError` invalid_field if a text looks like a card number. */
function readWish(body: Body): EndpointWish {
  refuseCardNumbers("url", body.url);
  refuseCardNumbers("description", body.description ?? undefined);
  for (const [name, value] of Object.entries(body.headers ?? {})) {
    refuseCardNumbers("headers", name);
    refuseCardNumbers(`headers.${name}`, value);
  }
  return {
    url: body.url,
    description: body.description,
    events: body.events,
    headers: body.headers,
    retrySchedule: body.retry_schedule,
    status: body.status,
    apiVersion: body.api_version,
  };
}

/** All of them fit one page, so there is no cursor. */
export const endpointListSchema = listOf("WebhookEndpointList", "WebhookEndpoint");

export const deletedEndpointSchema = component("DeletedWebhookEndpoint", {
  id: Type.String(),
  object: Type.Literal("webhook_endpoint"),
  deleted: Type.Boolean(),
});
