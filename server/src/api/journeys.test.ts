/** The driver on the real flows and storage in memory: what only shows when both sides meet. No worker runs, so payments stay pending. */
import { beforeEach, describe, expect, it } from "vitest";
import { IDEMPOTENCY_ANSWER_MS } from "../core/constants.ts";
import { testCardTokenizer } from "../connectors/sandbox/cards.ts";
import { createMerchant } from "../flows/setup/merchant.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { systemRandom } from "../system/random.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi, type Fakes } from "./fakes.testing.ts";
import { sandboxCapabilities } from "../connectors/sandbox/connector.ts";
import { sandboxAccount } from "../connectors/sandbox/index.ts";

let fakes: Fakes;
let storage: ReturnType<typeof memoryStorage>;
let shop: Record<string, string>;
let other: Record<string, string>;

beforeEach(async () => {
  storage = memoryStorage();
  fakes = fakeApi({
    reads: storage.reads,
    flows: {
      store: storage.store,
      settings: storage.settings,
      random: systemRandom(),
      queue: { hint: () => undefined, onHint: () => undefined, close: async () => undefined },
      checkUrl: (url) => (url.startsWith("https://") ? { ok: true } : { ok: false, reason: "scheme" }),
    },
    deps: { tokenizers: new Map([["sandbox", testCardTokenizer]]) },
  });
  [shop, other] = [await merchantHeaders("shop@example.com"), await merchantHeaders("other@example.com")];
});

async function merchantHeaders(email: string): Promise<Record<string, string>> {
  const created = await createMerchant(fakes.deps.flows, { name: email, email }, sandboxAccount);
  return { "x-api-key": created.key, "x-api-secret": created.secret };
}

const body = {
  amount: 50_000,
  currency: "INR",
  method: "card",
  card: { number: "4242424242424242", expiry_month: 12, expiry_year: 2030, cvv: "737" },
  metadata: { b: "2", a: "1" },
};

const post = (url: string, headers: Record<string, string>, payload?: object) => ask(fakes.app, { method: "POST", url, headers, payload });
const create = (headers: Record<string, string>, more: object = {}) => post("/v1/payments", headers, { ...body, ...more });
const get = (url: string, headers: Record<string, string>) => ask(fakes.app, { url, headers });

describe("what no gateway of the merchant can express", () => {
  it("is 422 with the field and the cure, leaves nothing behind, and its key is free", async () => {
    const amounts = { all: { multipleOf: 100 } } as const;
    const exacting = { name: "sandbox", capabilities: { ...sandboxCapabilities, amounts } } as never;
    Object.assign(fakes.deps.flows, { connectors: new Map([["sandbox", exacting]]) });
    const key = { ...shop, "idempotency-key": "order-8" };
    const refused = await create(key, { amount: 50_050 });
    expect([refused.statusCode, refused.json().error]).toEqual([
      422,
      expect.objectContaining({ type: "invalid_request_error", code: "unsupported_amount", param: "amount" }),
    ]);
    expect(refused.json().error.message).toBe("sandbox: INR is taken in steps of 1.00 INR. Send a multiple of 100.");
    expect(storage.tables.payments.size).toBe(0);
    expect((await create(key, { amount: 50_000 })).statusCode).toBe(201);
  });
});

