import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { signatureHeaders } from "../../deliveries/webhook/sign.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, headers, merchant } from "../fakes.testing.ts";

const url = "https://shop.example/hooks";

/** The routes over the real flows and storage in memory. */
function api() {
  const world = new World();
  const { settings } = world.storage;
  const flows = { ...world.deps, settings: { ...settings, authenticate: async () => merchant } };
  const { app } = fakeApi({ flows, reads: world.storage.reads });
  const send = (method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE", path: string, payload?: object, more: Record<string, string> = {}) =>
    ask(app, { method, url: `/v1/${path}`, headers: { ...headers, ...more }, ...(payload && { payload }) });
  return { world, send };
}

describe("webhook endpoints", () => {
  it("are added, shown without secrets, changed, listed and deleted", async () => {
    const { send } = api();
    const added = await send("POST", "webhook-endpoints", { url, events: ["payment.*"], headers: { Authorization: "Bearer t0ken" } });
    expect(added.statusCode).toBe(201);
    const { id, secret, ...shown } = added.json();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{44}$/);
    expect(shown).toMatchObject({
      url,
      events: ["payment.*"],
      status: "enabled",
      retry_schedule: "default",
      header_names: ["Authorization"],
    });
    const read = await send("GET", `webhook-endpoints/${id}`);
    expect(read.json()).toEqual({ id, ...shown });
    expect(read.body).not.toContain("t0ken");
    const changed = await send("PATCH", `webhook-endpoints/${id}`, { status: "paused", retry_schedule: "one_day", description: null });
    expect(changed.json()).toMatchObject({ status: "paused", retry_schedule: "one_day", description: null, url });
    expect((await send("GET", "webhook-endpoints")).json().data).toEqual([changed.json()]);
    expect((await send("DELETE", `webhook-endpoints/${id}`)).json()).toEqual({ id, object: "webhook_endpoint", deleted: true });
    expect((await send("GET", `webhook-endpoints/${id}`)).statusCode).toBe(404);
  });

  it("whose secret is rotated are signed for with both until the overlap ends, on the same URL", async () => {
    const { world, send } = api();
    const { id, secret: old } = (await send("POST", "webhook-endpoints", { url })).json();
    const rotate = () => send("POST", `webhook-endpoints/${id}/rotate-secret`, { overlap_seconds: 60 }, { "idempotency-key": "rotate" });
    const rotated = await rotate();
    expect(rotated.statusCode).toBe(201);
    expect(rotated.json()).toMatchObject({ id, url });
    const again = await rotate();
    expect([again.body, again.headers["idempotent-replayed"]]).toEqual([rotated.body, "true"]);
    const [endpoint] = await world.deps.settings.endpoints(merchant);
    const now = world.clock.now();
    const signed = (at: number, by: Partial<typeof endpoint> = {}) =>
      signatureHeaders({ eventId: "evt_1", body: "{}", now: at, endpoint: { ...endpoint!, ...by } })["webhook-signature"]!.split(" ");
    const alone = (secret: string, at: number) => signed(at, { secret, previousSecret: null });
    expect(signed(now)).toEqual([...alone(rotated.json().secret, now), ...alone(old, now)]);
    expect(signed(now + 60_000)).toEqual(alone(rotated.json().secret, now + 60_000));
  });

  it("get a test event whose delivery is the answer", async () => {
    const { world, send } = api();
    const { id } = (await send("POST", "webhook-endpoints", { url, events: ["refund.*"] })).json();
    const sent = await send("POST", `webhook-endpoints/${id}/test`, {});
    expect(sent.json()).toMatchObject({ endpoint_id: id, status: "pending", payment_id: null, event_type: "webhook.test" });
    await world.work();
    expect(world.receiver.got.map(({ event }) => event.id)).toEqual([sent.json().event_id]);
  });

  it("show of each try what was sent, without secrets, and what was answered", async () => {
    const { world, send } = api();
    const { id } = (await send("POST", "webhook-endpoints", { url, headers: { Authorization: "Bearer t0ken" } })).json();
    world.receiver.script.push({ statusCode: 500, response: "oops" });
    const sent = (await send("POST", `webhook-endpoints/${id}/test`, {})).json();
    await world.work();
    const seen = await send("GET", `deliveries/${sent.id}`);
    const at = world.clock.now();
    expect(seen.json()).toMatchObject({ url, event_type: "webhook.test", tries_made: 1, next_try_at: new Date(at + 60_000).toISOString() });
    const got = world.receiver.got[0]!;
    expect(seen.json().body).toBe(eventEnvelope(got.event));
    expect(seen.json().tries).toMatchObject([
      {
        n: 1,
        status_code: 500,
        response: "oops",
        request: {
          method: "POST",
          url,
          headers: { Authorization: "[not shown]", "webhook-id": sent.event_id, "webhook-timestamp": String(Math.floor(at / 1_000)) },
        },
      },
    ]);
    expect(seen.body).not.toContain("t0ken");
  });

  it("are recovered for: what failed is counted, and sent again", async () => {
    const { world, send } = api();
    const { id } = (await send("POST", "webhook-endpoints", { url })).json();
    world.receiver.script.push(...Array.from({ length: 5 }, () => ({ statusCode: 500 })));
    const sent = (await send("POST", `webhook-endpoints/${id}/test`, {})).json();
    await world.later(86_400_000);
    const list = async (query: string) => (await send("GET", `deliveries?${query}`)).json().data.map((row: { id: string }) => row.id);
    expect(await list(`status=failed&event_type=webhook.test&endpoint_id=${id}`)).toEqual([sent.id]);
    expect(await list("event_type=payment.failed")).toEqual([]);
    const owedAt = new Date(world.clock.now() - 86_400_000).toISOString();
    expect(await list(`created_from=${owedAt}`)).toEqual([sent.id]);
    expect(await list(`created_before=${owedAt}`)).toEqual([]);
    const wish = { endpoint_id: id, event_types: ["webhook.test"], created_from: "2020-01-01T00:00:00Z", per_second: 1 };
    expect((await send("POST", "deliveries/recover", { ...wish, dry_run: true })).json()).toMatchObject({ matched: 1, recovered: 0 });
    expect((await send("POST", "deliveries/recover", wish)).json()).toMatchObject({ matched: 1, recovered: 1, has_more: false });
    await world.work();
    expect((await send("GET", `deliveries/${sent.id}`)).json()).toMatchObject({ status: "succeeded", tries_made: 6 });
  });

  it.each([
    [{ created_from: "yesterday" }, "created_from"],
    [{ created_before: "2026-02-30T99:00:00Z" }, "created_before"],
    [{ limit: 5_001 }, "limit"],
    [{ status: "pending" }, "status"],
    [{ event_types: [] }, "event_types"],
  ])("are not recovered for by %j", async (payload, param) => {
    const answer = await api().send("POST", "deliveries/recover", payload);
    expect([answer.statusCode, answer.json().error.param]).toEqual([400, param]);
  });

  it("that are several are more than the short form takes, and it says where to go", async () => {
    const { send } = api();
    await send("POST", "webhook-endpoints", { url });
    await send("POST", "webhook-endpoints", { url });
    for (const answer of [await send("GET", "webhook-endpoint"), await send("PUT", "webhook-endpoint", { url })]) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json().error).toMatchObject({ code: "invalid_state", message: expect.stringContaining("/v1/webhook-endpoints") });
    }
  });

  it.each<[object, string]>([
    [{ url, events: ["payment.succeded"] }, "events"],
    [{ url, events: [] }, "events"],
    [{ url, retry_schedule: "a week" }, "retry_schedule"],
    [{ url, status: "disabled" }, "status"],
    [{ url, headers: { "X-Card": "4111111111111111" } }, "headers.X-Card"],
    [{ url, headers: { "Webhook-Id": "1" } }, "headers.Webhook-Id"],
    [{ url, description: "card 4111111111111111" }, "description"],
    [{ url: "ftp://shop.example" }, "url"],
  ])("%j is refused by the name of its field", async (payload, param) => {
    const answer = await api().send("POST", "webhook-endpoints", payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.param).toMatch(new RegExp(`^${param}`));
  });

  it("of an id that is none are not found", async () => {
    const { send } = api();
    for (const method of ["GET", "DELETE"] as const) expect((await send(method, "webhook-endpoints/whe_1")).statusCode).toBe(404);
    expect((await send("POST", "webhook-endpoints/pay_01KAJ0000000000000000000AB/test", {})).statusCode).toBe(404);
  });
});
