import type { FastifyReply, FastifyRequest } from "fastify";
import type { SeenRequest } from "../core/ports/requests.ts";

/**
 * The request as it is kept to be looked up; null if nobody will: a read that succeeded, a caller that we do not know, or one whose
 * result keeps its id (a replay of such a result keeps that of the first).
 */
export function seenOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { subject, ms }: { readonly subject: string | null; readonly ms: number },
): SeenRequest | null {
  const { actor, method, about, made } = request;
  const status = reply.raw.writableEnded ? reply.statusCode : null;
  const isRefused = status !== null && status >= 400;
  if (actor === null || (!isRefused && (method === "GET" || method === "HEAD"))) return null;
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