describe("an idempotency key", () => {
  const key = { "idempotency-key": "order-7" };

  it("in 200 equal requests at once makes one payment and 200 equal answers", async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        fakes.app.inject({ method: "POST", url: "/v1/payments", headers: { ...shop, ...key }, payload: body }),
      ),
    );
    expect(new Set(answers.map((answer) => `${answer.statusCode} ${answer.body}`)).size).toBe(1);
    expect(answers[0]!.statusCode).toBe(201);
    expect(storage.tables.payments.size).toBe(1);
    expect(answers.filter((answer) => answer.headers["idempotent-replayed"] === "true")).toHaveLength(199);
  });

  it("with the same fields in another order is the same request", async () => {
    const first = await create({ ...shop, ...key });
    const again = await post(
      "/v1/payments",
      { ...shop, ...key },
      { ...Object.fromEntries(Object.entries(body).reverse()), metadata: { a: "1", b: "2" } },
    );
    expect([again.statusCode, again.body]).toEqual([201, first.body]);
  });

  it.each([
    ["amount", { amount: 50_001 }],
    ["card", { card: { ...body.card, number: "4111111111111111" } }],
    ["CVV", { card: { ...body.card, cvv: "738" } }],
  ])("with another %s is refused", async (_name, more) => {
    await create({ ...shop, ...key });
    const refused = await create({ ...shop, ...key }, more);
    expect(refused.json().error.code).toBe("idempotency_mismatch");
    expect(storage.tables.payments.size).toBe(1);
  });

  it("is not spent by a request that is wrong", async () => {
    expect((await create({ ...shop, ...key }, { amount: 0 })).statusCode).toBe(400);
    expect((await create({ ...shop, ...key })).statusCode).toBe(201);
  });

  it("belongs to its merchant", async () => {
    const [mine, theirs] = [await create({ ...shop, ...key }), await create({ ...other, ...key })];
    expect(theirs.statusCode).toBe(201);
    expect(theirs.json().id).not.toBe(mine.json().id);
  });

  it("of a create stays taken after its answer is gone, and names the payment", async () => {
    const first = await create({ ...shop, ...key });
    fakes.clock.now += IDEMPOTENCY_ANSWER_MS + 1;
    const late = await create({ ...shop, ...key });
    expect(late.json().error).toMatchObject({ code: "idempotency_key_expired", payment_id: first.json().id });
  });

  it("answers a repeat as before, even if its card has expired meanwhile; a new request is refused", async () => {
    const card = { ...body.card, expiry_month: 1, expiry_year: 2026 };
    fakes.clock.now = Date.UTC(2026, 1, 1, 12) - 1;
    const first = await create({ ...shop, ...key }, { card });
    fakes.clock.now += 1;
    const again = await create({ ...shop, ...key }, { card });
    expect([again.statusCode, again.body, again.headers["idempotent-replayed"]]).toEqual([201, first.body, "true"]);
    expect((await create({ ...shop, ...key }, { card: { ...card, cvv: "738" } })).json().error.code).toBe("idempotency_mismatch");
    for (const headers of [shop, { ...shop, "idempotency-key": "order-8" }, { ...other, ...key }])
      expect((await create(headers, { card })).json().error.code).toBe("expired_card");
    expect(storage.tables.payments.size).toBe(1);
  });

  it("covers the path, so the key of a cancel is no key for a confirm", async () => {
    const { id } = (await create(shop, { confirm: false })).json();
    expect((await post(`/v1/payments/${id}/cancel`, { ...shop, ...key })).statusCode).toBe(200);
    expect((await post(`/v1/payments/${id}/confirm`, { ...shop, ...key })).json().error.code).toBe("idempotency_mismatch");
    const again = await post(`/v1/payments/${id}/cancel`, { ...shop, ...key });
    expect([again.statusCode, again.headers["idempotent-replayed"]]).toEqual([200, "true"]);
  });
});

