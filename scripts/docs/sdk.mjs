import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { camel, eventDataOf, isList, operationsOf, pascal, wordsOf } from "./sdk-routes.mjs";
import { commentOf, typeName, typeOf } from "./sdk-types.mjs";

/** @typedef {import("./sdk-routes.mjs").Operation} Operation */

const head = "// Made by `npm run docs` from docs/openapi.json. Don't edit it.\n";

/**
 * The generated files of the client in sdk/: what the OpenAPI document says, as types, and one method for each route.
 * @type {Readonly<Record<string, (root: string) => string>>}
 */
export const sdkFiles = {
  "sdk/src/generated/types.ts": (root) => typesFile(documentOf(root)),
  "sdk/src/generated/resources.ts": (root) => resourcesFile(documentOf(root)),
  "sdk/src/generated/version.ts": (root) =>
    `${head}export const SDK_VERSION = ${JSON.stringify(JSON.parse(readFileSync(join(root, "sdk/package.json"), "utf8")).version)};
/** The version of the API that the types here are of. */
export const API_VERSION = ${JSON.stringify(documentOf(root).components.parameters["Tillway-Version"].schema.enum.at(-1))};\n`,
};

/**
 * The events, each type with its data; the table also says which of them webhooks bring.
 * @param {string} root
 * @param {Record<string, { webhook: boolean, when: string }>} table of core/events.ts
 */
export function sdkEvents(root, table) {
  const document = documentOf(root);
  const events = Object.entries(table).map(([type, one]) => ({ type, ...one, data: eventDataOf(document, type) }));
  const schemas = document.components.schemas;
  const names = [...new Set(events.flatMap((one) => wordsOf(one.data)))].filter((name) => schemas[name] !== undefined).sort();
  const rows = events.map((one) => `  /** ${one.when} */\n  "${one.type}": ${one.data};`);
  const unsent = events.filter((one) => !one.webhook).map((one) => `"${one.type}"`);
  return `${head}import type { ${names.join(", ")} } from "./types.ts";

/** What \`data\` is, by the event's type. */
export interface EventData {
${rows.join("\n")}
}

type EventOf<Types extends keyof EventData> = {
  [Type in Types]: {
    readonly id: string;
    readonly object: "event";
    readonly type: Type;
    /** When it happened. ISO 8601, UTC. */
    readonly api_version: string;
    readonly timestamp: string;
    readonly data: EventData[Type];
  };
}[Types];

/** A fact about money. \`type\` decides what \`data\` is. A newer Tillway may have types that are not here: ignore them. */
export type AnyEvent = EventOf<keyof EventData>;

/** As a webhook brings it. The same event may come more than once and out of order: keep the \`id\` of those that are done. */
export type WebhookEvent = EventOf<Exclude<keyof EventData, ${unsent.join(" | ") || "never"}>>;
`;
}

/** @param {any} document */
function typesFile(document) {
  // What the document says about events is less than what is known of each type.
  const event = `\nexport type ${typeName("Event")} = AnyEvent;\n`;
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) =>
    name === "Event" ? event : declaration(name, schema),
  );
  const inputs = operationsOf(document).flatMap((operation) => [
    ...(operation.body === undefined ? [] : [declaration(bodyName(operation), operation.body)]),
    ...(operation.query.length === 0 ? [] : [declaration(queryName(operation), querySchema(operation))]),
  ]);
  const imports = document.components.schemas.Event === undefined ? "" : 'import type { AnyEvent } from "./events.ts";\n';
  return `${head}${imports}${[...schemas, ...inputs].join("\n")}`;
}

/** @param {string} name @param {any} schema */
function declaration(name, schema) {
  return `\n${commentOf(schema.description, "")}export type ${typeName(name)} = ${typeOf(schema)};\n`;
}

/** @param {any} document */
function resourcesFile(document) {
  const operations = operationsOf(document);
  const names = [...new Set(operations.map((operation) => operation.resource))];
  const text = names
    .map((name) =>
      resourceClass(
        name,
        operations.filter((one) => one.resource === name),
      ),
    )
    .join("\n");
  const types = [...new Set(operations.flatMap(typeNames))].filter((name) => new RegExp(`\\b${name}\\b`).test(text)).sort();
  return `${head}import type { Pages } from "../pages.ts";
import type { Requester, RequestOptions } from "../request.ts";
import type {
${types.map((name) => `  ${name},\n`).join("")}} from "./types.ts";

${text}
/** One member for each kind of thing. */
export class Resources {
${names.map((name) => `  readonly ${name}: ${pascal(name)}Resource;`).join("\n")}

  constructor(requester: Requester) {
${names.map((name) => `    this.${name} = new ${pascal(name)}Resource(requester);`).join("\n")}
  }
}
`;
}

/** @param {string} name @param {Operation[]} operations */
function resourceClass(name, operations) {
  return `export class ${pascal(name)}Resource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

${operations.map(method).join("\n")}}
`;
}

/** @param {Operation} operation */
function method(operation) {
  const list = isList(operation);
  const result = list
    ? `Pages<${typeOf(operation.row)}>`
    : `Promise<${operation.answer === undefined ? "void" : typeOf(operation.answer)}>`;
  const call = [
    `method: "${operation.method}"`,
    `path: "${operation.path}"`,
    ...(operation.params.length > 0 ? [`params: { ${operation.params.map((name) => paramEntry(name)).join(", ")} }`] : []),
    ...(operation.query.length > 0 ? ["query"] : []),
    ...(operation.body === undefined ? [] : ["body"]),
    ...(operation.keyed ? ["keyed: true"] : []),
  ];
  const parameters = [
    ...operation.params.map((name) => `${camel(name)}: string`),
    ...(operation.query.length > 0 ? [`query: ${queryName(operation)}${operation.queryRequired ? "" : " = {}"}`] : []),
    ...(operation.body === undefined ? [] : [`body: ${bodyName(operation)}${operation.bodyRequired ? "" : " = {}"}`]),
    "options?: RequestOptions",
  ];
  const about = [operation.summary, operation.description].filter(Boolean).join(". ");
  return `${commentOf(about, "  ")}  ${operation.name}(${parameters.join(", ")}): ${result} {
    return this.#requester.${list ? "list" : "send"}({ ${call.join(", ")} }, options);
  }
`;
}

/** @param {string} name */
function paramEntry(name) {
  return camel(name) === name ? name : `${name}: ${camel(name)}`;
}

/** @param {Operation} operation */
function bodyName(operation) {
  return `${pascal(operation.id)}Body`;
}

/** @param {Operation} operation */
function queryName(operation) {
  return `${pascal(operation.id)}Query`;
}

/** @param {Operation} operation */
function querySchema({ query }) {
  const properties = Object.fromEntries(query.map((one) => [one.name, { description: one.description, ...one.schema }]));
  return { type: "object", properties, required: query.filter((one) => one.required).map((one) => one.name), additionalProperties: false };
}

/** @param {Operation} operation */
function typeNames(operation) {
  return [...wordsOf(typeOf(operation.answer ?? {})), ...wordsOf(typeOf(operation.row ?? {})), bodyName(operation), queryName(operation)];
}

/** @param {string} root @returns {any} */
function documentOf(root) {
  const file = join(root, "docs/openapi.json");
  if (!existsSync(file)) throw new Error("docs/openapi.json is missing: npm run docs");
  return JSON.parse(readFileSync(file, "utf8"));
}
