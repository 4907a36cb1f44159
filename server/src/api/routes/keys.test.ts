import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { KEY_CACHE_MS } from "../../core/constants.ts";
import { scopes, type Scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
interface Pair {
  readonly key: string;
  readonly secret: string;
}

/** Two processes' APIs, each with a cache of its own, over one storage. */
async function api(mode: "test" | "live" = "test", requestsPerSecond: number | null = null) {
  const world = new World();
  const first = newKey(world.deps, { merchantId: "mer_1", mode }, { name: "First", scopes });
  await world.deps.settings.createKey(first);
  const apps = [1, 2].map(() => fakeApi({ flows: world.deps, reads: world.storage.reads, deps: { requestsPerSecond } }).app);
  const as =
    ({ key, secret }: Pair, app = apps[0]!) =>
    (method: Method, path: string, payload?: object, more: Record<string, string> = {}) =>
      ask(app, { method, url: `/v1/${path}`, headers: { "x-api-key": key, "x-api-secret": secret, ...more }, ...(payload && { payload }) });
  const make = async (granted: Scopes, by: Pair = first) => (await as(by)("POST", "keys", { name: "Made", scopes: granted })).json();
  return { world, first, as, make, apps };
}

describe("API keys", () => {
  it("are made once per idempotency key, and show their secret in that answer only", async () => {
    const { world, first, as } = await api();
    const create = () => as(first)("POST", "keys", { name: "Books", scopes: ["payments.read"] }, { "idempotency-key": "one" });
    const made = await create();
    expect(made.statusCode).toBe(201);
    const { secret, ...shown } = made.json();
    expect(secret).toMatch(/^sk_test_\w{32}$/);
    expect(shown).toMatchObject({ name: "Books", scopes: ["payments.read"], mode: "test", last_used_at: null, revoked_at: null });
    const again = await create();
    expect([again.body, again.headers["idempotent-replayed"]]).toEqual([made.body, "true"]);
    expect((await as(first)("GET", `keys/${shown.id}`)).json()).toEqual(shown);
    const list = await as(first)("GET", "keys");
    expect(list.json().data.map((key: { name: string }) => key.name)).toEqual(["Books", "First"]);
    expect(list.body).not.toContain("sk_test");
    expect((await as({ key: shown.key, secret })("GET", "payments")).statusCode).toBe(200);
    await world.clock.advance(KEY_CACHE_MS);
    expect((await as(first)("GET", `keys/${shown.id}`)).json().last_used_at).not.toBeNull();
  });

  it("grant, change and replace nothing that their maker may not do itself", async () => {
    const { first, as, make } = await api();
    const small = await make(["config", "cases"]);
    for (const [method, path, body] of [
      ["POST", "keys", { name: "Big", scopes: ["payments.write"] }],
      ["POST", `keys/${first.id}/rotate`, {}],
      ["PATCH", `keys/${first.id}`, { name: "Mine" }],
      ["PATCH", `keys/${small.id}`, { scopes: ["payments.write"] }],
    ] as const) {
      const refused = await as(small)(method, path, body);
      expect([refused.statusCode, refused.json().error.code]).toEqual([403, "permission_denied"]);
    }
    expect((await as(small)("PATCH", `keys/${small.id}`, { scopes: ["config"] })).json().scopes).toEqual(["config"]);
    // Nor is it shown what a stronger key made, by a repeat of that one's request.
    const rotate = (by: typeof small) => as(by)("POST", `keys/${first.id}/rotate`, {}, { "idempotency-key": "rotate-1" });
    const { secret } = (await rotate(first)).json();
    const repeat = await rotate(small);
    expect([repeat.statusCode, repeat.body.includes(secret)]).toEqual([403, false]);
  });

  it("that are limited make, change, rotate and are shown no faster key than themselves", async () => {
    const { first, as, world } = await api();
    const make = (by: Pair, limit?: number | null, more: Record<string, string> = {}) =>
      as(by)("POST", "keys", { name: "Made", scopes: ["config"], rate_limit_per_second: limit }, more);
    const [slow, fast] = [(await make(first, 5)).json(), (await make(first, 9, { "idempotency-key": "fast" })).json()];
    expect([slow.rate_limit_per_second, fast.rate_limit_per_second]).toEqual([5, 9]);
    const change = (id: string, limit: number | null) => as(slow)("PATCH", `keys/${id}`, { rate_limit_per_second: limit });
    for (const refused of [
      await make(slow, 6),
      await make(slow, null),
      await make(slow, 9, { "idempotency-key": "fast" }),
      await change(slow.id, 6),
      await change(slow.id, null),
      await change(fast.id, 3),
      await as(slow)("POST", `keys/${fast.id}/rotate`, {}),
    ])
      expect([refused.statusCode, refused.json().error]).toMatchObject([
        403,
        { code: "permission_denied", param: "rate_limit_per_second", message: expect.stringContaining("5 times a second") },
      ]);
    // What it makes is as slow as itself if nothing is said, and what it lowers stays lower.
    const next = await make(slow);
    expect([next.statusCode, next.json().rate_limit_per_second]).toEqual([201, 5]);
    expect((await as(slow)("POST", `keys/${next.json().id}/rotate`, {})).json().rate_limit_per_second).toBe(5);
    expect((await change(slow.id, 2)).json().rate_limit_per_second).toBe(2);
    await world.clock.advance(KEY_CACHE_MS);
    expect((await change(slow.id, 5)).statusCode).toBe(403);
    expect((await as(first)("PATCH", `keys/${slow.id}`, { rate_limit_per_second: null })).json().rate_limit_per_second).toBeNull();
  });

  it("without a limit of their own give no more than the installation gives them", async () => {
    const { first, as } = await api("test", 7);
    const make = (limit: number | null) => as(first)("POST", "keys", { name: "Made", scopes: ["config"], rate_limit_per_second: limit });
    expect([(await make(7)).statusCode, (await make(null)).statusCode, (await make(8)).statusCode]).toEqual([201, 201, 403]);
    for (const limit of [0, 100_001, 1.5]) {
      const { error } = (await make(limit)).json();
      expect([error.code, error.param]).toEqual(["invalid_field", "rate_limit_per_second"]);
    }
  });

  it("that are rotated work beside the next one for the overlap that the caller chose, and are rotated once", async () => {
    const { world, first, as, make } = await api();
    const old = await make(["config"]);
    const rotate = () => as(first)("POST", `keys/${old.id}/rotate`, { overlap_seconds: 60 }, { "idempotency-key": "rotate" });
    const next = await rotate();
    expect(next.json()).toMatchObject({ name: "Made", scopes: ["config"], expires_at: null });
    expect((await rotate()).body).toBe(next.body);
    expect((await as(first)("POST", `keys/${old.id}/rotate`, {})).json().error.code).toBe("invalid_state");
    expect((await as(first)("POST", `keys/${old.id}/rotate`, { overlap_seconds: 604_801 })).statusCode).toBe(400);
    const statuses = async () => [(await as(old)("GET", "keys")).statusCode, (await as(next.json())("GET", "keys")).statusCode];
    expect(await statuses()).toEqual([200, 200]);
    await world.clock.advance(60_000);
    expect(await statuses()).toEqual([401, 200]);
  });

  it("that are revoked during a burst end within a second in every process (security row 26)", async () => {
    const { world, first, as, make, apps } = await api();
    const doomed = await make(["config"]);
    const burst = () => Promise.all(apps.flatMap((app) => [1, 2, 3].map(async () => (await as(doomed, app)("GET", "keys")).statusCode)));
    expect(await burst()).toEqual([200, 200, 200, 200, 200, 200]);
    const revoked = await as(first)("DELETE", `keys/${doomed.id}`);
    expect(revoked.json().revoked_at).not.toBeNull();
    await world.clock.advance(KEY_CACHE_MS);
    expect(await burst()).toEqual([401, 401, 401, 401, 401, 401]);
    expect((await as(first)("DELETE", `keys/${doomed.id}`)).json()).toEqual(revoked.json());
    expect((await as(first)("POST", `keys/${doomed.id}/rotate`, {})).json().error.code).toBe("invalid_state");
  });

  it("of another merchant or mode are 404", async () => {
    const { world, first, as } = await api();
    for (const scope of [{ merchantId: "mer_2", mode: "test" } as const, { merchantId: "mer_1", mode: "live" } as const]) {
      const other = newKey(world.deps, scope, { name: "Other", scopes });
      await world.deps.settings.createKey(other);
      for (const [method, path, body] of [
        ["GET", `keys/${other.id}`, undefined],
        ["PATCH", `keys/${other.id}`, { name: "Mine" }],
        ["DELETE", `keys/${other.id}`, undefined],
        ["POST", `keys/${other.id}/rotate`, {}],
      ] as const)
        expect((await as(first)(method, path, body)).statusCode).toBe(404);
      expect((await as(other)("GET", "keys")).json().data).toHaveLength(1);
    }
  });
});
