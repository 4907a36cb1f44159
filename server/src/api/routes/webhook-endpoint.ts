import { Type } from "typebox";
import { WEBHOOK_SCHEDULES_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { eventFilters } from "../../core/events.ts";
import { representEndpoint } from "../../core/represent.ts";
import { onlyOne, putEndpoint } from "../../flows/setup/endpoint.ts";
import type { App } from "../../http/app.ts";
import { callerOf, flowsBy, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { component, errorAnswers, idempotencyHeader, nullable, shows, strict, timestamp, WEB_URL } from "../schemas/common.ts";

const tags = ["Webhook endpoints"];

/** The short form for a merchant with one endpoint: set it, look at it. */
export function webhookEndpointRoutes(api: App, deps: ApiDeps): void {
  putRoute(api, deps);
  getRoute(api, deps);
}

function putRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "putWebhookEndpoint",
    summary: "Set where events are sent",
    description:
      "The short form for one endpoint: with several it is refused (409), and /v1/webhook-endpoints is the way. A new URL gets a new secret, shown in this answer (201) only; send an Idempotency-Key, and a repeat within a day shows it again. The same URL again keeps its secret (200). An endpoint that answered 410 Gone for a minute is switched off: setting its URL, the same or a new one, switches it on and sends what waited, in order. What is still owed goes to the URL that is set.",
    tags,
    headers: idempotencyHeader,
    body: putEndpointBody,
    response: {
      200: shows("WebhookEndpoint", "The endpoint."),
      201: shows("WebhookEndpoint", "Set, with its new secret."),
      ...errorAnswers("write", ["invalid_url", "invalid_state", "conflicting_field"]),
    },
  };
  api.put("/v1/webhook-endpoint", { onRequest: api.guard("webhooks.write"), schema }, async (request, reply) => {
    refuseCardNumbers("url", request.body.url);
    return sendAnswer(reply, await putEndpoint(flowsBy(deps, request), callerOf(deps, request), { url: request.body.url }));
  });
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getWebhookEndpoint",
    summary: "Get where events are sent",
    description: "The short form for one endpoint: with several it is refused (409). Without its secret, which was shown once.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("WebhookEndpoint", "The endpoint."), ...errorAnswers("get", ["not_found", "invalid_state"]) },
  };
  api.get("/v1/webhook-endpoint", { onRequest: api.guard("webhooks.read"), schema }, async (request, reply) => {
    const endpoint = onlyOne(await deps.flows.settings.endpoints(scopeOf(request)));
    if (endpoint === null) throw new TillwayError("not_found", { message: "No webhook endpoint is set. PUT one here." });
    return sendText(reply, 200, JSON.stringify(representEndpoint(endpoint)));
  });
}

export const putEndpointBody = strict({
  url: Type.String({
    minLength: 1,
    maxLength: 2_048,
    pattern: WEB_URL,
    description: "Where events are sent: http or https, a public address.",
    examples: ["https://shop.example/webhooks"],
  }),
});

export const endpointSchema = component("WebhookEndpoint", {
  id: Type.String(),
  object: Type.Literal("webhook_endpoint"),
  url: Type.String(),
  description: nullable(Type.String()),
  events: Type.Array(Type.Enum([...eventFilters]), { description: "Which events it gets." }),
  api_version: Type.String({ description: "In which version of the API it gets them.", examples: ["2026-11-27"] }),
  status: Type.Enum(["enabled", "paused", "disabled"], {
    description: "Paused by you, or disabled by what your server answers. Either way what happens is owed and waits.",
  }),
  disabled_reason: nullable(
    Type.String({
      description:
        "Why it is switched off: for a minute it answered nothing but 410 Gone. What happens meanwhile is owed and waits; enable it, and all of it is sent.",
    }),
  ),
  disabled_at: nullable(timestamp("When it was switched off.")),
  left_alone_until: nullable(
    timestamp("It has failed so often in a row that nothing is tried before then; what it is owed is held, and loses no try by that."),
  ),
  secret_last4: Type.String({ description: "Tells secrets apart without showing them." }),
  secret_created_at: timestamp("When the secret was made."),
  previous_secret_expires_at: nullable(timestamp("Until then the secret before signs as well.")),
  header_names: Type.Array(Type.String(), { description: "Of the headers of your own. Their values are kept as secrets are." }),
  retry_schedule: Type.Enum(["default", ...Object.keys(WEBHOOK_SCHEDULES_MS), "custom"]),
  created_at: timestamp("When it was set."),
  secret: Type.Optional(
    Type.String({ description: "Signs every event. Shown when it was made, and to a repeat of that request under its Idempotency-Key." }),
  ),
});
