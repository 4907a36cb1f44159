import { createHmac } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";

/** Printable ASCII, 1 to 255 characters: the same bytes in every log, database and header. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export interface Idempotency {
  readonly key: string;
  readonly requestHash: string;
}

/**
 * The request's idempotency key and hash, or null without a key. Call it before card fields are dropped: the hash covers the whole
 * body, and being keyed it tells nobody what was in it. Throws `TillwayError` invalid_idempotency_key.
 */
export function idempotencyOf(hashKey: Uint8Array, request: FastifyRequest): Idempotency | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  // Node joins a header that is sent twice with ", ", which may well be a valid key: two keys are then one longer key.
  if (typeof key !== "string" || !KEY.test(key)) throw new TillwayError("invalid_idempotency_key", { param: "Idempotency-Key" });
  return { key, requestHash: requestHash(hashKey, request) };
}

function requestHash(hashKey: Uint8Array, { method, url, body }: FastifyRequest): string {
  const query = url.indexOf("?");
  const path = query === -1 ? url : url.slice(0, query);
  return createHmac("sha256", hashKey)
    .update(`${method}\n${path}\n${canonicalJson(body ?? {})}`)
    .digest("hex");
}

/** JSON with sorted keys and no spaces: equal requests have equal text. The body is parsed strictly, so its depth is bounded. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(members)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(members[key])}`)
    .join(",")}}`;
}
