/** What happens round every request: headers, a bound on work at once, one log line. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import { isId } from "../core/ids.ts";
import { TillwayError } from "../core/errors.ts";
import { holdsCardNumber } from "../core/card-number.ts";
import type { NoRoute } from "./methods.ts";
import type { Log } from "../core/ports/log.ts";

/** At 10,000 requests a second this is 200 ms of work: more waiting would only make all of them late. */
export const IN_FLIGHT_MAX = 2_000;

/**
 * What one merchant's requests may hold of what the others leave: synchronous waits for a slow bank must not be everybody's outage,
 * and two or ten merchants cannot fill it together either.
 */
export const ONE_MERCHANT_SHARE = 0.75;

declare module "fastify" {
  interface FastifyRequest {
    /** Whether it counts as work under way. */
    inFlight: boolean;
    /** By `performance.now()`. */
    beganAt: number;
  }
  interface FastifyContextConfig {
    /** Not refused under load: who asks decides whether load is sent here at all. */
    readonly alwaysAdmitted?: boolean;
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

export interface FrameDeps {
  readonly log: Log;
  /** Requests worked on at once; more are answered 503. Default 2,000. */
  readonly maxInFlight?: number;
}

export interface RequestFrame {
  /** The first `onRequest` hook of every route. */
  readonly begin: Hook;
  /** `preValidation`: the whole request is here, so its work begins. A caller who sends slowly takes no place of those who do not. */
  readonly admit: Hook;
  /** `onSend`: the work is done, whether or not the caller is still there to read the answer. */
  readonly end: (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: () => void) => void;
  /** `preClose`: from here on each answer ends its connection, or a busy keep-alive connection would hold the process for ever. */
  readonly closing: (done: () => void) => void;
}

export function requestFrame(deps: FrameDeps, noRoute: NoRoute): RequestFrame {
  const most = deps.maxInFlight ?? IN_FLIGHT_MAX;
  const ofMerchant = new Map<string, number>();
  let inFlight = 0;

  let isClosing = false;

  const release = (request: FastifyRequest): void => {
    if (!request.inFlight) return;
    request.inFlight = false;
    inFlight--;
    const merchantId = request.actor?.merchantId;
    if (merchantId === undefined) return;
    const left = (ofMerchant.get(merchantId) ?? 1) - 1;
    if (left === 0) ofMerchant.delete(merchantId);
    else ofMerchant.set(merchantId, left);
  };

  const begin: Hook = (request, reply, done) => {
    request.beganAt = performance.now();
    // "close" comes for every answer, also where the caller hung up; "finish" does not.
    reply.raw.once("close", () => logRequest(deps, request, reply));
    reply.headers({ "request-id": request.id, "x-content-type-options": "nosniff", "cache-control": "no-store" });
    // Before its body is read: nobody will look at it.
    if (request.is404) done(noRoute(request, reply));
    else done();
  };

  const admit: Hook = (request, _reply, done) => {
    if (request.routeOptions.config.alwaysAdmitted === true) return done();
    request.inFlight = true;
    inFlight++;
    const merchantId = request.actor?.merchantId;
    const mine = merchantId === undefined ? 0 : (ofMerchant.get(merchantId) ?? 0) + 1;
    if (merchantId !== undefined) ofMerchant.set(merchantId, mine);
    if (inFlight > most) done(new TillwayError("overloaded"));
    else if (mine > Math.ceil((most - (inFlight - mine)) * ONE_MERCHANT_SHARE)) done(new TillwayError("rate_limited"));
    else done();
  };

  return {
    begin,
    admit,
    end(request, reply, _payload, done) {
      release(request);
      if (isClosing || isUnread(request)) reply.header("connection", "close");
      done();
    },
    closing(done) {
      isClosing = true;
      done();
    },
  };
}

/** Answered before its body is here: what is still to come would hold the connection, and nobody looks at it. */
function isUnread({ raw: { complete, headers } }: FastifyRequest): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}

/** Ids and figures only: no URL, body or header can carry a secret or a card number into the log. */
function logRequest(deps: FrameDeps, request: FastifyRequest, reply: FastifyReply): void {
  const answered = reply.raw.writableEnded;
  const { id } = (request.params ?? {}) as { readonly id?: string };
  deps.log.info(
    {
      request_id: request.id,
      caller_request_id: callersOwnId(request),
      method: request.method,
      route: request.routeOptions.url,
      subject: id !== undefined && SUBJECTS.some((prefix) => isId(prefix, id)) ? id : undefined,
      status: answered ? reply.statusCode : undefined,
      duration_ms: Math.round((performance.now() - request.beganAt) * 10) / 10,
      merchant_id: request.actor?.merchantId,
      aborted: answered ? undefined : true,
    },
    "request",
  );
}

const SUBJECTS = ["pay", "dlv", "case"] as const;
const CALLERS_ID = /^[\x21-\x7e]{1,128}$/;

function callersOwnId(request: FastifyRequest): string | undefined {
  const id = request.headers["x-request-id"];
  return typeof id === "string" && CALLERS_ID.test(id) && !holdsCardNumber(id) ? id : undefined;
}
