/**
 * JSON as money needs it. `JSON.parse` takes the last of two equal keys and lets through what breaks PostgreSQL (`\u0000`, half a
 * surrogate pair) or our batches (U+001E, U+001F separate values there). Checked in one cheap pass; the slow search for the
 * offending field runs only when there is one.
 */
import { isUtf8 } from "node:buffer";
import { TillwayError } from "../core/errors.ts";
import { fieldPath } from "./field-names.ts";
import { jsonFault } from "./json-fault.ts";

/** Nobody's request is nested deeper than 4; 32 keeps every recursion over a body bounded. */
export const JSON_DEPTH_MAX = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a body that must be a JSON object; an empty one counts as `{}`, and a byte order mark before it is no part of it (RFC 8259, 8.1).
 * A number that would only become an integer by rounding is NaN, which no schema takes. Throws `TillwayError`, never with a value in
 * its text.
 */
export function parseStrictJson(bytes: Buffer): JsonObject {
  if (!isUtf8(bytes)) throw new TillwayError("malformed_json", { message: "The body is not valid UTF-8." });
  const marked = bytes.toString("utf8");
  const text = marked.startsWith("\ufeff") ? marked.slice(1) : marked;
  if (text === "") return {};
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TillwayError("invalid_field", { message: "The body must be a JSON object." });
  }
  const { colons, roundedAt } = scan(text);
  if (inspect(value, [], text.includes("\\u")) !== colons) {
    throw new TillwayError("duplicate_json_key", { param: findDuplicateKey(text) });
  }
  for (const offset of roundedAt) replaceNumber(value, pathAt(text, offset));
  return value as JsonObject;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the body, so it is not passed on.
    const fault = jsonFault(text);
    throw new TillwayError("malformed_json", { message: fault === null ? undefined : `The body is not valid JSON: ${fault}.` });
  }
}

/** Counts keys on the way, and refuses depth, `__proto__` and characters. @param escaped without a `\u` no string can hold a bad one */
function inspect(value: unknown, path: string[], escaped: boolean): number {
  if (typeof value === "string") {
    if (escaped) checkText(value, path);
    return 0;
  }
  if (typeof value !== "object" || value === null) return 0;
  if (path.length >= JSON_DEPTH_MAX)
    throw new TillwayError("invalid_field", {
      message: `The body is nested deeper than ${JSON_DEPTH_MAX} levels.`,
      param: fieldPath(path.slice(0, 4)),
    });
  let keys = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) keys += inspectMember(value[i], String(i), path, escaped);
    return keys;
  }
  for (const key of Object.keys(value)) {
    if (escaped) checkText(key, path);
    if (key === "__proto__") throw new TillwayError("unknown_field", { param: fieldPath([...path, key]) });
    keys += 1 + inspectMember((value as Record<string, unknown>)[key], key, path, escaped);
  }
  return keys;
}

function inspectMember(value: unknown, key: string, path: string[], escaped: boolean): number {
  path.push(key);
  const keys = inspect(value, path, escaped);
  path.pop();
  return keys;
}

// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const FORBIDDEN = /[\u0000\u001e\u001f]|\p{Surrogate}/u;

function checkText(text: string, path: readonly string[]): void {
  if (FORBIDDEN.test(text)) throw new TillwayError("invalid_characters", { param: fieldPath(path) || undefined });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * In valid JSON each colon outside a string belongs to one key. The numbers are read here as well, since `JSON.parse` makes 1 of
 * 0.99999999999999999999: `roundedAt` says where such ones begin.
 */
function scan(text: string): { readonly colons: number; readonly roundedAt: readonly number[] } {
  let colons = 0;
  let inString = false;
  const roundedAt: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === COLON) colons++;
    else if (code >= DIGIT_0 && code <= DIGIT_9) {
      NUMBER.lastIndex = i;
      const [number, whole, fraction = "", exponent = "0"] = NUMBER.exec(text) as unknown as [string, string, string?, string?];
      if (number !== whole && isRounded(number, `${whole}${fraction}`, Number(exponent) - fraction.length)) roundedAt.push(i);
      i += number.length - 1;
    }
  }
  return { colons, roundedAt };
}

/** A number without its sign. */
const NUMBER = /(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/y;

/** True for `digits` times ten to the power of `scale` if that is no integer, and yet what JavaScript reads is one. */
function isRounded(number: string, digits: string, scale: number): boolean {
  if (!Number.isInteger(Number(number))) return false;
  const significant = digits.replace(/0+$/, "");
  return significant !== "" && scale + digits.length - significant.length < 0;
}

function replaceNumber(value: object, path: readonly string[]): void {
  const parent = path.slice(0, -1).reduce((at, name) => (at as Record<string, unknown>)[name], value as unknown);
  (parent as Record<string, unknown>)[path.at(-1)!] = Number.NaN;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

interface Level {
  /** Null for an array. */
  readonly keys: Set<string> | null;
  at: string;
}

/** Path of the value that begins at this offset. */
function pathAt(text: string, offset: number): readonly string[] {
  return walk(text.slice(0, offset), () => false);
}

/** Path of the first key that its object already has. */
function findDuplicateKey(text: string): string {
  return fieldPath(walk(text, ({ keys, at }) => keys!.has(at)));
}

/** Walks the tokens of a text known to be valid and not too deep, to its end or to the first key for which `stop` is true; says where that is. */
function walk(text: string, stop: (level: Level) => boolean): readonly string[] {
  const levels: Level[] = [];
  let lastString = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === "{") levels.push({ keys: new Set(), at: "" });
    else if (token === "[") levels.push({ keys: null, at: "0" });
    else if (token === "}" || token === "]") levels.pop();
    else if (token === "," && level?.keys === null) level.at = String(Number(level.at) + 1);
    else if (token === ":" && level?.keys) {
      level.at = JSON.parse(lastString) as string;
      if (stop(level)) break;
      level.keys.add(level.at);
    } else lastString = token;
  }
  return levels.map((each) => each.at);
}
