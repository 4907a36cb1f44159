/** Requests made from the OpenAPI document: what it allows, and what bad clients send instead. */
import fc from "fast-check";
import type { Document, Operation, Parameter, Request, Schema } from "./document.ts";

/** Values of every type, size and trick. All of them are harmless texts: what they prove is that nobody reads them as anything else. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "0",
  "null",
  "x".repeat(5_000),
  "\u0000",
  "\ud800",
  "\u202e",
  "‮évil ✓",
  "../../x",
  "' OR '1'='1",
  "$ne",
  "{{7*7}}",
  "<b>x</b>",
  "__proto__",
  "constructor",
  [],
  [[[[[]]]]],
  {},
  { $gt: "" },
  { toString: 1 },
  { length: 1e9 },
];

const hostile = (): fc.Arbitrary<unknown> => fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 3 }));

/** A value that the schema allows, as far as the schema says: dates, check digits and lists of codes are the server's matter. */
export function valueOf(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valueOf(document, document.components.schemas[schema.$ref.split("/").at(-1)!]!);
  if (schema.examples !== undefined && schema.properties === undefined) return fc.constantFrom(...schema.examples);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => valueOf(document, each)));
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100_000, 2 ** 31 - 1) });
    case "string":
      return schema.pattern === undefined
        ? fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: Math.min(schema.maxLength ?? 20, 20) })
        : fc.stringMatching(new RegExp(schema.pattern), { maxLength: 40, size: "xsmall" } as never);
    case "array":
      return fc.array(valueOf(document, schema.items ?? {}), { minLength: 1, maxLength: 3 });
    default:
      return objectOf(document, schema);
  }
}

function objectOf(document: Document, { properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valueOf(document, each)]));
  if (Object.keys(members).length === 0 && typeof additionalProperties === "object")
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valueOf(document, additionalProperties), { maxKeys: 3 });
  return fc.record(members, { requiredKeys: [...required] as never });
}

/** The value with something wrong at one of its places: another value, one that is missing, or one too many. */
function spoiled(value: unknown): fc.Arbitrary<unknown> {
  const places = placesOf(value);
  return fc
    .record({
      place: fc.constantFrom(...places),
      how: fc.constantFrom("replace", "remove", "add"),
      by: hostile(),
      name: fc.constantFrom("extra", "", "__proto__", "amuont", "id", "status"),
    })
    .map(({ place, how, by, name }) => spoil(value, place, { how, by, name }));
}

type Path = readonly (string | number)[];

function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, each]) => placesOf(each, [...at, name]))];
}

function spoil(value: unknown, [first, ...rest]: Path, fault: { how: string; by: unknown; name: string }): unknown {
  if (first === undefined) {
    if (fault.how === "add" && typeof value === "object" && value !== null && !Array.isArray(value))
      return Object.fromEntries([...Object.entries(value), [fault.name, fault.by]]);
    return fault.by;
  }
  if (Array.isArray(value)) return value.map((each, at) => (String(at) === String(first) ? spoil(each, rest, fault) : (each as unknown)));
  const entries = Object.entries(value as object);
  if (fault.how === "remove" && rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== first));
  return Object.fromEntries(entries.map(([name, each]) => [name, name === first ? spoil(each, rest, fault) : (each as unknown)]));
}

/** Texts that are no JSON, or JSON that no honest client writes. */
const RAW: readonly string[] = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  "1",
  "{}{}",
  '{"amount":1,"amount":2}',
  '{"amount":1e999}',
  '{"amount":99999999999999999999}',
  '{"__proto__":{"amount":1}}',
  "amount=1&currency=INR",
  "\ufeff{}",
  "[".repeat(5_000),
  `{"description":"${"x".repeat(70_000)}"}`,
];

const HEADERS: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  { "idempotency-key": "" },
  { "idempotency-key": "x".repeat(256) },
  { "idempotency-key": "cl\u00e9" },
  { "idempotency-key": '"open' },
  { "idempotency-key": ["a", "b"] },
  { "x-idempotency-key": "a" },
  { "x-api-key": "", "x-api-secret": "" },
  { "x-api-key": "pk_test_x", "x-api-secret": "sk_test_x" },
  { "x-api-key": ["a", "b"] },
  { authorization: "Basic %%%", "x-api-key": [] },
  { authorization: "Bearer x" },
  { accept: "text/xml" },
  { "accept-encoding": "gzip;q=x" },
  { traceparent: "00-x" },
  { expect: "200-ok" },
  { "tillway-version": "1999-99-99" },
  { "x-http-method-override": "DELETE" },
  { "x-forwarded-for": "127.0.0.1" },
  { cookie: "a=b; __proto__=1" },
];

