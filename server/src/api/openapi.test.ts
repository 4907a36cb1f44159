import { Compile } from "typebox/schema";
import { describe, expect, it, vi } from "vitest";
import { representPayment } from "../core/represent.ts";
import { createPayment } from "../flows/payments/create.ts";
import { ask, type Document } from "./documented.testing.ts";
import { fakeApi, headers, payment } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));

describe("the OpenAPI document", () => {
  it("is 3.1, needs no key and describes every route with its error answers and scopes of keys", async () => {
    const answer = await fakeApi().app.inject("/v1/openapi.json");
    const document = answer.json<Document & { security: unknown }>();
    expect(document.openapi).toBe("3.1.0");
    expect(document.security).toEqual([{ apiKey: [], apiSecret: [] }, { basic: [] }]);
    // All of them: the table of scopes in access.security.test.ts.
    expect(Object.keys(document.paths)).toContain("/v1/payments");
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path.startsWith("/health")) continue;
      for (const operation of Object.values(methods)) expect(operation.responses).toMatchObject({ 500: {}, 503: {} });
    }
  });

  it("names what an Idempotency-Key can be answered with for each operation that takes one", async () => {
    const { paths } = (await fakeApi().app.inject("/v1/openapi.json")).json<Document>();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ path, method, ...one })),
    );
    const keyed = operations.filter((one) => one.parameters?.some(({ name }) => name === "Idempotency-Key"));
    expect(keyed.map(({ method, path }) => `${method} ${path}`)).toContain("put /v1/webhook-endpoint");
    for (const { responses } of keyed) expect(JSON.stringify(responses[422])).toContain("idempotency_mismatch");
  });

  it("has no reference that leads nowhere", async () => {
    const text = (await fakeApi().app.inject("/v1/openapi.json")).body;
    const document = JSON.parse(text) as Document;
    const targets = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!));
    expect(targets.size).toBeGreaterThan(5);
    for (const target of targets) expect(document).toHaveProperty(target.replace("#/", "").split("/"));
  });

  it("gives examples that the route itself takes", async () => {
    vi.mocked(createPayment).mockResolvedValue({
      status: 201,
      body: JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] })),
      replayed: false,
    });
    const { app } = fakeApi();
    const document = (await app.inject("/v1/openapi.json")).json();
    const examples = Object.values(document.paths["/v1/payments"].post.requestBody.content["application/json"].examples) as {
      value: object;
    }[];
    expect(examples.length).toBeGreaterThan(1);
    for (const { value } of examples) {
      const answer = await ask(app, { method: "POST", url: "/v1/payments", headers, payload: value });
      expect(answer.statusCode).toBe(201);
    }
  });
});

interface Described {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly { readonly name: string; readonly schema: { readonly pattern?: string } }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Body }>> };
}
interface Body {
  readonly properties: Readonly<
    Record<
      string,
      {
        readonly pattern?: string;
        readonly format?: string;
        readonly type?: unknown;
        readonly propertyNames?: { readonly pattern: string };
      }
    >
  >;
}

const prefixes: Readonly<Record<string, string>> = {
  "/v1/payments": "pay",
  "/v1/refunds": "rfnd",
  "/v1/orders": "ord",
  "/v1/payment-links": "plink",
  "/v1/events": "evt",
  "/v1/deliveries": "dlv",
  "/v1/cases": "case",
  "/v1/dead-letters": "dlv",
  "/v1/merchants": "mer",
  "/v1/admin-actions": "act",
};

