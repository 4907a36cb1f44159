import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Case, Delivery, DeliveryTry, Endpoint } from "../core/model.ts";
import { representPayment } from "../core/represent.ts";
import type { Reads } from "../core/ports/reads.ts";
import { retryDelivery } from "../flows/deliveries/retry.ts";
import { receiveGatewayEvent } from "../flows/gateway-events/receive.ts";
import { cancelPayment } from "../flows/payments/cancel.ts";
import { capturePayment } from "../flows/payments/capture.ts";
import { confirmPayment } from "../flows/payments/confirm.ts";
import { createPayment } from "../flows/payments/create.ts";
import { setEndpoint } from "../flows/setup/endpoint.ts";
import { ask, type Document } from "./documented.testing.ts";
import { attempt, fakeApi, headers, NOW, payment, TEST_CARD } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/confirm.ts", () => ({ confirmPayment: vi.fn() }));
vi.mock("../flows/payments/capture.ts", () => ({ capturePayment: vi.fn() }));
vi.mock("../flows/payments/cancel.ts", () => ({ cancelPayment: vi.fn() }));
vi.mock("../flows/gateway-events/receive.ts", () => ({ receiveGatewayEvent: vi.fn() }));
vi.mock("../flows/deliveries/retry.ts", () => ({ retryDelivery: vi.fn() }));
vi.mock("../flows/setup/endpoint.ts", () => ({ setEndpoint: vi.fn() }));
const create = vi.mocked(createPayment);

beforeEach(() => {
  vi.resetAllMocks();
});

const body = JSON.stringify(representPayment(payment(), []));
const card = { number: "4111 1111-1111 1111", expiry_month: "03", expiry_year: 30, cvv: "123", holder_name: "A Shopper" };
const scope = { merchantId: "mer_1", mode: "test" };

