import { afterEach, describe, expect, it, vi } from "vitest";
import { createPayment } from "../flows/payments/create.ts";
import { fakeApi, headers, payment, TEST_CARD } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
const create = vi.mocked(createPayment);

afterEach(() => {
  create.mockReset();
});

const card = { number: "4111 1111-1111 1111", expiry_month: "03", expiry_year: 30, cvv: "123", holder_name: "A Shopper" };

describe("creating a payment", () => {
  it("hands the flow a token and answers with the flow's bytes", async () => {
    const { app, tokenized } = fakeApi();
    create.mockResolvedValue({ status: 201, body: '{"id": "pay_x"}', replayed: false });
    const answer = await app.inject({
      method: "POST",
      url: "/v1/payments",
      headers: { ...headers, "idempotency-key": "k 1" },
      payload: { amount: 50_000, currency: "INR", method: "card", card, metadata: { order: "7" }, customer: { email: "a@b.c" } },
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.body).toBe('{"id": "pay_x"}');
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(answer.headers["request-id"]).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(tokenized).toEqual([{ number: TEST_CARD, expiryMonth: 3, expiryYear: 2030, cvv: "123", holderName: "A Shopper" }]);
    const [, caller, input] = create.mock.calls[0]!;
    expect(caller).toMatchObject({
      scope: { merchantId: "mer_1", mode: "test" },
      audience: "merchant",
      requestId: answer.headers["request-id"],
      idempotency: { key: "k 1" },
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
      returnUrl: null,
      traceparent: null,
    });
  });
});

describe("getting a payment", () => {
  it("shows it with its attempts", async () => {
    const { app } = fakeApi({ reads: { payment: async () => ({ payment: payment(), attempts: [] }) } });
    const answer = await app.inject({ url: `/v1/payments/${payment().id}`, headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: payment().id,
      object: "payment",
      status: "pending",
      card: { network: "visa", last4: "1111" },
      attempts: [],
    });
  });
});
