import { beforeEach, describe, expect, it, vi } from "vitest";
import { errorTable, TillwayError, type ErrorCode } from "../core/errors.ts";
import { StoreUnavailable } from "../core/ports/store.ts";
import { receiveGatewayEvent } from "../flows/gateway-events/receive.ts";
import { cancelPayment, capturePayment, confirmPayment } from "../flows/payments/operations.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi, headers, merchant, payment } from "./fakes.testing.ts";
import { GATEWAY_BODY_MAX_BYTES } from "./routes/gateway-webhooks.ts";

vi.mock(import("../flows/payments/operations.ts"), async (original) => ({
  ...(await original()),
  confirmPayment: vi.fn(),
  capturePayment: vi.fn(),
  cancelPayment: vi.fn(),
}));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));
vi.mock("../flows/gateway-events/receive.ts", () => ({ receiveGatewayEvent: vi.fn() }));

beforeEach(() => {
  vi.resetAllMocks();
});

const id = payment().id;

describe("a query that is wrong", () => {
  it.each<[string, ErrorCode, string]>([
    ["limit=-1", "invalid_field", "limit"],
    ["limit=0", "invalid_field", "limit"],
    ["limit=101", "invalid_field", "limit"],
    ["limit=abc", "invalid_field", "limit"],
    ["limit=1e1", "invalid_field", "limit"],
    ["limit=0x10", "invalid_field", "limit"],
    ["limit=1.0", "invalid_field", "limit"],
    ["limit=%201", "invalid_field", "limit"],
    ["limit=", "invalid_field", "limit"],
    ["limit=1&limit=2", "invalid_field", "limit"],
    ["limit=99999999999999999999", "invalid_field", "limit"],
    ["limits=1", "unknown_field", "limits"],
    ["__proto__=1", "unknown_field", "__proto__"],
    ["constructor=1", "unknown_field", "constructor"],
    ["status=paid", "invalid_field", "status"],
    ["order_id=%00", "invalid_field", "order_id"],
    ["starting_after=x", "invalid_field", "starting_after"],
    ["starting_after=dlv_01KAJ0000000000000000000AB", "invalid_field", "starting_after"],
    [`starting_after=${id}&ending_before=${id}`, "invalid_field", "ending_before"],
  ])("?%s → %s", async (query, code, param) => {
    const { app } = fakeApi();
    const answer = await ask(app, { url: `/v1/payments?${query}`, headers });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toMatchObject({ code, param });
  });

  it("is refused if a route takes none", async () => {
    const { app } = fakeApi();
    const answer = await ask(app, { url: `/v1/payments/${id}?expand=all`, headers });
    expect(answer.json().error).toMatchObject({ code: "unknown_field", param: "expand" });
  });
});

