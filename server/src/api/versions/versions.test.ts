/** The routes, over the real flows and storage in memory, with versions that are planted. */
import type { LightMyRequestResponse } from "fastify";
import { describe, expect, it, vi } from "vitest";
import { says } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { fakeApi } from "../fakes.testing.ts";
import { FIRST, plantedVersions, SECOND, THIRD } from "./planted.testing.ts";

const url = "https://shop.example/hooks";
const upi = { currency: "INR", method: "upi", upi: { vpa: "a@b" } };
const keyed = { "idempotency-key": "once" };

type Waits = { readonly confirm?: boolean; readonly declined?: boolean };

/** @param pinned the version of the key that asks */
async function api(pinned: string, versions = plantedVersions) {
  const world = new World({ versions });
  const key = newKey(world.deps, { merchantId: "mer_1", mode: "test" }, { name: "Shop", scopes, apiVersion: pinned });
  await world.deps.settings.createKey(key);
  await world.deps.settings.putAccount({ ...[...world.tables.accounts.values()][0]!, merchantId: "mer_1" });
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const as =
    ({ key: id, secret }: { key: string; secret: string }) =>
    (method: "GET" | "POST" | "PATCH", path: string, payload?: object | null, more: Record<string, string> = {}) =>
      app.inject({ method, url: path, headers: { "x-api-key": id, "x-api-secret": secret, ...more }, ...(payload && { payload }) });
  return { world, key, app, as, send: as(key) };
}

const inVersion = (version: string) => ({ "tillway-version": version });
const seen = (answer: LightMyRequestResponse) => [answer.statusCode, answer.headers["tillway-version"]];

describe("the version of a request", () => {
  it("is the one that its key is pinned to: the request is read in it and answered in it", async () => {
    const { send } = await api(FIRST);
    const created = await send("POST", "/v1/payments", { ...upi, sum: 500 });
    expect(seen(created)).toEqual([201, FIRST]);
    expect(created.json()).toMatchObject({ object: "payment", sum: 500 });
    expect(created.json()).not.toHaveProperty("amount");
    const list = await send("GET", "/v1/payments?state=pending");
    expect([list.json().data.map((row: { sum: number }) => row.sum), ...seen(list)]).toEqual([[500], 200, FIRST]);
    expect((await send("GET", `/v1/payments/${created.json().id}`)).json()).toEqual(created.json());
  });

  it("is the header's if there is one, older or newer than the key's", async () => {
    const { send } = await api(SECOND);
    const created = await send("POST", "/v1/payments", { ...upi, minor_units: 500 });
    const { id } = created.json();
    const amounts = async (version: string) => {
      const { sum, minor_units: units, amount } = (await send("GET", `/v1/payments/${id}`, null, inVersion(version))).json();
      return [sum, units, amount];
    };
    expect(await amounts(FIRST)).toEqual([500, undefined, undefined]);
    expect(await amounts(SECOND)).toEqual([undefined, 500, undefined]);
    expect(await amounts(THIRD)).toEqual([undefined, undefined, 500]);
  });

  it.each([
    ["2027-03-01", /2027-03-01 is no version of this API.*nearest: 2027-02-01.*Known: 2026-11-27, 2027-02-01, 2027-05-10/],
    ["2020-01-01", /nearest: 2026-11-27/],
    ["2027-2-1", /must be a date such as 2027-05-10/],
    ["latest", /must be a date/],
    ["", /must be a date/],
    [`${FIRST}, ${SECOND}`, /sent once/],
  ])("that is %j is refused and not rounded, with those that are known", async (version, message) => {
    const { send, world } = await api(THIRD);
    const refused = await send("POST", "/v1/payments", { ...upi, amount: 1 }, { ...inVersion(version), ...keyed });
    const { code, param, message: said } = refused.json().error;
    expect([refused.statusCode, code, param]).toEqual([400, "unknown_api_version", "Tillway-Version"]);
    expect(said).toMatch(message);
    expect(world.tables.payments.size).toBe(0);
    expect((await send("POST", "/v1/payments", { ...upi, amount: 1 }, keyed)).statusCode).toBe(201);
  });

  it("is named by every answer, also by those that nobody has a version for", async () => {
    const { app, send } = await api(FIRST);
    for (const path of ["/health/live", "/v1/nothing", "/v1/payments", "/v1/openapi.json"])
      expect((await app.inject({ url: path })).headers["tillway-version"]).toBe(THIRD);
    const refused = await send("POST", "/v1/payments", { sum: "much" });
    expect(seen(refused)).toEqual([400, FIRST]);
    expect((await send("GET", "/v1/payments/pay_1")).headers["tillway-version"]).toBe(FIRST);
  });

  it("is the newest of this process if a newer one pinned the key", async () => {
    const { send } = await api("2028-01-01");
    expect(seen(await send("GET", "/v1/payments"))).toEqual([200, THIRD]);
  });

  it("that is the current one costs nothing: no change is asked, and no text is made again", async () => {
    const [shown, read] = [vi.fn(plantedVersions.shown), vi.fn(plantedVersions.read)];
    const { send } = await api(THIRD, { ...plantedVersions, shown, read });
    const { id } = (await send("POST", "/v1/payments", { ...upi, amount: 500 })).json();
    await send("GET", `/v1/payments/${id}`, null, inVersion(THIRD));
    await send("GET", "/v1/events");
    expect([shown.mock.calls, read.mock.calls]).toEqual([[], []]);
  });

  it("does not break what is no JSON object", async () => {
    const { send } = await api(FIRST);
    expect((await send("POST", "/v1/payments", ["sum"])).json().error.code).toBe("invalid_field");
    expect((await send("POST", "/v1/payments")).json().error.code).toBe("missing_field");
  });
});

