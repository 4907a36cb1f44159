import { existsSync } from "node:fs";
import { join } from "node:path";
import { read } from "./lib.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */
/** @typedef {{ [key: string]: any }} Json */
/** @typedef {(at: string, message: string, cure: string) => void} Report */

const file = "docs/openapi.json";

/** @type {import("./lib.mjs").Check} */
export const openapiCheck = {
  name: "openapi",
  about: "docs/openapi.json has nothing that client generators misread, and every operation is described whole",
  run: async (root) => {
    if (!existsSync(join(root, file))) throw new Error(`${file} is missing: npm run docs`);
    const document = JSON.parse(read(root, file));
    /** @type {Problem[]} */
    const problems = [];
    const report = (/** @type {string} */ at, /** @type {string} */ message, /** @type {string} */ cure) =>
      void problems.push({ file, line: 0, message: `${at} ${message}`, cure });
    const operations = operationsOf(document);
    if (operations.length === 0) throw new Error(`${file} describes no operation`);
    for (const each of operations) judgeOperation(document, each, report);
    for (const id of twice(operations.map(({ operation }) => operation.operationId)))
      report(id, "names two operations", "Give each an operationId of its own.");
    eachSchema(document, "", (schema, name, at) => judgeSchema(schema, { name, at }, report));
    return { problems, note: `${operations.length} operations` };
  },
};

/** @param {Json} document */
function operationsOf(document) {
  return ["paths", "webhooks"].flatMap((part) =>
    Object.entries(document[part] ?? {}).flatMap(([path, methods]) =>
      Object.entries(/** @type {Json} */ (methods)).map(([method, operation]) => ({ part, path, at: `${method} ${path}`, operation })),
    ),
  );
}

/** Integers of a request, by path, that may be as large as JSON can say. @param {Json} document @param {Json} operation */
function endlessIntegers(document, operation) {
  /** @param {Json} schema @returns {Json} */
  const resolved = (schema) =>
    typeof schema["$ref"] !== "string"
      ? schema
      : schema["$ref"]
          .split("/")
          .slice(1)
          .reduce((/** @type {Json} */ at, /** @type {string} */ name) => at[name], document);
  /** @type {string[]} */
  const found = [];
  /** @param {Json} given @param {string} path @param {Json[]} above */
  const walk = (given, path, above) => {
    const schema = resolved(given);
    if (above.includes(schema)) return;
    if (schema["type"] === "integer" && schema["maximum"] === undefined && schema["enum"] === undefined) found.push(path);
    const within = [...above, schema];
    for (const each of [...(schema["anyOf"] ?? []), ...(schema["oneOf"] ?? []), ...(schema["allOf"] ?? [])]) walk(each, path, within);
    for (const [name, each] of Object.entries(schema["properties"] ?? {})) walk(/** @type {Json} */ (each), `${path}.${name}`, within);
    if (schema["items"]) walk(schema["items"], `${path}[]`, within);
  };
  for (const media of Object.values(operation["requestBody"]?.content ?? {})) walk(/** @type {Json} */ (media)["schema"] ?? {}, "body", []);
  for (const given of operation["parameters"] ?? []) {
    const { name, schema } = resolved(given);
    walk(schema ?? {}, name, []);
  }
  return found;
}

/** Answers that are an error to HTTP and show something else: whether this process may get requests. */
const shownAnyway = new Set(["get /health/ready 503"]);

/** @param {Json} document @param {{ part: string, path: string, at: string, operation: Json }} one @param {Report} report */
function judgeOperation(document, { part, path, at, operation }, report) {
  for (const name of ["operationId", "summary", "description"])
    if (typeof operation[name] !== "string" || operation[name] === "") report(at, `has no ${name}`, "Add it to the route's schema.");
  const known = (document["tags"] ?? []).map((/** @type {Json} */ tag) => tag["name"]);
  const tags = operation["tags"] ?? [];
  if (tags.length === 0 || !tags.every((/** @type {string} */ tag) => known.includes(tag)))
    report(at, "has no tag, or one that is not described", "Give the route a tag, and describe it in api/openapi.ts.");
  judgeMedia(`${at} body`, operation["requestBody"], report);
  // What is sent to merchants is answered by them.
  if (part === "webhooks") return;
  for (const place of endlessIntegers(document, operation))
    report(
      `${at} ${place}`,
      "is an integer without a maximum",
      "Give it one: what a column can't hold is an error of the database otherwise.",
    );
  const statuses = Object.keys(operation["responses"] ?? {});
  if (!statuses.some((status) => status.startsWith("2"))) report(at, "has no answer 2xx", "Describe what a success is.");
  const needed = path.startsWith("/v1/") ? ["500", "503"] : [];
  if (!statuses.some((status) => status.startsWith("4")) || needed.some((status) => !statuses.includes(status)))
    report(at, `lacks an answer 4xx${needed.map((status) => `, ${status}`).join("")}`, "Spread errorAnswers(…) into the route's response.");
  for (const [status, response] of Object.entries(operation["responses"] ?? {})) {
    judgeMedia(`${at} ${status}`, response, report);
    const ref = /** @type {Json} */ (response)["content"]?.["application/json"]?.schema?.$ref;
    if (/^[45]/.test(status) && ref !== "#/components/schemas/Error" && !shownAnyway.has(`${at} ${status}`))
      report(`${at} ${status}`, "is no Error", "Every answer 4xx and 5xx has the schema Error.");
  }
}

