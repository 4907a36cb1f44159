/** What happens round every request: headers, a bound on work at once, one log line. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import { isId } from "../core/ids.ts";
import { TillwayError } from "../core/errors.ts";
import { holdsCardNumber } from "./card-number.ts";
import type { ApiDeps } from "./deps.ts";

/** At 10,000 requests a second this is 200 ms of work: more waiting would only make all of them late. */
export const IN_FLIGHT_MAX = 2_000;

/** Needs no key, so it must not be refused under load: who asks decides whether load is sent here at all. */
const ALWAYS_ADMITTED = "/health/";

export type RequestFrame = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** An `onRequest` hook for every route. */
export function requestFrame(deps: ApiDeps): RequestFrame {
  const most = deps.maxInFlight ?? IN_FLIGHT_MAX;
  let inFlight = 0;
  return (request, reply, done) => {
    inFlight++;
    // "close" comes for every answer, also where the caller hung up; "finish" does not.
    reply.raw.once("close", () => {
      inFlight--;
      logRequest(deps, request, reply);
    });
    reply.headers({ "request-id": request.id, "x-content-type-options": "nosniff", "cache-control": "no-store" });
    if (inFlight > most && !request.url.startsWith(ALWAYS_ADMITTED)) done(new TillwayError("overloaded"));
    else done();
  };
}

/** Ids and figures only: no URL, body or header can carry a secret or a card number into the log. */
function logRequest(deps: ApiDeps, request: FastifyRequest, reply: FastifyReply): void {
  const { id } = (request.params ?? {}) as { readonly id?: string };
  deps.log.info(
    {
      request_id: request.id,
      caller_request_id: callersOwnId(request),
      method: request.method,
      route: request.routeOptions.url,
      subject: id !== undefined && SUBJECTS.some((prefix) => isId(prefix, id)) ? id : undefined,
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      merchant_id: request.actor?.merchantId,
      aborted: reply.raw.writableFinished ? undefined : true,
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
