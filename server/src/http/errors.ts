/** Every error becomes one of the codes of `core/errors.ts`. No value of the request and no stack goes out. */
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { BODY_MAX_BYTES } from "../core/constants.ts";
import { codeOf, errorTable, errorText, TillwayError } from "../core/errors.ts";
import { FORGOTTEN_AGAIN_MS } from "../core/restore.ts";
import type { Restores } from "../core/ports/restores.ts";
import type { Log } from "../core/ports/world.ts";
import { StoreUnavailable } from "../core/ports/store.ts";
import { endInStages } from "./request-frame.ts";

export const JSON_TYPE = "application/json; charset=utf-8";

/** For refusals that name no time to wait. */
const RETRY_AFTER_DEFAULT_MS = 1_000;

export interface ErrorDeps {
  readonly log: Log;
  /** Open while the database waits for the sweeps after a restore. Default: never. */
  readonly restores?: Pick<Restores, "isOpen">;
}

/** Fastify's error handler: renders each error, and logs the unexpected ones. */
export function errorHandler({ log, restores }: ErrorDeps): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const found = codeOf(error) === "FST_ERR_CTP_BODY_TOO_LARGE" ? tooLarge(request) : toTillwayError(error);
    // What is not there may have been forgotten: "not found" would end it for a caller whose money may have moved, so that one is asked to come again.
    const refusal =
      found.code === "not_found" && restores?.isOpen() ? new TillwayError("restore_mode", { retryAfterMs: FORGOTTEN_AGAIN_MS }) : found;
    if (refusal.code === "internal_error") log.error({ request_id: request.id, error: describe(error) }, "request failed unexpectedly");
    else if (error instanceof StoreUnavailable) log.warn({ request_id: request.id, reason: error.message }, "store unavailable");
    sendRefusal(request, reply, refusal);
  };
}

export function sendRefusal(request: FastifyRequest, reply: FastifyReply, { code, details }: TillwayError): void {
  const { status } = errorTable[code];
  request.refusedAs = code;
  request.about = details.paymentId ?? request.about;
  if (status === 429 || status === 503 || code === "idempotency_in_progress") {
    reply.header("retry-after", String(Math.max(1, Math.ceil((details.retryAfterMs ?? RETRY_AFTER_DEFAULT_MS) / 1_000))));
  }
  reply
    .status(status)
    .header("content-type", JSON_TYPE)
    .send(errorText(code, details, request.id));
}

export function toTillwayError(error: unknown): TillwayError {
  if (error instanceof TillwayError) return error;
  if (error instanceof StoreUnavailable) return new TillwayError("overloaded", { retryAfterMs: error.retryAfterMs });
  return frameworkRefusals[codeOf(error)]?.() ?? new TillwayError("internal_error");
}

/** For bytes that are no HTTP request, a header that is too large, a request that does not end: there is no request to answer, only a socket. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const body = errorText(
    "invalid_field",
    { message: late ? "The request did not arrive in time." : "This is not a valid HTTP request." },
    "none",
  );
  const status = late
    ? "408 Request Timeout"
    : error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : "400 Bad Request";
  endInStages(
    socket,
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A route may have a limit of its own. */
function tooLarge(request: FastifyRequest): TillwayError {
  const limitKiB = Math.floor((request.routeOptions.bodyLimit ?? BODY_MAX_BYTES) / 1_024);
  return new TillwayError("body_too_large", { message: `The body is larger than ${limitKiB} KiB.` });
}

const notJson = (): TillwayError => new TillwayError("unsupported_media_type");

const frameworkRefusals: Readonly<Record<string, () => TillwayError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: notJson,
  FST_ERR_CTP_INVALID_TYPE: notJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new TillwayError("malformed_json", { message: "The body is shorter or longer than Content-Length says." }),
  // The caller left within the body: nobody reads this answer, and it is no fault of ours.
  ECONNRESET: () => new TillwayError("malformed_json", { message: "The body did not arrive." }),
  // A method that HTTP knows (QUERY) and no route takes.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: () => new TillwayError("route_not_found"),
  FST_ERR_BAD_URL: () => new TillwayError("route_not_found", { message: "The path is not valid." }),
};

function describe(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : { name: typeof error };
}
