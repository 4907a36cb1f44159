import { beforeEach, describe, expect, it, vi } from "vitest";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { permissions, roles, scopes, type Permission, type Role } from "../core/permissions.ts";
import { needs } from "./access.testing.ts";
import { ask, type Document } from "./documented.testing.ts";
import { fakeApi, headers, merchant, operator, payment } from "./fakes.testing.ts";

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

  it.each(Object.entries(needs))("%s admits callers with %s, and nobody else (security row 16)", async (operation, needed) => {
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
      keys.set("pk_person sk", {
        ...merchant,
        scopes: [...scopes],
        person: { id: "per_1", email: "a@shop.example", role, isConfirmed: true },
      });
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

  it("is asked for once per KEY_CACHE_MS, so a revoked one works that much longer and no more (security row 26)", async () => {
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
