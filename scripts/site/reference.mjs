// The reference of the API as Markdown, made of docs/openapi.json: a page with all operations, one page for each tag, one for all objects.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { slugOf } from "./markdown.mjs";

/** @typedef {import("./pages.mjs").Page} Page */
/** @typedef {{ method: string, path: string, operation: any }} Operation */

const api = "/docs/api";

/** @param {string} root @returns {Page[]} */
export function referencePages(root) {
  const document = JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8"));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(/** @type {any} */ (methods)).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const tags = document.tags.filter((/** @type {any} */ { name }) => operations.some(({ operation }) => operation.tags.includes(name)));
  const page = (/** @type {string} */ url, /** @type {string} */ title, /** @type {string[]} */ text) => ({
    file: null,
    url,
    title,
    markdown: `# ${title}\n\n${text.join("\n\n")}\n`,
  });
  return [
    page(api, "API reference", overview(document, tags, operations)),
    ...tags.map((/** @type {any} */ { name, description }) => {
      const own = operations.filter(({ operation }) => operation.tags.includes(name));
      return page(tagUrl(name), name, [description, ...own.map((one) => operationText(document, one))]);
    }),
    page(`${api}/webhooks`, "Events that are sent", sentEvents(document)),
    page(`${api}/objects`, "Objects", objects(document)),
  ];
}

/** @param {any} document @param {{ name: string, description: string }[]} tags @param {Operation[]} operations */
function overview(document, tags, operations) {
  const lists = tags.map(({ name, description }) => {
    const rows = operations
      .filter(({ operation }) => operation.tags.includes(name))
      .map(({ method, path, operation }) => `| [${operation.summary}](${operationUrl(operation)}) | \`${method} ${path}\` |`);
    return `## ${name}\n\n${description}\n\n| operation | request |\n|---|---|\n${rows.join("\n")}`;
  });
  return [
    `Version ${document.info.version}. All of it as OpenAPI ${document.openapi}: [/docs/openapi.json](/docs/openapi.json), and \`/v1/openapi.json\` of a Tillway that runs.`,
    "Requests and answers are JSON in UTF-8. Amounts are integers of minor units. Each request carries a key and its secret, as `X-Api-Key` and `X-Api-Secret` or as HTTP Basic, unless its operation says that it needs none. A request that changes something takes an `Idempotency-Key`. Each answer has a `Request-Id`. `Tillway-Version` names the [version](/docs/api-changes) of the API in which you see it. [Errors](/docs/errors) have one form and stable codes.",
    ...lists,
    `## Sent to you\n\n[Events](${api}/webhooks) are sent to your webhook endpoints; [webhooks](/docs/webhooks) says how to verify them.`,
  ];
}

/** @param {any} document @param {Operation} one */
function operationText(document, { method, path, operation }) {
  const body = operation.requestBody?.content?.["application/json"];
  const example = firstExample(document, body);
  const needsKey = (operation.security ?? document.security).length > 0;
  const own = ownParameters(operation);
  return [
    `## ${operation.summary}`,
    `\`${method} ${path}\``,
    `${operation.description ?? ""}${needsKey ? "" : " Needs no key."}`.trim(),
    ...parameters(own),
    ...(body ? fields("Body", body.schema) : []),
    request(method, path, { example, needsKey, query: own }),
    answers(operation),
    ...answerExample(document, operation),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

/** Without those that all have (`Tillway-Version`), which the overview names. @param {any} operation @returns {any[]} */
function ownParameters({ parameters = [] }) {
  return parameters.filter((/** @type {any} */ { $ref }) => $ref === undefined);
}

/** @param {any[]} parameters */
function parameters(parameters) {
  if (parameters.length === 0) return [];
  const rows = parameters.map((/** @type {any} */ one) =>
    row(
      `\`${one.name}\``,
      one.in,
      typeOf(one.schema),
      `${one.required ? "Required. " : ""}${one.description ?? one.schema.description ?? ""}`,
    ),
  );
  return ["**Parameters**", table(["name", "in", "type", "meaning"], rows)];
}

/** @param {string} title @param {any} schema */
function fields(title, schema) {
  const rows = fieldRows(schema, "", 0);
  return rows.length === 0 ? [] : [`**${title}**`, table(["field", "type", "meaning"], rows)];
}

/** The bound is far above what the document has: it ends a schema that holds itself. */
const DEPTH_MAX = 6;

/** @param {any} schema @param {string} prefix @param {number} depth @returns {string[]} */
function fieldRows(schema, prefix, depth) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, given]) => {
    const field = /** @type {any} */ (given);
    const inner = objectIn(field);
    const isList = (field.items ?? inner?.items) !== undefined && field.type === "array";
    const path = `${prefix}${name}`;
    const meaning = [required.has(name) ? "" : "Optional.", descriptionOf(field)].filter(Boolean).join(" ");
    const own = row(`\`${path}\``, typeOf(field), meaning);
    return inner && depth < DEPTH_MAX ? [own, ...fieldRows(inner, `${path}${isList ? "[]" : ""}.`, depth + 1)] : [own];
  });
}

/** The object that a field holds: itself, one of a list, or one beside null. @param {any} field @returns {any} */
function objectIn(field) {
  if (field.properties) return field;
  if (field.items) return objectIn(field.items);
  const choice = (field.anyOf ?? []).filter((/** @type {any} */ one) => one.type !== "null");
  return choice.length === 1 ? objectIn(choice[0]) : undefined;
}

