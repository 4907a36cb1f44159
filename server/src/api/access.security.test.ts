import { beforeEach, describe, expect, it, vi } from "vitest";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { permissions, roles, scopes, type Permission, type Role } from "../core/permissions.ts";
import { ask, type Document } from "./documented.testing.ts";
import { fakeApi, headers, merchant, operator, payment } from "./fakes.testing.ts";

/** What each route needs; null: open to all. A route that is not here fails the test below. */
const needs: Readonly<Record<string, Permission | "operator" | null>> = {
  "post /v1/payments": "payments.write",
  "post /v1/payments/{id}/confirm": "payments.write",
  "post /v1/payments/{id}/capture": "payments.operate",
  "post /v1/payments/{id}/void": "payments.operate",
  "post /v1/payments/{id}/cancel": "payments.operate",
  "patch /v1/payments/{id}": "payments.write",
  "get /v1/payments": "payments.read",
  "get /v1/payments/{id}": "payments.read",
  "get /v1/payments/{id}/timeline": "payments.read",
  "post /v1/refunds": "refunds.write",
  "get /v1/refunds": "payments.read",
  "get /v1/payments/{id}/card-fields": "payments.read",
  "post /v1/payments/{id}/returned": "payments.write",
  "get /v1/refunds/{id}": "payments.read",
  "get /v1/payment-methods": "payments.read",
  "post /v1/orders": "payments.write",
  "get /v1/orders": "payments.read",
  "get /v1/orders/{id}": "payments.read",
  "post /v1/payment-links": "payments.write",
  "get /v1/payment-links": "payments.read",
  "get /v1/payment-links/{id}": "payments.read",
  "get /v1/payment-links/{id}/qr": "payments.read",
  "post /v1/payment-links/{id}/deactivate": "payments.write",
  "post /v1/checkout/sessions": "payments.write",
  "get /v1/checkout/sessions/{id}": "payments.read",
  "post /v1/checkout/sessions/{id}/cancel": "payments.write",
  "get /v1/checkout/settings": "config.read",
  "put /v1/checkout/settings": "config.write",
  "get /v1/events": "payments.read",
  "get /v1/events/stream": "payments.read",
  "get /v1/events/{id}": "payments.read",
  "get /v1/webhook-endpoint": "webhooks.read",
  "put /v1/webhook-endpoint": "webhooks.write",
  "get /v1/webhook-endpoints": "webhooks.read",
  "post /v1/webhook-endpoints": "webhooks.write",
  "get /v1/webhook-endpoints/{id}": "webhooks.read",
  "patch /v1/webhook-endpoints/{id}": "webhooks.write",
  "delete /v1/webhook-endpoints/{id}": "webhooks.write",
  "post /v1/webhook-endpoints/{id}/rotate-secret": "webhooks.write",
  "post /v1/webhook-endpoints/{id}/test": "webhooks.write",
  "get /v1/deliveries": "webhooks.read",
  "get /v1/deliveries/{id}": "webhooks.read",
  "post /v1/deliveries/recover": "deliveries.retry",
  "post /v1/deliveries/{id}/retry": "deliveries.retry",
  "get /v1/cases": "cases.read",
  "get /v1/dead-letters": "cases.read",
  "post /v1/dead-letters/{id}/replay": "dead_letters.write",
  "post /v1/dead-letters/{id}/discard": "dead_letters.write",
  "post /v1/dead-letters/replay": "dead_letters.write",
  "post /v1/dead-letters/discard": "dead_letters.write",
  "get /v1/queues": "cases.read",
  "get /v1/invariants": "cases.read",
  "get /v1/analytics": "payments.read",
  "get /v1/analytics.csv": "payments.read",
  "get /v1/overview": "payments.read",
  "get /v1/keys": "keys.read",
  "post /v1/keys": "keys.write",
  "get /v1/keys/{id}": "keys.read",
  "patch /v1/keys/{id}": "keys.write",
  "delete /v1/keys/{id}": "keys.write",
  "post /v1/keys/{id}/rotate": "keys.write",
  "get /v1/settings": "config.read",
  "put /v1/settings": "config.write",
  "get /v1/email-settings": "config.read",
  "put /v1/email-settings": "config.write",
  "get /v1/routing-rules": "config.read",
  "put /v1/routing-rules": "config.write",
  "post /v1/routing-rules/explain": "config.read",
  "get /v1/connectors": "config.read",
  "get /v1/connector-accounts": "config.read",
  "post /v1/connector-accounts": "config.write",
  "get /v1/connector-accounts/{id}": "config.read",
  "patch /v1/connector-accounts/{id}": "config.write",
  "delete /v1/connector-accounts/{id}": "config.write",
  "post /v1/connector-accounts/{id}/rotate": "config.write",
  "post /v1/connector-accounts/{id}/test": "config.write",
  "get /v1/connector-accounts/{id}/sweep": "cases.read",
  "post /v1/connector-accounts/{id}/sweep": "cases.resolve",
  "get /v1/merchants": "operator",
  "post /v1/merchants": "operator",
  "get /v1/merchants/{id}": "operator",
  "patch /v1/merchants/{id}": "operator",
  "get /v1/merchants/{id}/keys": "operator",
  "post /v1/merchants/{id}/keys": "operator",
  "patch /v1/merchants/{id}/keys/{key_id}": "operator",
  "delete /v1/merchants/{id}/keys/{key_id}": "operator",
  "get /v1/admin-actions": "audit.read",
  "get /v1/audit/head": "audit.read",
  "get /v1/audit/export": "audit.read",
  "get /v1/cases/{id}": "cases.read",
  "post /v1/cases/{id}/resolve": "cases.resolve",
  "post /v1/gateways/{connector}/{account}/webhooks": null,
  "get /health/live": null,
  "get /health/ready": null,
  "get /metrics": null,
  "get /v1/requests/{id}": "payments.read",
  "get /v1/payments.csv": "payments.read",
  "get /v1/search": "payments.read",
};

