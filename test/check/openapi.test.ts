import { expect, test } from "vitest";
import { openapiCheck } from "../../scripts/check/openapi.mjs";
import { lines, plant } from "./planted.ts";

const error = (code: string) => ({
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" }, examples: { [code]: {} } } },
});
const good = {
  operationId: "createShop",
  summary: "Create a shop",
  description: "A shop.",
  tags: ["Shops"],
  responses: {
    201: {
      content: { "application/json": { schema: { type: "object", properties: { const: { type: "string" } } }, example: { enum: [1] } } },
    },
    400: error("invalid_field"),
    500: error("internal_error"),
    503: error("overloaded"),
  },
};

/** The problems of a document with one operation. */
async function problemsOf(operation: object, schemas: object = {}, more: object = {}): Promise<string[]> {
  const document = { tags: [{ name: "Shops" }], paths: { "/v1/shops": { post: operation } }, components: { schemas }, ...more };
  return lines(await openapiCheck.run(plant({ "docs/openapi.json": JSON.stringify(document) })));
}

test("openapi: an operation that is described whole is fine, whatever its properties are called", async () => {
  expect(await problemsOf(good, { Error: { type: "object", properties: { enum: { type: "string" } } } })).toEqual([]);
});

test.each<[what: string, schema: object, message: string]>([
  ["const", { const: "a" }, "has const"],
  ["a tuple", { type: "array", prefixItems: [{ type: "string" }] }, "is a tuple"],
  ["an exclusive limit", { type: "integer", exclusiveMinimum: 0 }, "is an integer with an exclusive limit"],
  ["patternProperties", { type: "object", patternProperties: {} }, "has patternProperties"],
  ["a list of types", { type: ["string", "null"] }, "has a list of types"],
  ["anyOf beside properties", { type: "object", properties: {}, anyOf: [] }, "has anyOf, oneOf or allOf beside properties"],
  ["enum without type", { enum: ["a"] }, "has enum without type"],
  ["a large integer", { type: "integer", maximum: 2 ** 31 }, "is an amount, or too large for 32 bits, without format int64"],
])("openapi: %s is named, at any depth", async (_what, schema, message) => {
  const deep = { Shop: { type: "object", properties: { a: { type: "array", items: { anyOf: [schema, { type: "null" }] } } } } };
  expect(await problemsOf(good, deep)).toEqual([`docs/openapi.json:0 /components/schemas/Shop/a/items/anyOf ${message}`]);
});

test("openapi: an amount of 32 bits is named by its name alone", async () => {
  const schemas = { Shop: { type: "object", properties: { amount_captured: { type: "integer" }, amounts: { type: "integer" } } } };
  expect(await problemsOf(good, schemas)).toEqual([expect.stringContaining("/Shop/amount_captured is an amount")]);
});

test.each<[what: string, fault: object, message: string]>([
  ["operationId", { operationId: undefined }, "post /v1/shops has no operationId"],
  ["summary", { summary: "" }, "post /v1/shops has no summary"],
  ["description", { description: undefined }, "post /v1/shops has no description"],
  ["a tag", { tags: [] }, "post /v1/shops has no tag, or one that is not described"],
  ["the tag's description", { tags: ["Others"] }, "post /v1/shops has no tag, or one that is not described"],
  ["an answer 503", { responses: { ...good.responses, 503: undefined } }, "post /v1/shops lacks an answer 4xx, 500, 503"],
  ["an answer 4xx", { responses: { ...good.responses, 400: undefined } }, "post /v1/shops lacks an answer 4xx, 500, 503"],
  ["the schema of errors", { responses: { ...good.responses, 404: {} } }, "post /v1/shops 404 is no Error"],
  ["an answer 2xx", { responses: { ...good.responses, 201: undefined } }, "post /v1/shops has no answer 2xx"],
  [
    "an example",
    { requestBody: { content: { "application/json": { schema: { type: "object" } } } } },
    "post /v1/shops body has no example",
  ],
])("openapi: an operation without %s is named", async (_what, fault, message) => {
  expect(await problemsOf({ ...good, ...fault })).toEqual([`docs/openapi.json:0 ${message}`]);
});

test("openapi: two operations of one name are named, and a document without operations is red", async () => {
  const more = { paths: { "/v1/shops": { post: good, put: good } } };
  expect(await problemsOf(good, {}, more)).toEqual(["docs/openapi.json:0 createShop names two operations"]);
  await expect(problemsOf(good, {}, { paths: {} })).rejects.toThrow("describes no operation");
});

test("openapi: an integer of a request without a maximum is named, by body and by query", async () => {
  const version = { type: "integer", minimum: 0 };
  const requestBody = {
    content: { "application/json": { schema: { type: "object", properties: { rules: { type: "array", items: version } } } } },
  };
  const parameters = [{ name: "limit", in: "query", schema: version }];
  const problems = await problemsOf({ ...good, requestBody, parameters });
  for (const place of ["body.rules[]", "limit"])
    expect(problems).toContainEqual(expect.stringContaining(`post /v1/shops ${place} is an integer without a maximum`));
  const bounded = [{ name: "limit", in: "query", schema: { ...version, maximum: 100 } }];
  expect((await problemsOf({ ...good, parameters: bounded })).filter((line) => line.includes("maximum"))).toEqual([]);
});