const TYPES: readonly string[] = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=latin1",
  "application/jsonp",
  "application/json;;;",
  "x",
  "*/*",
];

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Encodes what `encodeURIComponent` throws at: half a pair. */
const encoded = (value: unknown): string => encodeURIComponent(text(value).toWellFormed()).slice(0, 6_000);

interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  /** Ids of rows that are there, by the path of their list, or by the name of their place in a path. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

/** Requests to this operation, from good to absurd. */
export function requestsTo(document: Document, operation: Operation, caller: Caller): fc.Arbitrary<Request> {
  const body = bodyOf(document, operation);
  const json = { ...caller.headers, "content-type": "application/json" };
  const plain = fc.record({ path: pathOf(document, operation, caller), body }).map(({ path, body: value }): Request => ({
    method: operation.method,
    path,
    headers: value === undefined ? caller.headers : json,
    ...(value !== undefined && { body: JSON.stringify(value) }),
  }));
  const withBody = (change: (value: unknown) => fc.Arbitrary<string>, headers: Request["headers"] = json) =>
    plain.chain((request) =>
      change(request.body === undefined ? {} : (JSON.parse(String(request.body)) as unknown)).map((value) => ({
        ...request,
        headers,
        body: value,
      })),
    );
  return fc.oneof(
    plain,
    { weight: 3, arbitrary: withBody((value) => spoiled(value).map((each) => JSON.stringify(each))) },
    withBody(() => fc.constantFrom(...RAW)),
    fc
      .constantFrom(...TYPES)
      .chain((type) => withBody((value) => fc.constant(JSON.stringify(value)), { ...caller.headers, "content-type": type })),
    fc
      .record({ request: plain, more: fc.constantFrom(...HEADERS) })
      .map(({ request, more }) => ({ ...request, headers: { ...request.headers, ...more } })),
    {
      weight: 2,
      arbitrary: fc
        .record({ request: plain, query: badQuery(operation) })
        .map(({ request, query }) => ({ ...request, path: `${request.path.split("?")[0]}?${query}` })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ request: plain, value: hostile() })
        .map(({ request, value }) => ({ ...request, path: operation.path.replaceAll(/\{\w+\}/g, encoded(value)) })),
    },
    fc
      .record({ request: plain, method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE") })
      .map(({ request, method }) => ({ ...request, method })),
  );
}

function bodyOf(document: Document, { body }: Operation): fc.Arbitrary<unknown> {
  if (body?.schema === undefined) return fc.constant(undefined);
  const examples = [body.example, ...Object.values(body.examples ?? {}).map(({ value }) => value)].filter((each) => each !== undefined);
  const made = valueOf(document, body.schema);
  return examples.length === 0 ? made : fc.oneof(fc.constantFrom(...examples), made);
}

function pathOf(document: Document, { path, parameters = [] }: Operation, { ids }: Caller): fc.Arbitrary<string> {
  const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const idFor = (place: string) => fc.constantFrom(...(ids.get(place) ?? ids.get(path.slice(0, path.indexOf("/{"))) ?? []), "x");
  const query = parameters.filter((each) => each.in === "query");
  const values = fc.record(Object.fromEntries(query.map((each) => [each.name, valueOf(document, each.schema)])), { requiredKeys: [] });
  const chosen = fc.record(Object.fromEntries(places.map((place) => [place, idFor(place)])));
  return fc.record({ chosen, values }).map(({ chosen: ids, values: given }) => {
    const search = Object.entries(given as object)
      .map(([name, each]) => `${name}=${encoded(each)}`)
      .join("&");
    return path.replaceAll(/\{(\w+)\}/g, (_place, name: string) => ids[name]!) + (search === "" ? "" : `?${search}`);
  });
}

function badQuery({ parameters = [] }: Operation): fc.Arbitrary<string> {
  const names = [
    ...parameters.filter((each: Parameter) => each.in === "query").map(({ name }) => name),
    "limit",
    "__proto__",
    "limit[]",
    "x",
  ];
  const pair = fc.record({ name: fc.constantFrom(...names), value: hostile() }).map(({ name, value }) => `${name}=${encoded(value)}`);
  return fc.oneof(
    fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.join("&")),
    fc.constantFrom("limit", "%", "%00", "limit=%ff", "&&&", "=", "limit=1;x=2"),
  );
}
