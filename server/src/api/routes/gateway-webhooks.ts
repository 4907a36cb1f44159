import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { receiveGatewayEvent } from "../../flows/gateway-events/receive.ts";
import type { App } from "../../http/app.ts";
import { places } from "../../http/places.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers } from "../schemas/common.ts";

/** Events of gateways are larger than requests of merchants. Four times the limit of a request fits all that providers document. */
export const GATEWAY_BODY_MAX_BYTES = 262_144;

/**
 * Events of gateways. The bytes are kept as they arrived, since signatures cover bytes; the signature is the authentication.
 * The answer is 2xx only after the event is committed, so a gateway sends lost events again. Register it in a context of its own:
 * it replaces the body parser.
 */
export function gatewayWebhookRoutes(api: App, deps: ApiDeps): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: GATEWAY_BODY_MAX_BYTES }, (_request, body, done) => done(null, body));
  const schema = {
    operationId: "receiveGatewayWebhook",
    summary: "For gateways: an event of theirs",
    description: `The raw body, at most ${GATEWAY_BODY_MAX_BYTES} bytes, with the gateway's signature headers.`,
    tags: ["Gateways"],
    security: [],
    params: Type.Object({ connector: Type.String(), account: Type.String() }),
    response: {
      200: Type.Object({ received: Type.Literal(true), duplicate: Type.Boolean() }, { description: "Kept." }),
      ...errorAnswers("public", ["not_found", "invalid_signature", "body_too_large", "rate_limited"]),
    },
  };
  const onRequest = admission(deps);
  api.post(
    "/v1/gateways/:connector/:account/webhooks",
    { schema, onRequest, bodyLimit: GATEWAY_BODY_MAX_BYTES, config: { load: "critical", isGateways: true } },
    async (request, reply) => {
      const { connector, account } = request.params;
      const raw = { headers: singleHeaders(request), body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array() };
      const { duplicate } = await receiveGatewayEvent(deps.flows, { connector, accountId: account, raw, requestId: request.id });
      return sendText(reply, 200, JSON.stringify({ received: true, duplicate }));
    },
  );
}

/** Gateways send a few events at once. If more are refused, gateways send them again later. */
const UNDER_WAY_MAX = 256;

/** Runs before a body is read. Nothing proves the sender yet, so the account must exist and has a bounded number of places. */
function admission(deps: ApiDeps) {
  const underWay = places();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { connector, account } = request.params as { readonly connector: string; readonly account: string };
    // Without a query: anybody can send these.
    if (!deps.flows.connectors.has(connector) || !NAME.test(account)) throw new TillwayError("not_found");
    const known = await deps.flows.settings.account(account);
    if (known?.connector !== connector) throw new TillwayError("not_found");
    // If the sender hung up meanwhile, "close" has already fired and would never free the place.
    if (reply.raw.destroyed) return;
    if (underWay.take(account) > UNDER_WAY_MAX) {
      underWay.leave(account);
      throw new TillwayError("rate_limited");
    }
    reply.raw.once("close", () => underWay.leave(account));
  };
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Headers that came once: a repeated one (an array) is no signature. */
function singleHeaders(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, typeof value === "string" ? value : undefined]));
}
