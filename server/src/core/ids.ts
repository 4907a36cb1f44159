import type { IdPrefix } from "./change.ts";
import type { Ms } from "./model.ts";

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
