/** HTTP in: routes, strict bodies, authentication, errors. Nothing here writes; changes are the flows', lists the reads'. */
import type { Server } from "node:http";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { fastify, type FastifyHttpOptions, type FastifyInstance, type FastifyReply } from "fastify";
import { BODY_MAX_BYTES, SYNC_WAIT_MS } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { createGuards } from "./actor.ts";
import { connectionsMax, tellClosed } from "../http/connections.ts";
import type { ApiDeps } from "./deps.ts";
import type { App } from "../http/types.ts";
import { answerClientError, errorHandler, sendRefusal } from "../http/errors.ts";
import { answerOtherMethods } from "../http/methods.ts";
import { openapiOptions } from "./openapi.ts";
import { requestFrame, type RequestFrame } from "../http/request-frame.ts";
import { caseRoutes } from "./routes/cases.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { errorDocsRoute } from "./routes/error-docs.ts";
import { gatewayWebhookRoutes } from "./routes/gateway-webhooks.ts";
import { healthRoutes } from "./routes/health.ts";
import { indexRoute } from "./routes/index.ts";
import { openapiRoute } from "./routes/openapi.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { webhookEndpointRoutes } from "./routes/webhook-endpoint.ts";
import { caseListSchema, caseSchema } from "./schemas/case.ts";
import { errorSchema } from "./schemas/common.ts";
import { deliveryListSchema, deliverySchema } from "./schemas/delivery.ts";
import { liveSchema, readySchema } from "./schemas/health.ts";
import { paymentListSchema, paymentSchema } from "./schemas/payment.ts";
import { endpointSchema } from "./schemas/webhook-endpoint.ts";
import { parseStrictJson } from "../http/strict-json.ts";
import { compileValidator } from "../http/validation.ts";

export type { ApiDeps } from "./deps.ts";

/**
 * The API, not yet listening. `close()` takes no new connections, lets requests under way end and resolves then; the caller closes
 * what stands behind it after that.
 */
export function createApp(deps: ApiDeps): FastifyInstance {
  const frame = requestFrame(deps);
  const app = fastify(serverOptions(deps, frame));
  const connections = deps.maxConnections ?? connectionsMax();
  if (connections !== null) app.server.maxConnections = connections;
  tellClosed(app.server, deps.log);
  app.decorateRequest("actor", null);
  app.decorateRequest("inFlight", false);
  app.addHook("onRequest", frame.begin);
  app.addHook("preValidation", frame.admit);
  app.addHook("onSend", frame.end);
  app.addHook("preClose", frame.closing);
  app.setErrorHandler(errorHandler(deps.log));
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, new TillwayError("route_not_found")));
  app.setValidatorCompiler(compileValidator);
  // Answers are text already; the schemas of answers are for the document and the tests.
  app.setSerializerCompiler(() => JSON.stringify);
  readStrictJson(app);
  for (const schema of sharedSchemas) app.addSchema(schema);
  app.register(swagger, openapiOptions(deps.version));
  app.register(async (plugin) => routes(plugin.withTypeProvider<TypeBoxTypeProvider>(), deps));
  return app;
}

/** A body arrives within this or not at all: 64 KiB need 20 kbit/s. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than load balancers keep an idle connection (60 s), so that they close it and never send into one that we just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A socket without a byte in either direction; a synchronous answer may be quiet for `SYNC_WAIT_MS`. */
const SOCKET_TIMEOUT_MS = KEEP_ALIVE_TIMEOUT_MS + SYNC_WAIT_MS;

const sharedSchemas = [
  errorSchema,
  paymentSchema,
  paymentListSchema,
  deliverySchema,
  deliveryListSchema,
  caseSchema,
  caseListSchema,
  endpointSchema,
  liveSchema,
  readySchema,
];

function serverOptions(deps: ApiDeps, frame: RequestFrame): FastifyHttpOptions<Server> {
  const requestId = (): string => newId("req", deps.flows.clock.now(), deps.flows.random.bytes(16));
  return {
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: SOCKET_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: "idle",
    // A request that came in before the end is answered; the answer closes its connection.
    return503OnClosing: false,
    genReqId: requestId,
    clientErrorHandler: answerClientError,
    // A path that cannot be decoded meets no hook, so both ends of the frame are put round it here.
    frameworkErrors: (_error, request, reply) => {
      const refusal = new TillwayError("route_not_found", { message: "The path is not valid." });
      const answer = reply as unknown as FastifyReply;
      frame.begin(request, answer, () => frame.end(request, answer, null, () => sendRefusal(request, answer, refusal)));
    },
  };
}

function readStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      const type = request.headers["content-type"]!;
      if (type !== "application/json" && /charset=(?!"?utf-?8"?\s*(;|$))/i.test(type)) throw new TillwayError("unsupported_media_type");
      done(null, parseStrictJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

async function routes(api: App, deps: ApiDeps): Promise<void> {
  const guards = createGuards(deps.flows);
  const allowed = answerOtherMethods(api);
  paymentRoutes(api, deps, guards);
  webhookEndpointRoutes(api, deps, guards);
  deliveryRoutes(api, deps, guards);
  caseRoutes(api, deps, guards);
  healthRoutes(api, deps);
  openapiRoute(api);
  indexRoute(api, deps);
  errorDocsRoute(api);
  await api.register(async (context) => gatewayWebhookRoutes(context.withTypeProvider<TypeBoxTypeProvider>(), deps));
  allowed.done();
}
