import type { TSchema } from "typebox";
import { TillwayError } from "../core/errors.ts";
import { fieldPath } from "./field-path.ts";
import { nearestName } from "./nearest-name.ts";
import type { Verdict } from "./validation.ts";

interface Property {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
}

/** Printable ASCII only; ids, statuses and references need no more, and nothing else reaches a query. */
const TEXT = /^[\x20-\x7e]+$/;

/**
 * Reads a query string by its schema: integers strictly (`-1`, `1e2`, `0x10`, `abc` and an empty value are refused), each
 * parameter once, unknown ones refused by name.
 */
export function readQuery(schema: TSchema, given: Readonly<Record<string, unknown>>): Verdict {
  const known = (schema as unknown as { properties: Readonly<Record<string, Property>> }).properties;
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    const property = Object.hasOwn(known, name) ? known[name] : undefined;
    if (property === undefined) return { error: unknownParameter(name, Object.keys(known)) };
    const read = readValue(property, given[name]);
    if (read === undefined) return { error: new TillwayError("invalid_field", { param: name, message: `${name} ${cure(property)}.` }) };
    value[name] = read;
  }
  return { value };
}

function readValue(property: Property, text: unknown): string | number | undefined {
  if (typeof text !== "string" || !TEXT.test(text)) return undefined;
  if (property.type === "integer") {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= (property.minimum ?? 0) && number <= (property.maximum ?? Number.MAX_SAFE_INTEGER) ? number : undefined;
  }
  if (property.enum !== undefined) return property.enum.includes(text) ? text : undefined;
  return text.length <= (property.maxLength ?? 255) ? text : undefined;
}

function cure(property: Property): string {
  if (property.type === "integer") return `must be an integer from ${property.minimum} to ${property.maximum}, given once`;
  if (property.enum !== undefined) return `must be one of ${property.enum.join(", ")}, given once`;
  return `must be 1 to ${property.maxLength ?? 255} printable ASCII characters, given once`;
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
