/** The frame of every listener: strict bodies, validation, errors, bounds, one log line a request. It knows no route; drivers mount theirs. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
  type FastifyRequest,
  type HookHandlerDoneFunction,
} from "fastify";
import { BODY_MAX_BYTES, SYNC_WAIT_MS } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Audience } from "../core/model.ts";
import { isPermitted, mustConfirm, whyRefused, type Permission } from "../core/permissions.ts";
import type { Clock, Random } from "../core/ports/world.ts";
import type { Actor } from "../core/ports/settings.ts";
import { answerClientError, errorHandler, sendRefusal, type ErrorDeps } from "./errors.ts";
import { boundConnections, requestFrame, watchRoutes, type FrameDeps, type RequestFrame } from "./request-frame.ts";
import { rateLimit, type RateLimit } from "./rate-limit.ts";
import { parseStrictJson } from "./strict-json.ts";
import { compileValidator } from "./validation.ts";

/** Fastify with types inferred from the TypeBox schemas that validate. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Adds the routes of a driver. */
export type Mount = (app: App) => void | Promise<void>;

export interface AppDeps extends FrameDeps, ErrorDeps {
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "bytes" | "float">;
  /** How this listener identifies its callers. */
  readonly authenticator: Authenticator;
  /** Connections open at once. Default: half of the files that this process may open. */
  readonly maxConnections?: number;
  /** Requests a second of a key without a limit of its own; null: any number. */
  readonly requestsPerSecond?: number | null;
  /** Addresses and networks of reverse proxies: a request of theirs has the address (`request.ip`) that `X-Forwarded-For` names. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** What is said of a path that does not exist, where it is not that there is no such route. */
  readonly noRoute?: (path: string) => string | undefined;
}

/**
 * An app that does not listen yet. `close()` takes no new connections, lets requests under way end and resolves then; the caller
 * closes the parts behind it after that.
 */
export function createApp(deps: AppDeps, mounts: readonly Mount[]): FastifyInstance {
  const routes = watchRoutes(deps.noRoute);
  const frame = requestFrame(deps, routes.refusal);
  const app = fastify(serverOptions(deps, frame));
  const connections = boundConnections(app.server, deps);
  // An expectation that we do not know is ignored, as HTTP allows. Node would answer 417 without a body and without the id of the request.
  app.server.on("checkExpectation", (request, response) => void app.server.emit("request", request, response));
  for (const [name, value] of Object.entries(unknownYet)) app.decorateRequest(name, value);
  app.decorate("audience", deps.authenticator.audience);
  app.decorate("guard", createGuards(deps.authenticator, connections.isKnown, rateLimit(deps.requestsPerSecond ?? null, deps.clock)));
  app.decorate("stillAllowed", stillAllowed(deps.authenticator));
  app.addHook("onRoute", routes.add);
  app.addHook("onRoute", ({ url }) => deps.figures?.route(url));
  app.addHook("onRequest", frame.begin);
  app.addHook("preValidation", frame.admit);
  app.addHook("onSend", frame.end);
  app.addHook("preClose", frame.closing);
  app.addHook("onListen", async () => frame.startShedding());
  app.addHook("onClose", async () => frame.stopShedding());
  app.setErrorHandler(errorHandler(deps));
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, routes.refusal(request, reply)));
  readStrictJson(app);
  for (const mount of mounts) {
    app.register(async (context) => {
      // Here and not above: a context that adds schemas does not inherit them.
      context.setValidatorCompiler(compileValidator);
      // Answers are text already; the schemas of answers are for the document and the tests.
      context.setSerializerCompiler(() => JSON.stringify);
      await mount(context.withTypeProvider<TypeBoxTypeProvider>());
    });
  }
  return app;
}

/** What a request begins with. */
const unknownYet = {
  actor: null,
  isOperator: false,
  operatorPerson: null,
  inFlight: false,
  loadClass: null,
  about: null,
  made: null,
  refusedAs: null,
} as const;

/** A body that takes longer is refused: 64 KiB need 20 kbit/s. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are too slow. Its default of 30 s would stretch both limits to that. */
const SLOW_CHECK_MS = 1_000;
/** Longer than load balancers keep an idle connection (60 s), so that they close it and never send into one that we just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A socket without a byte in either direction; a synchronous answer may be quiet for `SYNC_WAIT_MS`. */
const SOCKET_TIMEOUT_MS = KEEP_ALIVE_TIMEOUT_MS + SYNC_WAIT_MS;

