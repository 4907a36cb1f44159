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
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      "get /health/live",
      "get /health/ready",
      "get /v1/cases",
      "get /v1/deliveries",
      "get /v1/deliveries/{id}",
      "get /v1/payments",
      "get /v1/payments/{id}",
      "get /v1/webhook-endpoint",
      "post /v1/deliveries/{id}/retry",
      "post /v1/gateways/{connector}/{account}/webhooks",
      "post /v1/payments",
      "post /v1/payments/{id}/cancel",
      "post /v1/payments/{id}/capture",
      "post /v1/payments/{id}/confirm",
      "put /v1/webhook-endpoint",
    ]);
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path.startsWith("/health")) continue;
      for (const operation of Object.values(methods)) expect(operation.responses).toMatchObject({ 500: {}, 503: {} });
    }
  });

  it("has no reference that leads nowhere", async () => {
    const text = (await fakeApi().app.inject("/v1/openapi.json")).body;
    const document = JSON.parse(text) as Document;
    const targets = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!));
    expect(targets.size).toBeGreaterThan(5);
    for (const target of targets) expect(document.components.schemas).toHaveProperty(target.replace("#/components/schemas/", ""));
  });

  it("gives examples that the route itself takes", async () => {
    vi.mocked(createPayment).mockResolvedValue({ status: 201, body: JSON.stringify(representPayment(payment(), [])), replayed: false });
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
