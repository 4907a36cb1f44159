/** Fastify's validators, compiled from the schemas that also make the OpenAPI document. Each says yes, or one error that names its field. */
import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import { fieldPath } from "./field-path.ts";
import { nearestName } from "./nearest-name.ts";
import { readQuery } from "./query.ts";

export type Verdict = { readonly value: unknown } | { readonly error: Error };

/** Bodies and query strings are checked here. Path ids are checked by the routes (404), headers where they are read. */
export function compileValidator({ schema, httpPart }: FastifyRouteSchemaDef<unknown>): (data: unknown) => Verdict {
  if (httpPart === "body") return bodyValidator(schema as TSchema);
  if (httpPart === "querystring") return (data) => readQuery(schema as TSchema, data as Readonly<Record<string, unknown>>);
  return (value) => ({ value });
}

function bodyValidator(schema: TSchema): (data: unknown) => Verdict {
  const compiled = Compile(schema);
  return (data) => {
    // No body at all, where it may be left out: the parser refuses a literal null.
    const value = data ?? {};
    if (compiled.Check(value)) return { value };
    return { error: toRefusal(schema, compiled.Errors(value)[0]! as SchemaError) };
  };
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
  "card.number": "invalid_card",
  "card.expiry_month": "invalid_card",
  "card.expiry_year": "invalid_card",
  "card.cvv": "invalid_card",
  "upi.vpa": "invalid_vpa",
  return_url: "invalid_url",
  url: "invalid_url",
};

function toRefusal(schema: TSchema, error: SchemaError): TillwayError {
  const segments = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (error.keyword === "boolean") return unknownField(schema, segments);
  if (error.keyword === "required") {
    const [first] = error.params["requiredProperties"] as readonly string[];
    return new TillwayError("missing_field", { param: fieldPath([...segments, first!]) });
  }
  const param = fieldPath(segments);
  const code = codeOfField[param];
  if (code !== undefined) return new TillwayError(code, { param });
  return new TillwayError("invalid_field", { param: param || undefined, message: `${param === "" ? "The body" : param} ${cure(error)}.` });
}

function unknownField(schema: TSchema, segments: readonly string[]): TillwayError {
  const param = fieldPath(segments);
  const near = nearestName(segments.at(-1)!, propertyNames(schema, segments.slice(0, -1)));
  const hint = near === null ? "Remove it or check its spelling." : `Did you mean ${fieldPath([...segments.slice(0, -1), near])}?`;
  return new TillwayError("unknown_field", { param, message: `${param} is not known here. ${hint}` });
}

function propertyNames(schema: TSchema, path: readonly string[]): readonly string[] {
  let at: unknown = schema;
  for (const segment of path) at = (at as { properties?: Record<string, unknown> } | undefined)?.properties?.[segment];
  return Object.keys((at as { properties?: Record<string, unknown> } | undefined)?.properties ?? {});
}

/** What to do about it, made of the schema's own figures and never of the value. */
function cure({ keyword, params }: SchemaError): string {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "type":
      return `must be of type ${[params["type"]].flat().join(" or ")}`;
    case "enum":
      return `must be one of ${(params["allowedValues"] as readonly unknown[]).join(", ")}`;
    case "minLength":
      return `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
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
