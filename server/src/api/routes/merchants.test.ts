import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { IDEMPOTENCY_ANSWER_MS, KEY_CACHE_MS, KEYS_MAX } from "../../core/constants.ts";
import { scopes } from "../../core/permissions.ts";
import type { SeenRequest } from "../../core/ports/requests.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, operator } from "../fakes.testing.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Made = Readonly<Record<"id" | "key" | "secret", string>>;

const shop = { name: "Shop", email: "ann@shop.example" };

/** An API over a storage in memory, and the operator. */
function api(given: Parameters<typeof fakeApi>[0] = {}) {
  const world = new World();
  const fakes = fakeApi({ ...given, flows: world.deps, reads: world.storage.reads });
  const send = (method: Method, path: string, payload?: object, headers: Record<string, string> = operator) =>
    ask(fakes.app, { method, url: `/v1/${path}`, headers, ...(payload && { payload }) });
  const as = ({ key, secret }: Pick<Made, "key" | "secret">) => ({ "x-api-key": key, "x-api-secret": secret });
  const made = async (body: object = shop): Promise<{ id: string; api_key: Made }> => (await send("POST", "merchants", body)).json();
  return { world, send, as, made, ...fakes };
}

describe("the operator", () => {
  it("creates a merchant, whose key works at once and whose secret is shown in that answer only", async () => {
    const { send, as, world } = api();
    const answer = await send("POST", "merchants", shop, { ...operator, "idempotency-key": "shop-1" });
    expect(answer.statusCode).toBe(201);
    const { api_key: key, ...merchant } = answer.json();
    expect(merchant).toMatchObject({ object: "merchant", id: expect.stringMatching(/^mer_/), ...shop });
    expect(key).toMatchObject({ mode: "test", scopes, rate_limit_per_second: null, secret: expect.stringMatching(/^sk_test_\w{32}$/) });
    expect((await send("GET", "payments", undefined, as(key))).statusCode).toBe(200);
    expect((await send("GET", `merchants/${merchant.id}`)).json()).toEqual(merchant);
    expect((await send("GET", "merchants")).json()).toEqual({ object: "list", data: [merchant], has_more: false });
    expect([...world.tables.accounts.values()].some((row) => row.merchantId === merchant.id && row.connector === "sandbox")).toBe(true);
  });

  it("gets the same answer for a repeat, secret included, for a day; another request under that key is refused", async () => {
    const { send, world } = api();
    const headers = { ...operator, "idempotency-key": "shop-1" };
    const create = (body: object = shop) => send("POST", "merchants", body, headers);
    const all = await Promise.all([create(), create(), create()]);
    expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    const again = await create();
    expect([again.body, again.headers["idempotent-replayed"]]).toEqual([all[0]!.body, "true"]);
    expect((await create({ ...shop, name: "Other" })).json().error.code).toBe("idempotency_mismatch");
    await world.clock.advance(IDEMPOTENCY_ANSWER_MS + 1);
    expect((await create()).json().error).toMatchObject({ code: "conflicting_field", param: "email" });
    expect(world.tables.merchants.size).toBe(1);
  });

  it.each([
    ["an e-mail that is taken, in other letters", { ...shop, email: "Ann@Shop.example" }, 422, "email"],
    ["an e-mail that is none", { ...shop, email: "ann" }, 400, "email"],
    ["no name", { email: "bob@shop.example" }, 400, "name"],
    ["a card number as name", { ...shop, name: "4111111111111111" }, 400, "name"],
  ])("is refused %s by the name of the field", async (_what, body, status, param) => {
    const { send, made } = api();
    await made();
    const { statusCode, json } = await send("POST", "merchants", body);
    expect([statusCode, json().error.param]).toEqual([status, param]);
  });

  it("pages through the merchants, newest first", async () => {
    const { send, made } = api();
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.unshift((await made({ name, email: `${name}@shop.example` })).id);
    const first = (await send("GET", "merchants?limit=2")).json();
    expect([first.data.map(({ id }: Made) => id), first.has_more]).toEqual([ids.slice(0, 2), true]);
    const next = (await send("GET", `merchants?limit=2&starting_after=${ids[1]}`)).json();
    expect([next.data.map(({ id }: Made) => id), next.has_more]).toEqual([ids.slice(2), false]);
    expect((await send("GET", "merchants?starting_after=mer_01KAJ0000000000000000000AB")).json().error.param).toBe("starting_after");
  });

  it("makes keys of both modes, gives them more than they had, and ends them", async () => {
    const { send, as, made, world } = api();
    const { id, api_key: first } = await made();
    const keys = `merchants/${id}/keys`;
    const live = (await send("POST", keys, { mode: "live", name: "Shop", scopes: ["config"], rate_limit_per_second: 5 })).json();
    expect(live).toMatchObject({ mode: "live", scopes: ["config"], rate_limit_per_second: 5, key: expect.stringMatching(/^pk_live_/) });
    expect((await send("GET", "keys", undefined, as(live))).statusCode).toBe(200);
    const shown = (await send("GET", keys)).json();
    expect(shown.data.map((key: Made) => key.id)).toEqual([first.id, live.id]);
    expect((await send("GET", `${keys}?mode=live`)).json().data).toHaveLength(1);
    const faster = await send("PATCH", `${keys}/${live.id}`, { rate_limit_per_second: 50, scopes: ["config", "cases"] });
    expect(faster.json()).toMatchObject({ name: "Shop", rate_limit_per_second: 50, scopes: ["config", "cases"] });
    expect((await send("PATCH", `${keys}/${live.id}`, { rate_limit_per_second: null })).json().rate_limit_per_second).toBeNull();
    expect((await send("DELETE", `${keys}/${live.id}`)).json().revoked_at).not.toBeNull();
    await world.clock.advance(KEY_CACHE_MS);
    expect((await send("GET", "keys", undefined, as(live))).statusCode).toBe(401);
  });

  it("is not found merchants and keys that there are not, nor the key of another merchant", async () => {
    const { send, made } = api();
    const { id, api_key: key } = await made();
    const other = await made({ name: "Other", email: "other@shop.example" });
    const nobody = "mer_01KAJ0000000000000000000AB";
    for (const [method, path, body] of [
      ["GET", `merchants/${nobody}`, undefined],
      ["GET", `merchants/${nobody}/keys`, undefined],
      ["POST", `merchants/${nobody}/keys`, { mode: "test" }],
      ["PATCH", `merchants/${other.id}/keys/${key.id}`, { name: "Mine" }],
      ["DELETE", `merchants/${other.id}/keys/${key.id}`, undefined],
      ["DELETE", `merchants/${id}/keys/key_x`, undefined],
    ] as const)
      expect([path, (await send(method, path, body)).statusCode]).toEqual([path, 404]);
  });

  it("makes a key once per idempotency key, which is none of the merchant's", async () => {
    const { send, as, made } = api();
    const { id, api_key: first } = await made();
    const key = { "idempotency-key": "one" };
    const mine = await send("POST", "keys", { name: "Mine", scopes: ["config"] }, { ...as(first), ...key });
    const create = () => send("POST", `merchants/${id}/keys`, { mode: "test", name: "Operator's" }, { ...operator, ...key });
    const made1 = await create();
    expect([mine.statusCode, made1.statusCode, made1.json().name]).toEqual([201, 201, "Operator's"]);
    expect((await create()).body).toBe(made1.body);
  });

  it("makes no key beyond the most, and no live key in test mode", async () => {
    const test = { jobs: async () => ({}), advance: async () => ({ now: 0, aheadMs: 0 }), setFaults: async () => undefined };
    const { send, made, world } = api({ deps: { test } });
    const { id } = await made();
    const refused = (await send("POST", `merchants/${id}/keys`, { mode: "live" })).json().error;
    expect(refused).toMatchObject({ code: "invalid_state", param: "mode" });
    for (let n = 1; n < KEYS_MAX; n++) await send("POST", `merchants/${id}/keys`, { mode: "test" });
    expect((await send("POST", `merchants/${id}/keys`, { mode: "test" })).json().error.code).toBe("invalid_state");
    expect([...world.tables.keys.values()].filter((key) => key.merchantId === id)).toHaveLength(KEYS_MAX);
  });
});

