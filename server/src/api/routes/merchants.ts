/** The operator's routes: merchants, and their keys in both modes. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { KEYS_MAX, KEYS_SHOWN_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Mode } from "../../core/model.ts";
import { scopes } from "../../core/permissions.ts";
import type { ApiKey, Merchant } from "../../core/ports/settings.ts";
import { iso } from "../../core/represent.ts";
import { changeKey, createKey, revokeKey, type KeyRequest } from "../../flows/setup/keys.ts";
import { addMerchant, operatorScope } from "../../flows/setup/merchant.ts";
import type { App } from "../../http/app.ts";
import { flowsBy, operatorIn, pathId, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { listText } from "../lists.ts";
import { refuseCardNumbers, refuseCardsIn } from "../payment-input.ts";
import { errorAnswers, idempotencyHeader, idParams, listOf, pageQuery, resource, shows, strict, timestamp } from "../schemas/common.ts";
import { EMAIL } from "../schemas/payment.ts";
import { timeZone, unknownZone, zoneOf } from "../time-zone.ts";
import { keyFields, keyShown, wishOf } from "./keys.ts";

/** Create, list and get merchants; list, create, change and revoke their keys. */
export function merchantRoutes(api: App, deps: ApiDeps): void {
  const onRequest = api.guard("operator");
  api.get("/v1/merchants", { onRequest, schema: schemas.list, config: { load: "list" } }, async (request, reply) =>
    sendText(reply, 200, await listText(request.query, { prefix: "mer", read: deps.reads.merchants, render: merchantShown.render })),
  );
  api.post("/v1/merchants", { onRequest, schema: schemas.create }, async (request, reply) => {
    refuseCardsIn(request.body, {});
    const { name, email, time_zone: asked } = request.body;
    const input = { name, email, timeZone: asked === undefined ? undefined : zoneOf(asked) };
    const show = (row: Merchant, key: ApiKey) => ({ ...merchantShown.render(row), api_key: keyShown.render(key) });
    const caller = operatorIn(deps, request, operatorScope);
    return sendAnswer(reply, await addMerchant(flowsBy(deps, request), { caller, show }, input, deps.firstAccount));
  });
  api.get("/v1/merchants/:id", { onRequest, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, JSON.stringify(merchantShown.render(await merchantOf(deps, request)))),
  );
  api.patch("/v1/merchants/:id", { onRequest, schema: schemas.change }, async (request, reply) => {
    const zone = request.body.time_zone === undefined ? undefined : zoneOf(request.body.time_zone);
    const before = await merchantOf(deps, request);
    const after = zone === undefined ? before : await flowsBy(deps, request).settings.setTimeZone(before.id, zone);
    if (after === null) throw unknownZone();
    return sendText(reply, 200, JSON.stringify(merchantShown.render(after)));
  });
  keysOfMerchant(api, deps);
}

