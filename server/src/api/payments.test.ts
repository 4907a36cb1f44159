import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Tokenizer } from "../core/ports/connector.ts";
import type { Reads } from "../core/ports/reads.ts";
import { representPayment } from "../core/represent.ts";
import { cancelPayment, capturePayment, confirmPayment } from "../flows/payments/operations.ts";
import { answeredBefore } from "../flows/payments/operate.ts";
import { createPayment } from "../flows/payments/create.ts";
import type { ApiDeps } from "./deps.ts";
import { ask } from "./documented.testing.ts";
import { attempt, fakeApi, headers, payment, TEST_CARD } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));
vi.mock(import("../flows/payments/operations.ts"), async (original) => ({
  ...(await original()),
  confirmPayment: vi.fn(),
  capturePayment: vi.fn(),
  cancelPayment: vi.fn(),
}));
const create = vi.mocked(createPayment);

beforeEach(() => {
  vi.resetAllMocks();
});

const body = JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] }));
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
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      apiVersion: "2026-11-27",
      requestId: answer.headers["request-id"],
      by: { kind: "key", id: "key_1", label: null, requestId: answer.headers["request-id"] },
      idempotency: { key: "k 1", requestHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(input).toEqual({
      amount: 50_000,
      currency: "INR",
      method: { type: "card", connector: "sandbox", token: "tok_visa", network: "visa", last4: "1111" },
      captureMethod: "automatic",
      confirm: null,
      orderId: null,
      description: null,
      metadata: { order: "7" },
      customer: { email: "a@b.c" },
      returnUrl: "https://shop.example/back",
    });
  });

  it("marks the bytes of an earlier request", async () => {
    create.mockResolvedValue({ status: 201, body, replayed: true });
    const answer = await ask(fakeApi().app, { method: "POST", url: "/v1/payments", headers, payload: { amount: 1, currency: "INR" } });
    expect(answer.headers["idempotent-replayed"]).toBe("true");
  });

  it.each([
    ["nothing but an amount", {}, { method: null, confirm: null }],
    ...[
      "12345678901@HDFC0000001.ifsc.npci",
      "4111111111111111@SBIN0001234.ifsc.npci",
      "9876543210@mobile.npci",
      "50100123456789@okbank",
    ].map((vpa): [string, object, object] => [`the VPA ${vpa} (R22)`, { method: "upi", upi: { vpa } }, { method: { type: "upi", vpa } }]),
    ...["4111\u00a01111\u00a01111\u00a01111", "\t4111 1111 1111 1111\n", "４１１１１１１１１１１１１１１１"].map(
      (number): [string, object, object] => [
        `the card number ${JSON.stringify(number)} (R23)`,
        { method: "card", card: { number, expiry_month: "１２", expiry_year: " 2030", cvv: "１２３" } },
        { method: { type: "card", token: "tok_visa", network: "visa", last4: "1111" } },
      ],
    ),
    ["UPI", { method: "upi", upi: { vpa: "a.b_c-1@okbank" } }, { method: { type: "upi", vpa: "a.b_c-1@okbank" } }],
    [
      "a token",
      { method: "card", card: { token: "tok_visa" } },
      { method: { type: "card", connector: "sandbox", token: "tok_visa", network: "visa", last4: "1111" } },
    ],
    ["manual capture, kept", { confirm: false, capture_method: "manual" }, { confirm: false, captureMethod: "manual" }],
    ["an order", { order_id: "order-1", description: "Shoes" }, { orderId: "order-1", description: "Shoes" }],
  ])("with %s", async (_name, more, expected) => {
    create.mockResolvedValue({ status: 201, body, replayed: false });
    await ask(fakeApi().app, { method: "POST", url: "/v1/payments", headers, payload: { amount: 1, currency: "INR", ...more } });
    expect(create.mock.calls[0]![2]).toMatchObject(expected);
    expect(create.mock.calls[0]![1].idempotency).toBeNull();
  });

  describe("beside a gateway that makes its tokens in the browser", () => {
    const stripe: Tokenizer = { describe: async (token) => (token.startsWith("pm_") ? { network: null, last4: null } : null) };
    const send = (tokenizers: ApiDeps["tokenizers"], fields: object) => {
      create.mockResolvedValue({ status: 201, body, replayed: false });
      const { app } = fakeApi({ deps: { tokenizers } });
      return ask(app, {
        method: "POST",
        url: "/v1/payments",
        headers,
        payload: { amount: 1, currency: "INR", method: "card", card: fields },
      });
    };
    const sandbox = fakeApi().deps.tokenizers.get("sandbox")!;

    it("takes a token of it, whose card only the gateway knows", async () => {
      const both = new Map([
        ["sandbox", sandbox],
        ["stripe", stripe],
      ]);
      await send(both, { token: "pm_1abc" });
      expect(create.mock.calls[0]![2].method).toEqual({ type: "card", connector: "stripe", token: "pm_1abc", network: null, last4: null });
    });

    it("gives a card number to the one that takes it, wherever that stands in the list", async () => {
      const both = new Map([
        ["stripe", stripe],
        ["sandbox", sandbox],
      ]);
      expect((await send(both, card)).statusCode).toBe(201);
      expect(create.mock.calls[0]![2].method).toMatchObject({ connector: "sandbox" });
    });

    it("refuses a card number if no gateway takes one", async () => {
      const answer = await send(new Map([["stripe", stripe]]), card);
      expect(answer.json().error).toMatchObject({
        code: "invalid_card",
        param: "card.number",
        message: expect.stringMatching(/Send card\.token/),
      });
      expect(create).not.toHaveBeenCalled();
    });
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

describe("a confirm whose input is wrong", () => {
  const expired = { method: "POST", url: `/v1/payments/${payment().id}/confirm`, headers: { ...headers, "idempotency-key": "k" } } as const;
  const payload = { method: "card", card: { ...card, expiry_year: 25 } };

  it("is answered as before if its key has an answer: it was valid then", async () => {
    vi.mocked(answeredBefore).mockResolvedValue({ status: 200, body, replayed: true });
    const answer = await ask(fakeApi().app, { ...expired, payload });
    expect([answer.statusCode, answer.body, answer.headers["idempotent-replayed"]]).toEqual([200, body, "true"]);
    expect(confirmPayment).not.toHaveBeenCalled();
  });

  it("is refused if it has none", async () => {
    expect((await ask(fakeApi().app, { ...expired, payload })).json().error.code).toBe("expired_card");
    expect(confirmPayment).not.toHaveBeenCalled();
  });
});

describe("looking at payments", () => {
  const openCase = { id: "case_1", kind: "unknown_outcome", subject: "att_1", status: "open", openedAt: Date.UTC(2026, 2, 4, 12) } as const;

  it("shows one with its attempts and open cases (U5)", async () => {
    const read = vi.fn<Reads["payment"]>(async () => ({ payment: payment(), attempts: [attempt()], refunds: [], cases: [openCase] }));
    const answer = await ask(fakeApi({ reads: { payment: read } }).app, { url: `/v1/payments/${payment().id}`, headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: payment().id,
      status: "pending",
      card: { network: "visa", last4: "1111" },
      attempts: [{ operation: "charge", status: "calling" }],
      open_cases: [{ id: "case_1", kind: "unknown_outcome", opened_at: "2026-03-04T12:00:00.000Z" }],
    });
    expect(read).toHaveBeenCalledWith(scope, payment().id);
  });

  it("answers HEAD without a body", async () => {
    const reads = { payment: async () => ({ payment: payment(), attempts: [], refunds: [], cases: [] }) };
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
    expect(answer.json()).toMatchObject({ object: "list", data: [{ id: payment().id }], has_more: true });
    // An empty list of attempts would say that none was made.
    expect(answer.json().data[0]).not.toHaveProperty("attempts");
    expect(read.mock.calls[0]).toEqual([scope, page]);
  });
});
