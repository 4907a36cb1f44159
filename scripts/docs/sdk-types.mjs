/**
 * A JSON Schema as a TypeScript type. What has no counterpart (patterns, bounds, if/then) is left to the server, and a form that is not
 * known here becomes `unknown`: a client with a gap is better than none.
 * @param {any} schema
 * @param {string} [indent] of the line it stands in
 * @returns {string}
 */
export function typeOf(schema, indent = "") {
  if (schema === true || schema === undefined || schema === null || typeof schema !== "object") return "unknown";
  if (typeof schema.$ref === "string") return typeName(schema.$ref.split("/").at(-1));
  if (Array.isArray(schema.enum)) return schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union) && !schema.properties)
    return [...new Set(union.map((one) => bracketed(typeOf(one, indent), " & ")))].join(" | ");
  if (Array.isArray(schema.allOf)) return schema.allOf.map((/** @type {any} */ one) => bracketed(typeOf(one, indent), " | ")).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((/** @type {string} */ type) => typeOf({ ...schema, type }, indent)).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return `${bracketed(typeOf(schema.items, indent), " | ", " & ")}[]`;
    case "object":
      return objectOf(schema, indent);
    default:
      return schema.properties ? objectOf(schema, indent) : "unknown";
  }
}

/** @param {any} schema @param {string} indent */
function objectOf({ properties = {}, required = [], additionalProperties }, indent) {
  const inner = `${indent}  `;
  const names = Object.entries(properties).filter(([, schema]) => schema !== false);
  const rest = additionalProperties === false ? "{}" : `Record<string, ${typeOf(additionalProperties, indent)}>`;
  if (names.length === 0) return rest === "{}" ? "Record<string, never>" : rest;
  const lines = names.map(([name, schema]) => {
    const optional = required.includes(name) ? "" : "?";
    return `${commentOf(schema.description ?? nested(schema), inner)}${inner}${keyOf(name)}${optional}: ${typeOf(schema, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** A field that may be null has its description one level down. @param {any} schema */
function nested(schema) {
  return schema.anyOf?.find((/** @type {any} */ one) => one.description)?.description;
}

/** @param {string | undefined} text @param {string} indent */
export function commentOf(text, indent) {
  if (!text) return "";
  return `${indent}/** ${text
    .replaceAll("*/", "*\\/")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim()} */\n`;
}

/** @param {string} name */
function keyOf(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** @param {string} type @param {...string} operators that bind weaker than what stands around it */
function bracketed(type, ...operators) {
  const outer = type.replaceAll(/\{[^]*\}/g, "{}");
  return operators.some((operator) => outer.includes(operator)) ? `(${type})` : type;
}

/** Of a program's own words. */
const taken = new Set(["Error", "Event", "Request", "Response", "Headers"]);

/** The name of a component; a type called Error would stand in the way of the language's own. @param {string} component */
export function typeName(component) {
  return taken.has(component) ? `${component}Object` : component;
}
