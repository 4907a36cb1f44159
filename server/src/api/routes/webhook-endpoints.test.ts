import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { signatureHeaders } from "../../deliveries/webhook/sign.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, headers, merchant } from "../fakes.testing.ts";

const url = "https://shop.example/hooks";

/** The routes over the real flows and storage in memory. */
function api() {
  const world = new World();
  const { settings } = world.storage;
  const flows = { ...world.deps, settings: { ...settings, authenticate: async () => merchant } };
  const { app } = fakeApi({ flows });
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