describe("the operator key", () => {
  it.each([
    ["none", undefined],
    ["another one", "Bearer opk_of_a_test_that_is_long_enougH"],
    ["a part of it", operator.authorization.slice(0, -1)],
    ["more than it", `${operator.authorization}x`],
    ["it without Bearer", operator.authorization.slice("Bearer ".length)],
  ])("%s: 401 that says what to send, and no question to the database", async (_what, authorization) => {
    const { app, lookUps } = fakeApi();
    const answer = await ask(app, { url: "/v1/merchants", ...(authorization !== undefined && { headers: { authorization } }) });
    expect([answer.statusCode, answer.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="tillway operator"']);
    expect(answer.json().error.message).toContain("Authorization: Bearer");
    expect(lookUps).toEqual([]);
  });

  it("opens nothing where the process has none", async () => {
    const { keyAuthenticator } = await import("../caller.ts");
    const { deps } = fakeApi();
    const { app } = fakeApi({ deps: { authenticator: keyAuthenticator(deps.flows, null) } });
    expect((await ask(app, { url: "/v1/merchants", headers: operator })).statusCode).toBe(401);
    expect((await ask(app, { url: "/v1/merchants", headers: { authorization: "Bearer null" } })).statusCode).toBe(401);
  });

  it("is named in the requests that are kept of a merchant: those that changed or refused something", async () => {
    const kept: SeenRequest[] = [];
    const { made, send } = api({ deps: { recorder: { record: (seen) => void kept.push(seen) } } });
    const { id } = await made();
    await send("GET", `merchants/${id}`);
    await send("POST", `merchants/${id}/keys`, { mode: "none" });
    const shared = { merchantId: id, mode: "test", keyId: "operator", method: "POST" };
    expect(kept).toMatchObject([
      { ...shared, route: "/v1/merchants", status: 201, resourceId: id },
      { ...shared, route: "/v1/merchants/:id/keys", status: 400, subject: id, errorCode: "invalid_field" },
    ]);
  });

  it("stands in no line of the log; its requests and what it did are there", async () => {
    const { made, send, log, world } = api();
    const { id } = await made();
    await send("POST", `merchants/${id}/keys`, { mode: "test" });
    const lines = JSON.stringify([...log, ...world.logs]);
    expect(lines).not.toContain(operator.authorization.slice("Bearer ".length));
    expect(log.find(({ message }) => message === "request")!.fields).toMatchObject({ key_id: "operator", route: "/v1/merchants" });
    expect(world.logs.map(({ message }) => message)).toEqual(["a merchant was created", "the operator created an API key"]);
  });
});
