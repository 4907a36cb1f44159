import { describe, expect, it } from "vitest";
import { anAccount, MINUTE, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

async function api() {
  const world = new World();
  const key = newKey(world.deps, scope, { name: "First", scopes });
  await world.deps.settings.createKey(key);
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const as = (method: "GET" | "POST", id = anAccount(1).id) =>
    ask(app, {
      method,
      url: `/v1/connector-accounts/${id}/sweep`,
      headers: { "x-api-key": key.key, "x-api-secret": key.secret },
      ...(method === "POST" && { payload: {} }),
    });
  return { world, as };
}

describe("the sweep of an account", () => {
  it("is begun on demand, also when the next one is hours away, and says what it has compared", async () => {
    const { world, as } = await api();
    let asked = 0;
    world.gateway.list = async () => {
      asked++;
      return { ok: true, entries: [], cursor: null };
    };
    expect((await as("GET")).json()).toMatchObject({ status: "never", seen: 0, finished_at: null });
    const begun = await as("POST");
    expect([begun.statusCode, begun.json().status]).toEqual([202, "never"]);
    await world.work();
    expect((await as("GET")).json()).toMatchObject({ status: "finished", failure: null, finished_at: expect.any(String) });
    await world.later(MINUTE);
    const before = asked;
    await as("POST");
    await world.work();
    expect(asked).toBeGreaterThan(before);
  });

  it("of a gateway without a list, of a disabled account, and of somebody else's, is refused", async () => {
    const { world, as } = await api();
    const refused = await as("POST");
    expect([refused.statusCode, refused.json().error.code]).toEqual([409, "invalid_state"]);
    world.gateway.list = async () => ({ ok: true, entries: [], cursor: null });
    world.tables.accounts.set(anAccount(1).id, { ...anAccount(1), status: "disabled" });
    expect((await as("POST")).json().error).toMatchObject({ code: "invalid_state", message: "The account is disabled. Enable it first." });
    world.tables.accounts.set(anAccount(1).id, { ...anAccount(1), status: "disabled", closedAt: world.clock.now() });
    expect((await as("GET")).json()).toMatchObject({ account_id: anAccount(1).id, status: "never" });
    expect((await as("GET", "acc_01KAJ0000000000000000000ZZ")).statusCode).toBe(404);
  });
});
