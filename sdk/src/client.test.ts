import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ConnectionError, ResponseError, TimeoutError } from "./errors.ts";
import { Tillway, type RequestOptions, type ResponseInfo } from "./index.ts";
import { API_VERSION } from "./generated/version.ts";
import { client, dropped, json, refusal, scripted } from "./server.testing.ts";

const payment = { id: "pay_1", object: "payment", status: "succeeded" };
const body = { amount: 50_000, currency: "INR" };
const done = json(201, payment);
const wrong = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => Promise.reject(new Error("it worked")),
    (error) => error,
  );

describe("a call", () => {
  it("sends keys, body and an idempotency key of its own, and returns the answer", async () => {
    const { url, seen } = await scripted(done);
    const infos: ResponseInfo[] = [];
    expect(await client(url).payments.create(body, { onResponse: (info) => infos.push(info) })).toEqual(payment);
    const [{ method, url: path, headers, body: sent }] = seen as [(typeof seen)[0]];
    expect([method, path, JSON.parse(sent)]).toEqual(["POST", "/v1/payments", body]);
    expect(headers).toMatchObject({ "x-api-key": "pk_test_key", "x-api-secret": "sk_test_secret", "content-type": "application/json" });
    expect(headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["user-agent"]).toMatch(/^tillway-node\/\d/);
    expect(headers["tillway-version"]).toBe(API_VERSION);
    expect(infos).toMatchObject([
      { status: 201, requestId: "req_1", idempotencyKey: headers["idempotency-key"], tries: 1, replayed: false },
    ]);
  });

  it("sends the version that was asked for, and the key of the caller", async () => {
    const { url, seen } = await scripted(done);
    await client(url, { version: "2026-01-31" }).payments.confirm("pay_1", {}, { idempotencyKey: "order 1" });
    expect(seen[0]?.headers).toMatchObject({ "tillway-version": "2026-01-31", "idempotency-key": "order 1" });
    expect(seen[0]?.url).toBe("/v1/payments/pay_1/confirm");
  });

  it("writes ids and queries so that they stay one part of the address", async () => {
    const { url, seen } = await scripted(json(200, { object: "list", data: [], has_more: false }));
    const tillway = client(`${url}/v1/`);
    await tillway.payments.list({ order_id: "a&b=c", limit: 3, status: undefined });
    await tillway.payments.get("pay_1/../../x?y");
    expect(seen.map((one) => one.url)).toEqual(["/v1/payments?order_id=a%26b%3Dc&limit=3", "/v1/payments/pay_1%2F..%2F..%2Fx%3Fy"]);
  });

  it.each(["", ".", "..", undefined, null, 7])("refuses %j as an id, which would ask for something else", async (id) => {
    const { url, seen } = await scripted(done);
    expect(await wrong(client(url).payments.get(id as string))).toBeInstanceOf(TypeError);
    expect(seen).toEqual([]);
  });

  it("refuses an idempotency key where the route takes none", async () => {
    expect(await wrong(client("http://localhost:1").payments.get("pay_1", { idempotencyKey: "x" }))).toBeInstanceOf(TypeError);
  });

  it("does not follow a redirect with its secrets", async () => {
    const other = await scripted(done);
    const { url } = await scripted((response) => void response.writeHead(307, { location: other.url }).end());
    expect(await wrong(client(url).payments.create(body))).toMatchObject({ code: "unexpected_answer", status: 307 });
    expect(other.seen).toEqual([]);
  });
});

