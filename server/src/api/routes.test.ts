import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Case, DeliveryTry, Endpoint } from "../core/model.ts";
import type { Reads } from "../core/ports/reads.ts";
import { representEndpoint, iso } from "../core/represent.ts";
import { aDelivery, anEndpoint } from "../core/rows.testing.ts";
import { retryDelivery } from "../flows/deliveries/retry.ts";
import { receiveGatewayEvent } from "../flows/gateway-events/receive.ts";
import { putEndpoint } from "../flows/setup/endpoint.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi, headers, NOW, payment } from "./fakes.testing.ts";

vi.mock("../flows/gateway-events/receive.ts", () => ({ receiveGatewayEvent: vi.fn() }));
vi.mock("../flows/deliveries/retry.ts", () => ({ retryDelivery: vi.fn() }));
vi.mock(import("../flows/setup/endpoint.ts"), async (original) => ({ ...(await original()), putEndpoint: vi.fn() }));

beforeEach(() => {
  vi.resetAllMocks();
});

const scope = { merchantId: "mer_1", mode: "test" };

describe("deliveries", () => {
  const delivery = aDelivery({
    merchantId: "mer_1",
    id: "dlv_01KAJ0000000000000000000AB",
    paymentId: payment().id,
    status: "failed",
    tries: 1,
    nextTryAt: null,
    lastStatusCode: 500,
    createdAt: NOW,
    finishedAt: NOW,
  });
  const made: DeliveryTry = {
    merchantId: "mer_1",
    mode: "test",
    deliveryId: delivery.id,
    n: 1,
    at: NOW,
    durationMs: 12,
    statusCode: 500,
    response: "oops",
    error: null,
    url: "https://shop.example/hooks",
    headerNames: null,
  };
  const told = { id: delivery.eventId, type: delivery.eventType, apiVersion: "2026-11-27", body: '{"id":"pay_1"}', createdAt: NOW };
  const found = { delivery, tries: [made], event: told, url: made.url, apiVersion: "2026-11-27" };
  const reads = { delivery: async () => found, deliveries: async () => ({ rows: [delivery], hasMore: false }) };

  it("are listed, and shown with their tries", async () => {
    const { app } = fakeApi({ reads });
    const list = await ask(app, { url: `/v1/deliveries?status=failed&payment_id=${payment().id}`, headers });
    expect(list.json().data[0]).not.toHaveProperty("tries");
    const one = await ask(app, { url: `/v1/deliveries/${delivery.id}`, headers });
    expect(one.json()).toMatchObject({ tries_made: 1, tries: [{ n: 1, status_code: 500, response: "oops", duration_ms: 12 }] });
  });

  it("that wait for the endpoint show it", async () => {
    const waiting = { ...delivery, status: "pending", nextTryAt: null, finishedAt: null } as const;
    const { app } = fakeApi({ reads: { deliveries: async () => ({ rows: [waiting, delivery], hasMore: false }) } });
    const list = await ask(app, { url: "/v1/deliveries", headers });
    expect(list.json().data.map((row: { waits_for: unknown }) => row.waits_for)).toEqual(["webhook_endpoint", null]);
  });

  it("are sent again by hand, and the answer shows the tries so far", async () => {
    vi.mocked(retryDelivery).mockImplementationOnce(async (_deps, _caller, _id, show) => {
      return { status: 200, body: await show({ ...delivery, status: "pending" }), replayed: true };
    });
    const sent = { ...headers, "idempotency-key": "again" };
    const answer = await ask(fakeApi({ reads }).app, { method: "POST", url: `/v1/deliveries/${delivery.id}/retry`, headers: sent });
    expect([answer.statusCode, answer.headers["idempotent-replayed"]]).toEqual([200, "true"]);
    expect(answer.json()).toMatchObject({ status: "pending", tries: [{ n: 1 }] });
    const [, caller, id] = vi.mocked(retryDelivery).mock.calls[0]!;
    expect([caller, id]).toEqual([expect.objectContaining({ scope, idempotency: expect.objectContaining({ key: "again" }) }), delivery.id]);
  });
});

