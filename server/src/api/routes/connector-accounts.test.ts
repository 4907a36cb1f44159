import { expect, it } from "vitest";
import { drain } from "../../../../test/support/flows/fake-clock.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

const SECRET = "sk_test_0123456789abcdef";
const HOOK = "whsec_of_the_bank_0001";
const body = { connector: "bank", name: "Main", credentials: { secret_key: SECRET, shop: "shop_1", webhook_secret: HOOK } };

async function api() {
  const world = new World({ accounts: 0 });
  const keys = new Map<string, { key: string; secret: string }>();
  for (const mode of ["test", "live"] as const) {
    const key = newKey(world.deps, { merchantId: "mer_00000000000000000000000001", mode }, { name: "All", scopes });
    await world.deps.settings.createKey(key);
    keys.set(mode, key);
  }
  const { app, log } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const send = async (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, payload?: object, more: Record<string, string> = {}) => {
    const { key, secret } = keys.get(more["mode"] ?? "test")!;
    const { mode: _mode, ...headers } = more;
    const url = `/v1/connector-accounts${path}`;
    const asked = ask(app, { method, url, headers: { "x-api-key": key, "x-api-secret": secret, ...headers }, ...(payload && { payload }) });
    // A rotation is answered when all processes know of it.
    while (path.endsWith("/rotate") && (await Promise.race([asked.then(() => false), drain().then(() => true)])))
      await world.clock.advance(1_000);
    const answer = await asked;
    // Neither in an answer nor in the log.
    for (const text of [answer.body, JSON.stringify(log), JSON.stringify(world.logs)])
      for (const value of [SECRET, HOOK]) expect(text).not.toContain(value);
    return answer;
  };
  return { world, send };
}

it("an account shows its public credentials, of secrets the last four characters, and where the gateway sends webhooks", async () => {
  const { world, send } = await api();
  const made = await send("POST", "", body);
  expect(made.statusCode).toBe(201);
  const { id, ...shown } = made.json();
  const at = new Date(world.clock.now()).toISOString();
  expect(shown).toEqual({
    object: "connector_account",
    mode: "test",
    connector: "bank",
    name: "Main",
    priority: 1,
    status: "enabled",
    credentials: [
      { name: "secret_key", value: null, last4: "cdef", set_at: at },
      { name: "shop", value: "shop_1", last4: null, set_at: at },
      { name: "webhook_secret", value: null, last4: "0001", set_at: at },
    ],
    webhook_url: `https://pay.example/v1/gateways/bank/${id}/webhooks`,
    previous_webhook_secret_expires_at: null,
    verified_at: at,
    closed_at: null,
    created_at: at,
  });
  expect((await send("GET", `/${id}`)).json()).toEqual({ id, ...shown });
  expect((await send("GET", "")).json()).toEqual({ object: "list", data: [{ id, ...shown }], has_more: false });
});

it("an account is of the mode of its key: the other mode's key neither sees nor changes it", async () => {
  const { send } = await api();
  const live = { mode: "live" };
  const { id } = (await send("POST", "", body)).json();
  expect((await send("GET", "", undefined, live)).json().data).toEqual([]);
  for (const [method, path, payload] of [
    ["GET", `/${id}`],
    ["PATCH", `/${id}`, { name: "Mine" }],
    ["DELETE", `/${id}`],
    ["POST", `/${id}/rotate`, { credentials: { webhook_secret: "whsec_another_one" } }],
    ["POST", `/${id}/test`, {}],
  ] as const)
    expect((await send(method, path, payload, live)).statusCode).toBe(404);
  const refused = await send("POST", "", body, live);
  expect([refused.statusCode, refused.json().error.param]).toEqual([400, "credentials.secret_key"]);
});

it("a refusal by the gateway is 422, its silence 503, and neither saves anything", async () => {
  const { world, send } = await api();
  world.gateway.word = { kind: "refused", reason: "wrong key" };
  const refused = await send("POST", "", body);
  expect([refused.statusCode, refused.json().error]).toEqual([
    422,
    expect.objectContaining({ type: "invalid_request_error", code: "credentials_refused" }),
  ]);
  world.gateway.word = { kind: "unreachable", reason: "timeout" };
  const silent = await send("POST", "", body, { "idempotency-key": "k" });
  expect([silent.statusCode, silent.json().error.code, silent.headers["retry-after"]]).toEqual([503, "credentials_not_tested", "1"]);
  expect((await send("GET", "")).json().data).toEqual([]);
  // The same key goes on once the gateway is back.
  world.gateway.word = { kind: "ok" };
  expect((await send("POST", "", body, { "idempotency-key": "k" })).statusCode).toBe(201);
  expect((await send("POST", "", { ...body, name: "Unseen", verify: false })).json().verified_at).toBeNull();
});

it("accounts are changed, rotated, tested and closed, and a repeat under its key gets the same answer", async () => {
  const { send } = await api();
  const { id } = (await send("POST", "", body)).json();
  expect((await send("PATCH", `/${id}`, { name: "Other", priority: 3, status: "disabled" })).json()).toMatchObject({
    name: "Other",
    priority: 3,
    status: "disabled",
  });
  const rotate = () =>
    send("POST", `/${id}/rotate`, { credentials: { webhook_secret: "whsec_another_one_0002" } }, { "idempotency-key": "r" });
  const rotated = await rotate();
  expect(rotated.json().credentials[2]).toMatchObject({ name: "webhook_secret", last4: "0002" });
  expect(rotated.json().previous_webhook_secret_expires_at).toEqual(expect.any(String));
  const again = await rotate();
  expect([again.body, again.headers["idempotent-replayed"]]).toEqual([rotated.body, "true"]);
  expect((await send("POST", `/${id}/test`, {})).json().verified_at).toEqual(expect.any(String));
  expect((await send("DELETE", `/${id}`)).json()).toMatchObject({ status: "disabled", closed_at: expect.any(String) });
  expect((await send("GET", `/${id}`)).json()).toMatchObject({ id, closed_at: expect.any(String) });
  const late = await send("PATCH", `/${id}`, { status: "enabled" });
  expect([late.statusCode, late.json().error.code]).toEqual([409, "invalid_state"]);
});

it("wrong bodies name the field", async () => {
  const { send } = await api();
  const { credentials } = body;
  for (const [payload, code, param] of [
    [{ ...body, name: "" }, "invalid_field", "name"],
    [{ ...body, name: "4111 1111 1111 1111" }, "invalid_field", "name"],
    [{ ...body, priority: 0 }, "invalid_field", "priority"],
    [{ ...body, status: "closed" }, "invalid_field", "status"],
    [{ ...body, credentials: {} }, "invalid_field", "credentials"],
    [{ ...body, credentials: { shop: "shop_1" } }, "missing_field", "credentials.secret_key"],
    [{ ...body, credentials: { ...credentials, extra: "x" } }, "unknown_field", "credentials.extra"],
    [{ ...body, credentials: { secret_key: 7 } }, "invalid_field", "credentials.secret_key"],
    [{ ...body, mode: "live" }, "unknown_field", "mode"],
  ] as const) {
    const refused = await send("POST", "", payload);
    expect([refused.statusCode, refused.json().error.code, refused.json().error.param]).toEqual([400, code, param]);
  }
});
