/** Holds what a page shows against what there is. A fault is a sentence; null: it fits. */
import { parse as parseYaml } from "yaml";
import { misfit, type Document } from "../../server/src/api/documented.testing.ts";
import type { Block } from "./blocks.ts";

const ID = /\b([a-z]+)_[0-9A-HJKMNP-TV-Z]{26}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Ids, times and fractions are never the same twice; `…` in the page stands for anything. */
function same(shown: string, real: string): boolean {
  const plain = (text: string) =>
    text
      .replace(ID, "$1_ID")
      .replace(TIME, "TIME")
      .replace(/\b\d+\.\d+\b/g, "N.N");
  if (!shown.includes("…")) return plain(shown) === plain(real);
  const parts = shown.split("…").map((part) => plain(part).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(plain(real));
}

/** @param shown the block of the page @param printed what the command wrote */
export function outputFault(shown: Block, printed: string): string | null {
  if (shown.language === "json") return jsonFault(JSON.parse(shown.text), lastJson(printed), "the answer");
  const lines = printed.split("\n").map((line) => line.trimEnd());
  let from = 0;
  for (const line of shown.text.split("\n").filter((each) => each.trim() !== "")) {
    const at = lines.findIndex((real, n) => n >= from && same(line.trimEnd(), real));
    if (at === -1) return `the line "${line}" was not printed`;
    from = at + 1;
  }
  return null;
}

function lastJson(printed: string): unknown {
  const text = printed.trim();
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.split("\n").at(-1)!);
  }
}

/** Every member that the page shows must be there, and like it; there may be more. */
function jsonFault(shown: unknown, real: unknown, where: string): string | null {
  if (typeof shown === "string") return typeof real === "string" && same(shown, real) ? null : differs(shown, real, where);
  if (shown === null || typeof shown !== "object") return shown === real ? null : differs(shown, real, where);
  if (real === null || typeof real !== "object" || Array.isArray(shown) !== Array.isArray(real)) return differs(shown, real, where);
  for (const [name, value] of Object.entries(shown)) {
    if (!(name in real)) return `${where} has no ${name}`;
    const fault = jsonFault(value, (real as Record<string, unknown>)[name], `${where}.${name}`);
    if (fault !== null) return fault;
  }
  return null;
}

function differs(shown: unknown, real: unknown, where: string): string {
  return `${where} is ${JSON.stringify(real)} and not ${JSON.stringify(shown)}`;
}

/** What can be found out about a block that is not run. */
export function readingFault({ language, text }: Block, { document, metrics }: { document: OpenApi; metrics: string }): string | null {
  if (language === "yaml") return faultOf(() => void parseYaml(text));
  if (language === "json") return faultOf(() => resourceFault(document, JSON.parse(text)));
  const unknown = [...text.matchAll(/\btillway_\w+/g)]
    .map(([name]) => name)
    .find((name) => !metrics.includes(`# TYPE ${name.replace(/_(sum|count|bucket)$/, "")} `));
  return unknown === undefined ? null : `${unknown} is no figure of /metrics`;
}

function faultOf(read: () => string | null | void): string | null {
  try {
    return read() ?? null;
  } catch (error) {
    return String(error);
  }
}

export interface OpenApi extends Document {
  readonly webhooks: Readonly<
    Record<
      string,
      { readonly post: { readonly requestBody: { readonly content: { readonly "application/json": { readonly schema: object } } } } }
    >
  >;
}

/** An error, an event or a resource of the API: each member that is shown must be one of its schema's. Of anything else nothing is known. */
function resourceFault(document: OpenApi, value: unknown): string | null {
  const { error, object, type } = Object(value) as { error?: unknown; object?: string; type?: string };
  const schemas = document.components.schemas as Readonly<Record<string, { properties?: { object?: { enum?: unknown[] } } }>>;
  if (error !== undefined) return excerptFault(document, schemas.Error!, value);
  if (object === undefined) return null;
  if (object === "event") {
    const webhook = document.webhooks[type ?? ""];
    return webhook === undefined
      ? `there is no event ${type}`
      : excerptFault(document, webhook.post.requestBody.content["application/json"].schema, value);
  }
  const schema = Object.values(schemas).find((each) => each.properties?.object?.enum?.includes(object));
  return schema === undefined ? `no resource of the API is called ${JSON.stringify(object)}` : excerptFault(document, schema, value);
}

/** A page shows a part: nothing is required, and what is shown must be known. */
function excerptFault(document: OpenApi, schema: object, value: unknown): string | null {
  return misfit({ components: excerpt(document.components) as Document["components"] }, excerpt(schema) as object, value);
}

function excerpt(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(excerpt);
  if (schema === null || typeof schema !== "object") return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, excerpt(value)]));
  if (Array.isArray(copy.required)) delete copy.required;
  return typeof copy.properties === "object" && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}
