/** What is said of a request when its answer has left: to the log, the figures, the traces, and the record of requests. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { holdsCardNumber } from "../core/card-number.ts";
import { isId } from "../core/ids.ts";
import type { SeenRequest } from "../core/ports/requests.ts";
import type { Log } from "../core/ports/world.ts";
import type { LoadClass } from "./shedding.ts";
import { readTraceparent } from "./trace.ts";

export interface WatchDeps {
  readonly log: Log;
  /** Counts requests, and is told of each route. */
  readonly figures?: RequestFigures;
  /** Has a span for each request. */
  readonly traces?: RequestTraces;
  /** Keeps requests that changed or refused something. */
  readonly recorder?: { record(seen: SeenRequest): void };
}

interface RequestTraces {
  request(request: {
    readonly name: string;
    readonly ms: number;
    readonly attributes: Readonly<Record<string, string | number | undefined>>;
    readonly traceparent: string | null;
  }): void;
}

interface RequestFigures {
  route(url: string): void;
  shed(loadClass: LoadClass): void;
  /** `route` undefined: there is none. `status` null: the caller hung up. */
  request(request: {
    readonly method: string;
    readonly route: string | undefined;
    readonly status: number | null;
    readonly ms: number;
  }): void;
}

/** Ids and figures only: no URL, body or header can carry a secret or a card number into the log. */
export function logRequest(deps: WatchDeps, request: FastifyRequest, reply: FastifyReply): void {
  const answered = reply.raw.writableEnded;
  const ms = performance.now() - request.beganAt;
  const route = request.routeOptions.url;
  deps.figures?.request({ method: request.method, route, status: answered ? reply.statusCode : null, ms });
  const traceparent = readTraceparent(request.headers.traceparent);
  const subject = subjectOf(request);
  const seen = deps.recorder && seenOf(request, reply, { subject, ms });
  if (seen) deps.recorder!.record(seen);
  deps.log.info(
    {
      request_id: request.id,
      caller_request_id: callersOwnId(request),
      trace_id: traceparent?.slice(3, 35),
      method: request.method,
      route,
      subject: subject ?? undefined,
      payment_id: subject?.startsWith("pay_") ? subject : (request.about ?? undefined),
      status: answered ? reply.statusCode : undefined,
      error_code: request.refusedAs ?? undefined,
      duration_ms: Math.round(ms * 10) / 10,
      merchant_id: request.actor?.merchantId,
      key_id: request.isOperator ? OPERATOR : request.actor?.keyId,
      aborted: answered ? undefined : true,
    },
    "request",
  );
  deps.traces?.request({
    name: `${request.method} ${route ?? "none"}`,
    ms,
    attributes: {
      "http.request.method": request.method,
      "http.route": route,
      "http.response.status_code": answered ? reply.statusCode : undefined,
      "tillway.request_id": request.id,
      "tillway.payment_id": subject?.startsWith("pay_") ? subject : (request.about ?? undefined),
    },
    traceparent,
  });
}

const SUBJECTS = ["mer", "pay", "rfnd", "dlv", "case", "evt", "whe", "key", "req", "plink"] as const;

/** The id in the path, if it can be one of ours: what else stands there is a caller's text. */
function subjectOf(request: FastifyRequest): string | null {
  const { id } = (request.params ?? {}) as { readonly id?: string };
  return id !== undefined && SUBJECTS.some((prefix) => isId(prefix, id)) ? id : null;
}

const CALLERS_ID = /^[\x21-\x7e]{1,128}$/;

function callersOwnId(request: FastifyRequest): string | undefined {
  const id = request.headers["x-request-id"];
  return typeof id === "string" && CALLERS_ID.test(id) && !holdsCardNumber(id) ? id : undefined;
}

/** What the operator asks about a merchant is kept among that merchant's requests. */
function operatorOn({ isOperator }: FastifyRequest, id: string | null): Pick<SeenRequest, "merchantId" | "mode" | "keyId"> | null {
  return isOperator && id !== null && isId("mer", id) ? { merchantId: id, mode: "test", keyId: OPERATOR } : null;
}

/** In the place of a key's id. */
const OPERATOR = "operator";

/**
 * The request as it is kept to be looked up; null if nobody will: a read that succeeded, a question for a kept request, a caller that
 * we do not know, or one whose result keeps its id (a replay of such a result keeps that of the first).
 */
function seenOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { subject, ms }: { readonly subject: string | null; readonly ms: number },
): SeenRequest | null {
  const { method, about, made } = request;
  const actor = request.actor ?? operatorOn(request, subject ?? made);
  const status = reply.raw.writableEnded ? reply.statusCode : null;
  const isRefused = status !== null && status >= 400;
  if (actor === null || (!isRefused && (method === "GET" || method === "HEAD"))) return null;
  if (request.routeOptions.config.asksForRequest === true) return null;
  const isReplay = reply.getHeader("idempotent-replayed") !== undefined;
  if (request.routeOptions.config.keepsRequest === true && status === 201 && !isReplay) return null;
  return {
    merchantId: actor.merchantId,
    mode: actor.mode,
    id: request.id,
    keyId: actor.keyId,
    method,
    route: request.routeOptions.url ?? "",
    subject,
    status,
    errorCode: request.refusedAs,
    body: request.body,
    paymentId: subject?.startsWith("pay_") ? subject : about,
    resourceId: made === null || made.startsWith("pay_") ? null : made,
    durationMs: Math.round(ms),
  };
}
