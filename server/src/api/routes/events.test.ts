import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { says, scope } from "../../../../test/support/flows/rows.ts";
import type { Scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

/** A payment whose answer was about another amount, so that a case is open beside its events. */
async function setUp() {
  const world = new World();
  world.gateway.next("send", (call) => ({ ...says.succeeded(call.attempt), figures: { amount: 1, currency: "INR" } }) as never);
  await world.created();
  await world.work();
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const get = async (path: string, scopes: Scopes) => {
    const made = newKey(world.deps, scope, { name: "One", scopes });
    await world.deps.settings.createKey(made);
    return ask(app, { url: `/v1/${path}`, headers: { "x-api-key": made.key, "x-api-secret": made.secret } });
  };
  return { get, opened: [...world.tables.events.values()].find(({ type }) => type === "case.opened")! };
}

describe("events of cases", () => {
  it("are shown to a key that may read cases, and hidden from one that may not", async () => {
    const { get, opened } = await setUp();
    const typesOf = async (scopes: Scopes) => (await get("events", scopes)).json().data.map((event: { type: string }) => event.type);
    expect(await typesOf(["payments.read", "cases"])).toContain("case.opened");
    const small = await typesOf(["payments.read"]);
    expect([small.includes("case.opened"), small.length > 0]).toEqual([false, true]);
    expect((await get(`events/${opened.id}`, ["payments.read", "cases"])).statusCode).toBe(200);
    expect((await get(`events/${opened.id}`, ["payments.read"])).statusCode).toBe(404);
    for (const type of ["case.opened", "case.*"]) expect((await get(`events?type=${type}`, ["payments.read"])).statusCode).toBe(403);
    expect((await get("events?type=case.*", ["payments.read", "cases"])).json().data).toHaveLength(1);
  });
});
