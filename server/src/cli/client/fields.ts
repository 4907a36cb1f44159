/** The options of a verb: from its fields to a query or a body. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { UsageError } from "../explain.ts";
import { unknownName } from "../text.ts";

export interface Field {
  /** As the API calls it, with points into objects. */
  readonly path: string;
  readonly option: string;
  readonly type: "text" | "integer" | "flag" | "texts" | "json";
}

const types: Readonly<Record<string, Field["type"]>> = { "#": "integer", "?": "flag", "[]": "texts", "{}": "json", "": "text" };

/** @param fields see `nouns` */
export function fieldsOf(fields: string | undefined): Field[] {
  return (fields ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [, path = "", sign = ""] = /^([a-z0-9_.]+)(.*)$/.exec(word) ?? [];
      // `--url` is Tillway's own address, of every command.
      return { path, option: path === "url" ? "endpoint-url" : path.replaceAll(/[._]/g, "-"), type: types[sign]! };
    });
}

/** How the help shows a field. */
export function usageOf({ option, type }: Field): string {
  return `[--${option} ${{ text: "TEXT", integer: "N", flag: "true|false", texts: "TEXT,…", json: "JSON" }[type]}]`;
}

export interface Given {
  readonly options: Readonly<Record<string, string>>;
  readonly flags: ReadonlySet<string>;
  readonly words: readonly string[];
}

/**
 * The words of a call against what it may hold. Throws `UsageError` that names an unknown option and the nearest known one.
 * @param options those with a value  @param flags those without
 * @param command as typed, for the advice
 */
export function readWords(argv: readonly string[], options: readonly string[], flags: readonly string[], command: string): Given {
  const described = Object.fromEntries([
    ...options.map((name) => [name, { type: "string" as const }] as const),
    ...flags.map((name) => [name, { type: "boolean" as const }] as const),
  ]);
  const { tokens } = parseArgs({ args: [...argv], options: described, strict: false, allowPositionals: true, tokens: true });
  const given: Record<string, string> = {};
  const set = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (flags.includes(token.name)) set.add(token.name);
    else if (!options.includes(token.name)) throw unknownName("option", token.name, [...options, ...flags], `See: ${command} --help`);
    else if (token.value === undefined) throw new UsageError(`--${token.name} takes a value`);
    else if (Object.hasOwn(given, token.name)) throw new UsageError(`--${token.name} is given twice`);
    else given[token.name] = token.value;
  }
  return { options: given, flags: set, words };
}

export function queryOf(fields: readonly Field[], options: Given["options"]): string {
  const query = new URLSearchParams();
  for (const { path, option } of fields) if (options[option] !== undefined) query.append(path, options[option]);
  return query.size === 0 ? "" : `?${query.toString()}`;
}

/** The body of `--data`, with the fields that are given as options on top. */
export function bodyOf(fields: readonly Field[], options: Given["options"]): Record<string, unknown> {
  const body = options["data"] === undefined ? {} : objectOf(options["data"]);
  for (const field of fields)
    if (options[field.option] !== undefined) put(body, field.path.split("."), valueOf(field, options[field.option]!));
  return body;
}

function objectOf(data: string): Record<string, unknown> {
  const text = data === "-" ? readFileSync(0, "utf8") : data.startsWith("@") ? readFileSync(data.slice(1), "utf8") : data;
  const value = json("data", text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new UsageError("--data takes a JSON object, @FILE or -");
  return value as Record<string, unknown>;
}

function put(body: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) return void (body[name] = value);
  const inner = body[name];
  const next = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  put((body[name] = { ...next }) as Record<string, unknown>, rest, value);
}

function valueOf({ option, type }: Field, text: string): unknown {
  if (type === "text") return text;
  if (type === "texts") return text.split(",");
  if (type === "json") return json(option, text);
  if (type === "flag") {
    if (text !== "true" && text !== "false") throw new UsageError(`--${option} takes true or false`);
    return text === "true";
  }
  if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`--${option} takes an integer`);
  return Number(text);
}

function json(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${option} takes JSON, and this is none: ${JSON.stringify(text.slice(0, 80))}`);
  }
}
