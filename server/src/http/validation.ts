/** Fastify's validators, compiled from the schemas that also make the OpenAPI document. Each returns the value, or one error that names its field. */
import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import { allMethodFields } from "../core/methods/method.ts";
import { fieldPath, nearestName } from "./field-names.ts";

type Verdict = { readonly value: unknown } | { readonly error: Error };

/** Bodies and query strings are checked here. Path ids are checked by the routes (404), headers where they are read. */
export function compileValidator({ schema, httpPart }: FastifyRouteSchemaDef<unknown>): (data: unknown) => Verdict {
  if (httpPart === "body") return bodyValidator(schema as TSchema);
  if (httpPart === "querystring") return queryReader(schema as TSchema);
  return (value) => ({ value });
}

/** No parameter of a query is required: a route whose schema says so would be asked without it all the same. Throws at the start. */
function queryReader(schema: TSchema): (data: unknown) => Verdict {
  const { required = [] } = schema as unknown as { readonly required?: readonly string[] };
  if (required.length > 0) throw new Error(`parameters of a query have defaults: make ${required.join(", ")} optional`);
  return (data) => readQuery(schema, data as Readonly<Record<string, unknown>>);
}

function bodyValidator(schema: TSchema): (data: unknown) => Verdict {
  const compiled = Compile(withoutConditions(schema) as TSchema);
  return (data) => {
    // No body, which is allowed if no field is required. The parser refuses a literal null.
    const value = data ?? {};
    if (compiled.Check(value)) return { value };
    const errors = compiled.Errors(value) as SchemaError[];
    // A misspelt name comes before the missing one that it should have been. No schema fits a field that an object does not know.
    const unknown = errors.find(({ keyword }) => keyword === "boolean");
    return { error: unknown ? unknownField(schema, segmentsOf(unknown)) : toRefusal(errors[0]!) };
  };
}

/** Patterns and conditions between fields are for the document. The routes check the same with better messages. */
function withoutConditions(schema: object): object {
  const { if: _if, then: _then, else: _else, pattern: _pattern, ...rest } = schema as Readonly<Record<string, unknown>>;
  const properties = rest["properties"] as Readonly<Record<string, object>> | undefined;
  if (properties === undefined) return rest;
  return { ...rest, properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, withoutConditions(each)])) };
}