describe("a payment", () => {
  it("is shown as it was answered", async () => {
    const created = (await create(shop)).json();
    expect(created).toMatchObject({ status: "pending", amount: 50_000, card: { network: "visa", last4: "4242" } });
    expect((await get(`/v1/payments/${created.id}`, shop)).json()).toEqual(created);
  });

  it("of another merchant is not found, by any route, as one that does not exist", async () => {
    const { id } = (await create(shop)).json();
    const answers = [
      await get(`/v1/payments/${id}`, other),
      await post(`/v1/payments/${id}/confirm`, other),
      await post(`/v1/payments/${id}/capture`, other),
      await post(`/v1/payments/${id}/cancel`, other),
      await get("/v1/payments/pay_01KAJ0000000000000000000AB", shop),
    ];
    expect(answers.map((answer) => `${answer.statusCode} ${answer.json().error.code}`)).toEqual(answers.map(() => "404 not_found"));
    expect((await get("/v1/payments", other)).json().data).toEqual([]);
  });

  it("that was only created can be canceled, and then neither confirmed nor captured", async () => {
    const { id } = (await create(shop, { confirm: false })).json();
    expect((await post(`/v1/payments/${id}/cancel`, shop)).json().status).toBe("canceled");
    for (const verb of ["confirm", "capture"]) {
      expect((await post(`/v1/payments/${id}/${verb}`, shop)).json().error).toMatchObject({ code: "invalid_state", payment_id: id });
    }
  });

  it("of an order that has a live one is refused", async () => {
    await create(shop, { order_id: "o-1" });
    expect((await create(shop, { order_id: "o-1" })).json().error.code).toBe("order_busy");
  });

  it("leaves neither card number nor CVV in any table or log line", async () => {
    await create(shop);
    await create(shop, { card: { ...body.card, number: "4929123456781236" } });
    const left = JSON.stringify([
      ...Object.values(storage.tables).map((table) => [...(table as Map<string, unknown>).values()]),
      fakes.log,
    ]);
    expect(left).toContain("4242");
    for (const canary of ["4242424242424242", "4929123456781236", '"737"']) expect(left).not.toContain(canary);
  });
});

it("lists are paged both ways without a gap", async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i++) {
    fakes.clock.now += 1;
    made.unshift((await create(shop, { order_id: `o-${i}` })).json().id);
  }
  const page = async (query: string): Promise<{ ids: string[]; more: boolean }> => {
    const { data, has_more: more } = (await get(`/v1/payments?limit=2&${query}`, shop)).json();
    return { ids: data.map((row: { id: string }) => row.id), more };
  };
  expect(await page("")).toEqual({ ids: made.slice(0, 2), more: true });
  expect(await page(`starting_after=${made[1]}`)).toEqual({ ids: made.slice(2, 4), more: true });
  expect(await page(`starting_after=${made[3]}`)).toEqual({ ids: made.slice(4), more: false });
  expect(await page(`ending_before=${made[4]}`)).toEqual({ ids: made.slice(2, 4), more: true });
  expect(await page("order_id=o-3")).toEqual({ ids: [made[1]], more: false });
  expect(await page("status=failed")).toEqual({ ids: [], more: false });
});

it("the webhook endpoint shows its secret again to a repeat of the request under its key (R11)", async () => {
  const put = () =>
    ask(fakes.app, {
      method: "PUT",
      url: "/v1/webhook-endpoint",
      headers: { ...shop, "idempotency-key": "set" },
      payload: { url: "https://shop.example/a" },
    });
  const first = await put();
  expect(first.json().secret).toMatch(/^whsec_/);
  const again = await put();
  expect([again.statusCode, again.body, again.headers["idempotent-replayed"]]).toEqual([201, first.body, "true"]);
});

it("the webhook endpoint keeps its secret for the same URL and shows it once", async () => {
  const put = (url: string) => ask(fakes.app, { method: "PUT", url: "/v1/webhook-endpoint", headers: shop, payload: { url } });
  const first = await put("https://shop.example/a");
  expect([first.statusCode, first.json().secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  const same = await put("https://shop.example/a");
  expect([same.statusCode, same.json().secret, same.json().id]).toEqual([200, undefined, first.json().id]);
  const moved = await put("https://shop.example/b");
  expect(moved.statusCode).toBe(201);
  expect(moved.json().secret).not.toBe(first.json().secret);
  expect((await put("http://10.0.0.1/")).json().error).toMatchObject({ code: "invalid_url", param: "url" });
});
