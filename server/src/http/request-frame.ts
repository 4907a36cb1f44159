/** Every request and connection: headers, bounds on work and connections, paths without a route, one log line a request. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, RouteOptions } from "fastify";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import type { Log } from "../core/ports/world.ts";
import { places } from "./places.ts";
import { logRequest, type WatchDeps } from "./seen.ts";
import { classOf, shedder, type LoadClass, type SheddingDeps } from "./shedding.ts";

/** At 10,000 requests a second this is 200 ms of work: with more in line, all of them would be too slow. */
export const IN_FLIGHT_MAX = 2_000;

/**
 * One merchant's requests may take this share of the places that others leave free. So synchronous waits for a slow bank are no outage
 * for everybody, and two or ten merchants together cannot fill all places either.
 */
export const ONE_MERCHANT_SHARE = 0.75;

declare module "fastify" {
  interface FastifyRequest {
    /** Whether it counts as work under way. */
    inFlight: boolean;
    /** By what it is shed; null: never. */
    loadClass: LoadClass | null;
    /** By `performance.now()`. */
    beganAt: number;
    /** The payment that it made or met, as far as the answer says; null: it says nothing. */
    about: string | null;
    /** What its answer shows; null: nothing that has an id. */
    made: string | null;
    /** The code of its refusal; null: it was none. */
    refusedAs: ErrorCode | null;
  }
  interface FastifyContextConfig {
    /** Not refused under load: a load balancer decides by this route whether to send load here. */
    readonly alwaysAdmitted?: boolean;
    /** How soon it is refused under load. Left out: `normal`. */
    readonly load?: LoadClass;
    /** Called by gateways: a test key in a header makes it no test. */
    readonly isGateways?: boolean;
    /** What it makes keeps the id of its request, so that needs no record. */
    readonly keepsRequest?: boolean;
    /** It looks for a kept request, again and again until that is there: such questions would fill the record that they ask. */
    readonly asksForRequest?: boolean;
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

export interface FrameDeps extends WatchDeps, Omit<SheddingDeps, "figures"> {
  /** Requests worked on at once; more are answered 503. Default 2,000. */
  readonly maxInFlight?: number;
  /** The version of the API behind it, which answers name unless they are in another one. */
  readonly apiVersion?: string;
}

export type RequestFrame = ReturnType<typeof requestFrame>;

export function requestFrame(deps: FrameDeps, noRoute: NoRoute) {
  const most = deps.maxInFlight ?? IN_FLIGHT_MAX;
  const ofMerchant = places();
  const shed = shedder(deps, most);
  const { apiVersion } = deps;
  const always = { "x-content-type-options": "nosniff", "cache-control": "no-store", ...(apiVersion && { "tillway-version": apiVersion }) };
  let inFlight = 0;
  let isClosing = false;

  const release = (request: FastifyRequest): void => {
    if (!request.inFlight) return;
    request.inFlight = false;
    inFlight--;
    if (request.actor !== null) ofMerchant.leave(request.actor.merchantId);
  };

  /** The first `onRequest` hook of every route. */
  const begin: Hook = (request, reply, done) => {
    request.beganAt = performance.now();
    // "close" comes for every answer, even if the caller hung up; "finish" does not.
    reply.raw.once("close", () => logRequest(deps, request, reply));
    reply.headers(always).header("request-id", request.id);
    // Before its body is read: nothing will use it.
    if (request.is404) return done(noRoute(request, reply));
    if (request.routeOptions.config.alwaysAdmitted === true) return done();
    const loadClass = (request.loadClass = classOf(request));
    if (shed.admits(loadClass, inFlight)) done();
    else afterItsBytes(request, () => done(shed.refusal(loadClass)));
  };

  /** `preValidation`: the whole request is here, so its work begins. A slow upload takes no place. */
  const admit: Hook = (request, _reply, done) => {
    const { loadClass, actor } = request;
    if (loadClass === null) return done();
    if (!shed.admits(loadClass, inFlight)) return done(shed.refusal(loadClass));
    request.inFlight = true;
    inFlight++;
    const mine = actor === null ? 0 : ofMerchant.take(actor.merchantId);
    if (mine > Math.ceil((shed.placesOf(loadClass) - (inFlight - mine)) * ONE_MERCHANT_SHARE)) done(new TillwayError("rate_limited"));
    else done();
  };

  /** `onSend`: the work is done, whether or not the caller is still there to read the answer. */
  const end = (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void): void => {
    release(request);
    if (isClosing || isUnread(request)) reply.header("connection", "close");
    done();
  };

  /** `preClose`: from here on each answer ends its connection. Otherwise a busy keep-alive connection would hold the process forever. */
  const closing = (done: () => void): void => {
    isClosing = true;
    done();
  };

  return { begin, admit, end, closing, startShedding: shed.start, stopShedding: shed.stop };
}

/** Answered before its body has arrived. The rest of it would hold the connection for nothing. */
function isUnread({ raw: { complete, headers, readableLength } }: FastifyRequest): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > readableLength);
}

/**
 * Most bodies come in one piece with their head, and are here when that piece was parsed: then a refusal leaves the connection open.
 * Otherwise callers would have to connect anew for each, which costs us more than the refusal.
 */
function afterItsBytes(request: FastifyRequest, then: () => void): void {
  if (!isUnread(request)) then();
  // Node calls these once it has handed on the body of the piece, before it turns to other connections.
  else process.nextTick(() => (isUnread(request) ? setImmediate(then) : then()));
}