describe("what flows and stores throw", () => {
  const url = `/v1/payments/${id}/capture`;
  const capture = vi.mocked(capturePayment);

  it.each<[ErrorCode, string | undefined]>([
    ["not_found", undefined],
    ["idempotency_mismatch", undefined],
    ["idempotency_key_expired", undefined],
    ["idempotency_in_progress", "1"],
    ["invalid_state", undefined],
    ["capture_failed", undefined],
  ])("%s keeps its code and status", async (code, retryAfter) => {
    capture.mockRejectedValue(new TillwayError(code, { paymentId: id }));
    const answer = await ask(fakeApi().app, { method: "POST", url, headers });
    expect(answer.statusCode).toBe(errorTable[code].status);
    expect(answer.json().error).toMatchObject({ code, payment_id: id });
    expect(answer.headers["retry-after"]).toBe(retryAfter);
  });

  it("rounds Retry-After up to whole seconds", async () => {
    capture.mockRejectedValue(new TillwayError("rate_limited", { retryAfterMs: 2_001 }));
    const answer = await fakeApi().app.inject({ method: "POST", url, headers });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers["retry-after"]).toBe("3");
  });

  it("a store that cannot answer is 503 with Retry-After", async () => {
    capture.mockRejectedValue(new StoreUnavailable("queue full", { retryAfterMs: 1_500 }));
    const { app, log } = fakeApi();
    const answer = await ask(app, { method: "POST", url, headers });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("2");
    expect(answer.json().error.code).toBe("overloaded");
    expect(log.filter((line) => line.level === "warn")).toHaveLength(1);
  });

  it("a store that cannot answer for a key is 503 too, not 401", async () => {
    const settings = { authenticate: () => Promise.reject(new StoreUnavailable("down")) };
    const answer = await ask(fakeApi({ flows: { settings: settings as never } }).app, { url: "/v1/payments", headers });
    expect(answer.statusCode).toBe(503);
  });

  it("an unexpected error is 500, reveals nothing and is logged under the request's id", async () => {
    capture.mockRejectedValue(new Error("relation payments does not exist"));
    const { app, log } = fakeApi();
    const answer = await ask(app, { method: "POST", url, headers });
    expect(answer.statusCode).toBe(500);
    expect(answer.json().error).toMatchObject({ code: "internal_error", request_id: answer.headers["request-id"] });
    expect(answer.body).not.toMatch(/relation|\.ts|stack/);
    const line = log.find((each) => each.level === "error")!;
    expect(line.fields).toMatchObject({ request_id: answer.headers["request-id"], error: { message: "relation payments does not exist" } });
  });

  it.each([
    ["confirm", vi.mocked(confirmPayment), "payment_failed"],
    ["cancel", vi.mocked(cancelPayment), "cancel_failed"],
    ["confirm", vi.mocked(confirmPayment), "order_busy"],
  ] as const)("%s passes %s on", async (verb, flow, code) => {
    flow.mockRejectedValue(new TillwayError(code));
    const answer = await ask(fakeApi().app, { method: "POST", url: `/v1/payments/${id}/${verb}`, headers });
    expect(answer.json().error.code).toBe(code);
  });
});

describe("paths and methods that do not exist", () => {
  it.each(["/v1", "/v1/payment", "/v1/payments/a/b", "/v1/%zz", `/v1/${"a".repeat(2_000)}`])("%s → route_not_found", async (url) => {
    const { app, log } = fakeApi();
    const answer = await ask(app, { url, headers });
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error.code).toBe("route_not_found");
    expect(log.filter((line) => line.fields["request_id"] === answer.headers["request-id"])).toHaveLength(1);
  });

  it.each([
    ["DELETE", "/v1/payments", "GET, HEAD, POST"],
    ["GET", `/v1/payments/${id}/capture`, "POST"],
    ["OPTIONS", "/v1/gateways/a/b/webhooks", "POST"],
    ["PATCH", "/v1/webhook-endpoint", "GET, HEAD, PUT"],
  ] as const)("%s %s → method_not_allowed, with Allow", async (method, url, allow) => {
    const answer = await ask(fakeApi().app, { method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers["allow"]).toBe(allow);
    // curl shows no headers.
    const { message } = answer.json().error;
    expect(message).toMatch(new RegExp(`^${method} is not allowed here; `));
    for (const other of allow.split(", ")) expect(message).toContain(other);
  });

  it.each(["x", "pay_1", "dlv_01KAJ0000000000000000000AB", "pay_01KAJ0000000000000000000A!", "%00"])(
    "an id that cannot be one (%s) → not_found, without asking",
    async (bad) => {
      const answer = await ask(fakeApi().app, { url: `/v1/payments/${bad}`, headers });
      expect(answer.json().error.code).toBe("not_found");
    },
  );
});