/** Of keys. */
const scopeOf = (needed: Permission | "operator") => (needed === "operator" ? null : permissions[needed].scope);

const basic = (text: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
const split = (operation: string): { method: Method; url: string } => {
  const [method, path] = operation.split(" ") as [string, string];
  return { method: method.toUpperCase() as Method, url: path.replaceAll(/\{\w+\}/g, "x") };
};

describe("every route", () => {
  it("is in the table of permissions", async () => {
    const { paths } = (await fakeApi().app.inject("/v1/openapi.json")).json<Document>();
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect(operations.sort()).toEqual(Object.keys(needs).sort());
  });

  it.each(Object.entries(needs))("%s admits callers with %s, and nobody else", async (operation, needed) => {
    const { app, keys, clock } = fakeApi();
    const open = await app.inject(split(operation));
    if (needed === null) return expect([401, 403]).not.toContain(open.statusCode);
    expect(open.statusCode).toBe(401);
    for (const wrong of [
      { "x-api-key": "pk_test_1", "x-api-secret": "sk_wrong" },
      basic("pk_test_1:sk_wrong"),
      { authorization: "Bearer wrong" },
    ])
      expect((await app.inject({ ...split(operation), headers: wrong })).statusCode).toBe(401);
    for (const scope of scopes) {
      keys.set(`pk_${scope} sk`, { ...merchant, scopes: [scope] });
      const answer = await app.inject({ ...split(operation), headers: { "x-api-key": `pk_${scope}`, "x-api-secret": "sk" } });
      if (scope === scopeOf(needed)) expect([401, 403]).not.toContain(answer.statusCode);
      else expect(answer.statusCode).toBe(403);
    }
    for (const role of Object.keys(roles) as Role[]) {
      keys.set("pk_person sk", { ...merchant, scopes: [...scopes], person: { id: "per_1", email: "a@shop.example", role } });
      const answer = await app.inject({ ...split(operation), headers: { "x-api-key": "pk_person", "x-api-secret": "sk" } });
      const may = needed !== "operator" && (permissions[needed].roles as readonly Role[]).includes(role);
      if (may) expect([401, 403], role).not.toContain(answer.statusCode);
      else expect([answer.statusCode, answer.json().error.code], role).toEqual([403, "permission_denied"]);
      clock.now += 10_000;
    }
    const byOperator = await app.inject({ ...split(operation), headers: operator });
    if (needed === "operator") expect([401, 403]).not.toContain(byOperator.statusCode);
    else
      expect([byOperator.statusCode, byOperator.json().error.message]).toEqual([403, expect.stringContaining("opens /v1/merchants only")]);
  });

  it("asks for a scope that keys have, and keys have none that no route asks for", () => {
    const asked = Object.values(needs).filter((needed) => needed !== null && needed !== "operator");
    expect(new Set(asked.map(scopeOf).filter((scope) => scope !== null))).toEqual(new Set(scopes));
  });

  it("refuses a caller without a key before it reads the body", async () => {
    const answer = await fakeApi().app.inject({
      method: "POST",
      url: "/v1/payments",
      headers: { "content-type": "application/json" },
      payload: "x".repeat(1 << 20),
    });
    expect(answer.statusCode).toBe(401);
  });
});

describe("credentials", () => {
  it.each<[string, Record<string, string>]>([
    ["no header", {}],
    ["a key without a secret", { "x-api-key": "pk_test_1" }],
    ["a secret without a key", { "x-api-secret": "sk_test_1" }],
    ["an empty secret", { "x-api-key": "pk_test_1", "x-api-secret": "" }],
    ["a space in the key", { "x-api-key": "pk test", "x-api-secret": "sk" }],
    ["a key that floods", { "x-api-key": "p".repeat(201), "x-api-secret": "sk" }],
    ["Bearer", { authorization: "Bearer sk_test_1" }],
    ["Basic without a colon", basic("pk_test_1")],
    ["Basic that is no base64", { authorization: "Basic %%%" }],
    ["Basic with U+0000", basic("pk_test_1\0:sk_test_1")],
    ["wrong headers beside right Basic", { ...basic("pk_test_1:sk_test_1"), "x-api-key": "pk_test_1" }],
  ])("%s: 401, and no question to the database", async (_name, bad) => {
    const { app, lookUps } = fakeApi();
    const answer = await ask(app, { url: "/v1/payments", headers: bad });
    expect(answer.json().error.code).toBe("authentication_error");
    expect(lookUps).toEqual([]);
  });

  it("unknown key, wrong secret: the same answer", async () => {
    const { app } = fakeApi();
    const texts = [];
    for (const [key, secret] of [
      ["pk_other", "sk_test_1"],
      ["pk_test_1", "sk_other"],
    ] as const) {
      const answer = await ask(app, { url: "/v1/payments", headers: { "x-api-key": key, "x-api-secret": secret } });
      texts.push(answer.body.replace(/req_\w+/, ""));
    }
    expect(texts[0]).toBe(texts[1]);
  });
});

describe("a verified key", () => {
  let fakes: ReturnType<typeof fakeApi>;
  const get = async (more: Record<string, string> = headers): Promise<number> =>
    (await fakes.app.inject({ url: "/v1/payments", headers: more })).statusCode;

  beforeEach(() => {
    fakes = fakeApi({ reads: { payments: async () => ({ rows: [], hasMore: false }) } });
  });

  it("is asked for once per KEY_CACHE_MS, so a revoked one works that much longer and no more", async () => {
    expect([await get(), await get()]).toEqual([200, 200]);
    expect(fakes.lookUps).toHaveLength(1);
    fakes.keys.clear();
    fakes.clock.now += KEY_CACHE_MS - 1;
    expect(await get()).toBe(200);
    fakes.clock.now += 1;
    expect(await get()).toBe(401);
    expect(fakes.lookUps).toHaveLength(2);
  });

  it("that is revoked ends in time too when the database's clock went back by ten minutes (F2)", async () => {
    expect(await get()).toBe(200);
    fakes.keys.clear();
    fakes.clock.now -= 600_000;
    expect(await get()).toBe(401);
  });

  it("does not let in another secret", async () => {
    await get();
    expect(await get({ ...headers, "x-api-secret": "sk_test_2" })).toBe(401);
    // Key and secret must not be one text whose parts can be shifted.
    expect(await get({ "x-api-key": "pk_test_1s", "x-api-secret": "k_test_1" })).toBe(401);
  });

  it("that is wrong is not remembered, so a new key works at once", async () => {
    expect(await get({ ...headers, "x-api-secret": "sk_new" })).toBe(401);
    fakes.keys.set("pk_test_1 sk_new", merchant);
    expect(await get({ ...headers, "x-api-secret": "sk_new" })).toBe(200);
  });

  it("is asked for once by requests that come together", async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => get()))).toEqual(Array.from({ length: 20 }, () => 200));
    expect(fakes.lookUps).toHaveLength(1);
  });

  it("is asked for again after a question that failed", async () => {
    const failing = fakeApi({
      flows: { settings: { authenticate: vi.fn().mockRejectedValueOnce(new Error("down")).mockResolvedValue(merchant) } as never },
    });
    const question = {
      url: `/v1/payments/${payment().id}/capture`,
      method: "POST",
      headers: { ...headers, "content-type": "text/plain" },
      payload: "x",
    } as const;
    expect((await failing.app.inject(question)).statusCode).toBe(500);
    expect((await failing.app.inject(question)).statusCode).toBe(400);
  });
});