describe("a repetition", () => {
  const keysOf = (seen: { headers: Record<string, unknown>; body: string }[]) =>
    new Set(seen.map((one) => `${String(one.headers["idempotency-key"])} ${one.body}`));

  it("of a lost answer has the same key and bytes", async () => {
    const { url, seen } = await scripted(dropped, dropped, done);
    const infos: ResponseInfo[] = [];
    expect(await client(url).payments.create(body, { onResponse: (info) => infos.push(info) })).toEqual(payment);
    expect([seen.length, keysOf(seen).size, infos[0]?.tries]).toEqual([3, 1, 3]);
  });

  it.each([
    ["429", refusal(429, "rate_limit_error", "rate_limited")],
    ["503", refusal(503, "api_error", "overloaded")],
    ["500", refusal(500, "api_error", "internal_error")],
    ["a proxy's 502", (response) => void response.writeHead(502).end("<html>")],
    ["the first request that is still being written", refusal(409, "conflict_error", "idempotency_in_progress")],
    ["a success without JSON", (response) => void response.writeHead(200).end("<html>")],
  ] as [string, Parameters<typeof scripted>[0]][])("follows on %s", async (_name, step) => {
    const { url, seen } = await scripted(step, done);
    expect(await client(url).payments.create(body)).toEqual(payment);
    expect([seen.length, keysOf(seen).size]).toEqual([2, 1]);
  });

  it.each([
    [400, "invalid_request_error", "InvalidRequestError"],
    [401, "authentication_error", "AuthenticationError"],
    [403, "permission_error", "PermissionError"],
    [404, "not_found_error", "NotFoundError"],
    [402, "card_error", "CardError"],
    [409, "conflict_error", "ConflictError"],
    [422, "idempotency_error", "IdempotencyError"],
    [418, "new_error", "InvalidRequestError"],
  ])("does not follow on %s, which is a %s", async (status, type, name) => {
    const { url, seen } = await scripted(refusal(status, type, "a_code"));
    const error = await wrong(client(url).payments.create(body));
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ name, type, code: "a_code", status, requestId: "req_1", docUrl: `${url}/docs/errors#a_code` });
    expect([seen.length, (error as ResponseError).idempotencyKey]).toEqual([1, seen[0]?.headers["idempotency-key"]]);
  });

  it("ends after maxRetries, with an error that has the key for the next try", async () => {
    const { url, seen } = await scripted(dropped);
    const error = await wrong(client(url, { maxRetries: 1 }).payments.create(body));
    expect(error).toBeInstanceOf(ConnectionError);
    expect([seen.length, (error as ConnectionError).idempotencyKey]).toEqual([2, seen[0]?.headers["idempotency-key"]]);
    expect(error.message).toContain("Whether it was done is not known");
  });

  it("waits as long as Retry-After asks, and leaves a longer wait to the caller", async () => {
    const { url, seen } = await scripted(refusal(429, "rate_limit_error", "rate_limited", { "retry-after": "1" }), done);
    const began = performance.now();
    await client(url).payments.create(body);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(seen).toHaveLength(2);
    const busy = await scripted(refusal(503, "api_error", "overloaded", { "retry-after": "61" }));
    expect(await wrong(client(busy.url).payments.create(body))).toMatchObject({ name: "ApiError", retryAfterMs: 61_000 });
    expect(busy.seen).toHaveLength(1);
  });
});

