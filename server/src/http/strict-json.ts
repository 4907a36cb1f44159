/**
 * JSON as money needs it. `JSON.parse` takes the last of two equal keys, rounds numbers, and lets through what breaks PostgreSQL
 * (`\u0000`, half a surrogate pair) or our batches (U+001E and U+001F separate values there). Its message about bad JSON may quote the
 * body and names no place on some versions. So bodies are read here, in one pass.
 */
import { isUtf8 } from "node:buffer";
import { TillwayError } from "../core/errors.ts";
import { fieldPath } from "./field-names.ts";

/** Requests are nested at most 4 deep; 32 keeps every recursion over a body bounded. */
const JSON_DEPTH_MAX = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a body that must be a JSON object. An empty body counts as `{}`, and a byte order mark before it is skipped (RFC 8259, 8.1).
 * A number that would only become an integer by rounding is NaN, which no schema takes. Throws `TillwayError`, never with a value in
 * its text.
 */
export function parseStrictJson(bytes: Buffer): JsonObject {
  if (!isUtf8(bytes)) throw new TillwayError("malformed_json", { message: "The body is not valid UTF-8." });
  const marked = bytes.toString("utf8");
  const text = marked.startsWith("\ufeff") ? marked.slice(1) : marked;
  if (text === "") return {};
  const value = readJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TillwayError("invalid_field", { message: "The body must be a JSON object." });
  }
  return value as JsonObject;
}

/** Reads any JSON value under the rules of this file. Throws `TillwayError`. */
export function readJson(text: string): unknown {
  return new Reader(text).read();
}

// oxlint-disable no-control-regex -- JSON forbids control characters in strings; the others are what we refuse
/** A string without its closing quote. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
/** Nearly every number: its text is its value. Fifteen digits are exact. */
const SHORT_INTEGER = /-?(?:0|[1-9]\d{0,14})(?![\w.+-])/y;
const FORBIDDEN = /[\u0000\u001e\u001f]|\p{Surrogate}/u;
// oxlint-enable no-control-regex
/** The groups are a number's whole part, fraction and exponent. */
const SCALAR = /(?:-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?|true|false|null)(?![\w.+-])/y;
const PUNCTUATION = /[{}[\],:"']/;

class Reader {
  readonly #text: string;
  readonly #path: string[] = [];
  #at = 0;
  /** What is wrong in a text that is JSON. It is thrown at the end, so that broken JSON is reported as that. */
  #refusal: TillwayError | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault();
    if (this.#refusal !== null) throw this.#refusal;
    return value;
  }

  #value(): unknown {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char !== "{" && char !== "[") return this.#scalar();
    if (this.#path.length >= JSON_DEPTH_MAX) {
      const message = `The body is nested deeper than ${JSON_DEPTH_MAX} levels.`;
      throw new TillwayError("invalid_field", { message, param: fieldPath(this.#path.slice(0, 4)) });
    }
    this.#at++;
    return char === "{" ? this.#object() : this.#array();
  }

  #object(): JsonObject {
    const members: Record<string, unknown> = {};
    if (this.#takes("}")) return members;
    do {
      this.#skipSpace();
      const name = this.#string();
      this.#path.push(name);
      if (name === "__proto__") this.#refuse("unknown_field");
      else if (Object.hasOwn(members, name)) this.#refuse("duplicate_json_key");
      if (!this.#takes(":")) throw this.#fault();
      const value = this.#value();
      if (name !== "__proto__") members[name] = value;
      this.#path.pop();
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#fault();
    return members;
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    if (this.#takes("]")) return items;
    do {
      this.#path.push(String(items.length));
      items.push(this.#value());
      this.#path.pop();
    } while (this.#takes(","));
    if (!this.#takes("]")) throw this.#fault();
    return items;
  }

  #string(): string {
    const raw = this.#take(STRING);
    if (raw === null || this.#text[this.#at] !== '"') throw this.#fault();
    this.#at++;
    // Without an escape no string of a valid UTF-8 text can hold a forbidden character.
    if (!raw.includes("\\")) return raw.slice(1);
    const text = JSON.parse(`${raw}"`) as string;
    if (FORBIDDEN.test(text)) this.#refuse("invalid_characters");
    return text;
  }

  #scalar(): unknown {
    const integer = this.#take(SHORT_INTEGER);
    if (integer !== null) return Number(integer);
    SCALAR.lastIndex = this.#at;
    const found = SCALAR.exec(this.#text);
    if (found === null) throw this.#fault();
    this.#at = SCALAR.lastIndex;
    const [token, whole, fraction = "", exponent = "0"] = found as unknown as [string, string?, string?, string?];
    const value: unknown = JSON.parse(token);
    return whole !== undefined && isRounded(value, `${whole}${fraction}`, Number(exponent) - fraction.length) ? Number.NaN : value;
  }

  /** True if the next character but spaces is this one, which is then read. */
  #takes(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (let code = this.#text.charCodeAt(this.#at); code === 32 || (code >= 9 && code <= 13 && code !== 11 && code !== 12);)
      code = this.#text.charCodeAt(++this.#at);
  }

  /** The text from here that the sticky pattern matches, which is then read; null if it does not match here. */
  #take(pattern: RegExp): string | null {
    const start = this.#at;
    pattern.lastIndex = start;
    if (!pattern.test(this.#text)) return null;
    this.#at = pattern.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #refuse(code: "unknown_field" | "duplicate_json_key" | "invalid_characters"): void {
    this.#refusal ??= new TillwayError(code, { param: fieldPath(this.#path) || undefined });
  }

  /** The text is no JSON from here on. Names the place and punctuation only, never a value. */
  #fault(): TillwayError {
    const char = this.#text[this.#at];
    const before = this.#text.slice(0, this.#at);
    const place = `at line ${before.split("\n").length}, column ${this.#at - before.lastIndexOf("\n")}`;
    const fault = char === undefined ? "it ends too early" : `unexpected ${PUNCTUATION.test(char) ? char : "character"} ${place}`;
    return new TillwayError("malformed_json", { message: `The body is not valid JSON: ${fault}.` });
  }
}

/** True for `digits` times ten to the power of `scale` if that is no integer, and yet what JavaScript reads is one. */
function isRounded(value: unknown, digits: string, scale: number): boolean {
  if (!Number.isInteger(value)) return false;
  // No expression: `/0+$/` tries from each zero of a long row.
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  return end > 0 && scale + digits.length - end < 0;
}