function keysOfMerchant(api: App, deps: ApiDeps): void {
  const onRequest = api.guard("operator");
  /** The operator may grant everything, at any rate. */
  const requestIn = (request: FastifyRequest, merchantId: string, mode: Mode): KeyRequest => ({
    caller: operatorIn(deps, request, { merchantId, mode }),
    granted: scopes,
    limit: { own: null, standard: null },
    show: keyShown.render,
  });
  const note = (request: FastifyRequest, { merchantId, mode, id }: Pick<ApiKey, "merchantId" | "mode" | "id">, did: string): void =>
    deps.flows.log.info({ merchant_id: merchantId, mode, about_key_id: id, request_id: request.id }, `the operator ${did} an API key`);

  api.get("/v1/merchants/:id/keys", { onRequest, schema: schemas.listKeys }, async (request, reply) => {
    const { id: merchantId } = await merchantOf(deps, request);
    const modes: readonly Mode[] = request.query.mode === undefined ? ["test", "live"] : [request.query.mode];
    const now = deps.flows.clock.now();
    const rows = await Promise.all(modes.map((mode) => deps.flows.settings.keys({ merchantId, mode }, now)));
    return sendText(reply, 200, JSON.stringify({ object: "list", data: rows.flat().map(keyShown.render), has_more: false }));
  });
  api.post("/v1/merchants/:id/keys", { onRequest, schema: schemas.createKey }, async (request, reply) => {
    const { mode, name = "Default", scopes: granted = scopes, ...rest } = request.body;
    refuseCardNumbers("name", name);
    if (mode === "live" && deps.test) throw new TillwayError("invalid_state", { param: "mode", message: NO_LIVE_KEYS });
    const { id: merchantId } = await merchantOf(deps, request);
    const answer = await createKey(
      flowsBy(deps, request),
      requestIn(request, merchantId, mode),
      wishOf({ ...rest, name, scopes: granted }),
    );
    if (!answer.replayed) note(request, { merchantId, mode, id: (JSON.parse(answer.body) as { id: string }).id }, "created");
    return sendAnswer(reply, answer);
  });
  api.patch("/v1/merchants/:id/keys/:key_id", { onRequest, schema: schemas.changeKey }, async (request, reply) => {
    refuseCardNumbers("name", request.body.name);
    const { merchantId, mode, id } = await keyOf(deps, request);
    const changed = await changeKey(flowsBy(deps, request), requestIn(request, merchantId, mode), id, wishOf(request.body));
    note(request, changed, "changed");
    return sendText(reply, 200, JSON.stringify(keyShown.render(changed)));
  });
  api.delete("/v1/merchants/:id/keys/:key_id", { onRequest, schema: schemas.revokeKey }, async (request, reply) => {
    const { id, ...scope } = await keyOf(deps, request);
    return sendText(reply, 200, JSON.stringify(keyShown.render(await revokeKey(flowsBy(deps, request), scope, id))));
  });
}

const NO_LIVE_KEYS = "TEST_MODE is on, and its clock and routes are never beside live keys. Use an installation without it.";

/** Throws `TillwayError` not_found. */
async function merchantOf(deps: ApiDeps, request: FastifyRequest): Promise<Merchant> {
  const found = await deps.reads.merchant(pathId(request, "mer"));
  if (found === null) throw new TillwayError("not_found", { param: "id", message: "There is no merchant with this id." });
  return found;
}

/** Of either mode. Throws `TillwayError` not_found. */
async function keyOf(deps: ApiDeps, request: FastifyRequest): Promise<ApiKey> {
  const [merchantId, id] = [pathId(request, "mer"), pathId(request, "key", "key_id")];
  for (const mode of ["test", "live"] as const) {
    const found = await deps.flows.settings.key({ merchantId, mode }, id);
    if (found) return found;
  }
  throw new TillwayError("not_found", { param: "key_id", message: "This merchant has no key with this id." });
}

export const merchantShown = resource<Merchant>("Merchant", {
  id: [Type.String(), ({ id }) => id],
  object: [Type.Literal("merchant"), () => "merchant"],
  name: [Type.String(), ({ name }) => name],
  email: [Type.String({ description: "Of one merchant only, in whatever letters." }), ({ email }) => email],
  time_zone: [timeZone("Where its days begin."), (merchant) => merchant.timeZone],
  api_key: [
    Type.Optional(Type.Ref("ApiKey#", { description: "Its first key. Only the answer that made the merchant shows it." })),
    () => undefined,
  ],
  created_at: [timestamp("When it was created."), ({ createdAt }) => iso(createdAt)],
});

export const merchantListSchema = listOf("MerchantList", "Merchant");

const common = { tags: ["Merchants"], security: [{ operatorKey: [] }] };
const mode = Type.Enum(["test", "live"] as const, { description: "Whose money it moves: none, or real." });
const keyParams = Type.Object({
  id: Type.String({ description: "The merchant's id." }),
  key_id: Type.String({ description: "The key's id." }),
});
const { name, scopes: granted, rate_limit_per_second } = keyFields;

