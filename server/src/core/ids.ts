import type { IdPrefix } from "./change.ts";
import type { Ms, Operation, Payment } from "./model.ts";
import { hash } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * `prefix_` + ULID: 48 bits of milliseconds and 80 random bits in Crockford's base32, so ids sort by time.
 * @param random 16 bytes; each gives one character of 5 bits
 */
export function newId(prefix: IdPrefix, now: Ms, random: Uint8Array): string {
  let id = timePart(now);
  for (let i = 0; i < 16; i++) id += ALPHABET[random[i]! & 31];
  return `${prefix}_${id}`;
}

/** One job row per operation: its id follows from the payment's or attempt's, so nobody has to look it up. */
export function jobIdOf(subjectId: string): string {
  return `job_${subjectId.slice(subjectId.indexOf("_") + 1)}`;
}

/** True for `prefix_` + 26 characters of the alphabet: anything else is not worth a question to the database. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text.slice(prefix.length + 1));
}

/** The time that an id begins with. */
export function madeAt(id: string): Ms {
  let ms = 0;
  const start = id.indexOf("_") + 1;
  for (const letter of id.slice(start, start + 10)) ms = ms * 32 + ALPHABET.indexOf(letter);
  return ms;
}

/** No id of this time or later sorts before it, and every earlier one does. */
export function firstIdAt(prefix: IdPrefix, at: Ms): string {
  return `${prefix}_${timePart(at)}${"0".repeat(16)}`;
}

let lastMs = -1;
let lastText = "";

/** Ten characters; cached, since thousands of ids are made in one millisecond. */
function timePart(now: Ms): string {
  if (now === lastMs) return lastText;
  let rest = now;
  let text = "";
  for (let i = 0; i < 10; i++) {
    text = ALPHABET[rest % 32]! + text;
    rest = Math.floor(rest / 32);
  }
  lastMs = now;
  lastText = text;
  return text;
}

/** Names a gateway's webhook, or an engine's message, that has no id that can be read: the same bytes have the same name. */
export function unreadableEventId(body: string): string {
  return `unreadable-${hash("sha256", body, "hex").slice(0, 32)}`;
}

type Identity = Pick<Payment, "mode" | "merchantId" | "identityKind" | "audience" | "identity">;

/** Raised only if the derivation ever changes: old payments keep their keys. */
const VERSION = 1;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * The key under which a gateway knows one attempt: 32 characters of lower-case base32 of SHA-256 over
 * `[version, mode, merchant, kind, audience, identity, operation, n]`. It follows from the client's identity, never from random
 * ids of ours, so a restored database asks the gateway under the same key. 32 characters fit every provider (10 to 40).
 */
export function gatewayKey(payment: Identity, operation: Operation, n: number): string {
  const parts = [VERSION, payment.mode, payment.merchantId, payment.identityKind, payment.audience, payment.identity, operation, n];
  const digest = hash("sha256", JSON.stringify(parts), "buffer");
  let key = "";
  // Five bits at a time, out of the two bytes that they lie in.
  for (let bit = 0; bit < 160; bit += 5) key += BASE32[(digest.readUInt16BE(bit >> 3) >> (11 - (bit & 7))) & 31];
  return key;
}