/** @param {any} field @returns {string} */
function descriptionOf(field) {
  return field.description ?? (field.anyOf ?? []).map((/** @type {any} */ one) => one.description).find(Boolean) ?? "";
}

/** @param {any} schema @returns {string} */
function typeOf(schema) {
  if (schema === undefined) return "";
  if (schema.$ref) return `[${nameOf(schema.$ref)}](${api}/objects#${slugOf(nameOf(schema.$ref))})`;
  if (schema.enum) return schema.enum.map((/** @type {string} */ one) => `\`${one}\``).join(", ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  return `${schema.type ?? "any"}${boundsOf(schema)}`;
}

/** @param {any} schema */
function boundsOf({ minimum, maximum, minLength, maxLength }) {
  if (minimum !== undefined || maximum !== undefined) return ` from ${minimum ?? "any"} to ${maximum ?? "any"}`;
  if (maxLength !== undefined) return minLength === maxLength ? ` of ${maxLength} characters` : ` up to ${maxLength} characters`;
  return "";
}

/** @param {string} method @param {string} path @param {{ example: unknown, needsKey: boolean, query: any[] }} parts */
function request(method, path, { example, needsKey, query }) {
  const required = query.filter((one) => one.in === "query" && one.required).map((one) => `${one.name}=${one.example ?? "…"}`);
  const url = `http://localhost:8000${path.replaceAll(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`)}`;
  const lines = [`curl -s ${method === "GET" ? "" : `-X ${method} `}"${url}${required.length > 0 ? `?${required.join("&")}` : ""}"`];
  if (needsKey) lines.push('-H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET"');
  if (example !== undefined)
    lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(example).replaceAll("'", String.raw`'\''`)}'`);
  return fence("bash", lines.join(" \\\n  "));
}

/** @param {any} operation */
function answers({ responses }) {
  const rows = Object.entries(responses).map(([status, given]) => {
    const { description, content } = /** @type {any} */ (given);
    const schema = /** @type {any} */ (Object.values(content ?? {})[0])?.schema;
    const codes = [...description.matchAll(/^`(\w+)`: /gm)].map(([, code]) => `[\`${code}\`](/docs/errors#${code})`);
    return row(status, schema === undefined ? "" : typeOf(schema), codes.length > 0 ? codes.join(", ") : description);
  });
  return `**Answers**\n\n${table(["status", "body", "meaning"], rows)}`;
}

/** @param {any} document @param {any} operation */
function answerExample(document, { responses }) {
  const [status, answer] = Object.entries(responses).find(([each]) => each.startsWith("2")) ?? [];
  const example = firstExample(document, /** @type {any} */ (answer)?.content?.["application/json"]);
  return example === undefined ? [] : [`An answer ${status}:`, fence("json", JSON.stringify(example, null, 2))];
}

/** @param {any} document */
function sentEvents(document) {
  const rows = Object.entries(document.webhooks).map(([type, { post }]) =>
    row(`\`${type}\``, post.description.split(" docs/webhooks.md")[0], `[${type}.json](/docs/events/${type}.json)`),
  );
  const [first] = /** @type {any[]} */ (Object.values(document.webhooks));
  const example = firstExample(document, first.post.requestBody.content["application/json"]);
  return [
    "A `POST` of one event to each endpoint that asks for its type. [Webhooks](/docs/webhooks) says how to verify it, and what your answer does; [events](/docs/events) says what each type means for a shop.",
    table(["type", "when", "JSON Schema"], rows),
    "**Headers**",
    table(
      ["name", "meaning"],
      first.post.parameters.map((/** @type {any} */ one) => row(`\`${one.name}\``, one.description ?? "")),
    ),
    ...(example === undefined ? [] : ["One of them:", fence("json", JSON.stringify(example, null, 2))]),
  ];
}

/** @param {any} document */
function objects(document) {
  const parts = Object.entries(document.components.schemas).map(([name, schema]) => {
    const rows = fieldRows(schema, "", 0);
    const text = /** @type {any} */ (schema).description ?? "";
    return [`## ${name}`, text, rows.length > 0 ? table(["field", "type", "meaning"], rows) : typeOf(schema)].filter(Boolean).join("\n\n");
  });
  return ["What requests are answered with. A field without a note is always there.", ...parts];
}

/** @param {any} document @param {any} media @returns {unknown} */
function firstExample(document, media) {
  const [first] = Object.values(media?.examples ?? {});
  const found = first?.$ref ? document.components.examples[nameOf(first.$ref)] : first;
  return found?.value ?? media?.example;
}

/** @param {string} ref */
function nameOf(ref) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** @param {string} tag */
function tagUrl(tag) {
  return `${api}/${slugOf(tag)}`;
}

/** @param {any} operation */
function operationUrl({ tags: [tag], summary }) {
  return `${tagUrl(tag)}#${slugOf(summary)}`;
}

/** @param {string[]} head @param {string[]} rows */
function table(head, rows) {
  return [row(...head), `|${head.map(() => "---|").join("")}`, ...rows].join("\n");
}

/** @param {...string} cells */
function row(...cells) {
  return `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`).replaceAll(/\s+/g, " ")).join(" | ")} |`;
}

/** @param {string} language @param {string} code */
function fence(language, code) {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}