const schemas = {
  list: {
    ...common,
    operationId: "listMerchants",
    summary: "List merchants, newest first",
    description: "All merchants of this installation. For the operator.",
    querystring: Type.Object(pageQuery("mer")),
    response: { 200: shows("MerchantList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  },
  create: {
    ...common,
    operationId: "createMerchant",
    summary: "Create a merchant",
    description:
      "With a test key, whose secret only this answer shows, and an account at the sandbox, which is disabled where this server reaches none. Send an Idempotency-Key: a repeat within a day shows the same merchant, key and secret. For the operator.",
    headers: idempotencyHeader,
    body: strict({
      name: Type.String({ minLength: 1, maxLength: 255, description: "For people.", examples: ["Shop"] }),
      email: Type.String({
        minLength: 3,
        maxLength: 254,
        pattern: EMAIL,
        description: "Names the merchant for people and for `tillway merchant`. No other merchant may have it.",
        examples: ["ann@shop.example"],
      }),
      time_zone: Type.Optional(timeZone("Where its days begin. Left out: UTC.")),
    }),
    response: {
      201: shows("Merchant", "The merchant, with its first key and the key's secret."),
      ...errorAnswers("write", ["conflicting_field", "unknown_time_zone"]),
    },
  },
  get: {
    ...common,
    operationId: "getMerchant",
    summary: "Get a merchant",
    description: "Without its keys. For the operator.",
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Merchant", "The merchant."), ...errorAnswers("get", ["not_found"]) },
  },
  change: {
    ...common,
    operationId: "updateMerchant",
    summary: "Change a merchant",
    description: "Its time zone. Each change is an admin action. For the operator.",
    params: idParams,
    body: strict({ time_zone: Type.Optional(timeZone("Where its days begin.")) }),
    response: { 200: shows("Merchant", "The merchant."), ...errorAnswers("write", ["not_found", "unknown_time_zone"]) },
  },
  listKeys: {
    ...common,
    operationId: "listMerchantKeys",
    summary: "List the API keys of a merchant",
    description: `Of both modes or one: those in force first, then newest first, at most ${KEYS_SHOWN_MAX} of each. For the operator.`,
    params: idParams,
    querystring: Type.Object({ mode: Type.Optional(mode) }),
    response: { 200: shows("ApiKeyList", "The keys, without their secrets."), ...errorAnswers("get", ["not_found", "invalid_field"]) },
  },
  createKey: {
    ...common,
    operationId: "createMerchantKey",
    summary: "Create an API key for a merchant",
    description: `The answer shows its secret. Send an Idempotency-Key: a repeat within a day shows it again. At most ${KEYS_MAX} of a mode are in force. For the operator.`,
    headers: idempotencyHeader,
    params: idParams,
    body: strict({
      mode,
      name: Type.Optional(name),
      scopes: Type.Optional({ ...granted, description: "What it may do; everything, if it is left out." }),
      rate_limit_per_second,
    }),
    response: { 201: shows("ApiKey", "The key, with its secret."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
  changeKey: {
    ...common,
    operationId: "updateMerchantKey",
    summary: "Change an API key of a merchant",
    description: "Its name, its scopes or its limit, also to more than it had; key and secret stay. For the operator.",
    params: keyParams,
    body: strict({ name: Type.Optional(name), scopes: Type.Optional(granted), rate_limit_per_second }),
    response: { 200: shows("ApiKey", "The key."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
  revokeKey: {
    ...common,
    operationId: "revokeMerchantKey",
    summary: "Revoke an API key of a merchant",
    description: "It ends for good, in every process within a second. One that has ended stays as it is. For the operator.",
    params: keyParams,
    response: { 200: shows("ApiKey", "The key, which has ended."), ...errorAnswers("delete", ["not_found"]) },
  },
};
