import { describe, expect, it } from "vitest";
import { scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { IDEMPOTENCY_ANSWER_MS } from "../../core/constants.ts";
import { putEndpoint, setEndpoint } from "./endpoint.ts";
import { createMerchant, issueTestKey } from "./merchant.ts";
import { sandboxAccount } from "../../connectors/sandbox/index.ts";

describe("the merchant's endpoint", () => {
  it("gets a secret of 33 random bytes, whose base64 has no padding to lose", async () => {
    const world = new World();
    const { endpoint, isNew } = await setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" });
    expect(isNew).toBe(true);
    expect(endpoint).toMatchObject({ url: "https://shop.example/hooks", status: "enabled", previousSecret: null, retryIntervalsMs: null });
    expect(Buffer.from(endpoint.secret.slice("whsec_".length), "base64")).toHaveLength(33);
    expect(endpoint.secret).not.toContain("=");
    expect(await world.deps.settings.endpoint(scope)).toEqual(endpoint);
  });

  it("set to the same URL again keeps its secret and is enabled", async () => {
    const world = new World();
    const { endpoint: first } = await setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" });
    const off = { ...first, status: "disabled", disabledReason: "410", disabledAt: world.clock.now() } as const;
    await world.deps.settings.moveEndpoint(first, off);
    expect(await world.deps.settings.endpoint(scope)).toEqual(off);
    expect(await setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" })).toEqual({ endpoint: first, isNew: false });
    expect(await world.deps.settings.endpoint(scope)).toEqual(first);
  });

  it("set to another URL is another endpoint with a secret of its own", async () => {
    const world = new World();
    const { endpoint: first } = await setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" });
    const { endpoint: second, isNew } = await setEndpoint(world.deps, scope, { url: "https://shop.example/other" });
    expect(isNew).toBe(true);
    expect(second.id).not.toBe(first.id);
    expect(second.secret).not.toBe(first.secret);
    expect(world.tables.endpoints.size).toBe(1);
  });

  it("at an address that may not be called is refused, and leaves the old one", async () => {
    const world = new World();
    const { endpoint: first } = await setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" });
    await expect(setEndpoint(world.deps, scope, { url: "http://10.0.0.1/" })).rejects.toMatchObject({
      code: "invalid_url",
      details: { param: "url", message: "not https" },
    });
    expect(await world.deps.settings.endpoint(scope)).toEqual(first);
  });
});

describe("an idempotency key of the endpoint", () => {
  const url = "https://shop.example/hooks";

  it("shows the secret again to a repeat, and is stored without it (R11)", async () => {
    const world = new World();
    const first = await putEndpoint(world.deps, world.caller("set"), { url });
    expect(first.status).toBe(201);
    const { secret } = JSON.parse(first.body) as { secret: string };
    expect(secret).toBe((await world.deps.settings.endpoint(scope))!.secret);
    expect(await putEndpoint(world.deps, world.caller("set"), { url })).toEqual({ ...first, replayed: true });
    expect(JSON.stringify([...world.tables.idempotency.values()])).not.toContain(secret);
  });

  it("is free again after a day: the URL keeps its secret and shows it to nobody", async () => {
    const world = new World();
    await putEndpoint(world.deps, world.caller("set"), { url });
    await world.clock.advance(IDEMPOTENCY_ANSWER_MS + 1);
    const late = await putEndpoint(world.deps, world.caller("set"), { url });
    expect(late).toMatchObject({ status: 200, replayed: false });
    expect(JSON.parse(late.body)).not.toHaveProperty("secret");
  });

  it("with another URL is refused", async () => {
    const world = new World();
    await putEndpoint(world.deps, world.caller("set"), { url });
    await expect(putEndpoint(world.deps, world.caller("set", "other"), { url: `${url}/2` })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
  });

  it("whose endpoint was replaced since then says so, and sets nothing back", async () => {
    const world = new World();
    await putEndpoint(world.deps, world.caller("set"), { url });
    const { endpoint } = await setEndpoint(world.deps, scope, { url: "https://shop.example/other" });
    await expect(putEndpoint(world.deps, world.caller("set"), { url })).rejects.toMatchObject({ code: "invalid_state" });
    expect(await world.deps.settings.endpoint(scope)).toEqual(endpoint);
  });

  it("sent many times at once makes one secret", async () => {
    const world = new World();
    const all = await Promise.all(Array.from({ length: 5 }, () => putEndpoint(world.deps, world.caller("set"), { url })));
    expect(new Set(all.map((answer) => answer.body)).size).toBe(1);
  });
});

it("set twice at once without a key has one secret: nobody is shown one that is not in force", async () => {
  const world = new World();
  const all = await Promise.all(Array.from({ length: 3 }, () => setEndpoint(world.deps, scope, { url: "https://shop.example/hooks" })));
  expect(all.filter((set) => set.isNew)).toHaveLength(1);
  expect(new Set(all.map((set) => set.endpoint.secret)).size).toBe(1);
});

describe("a new merchant", () => {
  it("has a test key that authenticates, and a sandbox account", async () => {
    const world = new World();
    const created = await createMerchant(world.deps, { name: "Shop", email: "ann@shop.example" }, sandboxAccount);
    expect(created.key).toMatch(/^pk_test_[0-9A-Za-z]{24}$/);
    expect(created.secret).toMatch(/^sk_test_[0-9A-Za-z]{32}$/);
    expect(await world.deps.settings.authenticate(created.key, created.secret, world.clock.now())).toMatchObject({
      merchantId: created.merchantId,
      mode: "test",
    });
    expect(await world.deps.settings.account(created.accountId)).toMatchObject({
      merchantId: created.merchantId,
      mode: "test",
      connector: "sandbox",
      status: "enabled",
    });
  });

  it("whose account and key an older version did not write before a crash gets both by another key", async () => {
    const world = new World();
    const { settings } = world.deps;
    const id = "mer_01KAJ0000000000000000000AB";
    await settings.createMerchant({ id, name: "Shop", email: "ann@shop.example", createdAt: 0 });
    const issued = await issueTestKey(world.deps, id, sandboxAccount);
    expect(await settings.authenticate(issued.key, issued.secret, world.clock.now())).toMatchObject({ merchantId: id });
    expect(await settings.account(issued.accountId)).toMatchObject({ merchantId: id, status: "enabled" });
  });

  it("with an e-mail that is taken is refused", async () => {
    const world = new World();
    await createMerchant(world.deps, { name: "Shop", email: "ann@shop.example" }, sandboxAccount);
    await expect(createMerchant(world.deps, { name: "Other", email: "ann@shop.example" }, sandboxAccount)).rejects.toMatchObject({
      code: "conflicting_field",
      details: { param: "email" },
    });
  });
});
