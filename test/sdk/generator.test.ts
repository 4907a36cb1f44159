/** How the client's types and methods follow from an OpenAPI document (scripts/docs/sdk.mjs). */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { operationsOf } from "../../scripts/docs/sdk-routes.mjs";
import { commentOf, typeOf } from "../../scripts/docs/sdk-types.mjs";
import { sdkEvents, sdkFiles } from "../../scripts/docs/sdk.mjs";

const text = { type: "string" };

describe("a schema as a type", () => {
  it.each([
    [{ type: "integer", format: "int64" }, "number"],
    [{ enum: ["a", 'b"', 1, null] }, '"a" | "b\\"" | 1 | null'],
    [{ anyOf: [text, { type: "null" }] }, "string | null"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ $ref: "#/components/schemas/Payment" }, "Payment"],
    [{ $ref: "#/components/schemas/Error" }, "ErrorObject"],
    [{ type: "array", items: { anyOf: [text, { type: "null" }] } }, "(string | null)[]"],
    [{ type: "array", items: { type: "object", required: ["a"], properties: { a: { enum: ["x", "y"] } } } }, '{\n  a: "x" | "y";\n}[]'],
    [{ allOf: [{ $ref: "#/a/A" }, { anyOf: [{ $ref: "#/a/B" }, { $ref: "#/a/C" }] }] }, "A & (B | C)"],
    [{ type: "object", additionalProperties: text }, "Record<string, string>"],
    [{ type: "object", properties: {}, additionalProperties: false }, "Record<string, never>"],
    [{ type: "object" }, "Record<string, unknown>"],
    [{ type: "object", properties: { "a-b": text }, additionalProperties: false }, '{\n  "a-b"?: string;\n}'],
    [{ not: {} }, "unknown"],
    [undefined, "unknown"],
  ])("%j", (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it("keeps a description in one comment, whatever it holds", () => {
    expect(commentOf("ends */ here\n  and goes on", "  ")).toBe("  /** ends *\\/ here and goes on */\n");
    expect(typeOf({ type: "object", properties: { a: { anyOf: [{ ...text, description: "Why." }, { type: "null" }] } } })).toContain(
      "/** Why. */",
    );
  });
});

const answer = { 200: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } } };
const page = {
  type: "object",
  properties: { data: { type: "array", items: { $ref: "#/components/schemas/Thing" } }, has_more: { type: "boolean" } },
};
const body = (required: string[]) => ({
  content: { "application/json": { schema: { type: "object", required, properties: { a: text } } } },
});
const document = {
  components: { schemas: { Thing: { type: "object", required: ["id"], properties: { id: text } }, ThingList: page } },
  paths: {
    "/v1/big-things": {
      get: {
        operationId: "listBigThings",
        parameters: [{ in: "query", name: "starting_after", schema: text }],
        responses: { 200: { content: { "application/json": { schema: { $ref: "#/components/schemas/ThingList" } } } } },
      },
      post: {
        operationId: "createBigThing",
        parameters: [{ in: "header", name: "Idempotency-Key" }],
        requestBody: body(["a"]),
        responses: answer,
      },
    },
    "/v1/big-things/{id}/parts/{part_id}": { post: { operationId: "rotateBigThingSecret", requestBody: body([]), responses: answer } },
    "/v1/big-things/{id}": {
      get: { operationId: "retrieveBigThing", responses: answer },
      delete: { operationId: "deleteBigThing", responses: { 204: {} } },
    },
    "/v1/queues": { get: { operationId: "getDepths", responses: answer } },
    "/health/live": { get: { operationId: "live", security: [], responses: answer } },
  },
};

describe("a route as a method", () => {
  const methods = operationsOf(document).map((one) => `${one.resource}.${one.name}`);

  it("is named after its operation, without the resource's noun; routes for nobody's key are left out", () => {
    expect(methods).toEqual([
      "bigThings.list",
      "bigThings.create",
      "bigThings.rotateSecret",
      "bigThings.get",
      "bigThings.delete",
      "queues.getDepths",
    ]);
  });

  it("keeps its whole name if another has the short one", () => {
    const twice = {
      ...document,
      paths: { ...document.paths, "/v1/big-things/x": { get: { operationId: "getBigThing", responses: answer } } },
    };
    expect(operationsOf(twice).map((one) => one.name)).toEqual(expect.arrayContaining(["retrieveBigThing", "getBigThing"]));
  });

  const root = mkdtempSync(join(tmpdir(), "tillway-generator-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "docs"));
  writeFileSync(join(root, "docs/openapi.json"), JSON.stringify(document));

  it("takes ids, then body or query, then options, and says whether it may be repeated", () => {
    const file = sdkFiles["sdk/src/generated/resources.ts"]!(root);
    for (const line of [
      "list(query: ListBigThingsQuery = {}, options?: RequestOptions): Pages<Thing> {",
      'this.#requester.list({ method: "GET", path: "/v1/big-things", query }, options)',
      "create(body: CreateBigThingBody, options?: RequestOptions): Promise<Thing> {",
      'this.#requester.send({ method: "POST", path: "/v1/big-things", body, keyed: true }, options)',
      "rotateSecret(id: string, partId: string, body: RotateBigThingSecretBody = {}, options?: RequestOptions): Promise<Thing> {",
      'path: "/v1/big-things/{id}/parts/{part_id}", params: { id, part_id: partId }, body }, options)',
      "delete(id: string, options?: RequestOptions): Promise<void> {",
      "readonly bigThings: BigThingsResource;",
    ])
      expect(file).toContain(line);
    expect(sdkFiles["sdk/src/generated/types.ts"]!(root)).toContain("export type CreateBigThingBody = {\n  a: string;\n};");
  });

  it("events have the data that their first word names, and webhooks bring only those that are sent", () => {
    const table = {
      "thing.made": { webhook: true, when: "Made." },
      "other.made": { webhook: true, when: "So." },
      "thing.seen": { webhook: false, when: "No." },
    };
    const file = sdkEvents(root, table);
    expect(file).toContain('  /** Made. */\n  "thing.made": Thing;\n  /** So. */\n  "other.made": Record<string, unknown>;\n');
    expect(file).toContain('import type { Thing } from "./types.ts"');
    expect(file).toContain('WebhookEvent = EventOf<Exclude<keyof EventData, "thing.seen">>;');
  });
});
