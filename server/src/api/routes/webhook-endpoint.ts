import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { setEndpoint } from "../../flows/setup/endpoint.ts";
import { scopeOf, sendText } from "../answers.ts";
import type { ApiDeps } from "../deps.ts";
import type { App } from "../../http/app.ts";
import { renderEndpoint } from "../render.ts";
import { errorAnswers, shows } from "../schemas/common.ts";
import { putEndpointBody } from "../schemas/webhook-endpoint.ts";

const tags = ["Webhook endpoint"];

/** The one endpoint of a merchant and mode: set it, look at it. */
export function webhookEndpointRoutes(api: App, deps: ApiDeps): void {
  putRoute(api, deps);
  getRoute(api, deps);
}

function putRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "putWebhookEndpoint",
    summary: "Set where events are sent",
    description:
      "A new URL gets a new secret, shown in this answer (201) and never again. The same URL again keeps its secret (200), and enables an endpoint that was disabled. What is still owed goes to the URL that is set.",
    tags,
    body: putEndpointBody,
    response: {
      200: shows("WebhookEndpoint", "The endpoint."),
      201: shows("WebhookEndpoint", "Set, with its new secret."),
      ...errorAnswers("put", ["invalid_url"]),
    },
  };
  api.put("/v1/webhook-endpoint", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    refuseCardNumbers("url", request.body.url);
    const { endpoint, isNew } = await setEndpoint(deps.flows, scopeOf(request), { url: request.body.url });
    return sendText(reply, isNew ? 201 : 200, JSON.stringify(renderEndpoint(endpoint, isNew ? "secret" : "no_secret")));
  });
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getWebhookEndpoint",
    summary: "Get where events are sent",
    description: "Without its secret, which was shown once.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("WebhookEndpoint", "The endpoint."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/webhook-endpoint", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const endpoint = await deps.flows.settings.endpoint(scopeOf(request));
    if (endpoint === null) throw new TillwayError("not_found", { message: "No webhook endpoint is set. PUT one here." });
    return sendText(reply, 200, JSON.stringify(renderEndpoint(endpoint, "no_secret")));
  });
}