function serverOptions(deps: AppDeps, frame: RequestFrame): FastifyHttpOptions<Server> {
  return {
    logger: false,
    trustProxy: deps.trustedProxies !== undefined && deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: SOCKET_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: SLOW_CHECK_MS },
    forceCloseConnections: "idle",
    // A request that arrived before closing is answered; the answer closes its connection.
    return503OnClosing: false,
    genReqId: () => newId("req", deps.clock.now(), deps.random.bytes(16)),
    clientErrorHandler: answerClientError,
    // A path that cannot be decoded runs no hook, so the frame's begin and end are called here.
    frameworkErrors: (_error, request, reply) => {
      const refusal = new TillwayError("route_not_found", { message: "The path is not valid." });
      const answer = reply as unknown as FastifyReply;
      // Fastify makes this request without our members.
      Object.assign(request, unknownYet);
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

declare module "fastify" {
  interface FastifyRequest {
    /** Set by a guard; null on public routes, and on those of the operator. */
    actor: Actor | null;
    /** Set by a guard. */
    isOperator: boolean;
    /** The person who is the operator here; null: the operator's key, or no operator. */
    operatorPerson: { readonly id: string; readonly email: string } | null;
  }
  interface FastifyInstance {
    /** The kind of callers that this listener serves. */
    audience: Audience;
    /** An `onRequest` hook that lets only callers with this permission pass, or only the operator. Throws authentication_error, permission_denied and confirmation_required. */
    guard(needed: Needed): Guard;
    /** Of an answer that goes on for minutes: whether its caller would pass the guard now. True while nobody knows. */
    stillAllowed(request: FastifyRequest, needed: Needed): Promise<boolean>;
  }
}

export type Needed = Permission | "operator";
type Guard = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** How a listener identifies its callers: by API keys, later by sessions or client secrets. */
export interface Authenticator {
  readonly audience: Audience;
  /** Null: no valid credentials. */
  /** @param again of an answer that goes on: nobody has asked for anything just now */
  authenticate(request: FastifyRequest, needed: Needed, again?: "again"): Identified | Promise<Identified>;
  /** The error for a request without valid credentials. It reveals nothing about any key. Adds the headers of a 401. */
  refusal(request: FastifyRequest, reply: FastifyReply, needed: Needed): TillwayError;
}

/** A merchant's key, the operator, or nobody that we know. */
export type Identified = Actor | "operator" | null;

/** Makes a guard per permission. @param isKnown is called with the connection of each request with valid credentials */
export function createGuards(authenticator: Authenticator, isKnown: (socket: Socket) => void, limit: RateLimit): (needed: Needed) => Guard {
  return (needed) => (request, reply, done) => {
    const admit = (caller: Identified): void => {
      if (caller === null) return done(authenticator.refusal(request, reply, needed));
      isKnown(request.raw.socket);
      request.isOperator = caller === "operator";
      request.actor = caller === "operator" ? null : caller;
      const refused = request.actor && limit.take(reply, request.actor);
      if (refused) return done(refused);
      if (!isGranted(caller, needed)) done(new TillwayError("permission_denied", { message: whyDenied(caller, needed) }));
      else if (caller !== "operator" && needed !== "operator" && mustConfirm(caller, needed))
        done(new TillwayError("confirmation_required"));
      else done();
    };
    const caller = authenticator.authenticate(request, needed);
    if (caller instanceof Promise) caller.then(admit, (error: Error) => done(error));
    else admit(caller);
  };
}

function stillAllowed(authenticator: Authenticator) {
  return async (request: FastifyRequest, needed: Needed): Promise<boolean> => {
    try {
      const caller = await authenticator.authenticate(request, needed, "again");
      return caller !== null && isGranted(caller, needed);
    } catch (error) {
      // A store that does not answer has revoked nothing; a refusal has.
      return !(error instanceof TillwayError) || error.code === "overloaded";
    }
  };
}

function isGranted(caller: Actor | "operator", needed: Needed): boolean {
  return caller === "operator" || needed === "operator" ? caller === needed : isPermitted(caller, needed);
}

function whyDenied(caller: Actor | "operator", needed: Needed): string {
  if (caller === "operator") return "The operator key opens /v1/merchants only. Send a key of the merchant: X-Api-Key and X-Api-Secret.";
  if (needed === "operator")
    return "This route is the operator's, and no merchant's key opens it. Send the operator key: Authorization: Bearer.";
  return whyRefused(caller, needed);
}

/** The actor of a guarded route. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error("a route without a guard asked for its actor");
  return request.actor;
}
