import { describe, expect, it } from "vitest";
import { API_VERSION, DAY, MINUTE, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { ENDPOINTS_MAX, SECRET_OVERLAP_MS, WEBHOOK_SCHEDULES_MS } from "../../core/constants.ts";
import { wants } from "../../core/events.ts";
import { failures, owing } from "../deliveries/sending.testing.ts";
import { putEndpoint } from "./endpoint.ts";
import { addEndpoint, changeEndpoint, deleteEndpoint, rotateSecret, sendTest, type EndpointWish } from "./endpoints.ts";

const url = "https://shop.example/hooks";
const bodyOf = (answer: { readonly body: string }) => JSON.parse(answer.body) as { id: string; secret: string; secret_last4: string };
const ofFirst = async (world: World) => (await world.deps.settings.endpoints(scope))[0]!;

/** An endpoint as the flow adds it. */
async function added(world: World, wish: EndpointWish = {}, key?: string): Promise<{ id: string; secret: string }> {
  return bodyOf(await addEndpoint(world.deps, world.caller(key), { url, ...wish }));
}

describe("filters", () => {
  it.each([
    [["*"], true],
    [["payment.*"], true],
    [["payment.succeeded"], true],
    [["refund.*", "payment.succeeded"], true],
    [["refund.*"], false],
    [["payment.failed"], false],
    [[], false],
  ])("%j", (filters, wanted) => expect(wants(filters, "payment.succeeded")).toBe(wanted));

  it("decide which endpoints get an event: each that wants it, and nobody else", async () => {
    const world = new World();
    const all = await added(world);
    await added(world, { events: ["refund.*"] });
    const some = await added(world, { events: ["payment.failed", "payment.succeeded"] });
    await world.created();
    await world.work();
    expect(world.receiver.got.map(({ endpoint, event }) => [endpoint.id, event.type])).toEqual([
      [all.id, "payment.succeeded"],
      [some.id, "payment.succeeded"],
    ]);
  });
});

describe("adding an endpoint", () => {
  it("under an idempotency key shows the same secret to a repeat, and the key is stored without it (R11)", async () => {
    const world = new World();
    const first = await addEndpoint(world.deps, world.caller("add"), { url });
    expect(first.status).toBe(201);
    expect(bodyOf(first).secret).toBe((await ofFirst(world)).secret);
    expect(await addEndpoint(world.deps, world.caller("add"), { url })).toEqual({ ...first, replayed: true });
    expect(JSON.stringify([...world.tables.idempotency.values()])).not.toContain(bodyOf(first).secret);
  });

  it("twice at once under a key makes one", async () => {
    const world = new World();
    const all = await Promise.all(Array.from({ length: 4 }, () => addEndpoint(world.deps, world.caller("add"), { url })));
    expect(new Set(all.map((answer) => answer.body)).size).toBe(1);
    expect(world.tables.endpoints.size).toBe(1);
  });

  it("is refused when there are too many, and the same key works once one is deleted", async () => {
    const world = new World();
    for (let n = 0; n < ENDPOINTS_MAX; n++) await added(world);
    await expect(added(world, {}, "one more")).rejects.toMatchObject({ code: "invalid_state" });
    await deleteEndpoint(world.deps, scope, (await ofFirst(world)).id);
    expect((await added(world, {}, "one more")).id).toMatch(/^whe_/);
  });

  it("at an address that may not be called is refused", async () => {
    await expect(added(new World(), { url: "http://10.0.0.1/" })).rejects.toMatchObject({ code: "invalid_url" });
  });

  it.each([
    [{ "Webhook-Id": "x" }, "headers.Webhook-Id"],
    [{ "svix-id": "" }, "headers.svix-id"],
    [{ "X-Webhook-Signature": "x" }, "headers.X-Webhook-Signature"],
    [{ "Content-Length": "5" }, "headers.Content-Length"],
    [{ "Transfer-Encoding": "chunked" }, "headers.Transfer-Encoding"],
    [{ host: "internal" }, "headers.host"],
    [{ "bad name": "x" }, "headers.bad name"],
    [{ "X-A": "one\r\nX-B: two" }, "headers.X-A"],
    [{ "X-A": " " }, "headers.X-A"],
    [{ "X-A": "1", "x-a": "2" }, "headers.x-a"],
  ])("with the header %j is refused by its name", async (headers: Record<string, string>, param) => {
    await expect(added(new World(), { headers })).rejects.toMatchObject({ code: "invalid_field", details: { param } });
  });
});

describe("the short form", () => {
  it("is for one endpoint: with several it says so and changes nothing", async () => {
    const world = new World();
    await added(world);
    await added(world);
    await expect(putEndpoint(world.deps, world.caller(), { url: `${url}/new` })).rejects.toMatchObject({ code: "invalid_state" });
    expect((await world.deps.settings.endpoints(scope)).map((each) => each.url)).toEqual([url, url]);
  });

  it("whose secret was rotated since then says so to a repeat", async () => {
    const world = new World();
    const { id } = bodyOf(await putEndpoint(world.deps, world.caller("set"), { url }));
    await rotateSecret(world.deps, world.caller(), id, 0);
    await expect(putEndpoint(world.deps, world.caller("set"), { url })).rejects.toMatchObject({ code: "invalid_state" });
  });
});

describe("changing an endpoint", () => {
  it("changes what is named and nothing else", async () => {
    const world = new World();
    const { id, secret } = await added(world, { headers: { "X-Shop": "a" }, description: "shop" });
    const after = await changeEndpoint(world.deps, scope, id, { events: ["refund.*", "refund.*"], retrySchedule: "three_days" });
    expect(after).toMatchObject({ url, secret, description: "shop", headers: { "X-Shop": "a" }, events: ["refund.*"] });
    expect(after.retryIntervalsMs).toEqual(WEBHOOK_SCHEDULES_MS.three_days);
    expect(await changeEndpoint(world.deps, scope, id, { retrySchedule: "default", headers: {}, description: null })).toMatchObject({
      retryIntervalsMs: null,
      headers: {},
      description: null,
    });
  });

  it("at once in two fields keeps both", async () => {
    const world = new World();
    const { id } = await added(world);
    await Promise.all([
      changeEndpoint(world.deps, scope, id, { description: "books" }),
      changeEndpoint(world.deps, scope, id, { events: ["refund.*"] }),
    ]);
    expect(await ofFirst(world)).toMatchObject({ description: "books", events: ["refund.*"] });
  });

  it("to paused lets what happens wait, without a try, and to enabled sends all of it", async () => {
    const world = new World();
    const { id } = await added(world);
    await changeEndpoint(world.deps, scope, id, { status: "paused" });
    await owing(world);
    await world.later(DAY);
    expect(world.receiver.got).toEqual([]);
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 0, nextTryAt: null }]);
    expect((await changeEndpoint(world.deps, scope, id, { status: "enabled" })).status).toBe("enabled");
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 1 }]);
  });

  it("to enabled forgets a receiver's 410", async () => {
    const world = new World();
    const { id } = await added(world);
    const one = await ofFirst(world);
    await world.deps.settings.moveEndpoint(one, { ...one, status: "disabled", disabledReason: "gone", disabledAt: 1, goneSince: 1 });
    expect(await changeEndpoint(world.deps, scope, id, { status: "enabled" })).toEqual(one);
  });

  it("chooses a longer schedule, which deliveries then follow", async () => {
    const world = new World();
    await added(world, { retrySchedule: "one_day" });
    await owing(world);
    world.receiver.script.push(...failures(20));
    await world.later(2 * DAY);
    expect(world.deliveries).toMatchObject([{ status: "failed", tries: WEBHOOK_SCHEDULES_MS.one_day.length }]);
  });

  it("of somebody else is not found", async () => {
    const world = new World();
    const { id } = await added(world);
    const elsewhere = { ...scope, mode: "live" } as const;
    await expect(changeEndpoint(world.deps, elsewhere, id, { description: "x" })).rejects.toMatchObject({ code: "not_found" });
    await expect(deleteEndpoint(world.deps, elsewhere, id)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("deleting an endpoint", () => {
  it("calls off what it is owed, at once, and leaves the others alone", async () => {
    const world = new World();
    const { id } = await added(world);
    await changeEndpoint(world.deps, scope, id, { status: "paused" });
    const other = await added(world);
    await world.created();
    await world.work();
    await deleteEndpoint(world.deps, scope, id);
    await world.work();
    expect(world.deliveries.map(({ endpointId, status }) => [endpointId, status])).toEqual([
      [id, "canceled"],
      [other.id, "succeeded"],
    ]);
    expect(world.tables.jobs.size).toBe(0);
    expect(world.receiver.got.map(({ endpoint }) => endpoint.id)).toEqual([other.id]);
  });
});

describe("rotating a secret", () => {
  it("keeps the old one beside the new one for as long as was asked, and a repeat gets the same (R11)", async () => {
    const world = new World();
    const { id, secret: old } = await added(world);
    const answer = await rotateSecret(world.deps, world.caller("rotate"), id, SECRET_OVERLAP_MS);
    const { secret } = bodyOf(answer);
    expect(secret).not.toBe(old);
    expect(await ofFirst(world)).toMatchObject({
      url,
      secret,
      previousSecret: old,
      previousSecretUntil: world.clock.now() + SECRET_OVERLAP_MS,
    });
    await world.clock.advance(MINUTE);
    expect(await rotateSecret(world.deps, world.caller("rotate"), id, SECRET_OVERLAP_MS)).toEqual({ ...answer, replayed: true });
    expect(JSON.stringify([...world.tables.idempotency.values()])).not.toContain(secret);
  });

  it("without an overlap ends the old one at once", async () => {
    const world = new World();
    const { id } = await added(world);
    await rotateSecret(world.deps, world.caller(), id, 0);
    expect(await ofFirst(world)).toMatchObject({ previousSecret: null, previousSecretUntil: null });
  });

  it("is not repeated with a secret that is not in force any more", async () => {
    const world = new World();
    const { id } = await added(world);
    await rotateSecret(world.deps, world.caller("one"), id, 0);
    await rotateSecret(world.deps, world.caller("two"), id, 0);
    await expect(rotateSecret(world.deps, world.caller("one"), id, 0)).rejects.toMatchObject({ code: "invalid_state" });
  });
});

describe("a test event", () => {
  it("goes to this endpoint only, whatever it asks for, once per key", async () => {
    const world = new World();
    await added(world);
    const { id } = await added(world, { events: ["refund.*"] });
    const send = () => sendTest(world.deps, world.caller("test"), id, ({ id: shown }) => JSON.stringify({ id: shown }));
    const first = await send();
    expect(await send()).toEqual({ ...first, replayed: true, apiVersion: API_VERSION });
    await world.work();
    expect(world.receiver.got.map(({ endpoint, event }) => [endpoint.id, event.type])).toEqual([[id, "webhook.test"]]);
    expect(world.deliveries).toMatchObject([{ id: bodyOf(first).id, paymentId: null, eventType: "webhook.test", status: "succeeded" }]);
  });

  it("is refused while the endpoint is paused", async () => {
    const world = new World();
    const { id } = await added(world, { status: "paused" });
    await expect(sendTest(world.deps, world.caller(), id, () => "{}")).rejects.toMatchObject({ code: "invalid_state" });
  });
});
