import { Type } from "typebox";
import { ACCOUNT_PRIORITY_MAX, ACCOUNTS_MAX, ACCOUNTS_SHOWN_MAX } from "../../core/accounts.ts";
import { SECRET_OVERLAP_MAX_MS, SECRET_OVERLAP_MS } from "../../core/constants.ts";
import type { AccountRow } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import {
  changeAccount,
  closeAccount,
  createAccount,
  foundAccount,
  rotateCredentials,
  testAccount,
  type AccountRequest,
} from "../../flows/setup/accounts.ts";
import type { App } from "../../http/app.ts";
import { callerOf, flowsBy, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardsIn } from "../payment-input.ts";
import {
  emptyBody,
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
} from "../schemas/common.ts";
import type { FastifyRequest } from "fastify";

const tags = ["Connector accounts"];

/** A merchant's gateway accounts in the mode of the caller's key. */
export function connectorAccountRoutes(api: App, deps: ApiDeps): void {
  const [reads, tests, writes] = [api.guard("config.read"), api.guard("config.write"), api.guard("accounts.write")];
  const show = (account: AccountRow) => ({ ...accountShown.render(shownRow(deps, account)) });
  const requestOf = (request: FastifyRequest): AccountRequest => ({ caller: callerOf(deps, request), show });

  api.get("/v1/connector-accounts", { onRequest: reads, schema: schemas.list }, async (request, reply) => {
    const rows = await deps.flows.settings.accounts(scopeOf(request));
    return sendText(reply, 200, JSON.stringify({ object: "list", data: rows.map(show), has_more: false }));
  });
  api.post("/v1/connector-accounts", { onRequest: writes, schema: schemas.create }, async (request, reply) => {
    refuseCardsIn({ name: request.body.name }, { credentials: request.body.credentials });
    const { verify = true, ...wish } = request.body;
    return sendAnswer(reply, await createAccount(flowsBy(deps, request), requestOf(request), { ...wish, verify }));
  });
  api.get("/v1/connector-accounts/:id", { onRequest: reads, schema: schemas.get }, async (request, reply) => {
    const account = await foundAccount(deps.flows, scopeOf(request), pathId(request, "acc"));
    return sendText(reply, 200, JSON.stringify(show(account)));
  });
  api.patch("/v1/connector-accounts/:id", { onRequest: writes, schema: schemas.change }, async (request, reply) => {
    refuseCardsIn({ name: request.body.name }, {});
    const account = await changeAccount(flowsBy(deps, request), scopeOf(request), pathId(request, "acc"), request.body);
    return sendText(reply, 200, JSON.stringify(show(account)));
  });
  api.delete("/v1/connector-accounts/:id", { onRequest: writes, schema: schemas.close }, async (request, reply) => {
    const account = await closeAccount(flowsBy(deps, request), scopeOf(request), pathId(request, "acc"));
    return sendText(reply, 200, JSON.stringify(show(account)));
  });
  api.post("/v1/connector-accounts/:id/rotate", { onRequest: writes, schema: schemas.rotate }, async (request, reply) => {
    const { credentials, overlap_seconds: seconds = SECRET_OVERLAP_MS / 1_000, verify = true } = request.body;
    refuseCardsIn({}, { credentials });
    const wish = { credentials, overlapMs: seconds * 1_000, verify };
    return sendAnswer(reply, await rotateCredentials(flowsBy(deps, request), requestOf(request), pathId(request, "acc"), wish));
  });
  api.post("/v1/connector-accounts/:id/test", { onRequest: tests, schema: schemas.test }, async (request, reply) => {
    return sendAnswer(reply, await testAccount(flowsBy(deps, request), requestOf(request), pathId(request, "acc")));
  });
}

interface ShownRow extends AccountRow {
  readonly webhookUrl: string;
  readonly shown: readonly ShownCredential[];
}

interface ShownCredential {
  readonly name: string;
  readonly value: string | null;
  readonly last4: string | null;
  readonly set_at: string;
}

function shownRow({ flows, publicUrl }: ApiDeps, account: AccountRow): ShownRow {
  const fields = flows.connectors.get(account.connector)?.accounts?.credentials ?? [];
  const shown = fields.flatMap(({ name, isSecret }): ShownCredential[] => {
    const value = account.credentials[name];
    if (value === undefined) return [];
    const set_at = iso(account.credentialsSetAt[name] ?? account.createdAt);
    return [{ name, value: isSecret ? null : value, last4: value.length < LAST4_FROM ? null : value.slice(-4), set_at }];
  });
  return { ...account, webhookUrl: `${publicUrl}/v1/gateways/${account.connector}/${account.id}/webhooks`, shown };
}

/** Four characters of a shorter one would be too much of it. */
const LAST4_FROM = 16;