describe("a gateway's webhook", () => {
  const receive = vi.mocked(receiveGatewayEvent);
  const url = "/v1/gateways/sandbox/acc_1/webhooks";

  it("with a wrong signature → invalid_signature", async () => {
    receive.mockRejectedValue(new TillwayError("invalid_signature"));
    expect((await ask(fakeApi().app, { method: "POST", url, payload: "{}" })).json().error.code).toBe("invalid_signature");
  });

  it("larger than 256 KiB → body_too_large, and the largest is taken", async () => {
    receive.mockResolvedValue({ duplicate: false });
    const { app } = fakeApi();
    const send = async (bytes: number): Promise<number> =>
      (await ask(app, { method: "POST", url, payload: Buffer.alloc(bytes) })).statusCode;
    expect(await send(GATEWAY_BODY_MAX_BYTES)).toBe(200);
    expect(await send(GATEWAY_BODY_MAX_BYTES + 1)).toBe(413);
    const refused = await ask(app, { method: "POST", url, payload: Buffer.alloc(GATEWAY_BODY_MAX_BYTES + 1) });
    expect(refused.json().error.message).toBe("The body is larger than 256 KiB.");
  });

  it("for an account that cannot exist → not_found, without asking", async () => {
    const answer = await ask(fakeApi().app, { method: "POST", url: "/v1/gateways/sandbox/a%2e%2fb/webhooks", payload: "{}" });
    expect(answer.json().error.code).toBe("not_found");
    expect(receive).not.toHaveBeenCalled();
  });
});

describe("credentials that are missing or in the wrong place are named without revealing anything about a key", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["nothing", {}, /^Send your key: the headers X-Api-Key and X-Api-Secret/],
    ["no secret", { "x-api-key": "pk_test_1" }, /^X-Api-Secret is missing/],
    ["no key", { "x-api-secret": "sk_test_1" }, /^X-Api-Key is missing/],
    ["the two exchanged", { "x-api-key": "sk_test_1", "x-api-secret": "pk_test_1" }, /^X-Api-Key holds a secret/],
    ["a bearer token", { authorization: "Bearer sk_test_1" }, /^Authorization takes HTTP Basic/],
    [
      "the secret as the user name (U16)",
      { authorization: `Basic ${btoa("sk_test_1:")}` },
      /The user name is the key, .* pk_; the secret is the password/,
    ],
    ["the two exchanged by Basic (U16)", { authorization: `Basic ${btoa("sk_test_1:pk_test_1")}` }, /The user name is the key, .* pk_/],
    ["no password (U16)", { authorization: `Basic ${btoa("pk_test_1:")}` }, /^HTTP Basic has no password/],
    ["Basic with something else in it", { authorization: "Basic pk_test_1" }, /^HTTP Basic takes base64 of key:secret/],
    ["a wrong secret", { "x-api-key": "pk_test_1", "x-api-secret": "sk_test_2" }, /^Key or secret is missing, wrong or revoked/],
    ["an unknown key", { "x-api-key": "pk_test_9", "x-api-secret": "sk_test_1" }, /^Key or secret is missing, wrong or revoked/],
    ["a wrong secret by Basic", { authorization: `Basic ${btoa("pk_test_1:sk_test_2")}` }, /^Key or secret is missing, wrong or revoked/],
  ])("%s", async (_what, given, message) => {
    const answer = await ask(fakeApi().app, { url: "/v1/payments", headers: given });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().error.message).toMatch(message);
    expect(answer.body).not.toMatch(/[ps]k_test_\d/);
  });
});

it("a key without the scope and no key at all are different errors", async () => {
  const { app, keys } = fakeApi();
  keys.set("pk_test_2 sk_test_2", { ...merchant, scopes: ["payments.read"] });
  const reader = { "x-api-key": "pk_test_2", "x-api-secret": "sk_test_2" };
  const denied = await ask(app, { method: "POST", url: "/v1/payments", headers: reader, payload: { amount: 1, currency: "INR" } });
  expect(denied.json().error).toMatchObject({ code: "permission_denied", message: expect.stringContaining("payments.write") });
  const unknown = await ask(app, { method: "POST", url: "/v1/payments", payload: { amount: 1, currency: "INR" } });
  expect(unknown.json().error.code).toBe("authentication_error");
  expect(unknown.headers["www-authenticate"]).toContain("Basic");
});
