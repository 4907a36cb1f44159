import type { FastifyReply, FastifyRequest } from "fastify";
import type { IdPrefix } from "../core/change.ts";
import { LIST_LIMIT_DEFAULT } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Scope } from "../core/model.ts";
import type { Listed, Page, PageOf } from "../core/ports/reads.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import { actorOf } from "../http/guard.ts";
import { JSON_TYPE } from "../http/errors.ts";
import { idempotencyOf } from "../http/idempotency.ts";

/** Sends a flow's final bytes as they are. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.replayed) reply.header("idempotent-replayed", "true");
  return sendText(reply, answer.status, answer.body);
}

export function sendText(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.status(status).header("content-type", JSON_TYPE).send(body);
}

export function scopeOf(request: FastifyRequest): Scope {
  const { merchantId, mode } = actorOf(request);
  return { merchantId, mode };
}

/** Who asks, and under which idempotency key, as flows want it. Throws `TillwayError` invalid_idempotency_key. */
export function callerOf(hashKey: Uint8Array, request: FastifyRequest): Caller {
  return {
    scope: scopeOf(request),
    audience: request.server.audience,
    requestId: request.id,
    idempotency: idempotencyOf(hashKey, request),
  };
}

/** The id in the path. What cannot be one is not found, without a question to the database. */
export function pathId(request: FastifyRequest, prefix: IdPrefix): string {
  const { id } = request.params as { readonly id: string };
  if (!isId(prefix, id)) throw new TillwayError("not_found");
  return id;
}

interface PageQuery {
  readonly limit?: number;
  readonly starting_after?: string;
  readonly ending_before?: string;
}

/** The page, or a refusal that names the cursor: going on from a row that is not theirs would look like the end of the list. */
export function knownPage<Row>(page: Listed<Row>, query: PageQuery): PageOf<Row> {
  if (page !== "unknown_cursor") return page;
  const param = query.starting_after === undefined ? "ending_before" : "starting_after";
  throw new TillwayError("invalid_field", { param, message: `${param} names no row that you have: send an id from this list.` });
}

/** A page as asked for. A cursor of another kind, or both at once, is refused by name. */
export function pageOf(query: PageQuery, prefix: IdPrefix): Page {
  const { limit = LIST_LIMIT_DEFAULT, starting_after: startingAfter, ending_before: endingBefore } = query;
  for (const [param, id] of [
    ["starting_after", startingAfter],
    ["ending_before", endingBefore],
  ] as const) {
    if (id !== undefined && !isId(prefix, id))
      throw new TillwayError("invalid_field", { param, message: `${param} must be an id that begins with ${prefix}_.` });
  }
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw new TillwayError("invalid_field", { param: "ending_before", message: "Send starting_after or ending_before, not both." });
  }
  return { limit, startingAfter, endingBefore };
}