describe("the document is as strict as the server (U12)", async () => {
  const document = (await fakeApi().app.inject("/v1/openapi.json")).json<{
    info: { contact: object };
    tags: { name: string; description: string }[];
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, { enum?: string[] }>; examples: Record<string, { value: unknown }> };
  }>();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const bodyOf = (path: string): Body => document.paths[path]!["post"]!.requestBody!.content["application/json"]!.schema;
  const bodies = ["/v1/payments", "/v1/payments/{id}/confirm"];

  it.each(operations)("$method $path has what linters look for: description, tag, an answer 4xx", ({ operation }) => {
    expect([operation.summary, operation.description, operation.operationId]).toEqual(Array(3).fill(expect.stringMatching(/./)));
    for (const tag of operation.tags) expect(document.tags).toContainEqual({ name: tag, description: expect.stringMatching(/./) });
    expect(Object.keys(operation.responses).some((status) => status.startsWith("4"))).toBe(true);
    expect(document.info.contact).toBeDefined();
  });

  it.each(operations.filter(({ path }) => path.startsWith("/v1/")))(
    "$method $path declares 429 and 503, which it may answer",
    ({ operation }) => {
      expect(operation.responses).toMatchObject({ 429: { headers: { "Retry-After": {} } }, 503: { headers: { "Retry-After": {} } } });
    },
  );

  it.each<[what: string, pattern: string | undefined, good: readonly string[], bad: readonly string[]]>([
    ["currency", bodyOf("/v1/payments").properties["currency"]!.pattern, ["INR"], ["inr", "IN", "INRR", "I1R"]],
    ["a name in metadata", bodyOf("/v1/payments").properties["metadata"]!.propertyNames!.pattern, ["shop", "__proto"], ["__proto__"]],
    ["order_id", bodyOf("/v1/payments").properties["order_id"]!.pattern, ["order-1"], ["order 1", "", "a".repeat(65)]],
    [
      "a webhook's URL",
      putUrl(document.paths).pattern,
      ["https://shop.example", "HTTP://shop.example"],
      ["ftp://shop.example", "shop.example"],
    ],
    ...operations.flatMap(({ path, method, operation }) =>
      (operation.parameters ?? [])
        .filter(({ name }) => ["starting_after", "ending_before", "Idempotency-Key"].includes(name))
        .map(({ name, schema }): [string, string | undefined, string[], string[]] => [
          `${name} of ${method} ${path}`,
          schema.pattern,
          [name === "Idempotency-Key" ? "order 1" : `${prefixes[path]}_01KAJ0000000000000000000AB`],
          [name === "Idempotency-Key" ? "clé" : "xyz_01KAJ0000000000000000000AB", "a\tb"],
        ]),
    ),
  ])("%s has a pattern", (_what, pattern, good, bad) => {
    const expression = new RegExp(pattern!);
    for (const each of good) expect(each).toMatch(expression);
    for (const each of bad) expect(each).not.toMatch(expression);
  });

  it("gives examples of answers and errors that their own schemas take", () => {
    const { schemas, examples } = document.components;
    for (const [name, { value }] of Object.entries(examples)) {
      const schema = { components: document.components, $ref: `#/components/schemas/${name in schemas ? name : "Error"}` };
      expect([name, Compile(schema as never).Errors(value)]).toEqual([name, [true, []]]);
    }
    expect(Object.keys(examples)).toEqual(
      expect.arrayContaining(["Payment", "PaymentList", "Refund", "unknown_field", "idempotency_mismatch"]),
    );
  });

  const card = { number: "4111111111111111", expiry_month: 12, expiry_year: 2030, cvv: "123" };
  it.each<[what: string, fields: object, isValid: boolean]>([
    ["nothing", {}, true],
    ["a card", { method: "card", card }, true],
    ["a token", { method: "card", card: { token: "tok_visa" } }, true],
    ["UPI", { method: "upi", upi: { vpa: "a@b" } }, true],
    ["net banking", { method: "netbanking", netbanking: { bank: "HDFC" } }, true],
    ["net banking without a bank", { method: "netbanking", netbanking: {} }, false],
    ["a bank in small letters", { method: "netbanking", netbanking: { bank: "hdfc" } }, false],
    ["a method without its field", { method: "card" }, false],
    ["the other method's field", { method: "upi", card }, false],
    ["both fields", { method: "upi", upi: { vpa: "a@b" }, card }, false],
    ["a field without its method", { upi: { vpa: "a@b" } }, false],
    ["half a card", { method: "card", card: { number: card.number } }, false],
    ["a token beside a number", { method: "card", card: { ...card, token: "tok_visa" } }, false],
  ])("and the server take or refuse alike: %s", async (_what, fields, isValid) => {
    vi.mocked(createPayment).mockResolvedValue({
      status: 201,
      body: JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] })),
      replayed: false,
    });
    const answer = await fakeApi().app.inject({
      method: "POST",
      url: "/v1/payments",
      headers,
      payload: { amount: 1, currency: "INR", ...fields },
    });
    expect(answer.statusCode).toBe(isValid ? 201 : 400);
    const required = { amount: 1, currency: "INR" };
    for (const path of bodies) {
      const [valid] = Compile({ components: document.components, ...bodyOf(path) } as never).Errors(
        path === "/v1/payments" ? { ...required, ...fields } : fields,
      );
      expect(valid).toBe(isValid);
    }
  });

  it("holds nothing that generators misread: no list of types, amounts of 64 bits, no composition beside fields", () => {
    for (const path of bodies) {
      const text = JSON.stringify(bodyOf(path));
      expect(text).not.toMatch(/"type":\[/);
      expect(text).not.toMatch(/"(anyOf|oneOf|allOf|const)":/);
    }
    expect(bodyOf("/v1/payments").properties["amount"]!.format).toBe("int64");
  });
});

function putUrl(paths: Readonly<Record<string, Readonly<Record<string, Described>>>>): { readonly pattern?: string } {
  return paths["/v1/webhook-endpoint"]!["put"]!.requestBody!.content["application/json"]!.schema.properties["url"]!;
}