export const accountShown = resource<ShownRow>("ConnectorAccount", {
  id: [Type.String(), ({ id }) => id],
  object: [Type.Literal("connector_account"), () => "connector_account"],
  mode: [Type.Enum(["test", "live"]), ({ mode }) => mode],
  connector: [Type.String({ description: "The gateway." }), ({ connector }) => connector],
  name: [Type.String({ description: "For people." }), ({ name }) => name],
  priority: [Type.Integer({ description: "The lowest is tried first." }), ({ priority }) => priority],
  status: [
    Type.Enum(["enabled", "disabled"], {
      description: "A disabled account gets no new charges. What it has begun is asked about, captured and refunded all the same.",
    }),
    ({ status }) => status,
  ],
  credentials: [
    Type.Array(
      strict({
        name: Type.String(),
        value: nullable(Type.String({ description: "Null for a secret, which is never shown." })),
        last4: nullable(Type.String({ description: "Tells secrets apart without showing them. Null for a short one." })),
        set_at: timestamp("When it was set."),
      }),
      { description: "Those that it has." },
    ),
    ({ shown }) => shown,
  ],
  webhook_url: [Type.String({ description: "Where the gateway sends its webhooks: register it there." }), ({ webhookUrl }) => webhookUrl],
  previous_webhook_secret_expires_at: time<ShownRow>(
    "Until then the webhook secret before the last rotation is accepted as well.",
    ({ previousSecretUntil }) => previousSecretUntil,
  ),
  verified_at: time<ShownRow>("When the gateway accepted these credentials last.", ({ verifiedAt }) => verifiedAt),
  closed_at: time<ShownRow>("Since when it is disabled for good.", ({ closedAt }) => closedAt),
  created_at: [timestamp("When it was created."), ({ createdAt }) => iso(createdAt)],
});

/** All of them fit one page, so there is no cursor. */
export const accountListSchema = listOf("ConnectorAccountList", "ConnectorAccount");

const fields = {
  name: Type.String({
    minLength: 1,
    maxLength: 100,
    description: "For people: what tells it from the others.",
    examples: ["Main account"],
  }),
  priority: Type.Integer({ minimum: 1, maximum: ACCOUNT_PRIORITY_MAX, description: "The lowest is tried first." }),
  status: Type.Enum(["enabled", "disabled"], { description: "Only an enabled account gets new charges." }),
  credentials: Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 1_024 }), {
    minProperties: 1,
    maxProperties: 16,
    description: "By name. docs/accounts.md lists those of each connector.",
    examples: [{ api_key: "sandbox_second_shop", webhook_secret: "hooks-of-the-second-shop" }],
  }),
  verify: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        "Whether the gateway is asked, by a call without an effect, if it accepts the credentials; if not, nothing is saved. False saves them as they are, e.g. while the gateway is down.",
    }),
  ),
};

const tested = ["credentials_refused", "credentials_not_tested"] as const;

const schemas = {
  list: {
    operationId: "listConnectorAccounts",
    summary: "List connector accounts",
    description: `Of the mode of the caller's key: those that are not closed first, by priority. At most ${ACCOUNTS_SHOWN_MAX}.`,
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("ConnectorAccountList", "The accounts, without their secrets."), ...errorAnswers("get", []) },
  },
  create: {
    operationId: "createConnectorAccount",
    summary: "Create a connector account",
    description: `In the mode of the caller's key. At most ${ACCOUNTS_MAX} are not closed. The credentials are sealed, and never shown again.`,
    tags,
    headers: idempotencyHeader,
    body: strict({
      connector: Type.String({ minLength: 1, maxLength: 40, pattern: "^[a-z0-9_-]+$", description: "The gateway.", examples: ["sandbox"] }),
      name: fields.name,
      priority: Type.Optional({ ...fields.priority, description: "The lowest is tried first. Left out: after all others." }),
      status: Type.Optional(fields.status),
      credentials: fields.credentials,
      verify: fields.verify,
    }),
    response: {
      201: shows("ConnectorAccount", "The account, without its secrets."),
      ...errorAnswers("write", ["invalid_state", ...tested]),
    },
  },
  get: {
    operationId: "retrieveConnectorAccount",
    summary: "Get a connector account",
    description: "Without its secrets.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("ConnectorAccount", "The account."), ...errorAnswers("get", ["not_found"]) },
  },
  change: {
    operationId: "updateConnectorAccount",
    summary: "Change a connector account",
    description:
      "Its name, its priority, and whether it gets new charges; what is not named stays. An account that is disabled goes on with what it has begun.",
    tags,
    params: idParams,
    body: strict({
      name: Type.Optional(fields.name),
      priority: Type.Optional(fields.priority),
      status: Type.Optional(fields.status),
    }),
    response: { 200: shows("ConnectorAccount", "The account."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
  close: {
    operationId: "closeConnectorAccount",
    summary: "Close a connector account",
    description:
      "Disables it for good. It is not removed, since payments refer to it: what it has begun is asked about, captured and refunded all the same, so its credentials must stay valid at the gateway until then, or be rotated. One that is closed stays as it is.",
    tags,
    params: idParams,
    response: { 200: shows("ConnectorAccount", "The account, which is closed."), ...errorAnswers("delete", ["not_found"]) },
  },
  rotate: {
    operationId: "rotateConnectorAccountCredentials",
    summary: "Give a connector account other credentials",
    description:
      "Those that are named take the place of those before; the others stay. The answer comes after a second, when all processes use them: then those before may end at the gateway. Until the overlap ends a webhook that is signed with the webhook secret before is accepted as well; a secret that was older still ends at once.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: strict({
      credentials: fields.credentials,
      overlap_seconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: SECRET_OVERLAP_MAX_MS / 1_000,
          default: SECRET_OVERLAP_MS / 1_000,
          description:
            "How long the webhook secret before is accepted beside the new one. 0: it ends at once, e.g. because somebody has read it.",
        }),
      ),
      verify: fields.verify,
    }),
    response: {
      200: shows("ConnectorAccount", "The account, without its secrets."),
      ...errorAnswers("write", ["not_found", ...tested]),
    },
  },
  test: {
    operationId: "testConnectorAccount",
    summary: "Test a connector account",
    description: "Asks the gateway, by a call without an effect, whether it accepts the credentials. `verified_at` says when it did.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: {
      200: shows("ConnectorAccount", "The gateway accepts its credentials."),
      ...errorAnswers("write", ["not_found", ...tested]),
    },
  },
} as const;
