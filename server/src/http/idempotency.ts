import { createHmac } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";
import { fieldPath, nearestName } from "./field-names.ts";

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
  const given = request.headers["idempotency-key"];
  if (given === undefined) {
    const near = Object.keys(request.headers).find((name) => name.includes("idem") && isNear(name));
    if (near !== undefined) throw refused(`The header ${fieldPath([near])} is not known. Did you mean Idempotency-Key?`);
    return null;
  }
  // Node joins a header that is sent twice with ", ", which may well be a key of its own.
  const times = request.raw.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === "idempotency-key").length;
  if (times > 1) throw refused("The header Idempotency-Key must be sent once.");
  const key = unquoted(String(given));
  if (!KEY.test(key)) throw refused();
  return { key, requestHash: requestHash(hashKey, request) };
}

/** `X-Idempotency-Key`, `Idempotency_Key`, `Idempotent-Key`: without a word, each retry would be another payment. */
function isNear(name: string): boolean {
  return nearestName(name.replace(/^x-/, ""), ["Idempotency-Key"]) !== null;
}

/** The header may be a string of a structured field (RFC 8941, 3.3.3): `"k1"` is the key `k1`. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text);
  if (quoted === null) throw refused("The Idempotency-Key begins with a quotation mark and is no quoted string.");
  return quoted[1]!.replaceAll(/\\(.)/g, "$1");
}

function refused(message?: string): TillwayError {
  return new TillwayError("invalid_idempotency_key", { param: "Idempotency-Key", message });
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
