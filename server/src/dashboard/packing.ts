/**
 * Answers for the page are packed: a slow line takes a quarter of a second for a list of a hundred payments. Not the one with the token of a
 * session: if somebody else's text were packed beside it, its length would tell of it (BREACH, 2013). To use that, another site must make
 * a browser ask; what it can't make it do is send the headers that say whose data are meant.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { acceptsGzip } from "../http/site.ts";

/** Below that it saves no packet. */
const LEAST_CHARACTERS = 1_000;
const WITH_SECRETS = /^\/v1\/session(\?|$)/;
const packed = promisify(gzip);

/** For `onSend`. Streams, files and what is packed already are left as they are. */
export async function packAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (request.method !== "GET" || typeof payload !== "string" || payload.length < LEAST_CHARACTERS) return payload;
  if (WITH_SECRETS.test(request.url) || reply.hasHeader("content-encoding")) return payload;
  if (!String(reply.getHeader("content-type")).startsWith("application/json")) return payload;
  reply.header("vary", "accept-encoding");
  if (!acceptsGzip(request.headers["accept-encoding"])) return payload;
  reply.header("content-encoding", "gzip").removeHeader("content-length");
  return packed(payload);
}