describe("a repeat under an Idempotency-Key", () => {
  it.each([
    ["of a create", {}],
    ["of one that waited for its charge", { confirm: true }],
    ["of one that was declined meanwhile", { confirm: true, declined: true }],
  ])("%s has the bytes and the version of the first request, whatever version it asks for", async (_what, { declined, ...more }: Waits) => {
    for (const [first, then] of [
      [FIRST, THIRD],
      [THIRD, FIRST],
      [FIRST, SECOND],
    ] as const) {
      const { world, send } = await api(THIRD);
      if (declined) world.gateway.next("send", says.declined());
      const ask = (version: string) => send("POST", "/v1/payments", { ...upi, ...more, amount: 500 }, { ...keyed, ...inVersion(version) });
      const made = await world.clock.until(ask(first));
      const again = await ask(then);
      expect([again.headers["idempotent-replayed"], again.body, ...seen(again)]).toEqual(["true", made.body, declined ? 402 : 201, first]);
      if (!declined) expect(made.json()).toHaveProperty(first === FIRST ? "sum" : "amount", 500);
      expect(world.tables.payments.size).toBe(1);
    }
  });

  it("of a refund, a key or an endpoint has them as well, secrets included", async () => {
    const { world, send } = await api(FIRST);
    const { id } = (await world.clock.until(send("POST", "/v1/payments", { ...upi, sum: 500, confirm: true }))).json();
    for (const [path, body] of [
      ["/v1/refunds", { payment_id: id, reason: "returned" }],
      ["/v1/keys", { name: "Books", scopes: ["cases"] }],
      ["/v1/webhook-endpoints", { url }],
    ] as const) {
      const under = { "idempotency-key": path };
      const made = await send("POST", path, body, under);
      const again = await send("POST", path, body, { ...under, ...inVersion(THIRD) });
      expect([again.headers["idempotent-replayed"], again.body, ...seen(again)]).toEqual(["true", made.body, 201, FIRST]);
      if (path === "/v1/refunds") expect(made.json()).toMatchObject({ why: { text: "returned" } });
      else expect(made.json().secret).toMatch(/^(sk_test|whsec)_/);
    }
  });

  it("is known by the body as it was sent, so that a later change of the API does not make another request of it", async () => {
    const { world, send, key } = await api(FIRST);
    const sent = { ...upi, sum: 500 };
    const made = await send("POST", "/v1/payments", sent, keyed);
    const later: typeof plantedVersions.read = (id, given, from) => {
      const { body, query } = plantedVersions.read(id, given, from);
      return { body: { ...(body as object), description: "A member that came later" }, query };
    };
    const { app } = fakeApi({
      flows: { ...world.deps, versions: { ...plantedVersions, read: later } as never },
      reads: world.storage.reads,
    });
    const headers = { ...keyed, "x-api-key": key.key, "x-api-secret": key.secret };
    const again = await app.inject({ method: "POST", url: "/v1/payments", headers, payload: sent });
    expect([again.headers["idempotent-replayed"], again.body]).toEqual(["true", made.body]);
    const other = await send("POST", "/v1/payments", { ...upi, amount: 500 }, { ...keyed, ...inVersion(THIRD) });
    expect(other.json().error.code).toBe("idempotency_mismatch");
    expect(world.tables.payments.size).toBe(1);
  });
});

describe("a key", () => {
  it("is pinned to the newest version when it is made, or to the one that is named, and can be moved forward and back", async () => {
    const { send, as } = await api(FIRST);
    const made = (await send("POST", "/v1/keys", { name: "New", scopes: [...scopes] })).json();
    expect(made.api_version).toBe(THIRD);
    const old = (await send("POST", "/v1/keys", { name: "Old", scopes: ["payments.read"], api_version: SECOND })).json();
    expect((await as(old)("GET", "/v1/payments")).headers["tillway-version"]).toBe(SECOND);
    const moved = await send("PATCH", `/v1/keys/${old.id}`, { api_version: THIRD });
    expect(moved.json()).toMatchObject({ name: "Old", scopes: ["payments.read"], api_version: THIRD });
    expect((await send("PATCH", `/v1/keys/${old.id}`, { api_version: FIRST })).json().api_version).toBe(FIRST);
    expect((await send("PATCH", `/v1/keys/${old.id}`, { name: "Older" })).json()).toMatchObject({ name: "Older", api_version: FIRST });
    const next = (await send("POST", `/v1/keys/${old.id}/rotate`, {})).json();
    expect(next.api_version).toBe(FIRST);
    const rows = (await send("GET", "/v1/keys")).json().data as { id: string; api_version: string }[];
    expect(rows.find(({ id }) => id === next.id)!.api_version).toBe(FIRST);
    const refused = (await send("PATCH", `/v1/keys/${old.id}`, { api_version: "2027-03-01" })).json().error;
    expect([refused.code, refused.param]).toEqual(["invalid_field", "api_version"]);
    expect(refused.message).toContain(`${FIRST}, ${SECOND}, ${THIRD}`);
  });
});