// Which connections stay open: nobody without a key keeps the places that others need, and an answered connection ends.

/** Callers' share of the files that a process may open; the rest is for the database, gateways, receivers and files. */
const CALLERS_SHARE = 0.5;
/** The share of these places that callers with a valid key keep for as long as they want. */
const KNOWN_SHARE = 0.5;
/** A caller that is still sending gets this long to read its answer: closing at once may lose it (RFC 9112, 9.6). */
const LINGER_MS = 1_000;
const LOG_EVERY_MS = 1_000;

/**
 * How many connections callers may have open at once. Without a bound a flood takes the last descriptor, and the requests
 * under way find no connection to the database. Infinity if the system does not report its limit (Linux does).
 * @param limits the text of `/proc/self/limits`
 */
export function connectionsMax(limits: string | null = ownLimits()): number {
  const openFiles = limits === null ? null : /^Max open files +(\d+) /m.exec(limits);
  return openFiles === null ? Number.POSITIVE_INFINITY : Math.floor(Number(openFiles[1]) * CALLERS_SHARE);
}

/**
 * Bounds the open connections of a server. Above the bound an older one is closed for the newcomer: the oldest one without a valid key,
 * or one that a known caller leaves idle. A known caller's request under way is never cut off by this.
 */
export function boundConnections(server: Server, deps: { readonly log: Log; readonly maxConnections?: number }) {
  const most = deps.maxConnections ?? connectionsMax();
  // Sets keep the order in which their members came.
  const strangers = new Set<Socket>();
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  const warn = warnOfClosed(deps.log);

  const forget = (socket: Socket): boolean => strangers.delete(socket) || idle.delete(socket) || busy.delete(socket);
  const makeRoom = (): void => {
    const mayTakeIdle = strangers.size <= most * (1 - KNOWN_SHARE);
    const [victim] = mayTakeIdle && idle.size > 0 ? idle : strangers;
    forget(victim!);
    victim!.destroy();
    warn();
  };
  server.on("connection", (socket: Socket) => {
    socket.destroySoon = () => endInStages(socket);
    strangers.add(socket);
    socket.once("close", () => forget(socket));
    if (strangers.size + idle.size + busy.size > most) makeRoom();
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.once("close", () => {
      if (busy.delete(request.socket) && !request.socket.destroyed) idle.add(request.socket);
    });
  });
  return {
    /** The request under way on this connection has a valid key. */
    isKnown(socket: Socket): void {
      if (forget(socket)) busy.add(socket);
    },
  };
}

/**
 * Ends a connection after its last bytes: our half at once, the other half when the caller ends it, or a moment later whether or not
 * they do. What they still send is read and dropped, or a reset would overtake the answer.
 */
export function endInStages(socket: Socket, lastBytes?: string): void {
  if (socket.destroyed) return;
  socket
    .removeAllListeners("data")
    .on("data", () => undefined)
    .resume();
  if (socket.writable) socket.end(lastBytes ?? "");
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** Logs the number of closed connections, at most once a second. Without it nothing explains the empty answers that callers see. */
function warnOfClosed(log: Log): () => void {
  let closed = 0;
  return () => {
    if (closed++ > 0) return;
    setTimeout(() => {
      log.warn({ closed }, "connections were closed to make room: as many as are allowed are open");
      closed = 0;
    }, LOG_EVERY_MS).unref();
  };
}

function ownLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}

export type NoRoute = (request: FastifyRequest, reply: FastifyReply) => TillwayError;

/**
 * Remembers the routes that are added: a path that does not exist is 404, one that takes other methods is 405 with `Allow`.
 *
 * @param hint what the 404 says of a path, where the error's own message would lead astray
 */
export function watchRoutes(hint: (path: string) => string | undefined = () => undefined): {
  add(route: RouteOptions): void;
  refusal: NoRoute;
} {
  const known = new Map<string, { readonly path: RegExp; readonly methods: Set<string> }>();
  return {
    add({ url, method }) {
      // What answers where there is no route is none.
      if (url === "/*") return;
      const route = known.get(url) ?? { path: pathOf(url), methods: new Set() };
      for (const each of [method].flat()) route.methods.add(each);
      known.set(url, route);
    },
    refusal(request, reply) {
      const [path] = request.url.split("?", 1) as [string];
      // A path of its own goes before one with an id in it, as in the router.
      const found = known.get(path) ?? [...known.values()].find((route) => route.path.test(path));
      const message = found === undefined ? hint(path) : undefined;
      if (found === undefined) return new TillwayError("route_not_found", message === undefined ? {} : { message });
      const allowed = [...found.methods].sort();
      reply.header("allow", allowed.join(", "));
      return new TillwayError("method_not_allowed", { message: sentenceOf(request.method, allowed) });
    },
  };
}

/** `/v1/payments/:id/cancel` as an expression; `*` at the end stands for any rest. */
function pathOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, "[^/]+").replace(/\*$/, ".*")}$`);
}

function sentenceOf(method: string, allowed: readonly string[]): string {
  const others = allowed.length === 1 ? `${allowed[0]} is` : `${allowed.slice(0, -1).join(", ")} and ${allowed.at(-1)} are`;
  return `${method} is not allowed here; ${others}.`;
}