describe("a limit of time", () => {
  it("ends each try, and the error says that the outcome is not known", async () => {
    const { url, seen } = await scripted(() => undefined);
    const error = await wrong(client(url, { timeoutMs: 50, maxRetries: 1 }).payments.create(body));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(seen).toHaveLength(2);
  });

  it("holds for a body that never ends as well", async () => {
    const { url } = await scripted((response) => void response.writeHead(200).write("{"));
    expect(await wrong(client(url, { timeoutMs: 50, maxRetries: 0 }).payments.get("pay_1"))).toBeInstanceOf(TimeoutError);
  });

  it("by AbortSignal rejects with its reason, during the call and during the wait for the next try", async () => {
    const reason = new Error("the shopper left");
    const calling = new AbortController();
    const hangs = await scripted(() => calling.abort(reason));
    expect(await wrong(client(hangs.url).payments.create(body, { signal: calling.signal }))).toBe(reason);
    const waiting = new AbortController();
    const busy = await scripted(refusal(503, "api_error", "overloaded", { "retry-after": "60" }));
    const call = wrong(client(busy.url).payments.create(body, { signal: waiting.signal }));
    while (busy.seen.length === 0) await new Promise(setImmediate);
    setTimeout(() => waiting.abort(reason), 20);
    expect(await call).toBe(reason);
    expect(await wrong(client(busy.url).payments.create(body, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(busy.seen).toHaveLength(1);
  });
});

describe("a list", () => {
  const rows = Array.from({ length: 5 }, (_, n) => ({ id: `pay_${n}` }));
  const server = () =>
    scripted((response, { url }) => {
      const query = new URL(url, "http://x").searchParams;
      const [after, before] = [query.get("starting_after"), query.get("ending_before")].map((id) => rows.findIndex((row) => row.id === id));
      const start = before !== -1 ? Math.max(0, before! - 2) : after! + 1;
      const data = rows.slice(start, before !== -1 ? before : start + 2);
      const has_more = before !== -1 ? start > 0 : start + 2 < rows.length;
      json(200, { object: "list", data, has_more })(response, undefined as never);
    });
  const idsOf = async (list: AsyncIterable<{ id: string }>): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of list) ids.push(id);
    return ids;
  };

  it("is its first page when it is awaited, and all rows of all pages in a loop", async () => {
    const { url, seen } = await server();
    const list = client(url).payments.list({ limit: 2 });
    expect(seen).toEqual([]);
    expect((await list).data).toEqual(rows.slice(0, 2));
    expect(await idsOf(list)).toEqual(rows.map((row) => row.id));
    expect(seen.map((one) => one.url)).toEqual([
      "/v1/payments?limit=2",
      "/v1/payments?limit=2&starting_after=pay_1",
      "/v1/payments?limit=2&starting_after=pay_3",
    ]);
  });

  it("leads back from ending_before, the oldest row first", async () => {
    const { url } = await server();
    expect(await idsOf(client(url).payments.list({ ending_before: "pay_4" }))).toEqual(["pay_3", "pay_2", "pay_1", "pay_0"]);
  });

  it("that gives the same page forever is not read forever", async () => {
    const { url } = await scripted(json(200, { object: "list", data: [{ id: "pay_0" }], has_more: true }));
    expect(await wrong(idsOf(client(url).payments.list()))).toMatchObject({ code: "pages_do_not_advance" });
  });

  it("rejects as a call does", async () => {
    const { url } = await scripted(refusal(401, "authentication_error", "authentication_error"));
    expect(await wrong(client(url).payments.list())).toMatchObject({ name: "AuthenticationError" });
    expect(
      await client(url)
        .payments.list()
        .catch(() => "caught"),
    ).toBe("caught");
  });
});

describe("a client", () => {
  const good = { key: "pk_test_1", secret: "sk_test_1" };

  it.each([
    [{ ...good, key: "" }, "key is missing"],
    [{ key: good.secret, secret: good.key }, "begins like the other one"],
    [{ ...good, secret: "sk_test_1\n" }, "secret has a space"],
    [{ ...good, key: "pk_live_1" }, "baseUrl is missing"],
    [{ ...good, baseUrl: "tillway.example.com" }, "baseUrl must be"],
    [{ ...good, timeoutMs: 0 }, "timeoutMs must be"],
    [{ ...good, maxRetries: 1.5 }, "maxRetries must be"],
    [{ ...good, version: "v1" }, "version must be"],
  ])("is not made of %j", (options, message) => {
    expect(() => new Tillway(options)).toThrow(message);
  });

  it("refuses options of a call that could not work", async () => {
    const call = (options: RequestOptions) => wrong(new Tillway(good).payments.create(body, options));
    expect(await call({ timeoutMs: Number.NaN })).toBeInstanceOf(TypeError);
    expect(await call({ idempotencyKey: "ключ" })).toBeInstanceOf(TypeError);
  });

  it("shows its secret neither when it is printed nor in its errors", async () => {
    const { url } = await scripted(dropped);
    const tillway = client(url, { maxRetries: 0 });
    const error = await wrong(tillway.payments.create(body));
    expect(error.message).toContain(`POST ${url}/v1/payments`);
    for (const text of [inspect(tillway, { depth: 9 }), JSON.stringify(tillway), inspect(error, { depth: 9 })])
      expect(text).not.toContain("sk_test_secret");
  });
});