describe("webhooks", () => {
  async function endpoints() {
    const { world, send } = await api(SECOND);
    const add = async (version?: string) =>
      (await send("POST", "/v1/webhook-endpoints", { url: `${url}/${version}`, ...(version && { api_version: version }) })).json();
    const got = (id: string) =>
      world.receiver.got.filter(({ endpoint }) => endpoint.id === id).map(({ event }) => JSON.parse(eventEnvelope(event)));
    return { world, send, add, got };
  }

  it("come in the version that their endpoint is pinned to: that of the request that made it, or the one that is named", async () => {
    const { world, send, add, got } = await endpoints();
    const [usual, first, third] = [await add(), await add(FIRST), await add(THIRD)];
    expect([usual.api_version, first.api_version, third.api_version]).toEqual([SECOND, FIRST, THIRD]);
    await send("POST", "/v1/payments", { ...upi, minor_units: 500 });
    await world.work();
    expect(got(usual.id)).toMatchObject([{ type: "payment.succeeded", api_version: SECOND, data: { minor_units: 500 } }]);
    expect(got(first.id)).toMatchObject([{ api_version: FIRST, data: { sum: 500, attempts: [{ object: "attempt" }] } }]);
    expect(got(first.id)[0].data.attempts[0]).not.toHaveProperty("n");
    expect(got(third.id)).toMatchObject([{ api_version: THIRD, data: { amount: 500, attempts: [{ n: 1 }] } }]);
    const { data } = (await send("GET", `/v1/deliveries?endpoint_id=${first.id}`)).json();
    const delivery = (await send("GET", `/v1/deliveries/${data[0].id}`)).json();
    expect(JSON.parse(delivery.body)).toEqual(got(first.id)[0]);
  });

  it("that are still owed come in the version to which their endpoint was moved since", async () => {
    const { world, send, add, got } = await endpoints();
    const { id } = await add(FIRST);
    world.receiver.script.push({ statusCode: 500 });
    await send("POST", "/v1/payments", { ...upi, minor_units: 500 });
    await world.work();
    expect((await send("PATCH", `/v1/webhook-endpoints/${id}`, { api_version: THIRD })).json().api_version).toBe(THIRD);
    await world.later(60_000);
    expect(got(id).map((event) => event.api_version)).toEqual([FIRST, THIRD]);
    expect((await send("PATCH", `/v1/webhook-endpoints/${id}`, { description: "Shop" })).json().api_version).toBe(THIRD);
  });

  it("keep their version when the short form gives them another URL", async () => {
    const { send } = await endpoints();
    const put = async (address: string, version: string) =>
      (await send("POST", "/v1/webhook-endpoints", { url: address }, inVersion(version))).json().api_version;
    expect(await put(url, FIRST)).toBe(FIRST);
  });
});

describe("an event that an older Tillway wrote", () => {
  it("is shown and sent in the version asked for or, if it is older, in its own; and says which", async () => {
    const { world, send } = await api(THIRD);
    for (const version of [FIRST, THIRD]) await send("POST", "/v1/webhook-endpoints", { url: `${url}/${version}`, api_version: version });
    const { id } = (await send("POST", "/v1/payments", { ...upi, amount: 500 })).json();
    await world.work();
    await send("POST", "/v1/refunds", { payment_id: id });
    // As the program of the second version left them.
    for (const [at, event] of world.tables.events)
      world.tables.events.set(at, { ...event, apiVersion: SECOND, body: plantedVersions.shown(event.body, THIRD, SECOND) });
    await world.work();
    const got = (version: string) =>
      world.receiver.got.find(({ endpoint, event }) => endpoint.apiVersion === version && event.type === "refund.created")!.event;
    expect([got(FIRST).apiVersion, JSON.parse(got(FIRST).body)]).toMatchObject([FIRST, { payment: { sum: 500 } }]);
    expect([got(THIRD).apiVersion, JSON.parse(got(THIRD).body)]).toMatchObject([SECOND, { payment: { minor_units: 500 } }]);
    const shown = async (version: string) => {
      const { data } = (await send("GET", `/v1/events?type=refund.created&payment_id=${id}`, null, inVersion(version))).json();
      const one = (await send("GET", `/v1/events/${data[0].id}`, null, inVersion(version))).json();
      expect(one).toEqual(data[0]);
      return [one.api_version, ["sum", "minor_units", "amount"].find((name) => name in one.data.payment)];
    };
    expect(await shown(FIRST)).toEqual([FIRST, "sum"]);
    expect(await shown(SECOND)).toEqual([SECOND, "minor_units"]);
    expect(await shown(THIRD)).toEqual([SECOND, "minor_units"]);
  });
});
