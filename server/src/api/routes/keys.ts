import { Type } from "typebox";
import { KEYS_MAX, KEYS_SHOWN_MAX, SECRET_OVERLAP_MAX_MS, SECRET_OVERLAP_MS } from "../../core/constants.ts";
import { scopes } from "../../core/permissions.ts";
import type { ApiKey } from "../../core/ports/settings.ts";
import { changeKey, createKey, foundKey, revokeKey, rotateKey, type KeyRequest } from "../../flows/setup/keys.ts";
import { actorOf, type App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { errorAnswers, idempotencyHeader, idParams, listOf, resource, shows, strict, time, timestamp } from "../schemas/common.ts";
import { iso } from "../../core/represent.ts";
import type { FastifyRequest } from "fastify";

const tags = ["Keys"];

/** A merchant's API keys in the mode of the caller's: list, create, get, change, rotate, revoke. */
export function keyRoutes(api: App, deps: ApiDeps): void {
  const onRequest = api.guard("config");
  const requestOf = (request: FastifyRequest): KeyRequest => ({
    caller: callerOf(deps.hashKey, request),
    granted: actorOf(request).scopes,
    show: keyShown.render,
  });
  const send = (key: ApiKey): string => JSON.stringify(keyShown.render(key));

  api.get("/v1/keys", { onRequest, schema: schemas.list }, async (request, reply) => {
    const rows = await deps.flows.settings.keys(scopeOf(request), deps.flows.clock.now());
    return sendText(reply, 200, JSON.stringify({ object: "list", data: rows.map(keyShown.render), has_more: false }));
  });
  api.post("/v1/keys", { onRequest, schema: schemas.create }, async (request, reply) => {
    refuseCardNumbers("name", request.body.name);
    return sendAnswer(reply, await createKey(deps.flows, requestOf(request), request.body));
  });
  api.get("/v1/keys/:id", { onRequest, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, send(await foundKey(deps.flows, scopeOf(request), pathId(request, "key")))),
  );
  api.patch("/v1/keys/:id", { onRequest, schema: schemas.change }, async (request, reply) => {
    refuseCardNumbers("name", request.body.name);
    return sendText(reply, 200, send(await changeKey(deps.flows, requestOf(request), pathId(request, "key"), request.body)));
  });
  api.delete("/v1/keys/:id", { onRequest, schema: schemas.revoke }, async (request, reply) =>
    sendText(reply, 200, send(await revokeKey(deps.flows, scopeOf(request), pathId(request, "key")))),
  );
  api.post("/v1/keys/:id/rotate", { onRequest, schema: schemas.rotate }, async (request, reply) => {
    const { overlap_seconds: seconds = SECRET_OVERLAP_MS / 1_000 } = request.body;
    return sendAnswer(reply, await rotateKey(deps.flows, requestOf(request), pathId(request, "key"), seconds * 1_000));
  });
}

export const keyShown = resource<ApiKey>("ApiKey", {
  id: [Type.String(), (key) => key.id],
  object: [Type.Literal("api_key"), () => "api_key"],
  mode: [Type.Enum(["test", "live"]), (key) => key.mode],
  key: [Type.String({ description: "What X-Api-Key takes." }), (key) => key.key],
  secret: [
    Type.Optional(Type.String({ description: "What X-Api-Secret takes. Only the answer of the request that made the key shows it." })),
    () => undefined,
  ],
  name: [Type.String({ description: "For people." }), (key) => key.name],
  scopes: [Type.Array(Type.String(), { description: "What the key may do." }), (key) => key.scopes],
  last_used_at: time<ApiKey>("When it was used last, to the minute.", (key) => key.lastUsedAt),
  expires_at: time<ApiKey>("It was rotated, and ends then.", (key) => key.expiresAt),
  revoked_at: time<ApiKey>("When it was revoked.", (key) => key.revokedAt),
  created_at: [timestamp("When it was created."), (key) => iso(key.createdAt)],
});

/** All of them fit one page, so there is no cursor. */
export const keyListSchema = listOf("ApiKeyList", "ApiKey");

const name = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "For people: which service or person uses it.",
  examples: ["Checkout"],
});
const granted = Type.Array(Type.Enum([...scopes]), {
  minItems: 1,
  maxItems: scopes.length,
  description: "What it may do; no more than the key that makes it.",
});

const schemas = {
  list: {
    operationId: "listKeys",
    summary: "List API keys",
    description: `Those in force first, then newest first: at most ${KEYS_SHOWN_MAX}. Of the mode of the caller's key.`,
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("ApiKeyList", "The keys, without their secrets."), ...errorAnswers("get", []) },
  },
  create: {
    operationId: "createKey",
    summary: "Create an API key",
    description: `The answer shows its secret. Send an Idempotency-Key: a repeat within a day shows it again. At most ${KEYS_MAX} are in force.`,
    tags,
    headers: idempotencyHeader,
    body: strict({ name, scopes: granted }),
    response: { 201: shows("ApiKey", "The key, with its secret."), ...errorAnswers("write", ["invalid_state"]) },
  },
  get: {
    operationId: "retrieveKey",
    summary: "Get an API key",
    description: "Without its secret.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("ApiKey", "The key."), ...errorAnswers("get", ["not_found"]) },
  },
  change: {
    operationId: "updateKey",
    summary: "Change an API key",
    description:
      "Its name or its scopes; key and secret stay. Only a key that may do all that this one may, before and after, can change it.",
    tags,
    params: idParams,
    body: strict({ name: Type.Optional(name), scopes: Type.Optional(granted) }),
    response: { 200: shows("ApiKey", "The key."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
  revoke: {
    operationId: "revokeKey",
    summary: "Revoke an API key",
    description: "It ends for good, in every process within a second. A key may revoke itself. One that has ended stays as it is.",
    tags,
    params: idParams,
    response: { 200: shows("ApiKey", "The key, which has ended."), ...errorAnswers("delete", ["not_found"]) },
  },
  rotate: {
    operationId: "rotateKey",
    summary: "Put a new API key in the place of one",
    description:
      "The answer is a key of the same name and scopes, with its secret. Until the overlap ends both work. Send an Idempotency-Key: a repeat within a day shows the same key and secret.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: strict({
      overlap_seconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: SECRET_OVERLAP_MAX_MS / 1_000,
          default: SECRET_OVERLAP_MS / 1_000,
          description: "How long the key before works beside the new one. 0: it ends at once, e.g. because somebody has read it.",
        }),
      ),
    }),
    response: { 201: shows("ApiKey", "The new key, with its secret."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
} as const;
