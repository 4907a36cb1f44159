/**
 * A route as the client shows it.
 * @typedef {{
 *   id: string, resource: string, name: string, method: string, path: string, params: string[], query: any[], queryRequired: boolean,
 *   body: any, bodyRequired: boolean, keyed: boolean, answer: any, row: any, summary?: string, description?: string,
 * }} Operation
 */

/**
 * The routes that need a merchant's key. Those that nobody signs in for (health, the webhooks of gateways) are not for this client, nor are
 * the operator's: a merchant's server must not hold the operator key.
 * @param {any} document
 * @returns {Operation[]}
 */
export function operationsOf(document) {
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(/** @type {Record<string, any>} */ (methods))
      .filter(([method, one]) => /^(get|post|put|patch|delete)$/.test(method) && one.operationId && takesKey(one.security) && isRead(one))
      .map(([method, one]) => operationOf(document, { path, method, one })),
  );
  return unique(found);
}

/** An answer that is a picture is for pages, which take it by its own address. @param {any} one */
function isRead(one) {
  const success = Object.entries(one.responses).find(([status]) => status.startsWith("2"))?.[1];
  const types = Object.keys(/** @type {any} */ (success)?.content ?? {});
  return types.length === 0 || types.includes("application/json");
}

/** Without a word about it, it takes what all take. @param {Record<string, unknown>[] | undefined} security */
function takesKey(security) {
  return security === undefined || security.some((one) => "apiKey" in one);
}

/** @param {any} document @param {{ path: string, method: string, one: any }} route @returns {Operation} */
function operationOf(document, { path, method, one }) {
  const resource = camel(path.split("/").find((word) => word !== "" && word !== "v1") ?? "");
  const parameters = one.parameters ?? [];
  const query = parameters.filter((/** @type {any} */ parameter) => parameter.in === "query");
  const body = one.requestBody?.content?.["application/json"]?.schema;
  const success = Object.entries(one.responses).find(([status]) => status.startsWith("2"))?.[1];
  const answer = /** @type {any} */ (success)?.content?.["application/json"]?.schema;
  return {
    id: one.operationId,
    resource,
    name: methodName(one.operationId, resource),
    method: method.toUpperCase(),
    path,
    params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
    query,
    queryRequired: query.some((/** @type {any} */ parameter) => parameter.required),
    body,
    bodyRequired: (resolve(document, body)?.required ?? []).length > 0 || resolve(document, body)?.type !== "object",
    keyed: parameters.some((/** @type {any} */ parameter) => /^idempotency-key$/i.test(parameter.name)),
    answer,
    row: resolve(document, resolve(document, answer)?.properties?.data)?.items,
    summary: one.summary,
    description: one.description,
  };
}

/** A list that is read page by page. @param {Operation} operation */
export function isList({ method, query, row, path }) {
  const pages = query.some((one) => one.name === "starting_after" || one.name === "cursor");
  return method === "GET" && row !== undefined && pages && !path.endsWith("}");
}

/** `confirmPayment` of `payments` is `confirm`; a name without the noun stays as it is. @param {string} id @param {string} resource */
function methodName(id, resource) {
  const nouns = [resource, resource.replace(/ies$/, "y"), resource.replace(/s$/, "")].map(pascal);
  const noun = nouns.find((one) => new RegExp(`${one}(?![a-z])`).test(id));
  const rest = noun === undefined ? id : id.replace(new RegExp(`${noun}(?![a-z])`), "");
  return rest === "" ? id : camel(rest).replace(/^retrieve$/, "get");
}

/** Two methods of one name would hide each other: then both keep their whole name. @param {Operation[]} operations */
function unique(operations) {
  const count = (/** @type {Operation} */ one) => operations.filter((other) => other.resource === one.resource && other.name === one.name);
  return operations.map((one) => (count(one).length > 1 ? { ...one, name: one.id } : one));
}

/** Of an event with this type: what the document says, else what its first word names. @param {any} document @param {string} type */
export function eventDataOf(document, type) {
  const hook = document.webhooks?.[type];
  const body = resolve(document, hook?.post?.requestBody?.content?.["application/json"]?.schema);
  const named = body?.properties?.data?.$ref?.split("/").at(-1);
  if (named !== undefined && !type.startsWith("refund.")) return named;
  const noun = pascal(type.split(".")[0] ?? "");
  if (noun === "Refund") return "Refund & { payment: Payment }";
  return document.components.schemas[noun] === undefined ? "Record<string, unknown>" : noun;
}

/** @param {any} document @param {any} schema @returns {any} */
function resolve(document, schema) {
  const name = schema?.$ref?.split("/").at(-1);
  return name === undefined ? schema : document.components.schemas[name];
}

/** Names in a type. @param {string} type */
export function wordsOf(type) {
  return type.match(/\b[A-Z]\w*/g) ?? [];
}

/** @param {string} name */
export function camel(name) {
  const joined = name.replaceAll(/[-_](\w)/g, (_all, letter) => letter.toUpperCase());
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}

/** @param {string} name */
export function pascal(name) {
  const text = camel(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