describe("creating a payment", () => {
  it("hands the flow a token and answers with the flow's bytes", async () => {
    const { app, tokenized } = fakeApi();
    create.mockResolvedValue({ status: 201, body, replayed: false });
    const answer = await ask(app, {
      method: "POST",
      url: "/v1/payments",
      headers: { ...headers, "idempotency-key": "k 1", traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
      payload: {
        amount: 50_000,
        currency: "INR",
        method: "card",
        card,
        metadata: { order: "7" },
        customer: { email: "a@b.c" },
        return_url: "https://shop.example/back",
      },
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.body).toBe(body);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(answer.headers["request-id"]).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(tokenized).toEqual([{ number: TEST_CARD, expiryMonth: 3, expiryYear: 2030, cvv: "123", holderName: "A Shopper" }]);
    const [, caller, input] = create.mock.calls[0]!;
    expect(caller).toEqual({
      scope,
      audience: "merchant",
      requestId: answer.headers["request-id"],
      idempotency: { key: "k 1", requestHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(input).toEqual({
      amount: 50_000,
      currency: "INR",
      method: { type: "card", token: "tok_visa", network: "visa", last4: "1111" },
      captureMethod: "automatic",
      confirm: null,
      orderId: null,
      description: null,
      metadata: { order: "7" },
      customer: { email: "a@b.c" },
      returnUrl: "https://shop.example/back",
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    });
  });

  it("says when the bytes are those of an earlier request", async () => {
    create.mockResolvedValue({ status: 201, body, replayed: true });
    const answer = await ask(fakeApi().app, { method: "POST", url: "/v1/payments", headers, payload: { amount: 1, currency: "INR" } });
    expect(answer.headers["idempotent-replayed"]).toBe("true");
  });

  it.each([
    ["nothing but an amount", {}, { method: null, confirm: null }],
    ["UPI", { method: "upi", upi: { vpa: "a.b_c-1@okbank" } }, { method: { type: "upi", vpa: "a.b_c-1@okbank" } }],
    [
      "a token",
      { method: "card", card: { token: "tok_visa" } },
      { method: { type: "card", token: "tok_visa", network: "visa", last4: "1111" } },
    ],
    ["manual capture, kept", { confirm: false, capture_method: "manual" }, { confirm: false, captureMethod: "manual" }],
    ["an order", { order_id: "order-1", description: "Shoes" }, { orderId: "order-1", description: "Shoes" }],
  ])("with %s", async (_name, more, expected) => {
    create.mockResolvedValue({ status: 201, body, replayed: false });
    await ask(fakeApi().app, { method: "POST", url: "/v1/payments", headers, payload: { amount: 1, currency: "INR", ...more } });
    expect(create.mock.calls[0]![2]).toMatchObject(expected);
    expect(create.mock.calls[0]![1].idempotency).toBeNull();
  });

  it("takes HTTP Basic as well", async () => {
    create.mockResolvedValue({ status: 201, body, replayed: false });
    const authorization = `Basic ${Buffer.from("pk_test_1:sk_test_1").toString("base64")}`;
    const answer = await ask(fakeApi().app, {
      method: "POST",
      url: "/v1/payments",
      headers: { authorization },
      payload: { amount: 1, currency: "INR" },
    });
    expect(answer.statusCode).toBe(201);
  });
});

describe("what follows a payment", () => {
  const answered = { status: 200, body, replayed: false };

  it.each([
    ["capture", vi.mocked(capturePayment)],
    ["cancel", vi.mocked(cancelPayment)],
  ])("%s takes no body, or an empty object", async (verb, flow) => {
    flow.mockResolvedValue(answered);
    const { app } = fakeApi();
    for (const payload of [undefined, "", "{}"]) {
      const answer = await ask(app, {
        method: "POST",
        url: `/v1/payments/${payment().id}/${verb}`,
        headers: { ...headers, ...(payload !== undefined && { "content-type": "application/json" }) },
        payload,
      });
      expect(answer.statusCode).toBe(200);
    }
    expect(flow).toHaveBeenCalledTimes(3);
    expect(flow.mock.calls[0]![2]).toEqual({ paymentId: payment().id });
  });

  it("confirm keeps the method of the create, or takes another", async () => {
    const flow = vi.mocked(confirmPayment).mockResolvedValue(answered);
    const { app } = fakeApi();
    const url = `/v1/payments/${payment().id}/confirm`;
    await ask(app, { method: "POST", url, headers });
    await ask(app, { method: "POST", url, headers, payload: { method: "upi", upi: { vpa: "a@b" }, return_url: "http://shop.example" } });
    expect(flow.mock.calls.map(([, , input]) => input)).toEqual([
      { paymentId: payment().id, method: null, returnUrl: null },
      { paymentId: payment().id, method: { type: "upi", vpa: "a@b" }, returnUrl: "http://shop.example" },
    ]);
  });

  it("a decline that was waited for is the flow's own 402", async () => {
    const refusal = {
      type: "card_error",
      code: "payment_failed",
      message: "No.",
      decline_code: "insufficient_funds",
      source: "bank",
      doc_url: "/docs/errors#payment_failed",
      request_id: "req_1",
      payment_id: payment().id,
    };
    vi.mocked(confirmPayment).mockResolvedValue({ status: 402, body: JSON.stringify({ error: refusal }), replayed: false });
    const answer = await ask(fakeApi().app, { method: "POST", url: `/v1/payments/${payment().id}/confirm`, headers });
    expect(answer.statusCode).toBe(402);
    expect(answer.json().error).toEqual(refusal);
  });
});

describe("looking at payments", () => {
  it("shows one with its attempts", async () => {
    const read = vi.fn<Reads["payment"]>(async () => ({ payment: payment(), attempts: [attempt()] }));
    const answer = await ask(fakeApi({ reads: { payment: read } }).app, { url: `/v1/payments/${payment().id}`, headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: payment().id,
      status: "pending",
      card: { network: "visa", last4: "1111" },
      attempts: [{ operation: "charge", status: "calling" }],
    });
    expect(read).toHaveBeenCalledWith(scope, payment().id);
  });

  it("answers HEAD without a body", async () => {
    const reads = { payment: async () => ({ payment: payment(), attempts: [] }) };
    const answer = await fakeApi({ reads }).app.inject({ method: "HEAD", url: `/v1/payments/${payment().id}`, headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe("");
  });

  it.each([
    ["", { limit: 20 }],
    ["?limit=1", { limit: 1 }],
    ["?limit=100&status=failed&order_id=o-1", { limit: 100, status: "failed", orderId: "o-1" }],
    [`?starting_after=${payment().id}`, { limit: 20, startingAfter: payment().id }],
    [`?ending_before=${payment().id}`, { limit: 20, endingBefore: payment().id }],
  ])("lists them by page %s", async (query, page) => {
    const read = vi.fn<Reads["payments"]>(async () => ({ rows: [payment()], hasMore: true }));
    const answer = await ask(fakeApi({ reads: { payments: read } }).app, { url: `/v1/payments${query}`, headers });
    expect(answer.json()).toMatchObject({ object: "list", data: [{ id: payment().id, attempts: [] }], has_more: true });
    expect(read.mock.calls[0]).toEqual([scope, page]);
  });
});

describe("deliveries", () => {
  const delivery: Delivery = {
    ...payment(),
    id: "dlv_01KAJ0000000000000000000AB",
    channel: "webhook",
    eventId: "evt_1",
    paymentId: payment().id,
    endpointId: "whe_1",
    status: "failed",
    tries: 1,
    nextTryAt: null,
    lastStatusCode: 500,
    createdAt: NOW,
    finishedAt: NOW,
  };
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
  };
  const reads = { delivery: async () => ({ delivery, tries: [made] }), deliveries: async () => ({ rows: [delivery], hasMore: false }) };

  it("are listed, and shown with their tries", async () => {
    const { app } = fakeApi({ reads });
    const list = await ask(app, { url: `/v1/deliveries?status=failed&payment_id=${payment().id}`, headers });
    expect(list.json().data[0]).not.toHaveProperty("tries");
    const one = await ask(app, { url: `/v1/deliveries/${delivery.id}`, headers });
    expect(one.json()).toMatchObject({ tries_made: 1, tries: [{ n: 1, status_code: 500, response: "oops", duration_ms: 12 }] });
  });

  it("are sent again by hand", async () => {
    const answer = await ask(fakeApi({ reads }).app, { method: "POST", url: `/v1/deliveries/${delivery.id}/retry`, headers });
    expect(answer.statusCode).toBe(200);
    expect(vi.mocked(retryDelivery).mock.calls[0]!.slice(1)).toEqual([scope, delivery.id]);
  });
});

describe("the webhook endpoint", () => {
  const endpoint: Endpoint = {
    merchantId: "mer_1",
    mode: "test",
    id: "whe_1",
    url: "https://shop.example/hook",
    status: "enabled",
    secret: "whsec_abcdefgh",
    previousSecret: null,
    previousSecretUntil: null,
    retryIntervalsMs: null,
    createdAt: NOW,
  };
  const withEndpoint = (known: Endpoint | null) => {
    const { deps } = fakeApi();
    return fakeApi({ flows: { settings: { ...deps.flows.settings, endpoint: async () => known } } }).app;
  };

  it("shows its secret in full when it is made, and never again", async () => {
    vi.mocked(setEndpoint).mockResolvedValue(endpoint);
    const put = { method: "PUT", url: "/v1/webhook-endpoint", headers, payload: { url: endpoint.url } } as const;
    const first = await ask(withEndpoint(null), put);
    expect([first.statusCode, first.json().secret]).toEqual([201, "whsec_abcdefgh"]);
    const again = await ask(withEndpoint(endpoint), put);
    expect([again.statusCode, again.json().secret, again.json().secret_last4]).toEqual([200, undefined, "efgh"]);
    const get = await ask(withEndpoint(endpoint), { url: "/v1/webhook-endpoint", headers });
    expect(get.body).not.toContain("whsec_");
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

  it("live says that the process turns", async () => {
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

describe("the OpenAPI document", () => {
  it("is 3.1, needs no key and describes every route with its error answers and scopes of keys", async () => {
    const answer = await fakeApi().app.inject("/v1/openapi.json");
    const document = answer.json<Document & { security: unknown }>();
    expect(document.openapi).toBe("3.1.0");
    expect(document.security).toEqual([{ apiKey: [], apiSecret: [] }, { basic: [] }]);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      "get /health/live",
      "get /health/ready",
      "get /v1/cases",
      "get /v1/deliveries",
      "get /v1/deliveries/{id}",
      "get /v1/payments",
      "get /v1/payments/{id}",
      "get /v1/webhook-endpoint",
      "post /v1/deliveries/{id}/retry",
      "post /v1/gateways/{connector}/{account}/webhooks",
      "post /v1/payments",
      "post /v1/payments/{id}/cancel",
      "post /v1/payments/{id}/capture",
      "post /v1/payments/{id}/confirm",
      "put /v1/webhook-endpoint",
    ]);
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path.startsWith("/health")) continue;
      for (const operation of Object.values(methods)) expect(operation.responses).toMatchObject({ 500: {}, 503: {} });
    }
  });

  it("has no reference that leads nowhere", async () => {
    const text = (await fakeApi().app.inject("/v1/openapi.json")).body;
    const document = JSON.parse(text) as Document;
    const targets = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!));
    expect(targets.size).toBeGreaterThan(5);
    for (const target of targets) expect(document.components.schemas).toHaveProperty(target.replace("#/components/schemas/", ""));
  });

  it("gives examples that the route itself takes", async () => {
    create.mockResolvedValue({ status: 201, body, replayed: false });
    const { app } = fakeApi();
    const document = (await app.inject("/v1/openapi.json")).json();
    const examples = Object.values(document.paths["/v1/payments"].post.requestBody.content["application/json"].examples) as {
      value: object;
    }[];
    expect(examples.length).toBeGreaterThan(1);
    for (const { value } of examples) {
      const answer = await ask(app, { method: "POST", url: "/v1/payments", headers, payload: value });
      expect(answer.statusCode).toBe(201);
    }
  });
});