interface SchemaError {
  readonly keyword: string;
  /** JSON pointer into the body. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Fields with a code of their own; the rest is `invalid_field`. */
const codeOfField: Readonly<Record<string, ErrorCode>> = {
  amount: "invalid_amount",
  currency: "invalid_currency",
  return_url: "invalid_url",
  url: "invalid_url",
  ...Object.fromEntries(allMethodFields().flatMap(({ path, field }) => (field.code === undefined ? [] : [[path, field.code]]))),
};

function segmentsOf({ instancePath }: SchemaError): string[] {
  const parts = instancePath.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function toRefusal(error: SchemaError): TillwayError {
  const segments = segmentsOf(error);
  if (error.keyword === "required") {
    const [first] = error.params["requiredProperties"] as readonly string[];
    const missing = fieldPath([...segments, first!]);
    return new TillwayError("missing_field", { param: missing, message: `${missing} is required.` });
  }
  const param = fieldPath(segments);
  const code = codeOfField[param] ?? "invalid_field";
  // The codes' own messages name more than the schemas hold.
  if (code === "invalid_amount" || code === "invalid_currency") return new TillwayError(code, { param });
  return new TillwayError(code, { param: param || undefined, message: `${param === "" ? "The body" : param} ${cure(error, param)}.` });
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
}

function unknownField(schema: TSchema, segments: readonly string[]): TillwayError {
  const param = fieldPath(segments);
  const name = segments.at(-1)!;
  const near = nearestName(name, Object.keys(propertiesAt(schema, segments.slice(0, -1))));
  const hint = near === null ? placeOf(schema, name) : `Did you mean ${fieldPath([...segments.slice(0, -1), near])}?`;
  return new TillwayError("unknown_field", { param, message: `${param} is not known here. ${hint}` });
}

/** The object that a misplaced name belongs in, e.g. for a VPA beside the amount. */
function placeOf(schema: TSchema, name: string): string {
  const parents = Object.entries(propertiesAt(schema, []));
  const found = parents.find(([, parent]) => Object.hasOwn((parent as ObjectSchema).properties ?? {}, name));
  return found === undefined ? "Remove it or check its spelling." : `It belongs in ${found[0]}: {"${found[0]}": {"${name}": …}}.`;
}

function propertiesAt(schema: TSchema, path: readonly string[]): Readonly<Record<string, TSchema>> {
  let at: ObjectSchema | undefined = schema as ObjectSchema;
  for (const segment of path) at = at?.properties?.[segment] as ObjectSchema | undefined;
  return at?.properties ?? {};
}

/** Texts of digits: as numbers they would lose their leading zeros. */
const DIGITS: ReadonlySet<string> = new Set(allMethodFields().flatMap(({ path, field }) => (field.type === "digits" ? [path] : [])));

/** How to mend it, from the schema's own figures and never from the value. */
function cure({ keyword, params }: SchemaError, param: string): string {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "type":
      if (DIGITS.has(param)) return "must be a string of digits";
      return `must be of type ${[params["type"]].flat().join(" or ")}`;
    case "enum":
      return `must be one of ${(params["allowedValues"] as readonly unknown[]).join(", ")}`;
    case "minLength":
      return `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minProperties":
      return `must have at least ${limit} of its fields`;
    case "maxProperties":
      return `must have at most ${limit} fields`;
    case "minimum":
      return `must be at least ${limit}`;
    case "maximum":
      return `must be at most ${limit}`;
    default:
      return "is not valid here";
  }
}

interface Property {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** Printable ASCII only; ids, statuses and references need no more, and nothing else reaches a query. */
export const TEXT_PATTERN = "^[ -~]+$";
export const TEXT_MAX_LENGTH = 255;
const TEXT = new RegExp(TEXT_PATTERN);

/**
 * Reads a query string by its schema: integers strictly (`-1`, `1e2`, `0x10`, `abc` and an empty value are refused), each
 * parameter once, unknown ones refused by name.
 */
function readQuery(schema: TSchema, given: Readonly<Record<string, unknown>>): Verdict {
  const known = (schema as unknown as { properties: Readonly<Record<string, Property>> }).properties;
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    const property = Object.hasOwn(known, name) ? known[name] : undefined;
    if (property === undefined) return { error: unknownParameter(name, Object.keys(known)) };
    const read = readValue(property, given[name]);
    if (read === undefined) return { error: new TillwayError("invalid_field", { param: name, message: `${name} ${cureOf(property)}.` }) };
    value[name] = read;
  }
  return { value };
}

function readValue(property: Property, text: unknown): string | number | undefined {
  if (typeof text !== "string") return undefined;
  // A pattern says itself what a text may hold.
  if (property.pattern === undefined && !TEXT.test(text)) return undefined;
  if (property.type === "integer") {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return number >= (property.minimum ?? 0) && number <= (property.maximum ?? Number.MAX_SAFE_INTEGER) ? number : undefined;
  }
  if (property.enum !== undefined) return property.enum.includes(text) ? text : undefined;
  if (property.pattern !== undefined && !patternOf(property.pattern).test(text)) return undefined;
  return text.length <= (property.maxLength ?? TEXT_MAX_LENGTH) ? text : undefined;
}

/** As many as the schemas have. */
const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  const known = patterns.get(source) ?? new RegExp(source);
  patterns.set(source, known);
  return known;
}

function cureOf(property: Property): string {
  if (property.type === "integer") return `must be an integer from ${property.minimum} to ${property.maximum}, given once`;
  if (property.enum !== undefined) return `must be one of ${property.enum.join(", ")}, given once`;
  if (property.pattern !== undefined) return `must ${wordsOf(property.pattern)}, given once`;
  return `must be 1 to ${property.maxLength ?? TEXT_MAX_LENGTH} printable ASCII characters, given once`;
}

/** An id has its prefix in its pattern. */
function wordsOf(pattern: string): string {
  const prefix = /^\^(\w+_)\[/.exec(pattern)?.[1];
  return prefix === undefined ? `fit ${pattern}` : `be an id that begins with ${prefix}`;
}

function unknownParameter(name: string, known: readonly string[]): TillwayError {
  const near = nearestName(name, known);
  const param = fieldPath([name]);
  const hint =
    near === null
      ? known.length === 0
        ? "This route takes no query parameters."
        : `Known: ${known.join(", ")}.`
      : `Did you mean ${near}?`;
  return new TillwayError("unknown_field", { param, message: `The query parameter ${param} is not known here. ${hint}` });
}
