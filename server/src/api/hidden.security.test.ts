/** What a key may not read at a route of its own, no other route shows it. */
import { describe, expect, it } from "vitest";
import { World } from "../../../test/support/flows/world.ts";
import { says, scope } from "../../../test/support/flows/rows.ts";
import type { Scopes } from "../core/permissions.ts";
import { newKey } from "../flows/setup/keys.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi } from "./fakes.testing.ts";

type Method = "GET" | "POST" | "PATCH";

function open() {
  const world = new World({ endpoints: 1 });
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const as = async (scopes: Scopes) => {
    const made = newKey(world.deps, scope, { name: "One", scopes });
    await world.deps.settings.createKey(made);
    const own = { "x-api-key": made.key, "x-api-secret": made.secret };
    return (method: Method, path: string, payload?: object, more: Record<string, string> = {}) =>
      ask(app, { method, url: `/v1/${path}`, headers: { ...own, ...more }, ...(payload && { payload }) });
  };
  return { world, as };
}

describe("the timeline", () => {
  it("shows tries of webhooks to keys that may read deliveries, cases and what people did to keys that may read cases", async () => {
    const { world, as } = open();
    world.gateway.next("send", (call) => ({ ...says.succeeded(call.attempt), figures: { amount: 1, currency: "INR" } }) as never);
    const id = await world.created();
    await world.work();
    const paid = await world.created();
    await world.work();
    const [opened] = [...world.tables.cases.values()];
    const all = await as(["payments.read", "webhooks", "cases"]);
    await all("POST", `cases/${opened!.id}/resolve`, { reason: "told to the bank", by: "Ann Lee" });
    const kindsOf = async (granted: Scopes, payment: string) => {
      const answer = await (await as(["payments.read", ...granted]))("GET", `payments/${payment}/timeline`);
      return { text: answer.body, kinds: new Set(answer.json().entries.map((entry: { kind: string }) => entry.kind)) };
    };
    expect((await kindsOf(["cases"], id)).kinds).toEqual(new Set(["request", "decision", "event", "case", "person"]));
    const small = await kindsOf([], id);
    expect([small.kinds.has("case"), small.kinds.has("person"), /Ann Lee|told to the bank/.test(small.text)]).toEqual([
      false,
      false,
      false,
    ]);
    expect((await kindsOf(["webhooks"], paid)).kinds.has("delivery")).toBe(true);
    expect((await kindsOf(["cases"], paid)).kinds.has("delivery")).toBe(false);
  });
});

describe("the secret of a key that was given more scopes", () => {
  it("is not shown to a weaker key by a repeat of the request that made it", async () => {
    const { as } = open();
    const [strong, weak] = [await as(["config", "payments.read", "payments.write"]), await as(["config"])];
    const make = (by: typeof weak) => by("POST", "keys", { name: "Small", scopes: ["config"] }, { "idempotency-key": "make" });
    const made = (await make(weak)).json();
    expect((await make(await as(["config"]))).json().secret).toBe(made.secret);
    expect((await strong("PATCH", `keys/${made.id}`, { scopes: ["config", "payments.write"] })).statusCode).toBe(200);
    const repeat = await make(await as(["config"]));
    expect([repeat.statusCode, repeat.body.includes(made.secret)]).toEqual([403, false]);
    expect((await make(strong)).json().secret).toBe(made.secret);
  });
});

describe("the headers of an endpoint", () => {
  it("do not go to another server by a change of the URL alone", async () => {
    const { as } = open();
    const hooks = await as(["webhooks"]);
    const given = { url: "https://shop.example/hooks", headers: { Authorization: "Bearer t0ken" } };
    const { id } = (await hooks("POST", "webhook-endpoints", given)).json();
    const move = (more: object) => hooks("PATCH", `webhook-endpoints/${id}`, more);
    for (const url of ["https://thief.example/hooks", "https://shop.example:8443/hooks", "https://shop.example.thief.example/hooks"]) {
      const refused = await move({ url });
      expect([refused.statusCode, refused.json().error]).toMatchObject([422, { code: "conflicting_field", param: "headers" }]);
    }
    expect((await move({ url: "https://shop.example/other" })).json()).toMatchObject({ header_names: ["Authorization"] });
    expect((await move({ url: "https://new.example/hooks", headers: {} })).json()).toMatchObject({ header_names: [] });
    expect((await move({ url: "https://shop.example/hooks" })).statusCode).toBe(200);
  });
});