/** @param {string} at @param {Json | undefined} body @param {Report} report */
function judgeMedia(at, body, report) {
  const media = body?.["content"]?.["application/json"];
  if (media !== undefined && media.example === undefined && Object.keys(media.examples ?? {}).length === 0)
    report(at, "has no example", "Give its schema `examples`, or a description with the codes that it may have.");
}

/**
 * Walks the schemas and nothing else: a property may be called `enum`, and an example may hold anything.
 * @param {any} node @param {string} at @param {(schema: Json, name: string, at: string) => void} visit
 */
function eachSchema(node, at, visit) {
  if (typeof node !== "object" || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === "example" || name === "examples") continue;
    if (name === "schema") withParts(value, "", `${at}/schema`, visit);
    else if (name === "schemas") {
      for (const [each, schema] of Object.entries(value)) withParts(schema, each, `${at}/schemas/${each}`, visit);
    } else eachSchema(value, `${at}/${name}`, visit);
  }
}

/** @param {any} schema @param {string} name @param {string} at @param {(schema: Json, name: string, at: string) => void} visit */
function withParts(schema, name, at, visit) {
  if (typeof schema !== "object" || schema === null) return;
  visit(schema, name, at);
  for (const each of ["properties", "patternProperties"])
    for (const [property, part] of Object.entries(schema[each] ?? {})) withParts(part, property, `${at}/${property}`, visit);
  for (const each of ["items", "additionalProperties", "propertyNames", "not", "if", "then", "else"])
    withParts(schema[each], name, `${at}/${each}`, visit);
  for (const each of ["anyOf", "oneOf", "allOf", "prefixItems"])
    for (const part of schema[each] ?? []) withParts(part, name, `${at}/${each}`, visit);
}

const INT32_MAX = 2 ** 31 - 1;

/**
 * Seen with openapi-generator 7.25, openapi-typescript 7.13 and two linters: each of these makes a client that does not compile, that sends
 * something else than it was given, or that reads a number wrongly.
 * @type {readonly { is: (schema: Json, name: string) => boolean, message: string, cure: string }[]}
 */
const misread = [
  { is: (schema) => "const" in schema, message: "has const", cure: "Use a list with one value: Type.Literal." },
  {
    is: (schema) => "prefixItems" in schema || Array.isArray(schema["items"]),
    message: "is a tuple",
    cure: "Use an object with named members.",
  },
  {
    is: (schema) => schema["type"] === "integer" && ("exclusiveMinimum" in schema || "exclusiveMaximum" in schema),
    message: "is an integer with an exclusive limit",
    cure: "Use minimum and maximum.",
  },
  { is: (schema) => "patternProperties" in schema, message: "has patternProperties", cure: "Use additionalProperties." },
  { is: (schema) => Array.isArray(schema["type"]), message: "has a list of types", cure: "Name one type." },
  {
    is: (schema) => "properties" in schema && ["anyOf", "oneOf", "allOf"].some((name) => name in schema),
    message: "has anyOf, oneOf or allOf beside properties",
    cure: "Say it in words and check it in code, or use if, then and else.",
  },
  { is: (schema) => "enum" in schema && schema["type"] === undefined, message: "has enum without type", cure: "Name the type." },
  {
    is: (schema, name) =>
      schema["type"] === "integer" &&
      schema["format"] !== "int64" &&
      (/(^|_)amount(_|$)/.test(name) || Math.max(schema["maximum"] ?? 0, -(schema["minimum"] ?? 0)) > INT32_MAX),
    message: "is an amount, or too large for 32 bits, without format int64",
    cure: 'Add format: "int64", as amount() and amountIn() in api/schemas/common.ts do.',
  },
];

/** @param {Json} schema @param {{ name: string, at: string }} place @param {Report} report */
function judgeSchema(schema, { name, at }, report) {
  for (const { is, message, cure } of misread) if (is(schema, name)) report(at, message, cure);
}

/** @param {string[]} ids */
function twice(ids) {
  return [...new Set(ids.filter((id, at) => id !== undefined && ids.indexOf(id) !== at))];
}