describe("the webhook endpoint", () => {
  const endpoint = anEndpoint(1, { merchantId: "mer_1", secret: "whsec_abcdefgh", createdAt: NOW });
  const withEndpoint = (known: Endpoint | null) => {
    const { deps } = fakeApi();
    return fakeApi({ flows: { settings: { ...deps.flows.settings, endpoints: async () => (known ? [known] : []) } } }).app;
  };

  it("is set under the caller's key, with the flow's own answer", async () => {
    const body = JSON.stringify({ ...representEndpoint(endpoint), secret: endpoint.secret });
    vi.mocked(putEndpoint).mockResolvedValueOnce({ status: 201, body, replayed: true });
    const sent = { ...headers, "idempotency-key": "set" };
    const put = { method: "PUT", url: "/v1/webhook-endpoint", headers: sent, payload: { url: endpoint.url } } as const;
    const answer = await ask(withEndpoint(null), put);
    expect([answer.statusCode, answer.body, answer.headers["idempotent-replayed"]]).toEqual([201, body, "true"]);
    const [, caller, input] = vi.mocked(putEndpoint).mock.calls[0]!;
    expect([caller.idempotency?.key, input]).toEqual(["set", { url: endpoint.url }]);
  });

  it("never shows its secret when it is read", async () => {
    const answer = await ask(withEndpoint(endpoint), { url: "/v1/webhook-endpoint", headers });
    expect(answer.json()).toMatchObject({ status: "enabled", secret_last4: "efgh" });
    expect(answer.body).not.toContain("whsec_");
  });

  it("shows why it is switched off, and since when (U1)", async () => {
    const known: Endpoint = { ...endpoint, status: "disabled", disabledReason: "it was gone", disabledAt: NOW };
    const answer = await ask(withEndpoint(known), { url: "/v1/webhook-endpoint", headers });
    expect(answer.json()).toMatchObject({ status: "disabled", disabled_reason: "it was gone", disabled_at: iso(NOW) });
  });

  it("is not found before it is set", async () => {
    expect((await ask(withEndpoint(null), { url: "/v1/webhook-endpoint", headers })).statusCode).toBe(404);
  });
});

it("lists cases", async () => {
  const row: Case = {
    merchantId: "mer_1",
    mode: "test",
    id: "case_01KAJ0000000000000000000AB",
    kind: "unknown_outcome",
    subject: "att_1",
    paymentId: payment().id,
    status: "open",
    summary: "No answer for 30 minutes.",
    evidence: { sends: 1 },
    openedAt: NOW,
    resolvedAt: null,
    resolvedBy: null,
    resolution: null,
    resolvedByName: null,
    quietUntil: null,
  };
  const read = vi.fn<Reads["cases"]>(async () => ({ rows: [row], hasMore: false }));
  const answer = await ask(fakeApi({ reads: { cases: read } }).app, { url: "/v1/cases?status=open&limit=5", headers });
  expect(answer.json().data).toMatchObject([{ kind: "unknown_outcome", status: "open", resolved_at: null }]);
  expect(read).toHaveBeenCalledWith(scope, { limit: 5, status: "open" });
});

describe("a gateway's webhook", () => {
  it.each(["application/json", "application/x-www-form-urlencoded", undefined])("reaches the flow byte for byte (%s)", async (type) => {
    const receive = vi.mocked(receiveGatewayEvent).mockResolvedValue({ duplicate: true });
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x0d, 0x0a, 0x7d]);
    const answer = await ask(fakeApi().app, {
      method: "POST",
      url: "/v1/gateways/sandbox/acc_1/webhooks",
      headers: { "x-signature": "abc", ...(type !== undefined && { "content-type": type }) },
      payload: bytes,
    });
    expect(answer.json()).toEqual({ received: true, duplicate: true });
    const [, input] = receive.mock.calls[0]!;
    expect(input).toMatchObject({
      connector: "sandbox",
      accountId: "acc_1",
      requestId: answer.headers["request-id"],
      raw: { headers: { "x-signature": "abc" } },
    });
    expect(Buffer.from(input.raw.body)).toEqual(bytes);
  });

  it("is answered only after the flow is done", async () => {
    let finish: (value: { duplicate: boolean }) => void = () => undefined;
    vi.mocked(receiveGatewayEvent).mockReturnValue(new Promise((resolve) => (finish = resolve)));
    const { app } = fakeApi();
    let answered = false;
    const sent = app.inject({ method: "POST", url: "/v1/gateways/sandbox/acc_1/webhooks", payload: "{}" }).then(() => (answered = true));
    await vi.waitFor(() => expect(receiveGatewayEvent).toHaveBeenCalled());
    expect(answered).toBe(false);
    finish({ duplicate: false });
    await sent;
  });
});

describe("health", () => {
  const ready = async (health: () => Promise<{ ok: boolean; checks: Record<string, unknown> }>, sleep?: () => Promise<void>) => {
    const clock = { now: () => NOW, sleep: sleep ?? (() => new Promise<void>(() => undefined)) };
    const answer = await ask(fakeApi({ deps: { health }, flows: { clock } }).app, { url: "/health/ready" });
    return { status: answer.statusCode, body: answer.json() };
  };

  it("live means that the process runs", async () => {
    expect((await ask(fakeApi().app, { url: "/health/live" })).json()).toEqual({ status: "ok", version: "0.0.0" });
  });

  it.each([
    ["well", async () => ({ ok: true, checks: { database: "ok" } }), undefined, 200, "ready"],
    ["not well", async () => ({ ok: false, checks: { database: "down" } }), undefined, 503, "not_ready"],
    ["a check that throws", () => Promise.reject(new Error("secret detail")), undefined, 503, "not_ready"],
    ["a check that hangs", () => new Promise<never>(() => undefined), async () => undefined, 503, "not_ready"],
  ])("ready: %s", async (_name, health, sleep, status, word) => {
    const answer = await ready(health, sleep);
    expect(answer).toMatchObject({ status, body: { status: word } });
    expect(JSON.stringify(answer)).not.toContain("secret detail");
  });
});
