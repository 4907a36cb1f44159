import { Type } from "typebox";
import { KEYS_MAX, KEYS_SHOWN_MAX, RATE_LIMIT_MAX, SECRET_OVERLAP_MAX_MS, SECRET_OVERLAP_MS } from "../../core/constants.ts";
import { scopes } from "../../core/permissions.ts";
import type { ApiKey } from "../../core/ports/settings.ts";
import { changeKey, createKey, foundKey, revokeKey, rotateKey, type KeyRequest } from "../../flows/setup/keys.ts";
import { actorOf, type App } from "../../http/app.ts";
import { callerOf, flowsBy, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import {
  errorAnswers,
  idempotencyHeader,
  idParams,
  listOf,
  nullable,
  resource,
  shows,
  strict,
  time,
  timestamp,
  versionIn,
} from "../schemas/common.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import { iso } from "../../core/represent.ts";
import type { FastifyRequest } from "fastify";

const tags = ["Keys"];

/** A merchant's API keys in the mode of the caller's: list, create, get, change, rotate, revoke. */
export function keyRoutes(api: App, deps: ApiDeps): void {
  const [reads, writes] = [api.guard("keys.read"), api.guard("keys.write")];
  const { create, change } = keyBodies(deps.flows.versions.known);
  const requestOf = (request: FastifyRequest): KeyRequest => ({
    caller: callerOf(deps, request),
    granted: actorOf(request).scopes,
    limit: { own: actorOf(request).rateLimitPerSecond, standard: deps.requestsPerSecond ?? null },
    show: keyShown.render,
  });
  const send = (key: ApiKey): string => JSON.stringify(keyShown.render(key));

  api.get("/v1/keys", { onRequest: reads, schema: schemas.list }, async (request, reply) => {
    const rows = await deps.flows.settings.keys(scopeOf(request), deps.flows.clock.now());
    return sendText(reply, 200, JSON.stringify({ object: "list", data: rows.map(keyShown.render), has_more: false }));
  });
  api.post("/v1/keys", { onRequest: writes, schema: { ...schemas.create, body: create } }, async (request, reply) => {
    refuseCardNumbers("name", request.body.name);
    return sendAnswer(reply, await createKey(flowsBy(deps, request), requestOf(request), wishOf(request.body)));
  });
  api.get("/v1/keys/:id", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, send(await foundKey(deps.flows, scopeOf(request), pathId(request, "key")))),
  );
  api.patch("/v1/keys/:id", { onRequest: writes, schema: { ...schemas.change, body: change } }, async (request, reply) => {
    refuseCardNumbers("name", request.body.name);
    const changed = await changeKey(flowsBy(deps, request), requestOf(request), pathId(request, "key"), wishOf(request.body));
    return sendText(reply, 200, send(changed));
  });
  api.delete("/v1/keys/:id", { onRequest: writes, schema: schemas.revoke }, async (request, reply) =>
    sendText(reply, 200, send(await revokeKey(flowsBy(deps, request), scopeOf(request), pathId(request, "key")))),
  );
  api.post("/v1/keys/:id/rotate", { onRequest: writes, schema: schemas.rotate }, async (request, reply) => {
    const { overlap_seconds: seconds = SECRET_OVERLAP_MS / 1_000 } = request.body;
    return sendAnswer(reply, await rotateKey(flowsBy(deps, request), requestOf(request), pathId(request, "key"), seconds * 1_000));
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
  rate_limit_per_second: [
    nullable(Type.Integer({ description: "Its own limit of requests a second; null: that of the installation, if there is one." })),
    (key) => key.rateLimitPerSecond,
  ],
  api_version: [
    Type.String({ description: "In which version it sees the API if its requests name none.", examples: ["2026-11-27"] }),
    (key) => key.apiVersion,
  ],
  last_used_at: time<ApiKey>("When it was used last, to the minute.", (key) => key.lastUsedAt),
  expires_at: time<ApiKey>("It was rotated, and ends then.", (key) => key.expiresAt),
  revoked_at: time<ApiKey>("When it was revoked.", (key) => key.revokedAt),
  created_at: [timestamp("When it was created."), (key) => iso(key.createdAt)],
});

/** All of them fit one page, so there is no cursor. */
export const keyListSchema = listOf("ApiKeyList", "ApiKey");

/** Of requests that make or change a key. */
export const keyFields = {
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    description: "For people: which service or person uses it.",
    examples: ["Checkout"],
  }),
  scopes: Type.Array(Type.Enum([...scopes]), {
    minItems: 1,
    maxItems: scopes.length,
    description: "What it may do; no more than the key that makes it.",
  }),
  rate_limit_per_second: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: RATE_LIMIT_MAX,
        description:
          "Requests a second that it may make to one process, ten times as many at once; null: as many as the installation allows any key. No more than the key that asks; only the operator gives more.",
      }),
    ),
  ),
};
const { name, scopes: granted, rate_limit_per_second } = keyFields;

/** A body of these fields, as flows take it. */
export function wishOf<Body extends { readonly rate_limit_per_second?: number | null; readonly api_version?: ApiVersion }>({
  rate_limit_per_second: limit,
  api_version: apiVersion,
  ...rest
}: Body) {
  return { ...rest, ...(limit !== undefined && { rateLimitPerSecond: limit }), ...(apiVersion !== undefined && { apiVersion }) };
}

const PINNED = "In which version it sees the API if its requests name none.";

function keyBodies(known: readonly ApiVersion[]) {
  return {
    create: strict({ name, scopes: granted, rate_limit_per_second, api_version: versionIn(known, `${PINNED} Left out: the newest.`) }),
    change: strict({
      name: Type.Optional(name),
      scopes: Type.Optional(granted),
      rate_limit_per_second,
      api_version: versionIn(known, PINNED),
    }),
  };
}

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
      "Its name, its scopes, its limit, or its version, forward and back; key and secret stay. Other processes know within a second. Only a key that may do all that this one may, before and after, can change it.",
    tags,
    params: idParams,
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
      "The answer is a key of the same name, scopes and version, with its secret. Until the overlap ends both work. Send an Idempotency-Key: a repeat within a day shows the same key and secret.",
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
