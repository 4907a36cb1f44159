/** An order that is opened by its id alone: what a shopper's page gets by it, and what an attacker gets who knows the id. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseServers } from "../support/databases.ts";
import type { Answer, Json } from "./support/merchant.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  shop = await stage.merchant();
  await list(shop, ["https://shop.example"]);
});
afterAll(() => stage.close());

async function list({ client }: StageMerchant, origins: readonly string[]): Promise<void> {
  expect((await client.put("/v1/checkout/settings", { name: "Tea & Time", origins })).status).toBe(200);
}

async function order(of = shop): Promise<Json> {
  return (await of.client.post("/v1/orders", { amount: 50_000, currency: "INR" })).json;
}

/** As the browser sends it for our own page. */
const OWN_PAGE = { "sec-fetch-site": "same-origin" };

async function ask(orderId: string, { key = shop.created.key, headers = OWN_PAGE as Record<string, string> } = {}): Promise<Answer> {
  const answer = await fetch(`${stage.checkoutUrl}/v1/checkout/openings`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": key, ...headers },
    body: JSON.stringify({ order_id: orderId }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) };
}

async function open(orderId: string): Promise<Shopper> {
  const { status, json } = await ask(orderId);
  expect([status, json]).toEqual([
    201,
    { object: "checkout_opening", client_secret: expect.stringMatching(new RegExp(`^${orderId}_open_secret_[\\w-]{32}$`)) },
  ]);
  return browser(json.client_secret);
}

const browser = (secret: string): Shopper => new Shopper(stage.checkoutUrl, shop.created.key, secret);
const codeOf = ({ status, json }: Answer) => [status, json.error?.code];
const upi = (vpa: string) => ({ method: "upi", upi: { vpa } });

describe("whoever has the id of an order and is in a page of a listed origin", () => {
  test("sees amount, currency, the shop's name and the status, and of the order nothing else", async () => {
    const { id } = await order();
    const view = await (await open(id)).view();
    expect([view.order, view.merchant.name, view.status]).toEqual([
      { id, amount: 50_000, currency: "INR", status: "created" },
      "Tea & Time",
      "open",
    ]);
    const { payment, return_url, cancel_url, expires_at, locale } = view;
    expect([payment, return_url, cancel_url, expires_at, locale]).toEqual([null, null, null, null, null]);
  });

  test("pays it, and follows the payment by a secret of its own to the end", async () => {
    const { id } = await order();
    const page = await open(id);
    const paid = await page.payByCard("4242424242424242");
    expect([paid.status, paid.json]).toMatchObject([201, { client_secret: expect.stringMatching(new RegExp(`^${paid.json.id}_secret_`)) }]);
    const payment = browser(paid.json.client_secret);
    expect(await payment.until(paid.json.id, "succeeded", "failed")).toMatchObject({ status: "succeeded", card: { last4: "4242" } });
    expect((await (await payment.stream(paid.json.id)).all()).at(-1)).toMatchObject({ status: "succeeded" });
    expect(await page.view()).toMatchObject({ status: "complete", order: { status: "paid" }, payment: null });
    expect((await shop.client.get(`/v1/orders/${id}`)).json.status).toBe("paid");
  });

  test("calls off the payment that it began, pays by card fields, and is shown the same payment for a repeat of its request", async () => {
    const { id } = await order();
    const page = await open(id);
    const card = { method: "card", card: { token: await page.token("4000002500003155") } };
    const first = await page.post("/payments", card, "mine");
    const again = await page.post("/payments", card, "mine");
    expect([again.json.id, again.json.client_secret]).toEqual([first.json.id, first.json.client_secret]);
    const challenged = browser(first.json.client_secret);
    await challenged.until(first.json.id, "requires_action");
    expect((await challenged.post(`/payments/${first.json.id}/cancel`)).status).toBe(200);
    await challenged.until(first.json.id, "canceled");
    const other = await open((await order()).id);
    const created = await other.post("/payments", {});
    const fields = browser(created.json.client_secret);
    expect((await fields.get(`/payments/${created.json.id}/card-fields`)).json).toMatchObject({ adapter: "sandbox" });
    const body = { method: "card", card: { token: await other.token("4242424242424242") } };
    expect((await fields.post(`/payments/${created.json.id}/confirm`, body)).json).toMatchObject({ status: "succeeded" });
  });
});

describe("an attacker who knows the id", () => {
  test("sees no payment of anybody else, and not even its id", async () => {
    const { id, client_secret: secret } = await order();
    const shopper = browser(secret);
    const paid = await shopper.payByCard("4000002500003155");
    await shopper.until(paid.json.id, "requires_action");
    const attacker = await open(id);
    expect(await attacker.view()).toMatchObject({ status: "open", payment: null });
    const busy = await attacker.post("/payments", upi("success@sandbox"));
    expect(codeOf(busy)).toEqual([409, "order_busy"]);
    const reads = [attacker.get(`/payments/${paid.json.id}`), attacker.get(`/payments/${paid.json.id}/stream`)];
    const acts = [
      attacker.get(`/payments/${paid.json.id}/card-fields`),
      attacker.post(`/payments/${paid.json.id}/cancel`),
      attacker.post(`/payments/${paid.json.id}/confirm`, upi("success@sandbox")),
      attacker.post(`/payments/${paid.json.id}/returned`, { proof: {} }),
      attacker.post("/cancel"),
    ];
    for (const answer of await Promise.all([...reads, ...acts])) {
      expect(codeOf(answer)).toEqual([403, "permission_denied"]);
      expect(answer.text).not.toContain(paid.json.id);
    }
    expect(busy.text).not.toContain("pay_");
    expect((await shopper.get(`/payments/${paid.json.id}`)).json.status).toBe("requires_action");
  });

  test("is not told of it either by the confirm of a payment that it had made before", async () => {
    const { id, client_secret: secret } = await order();
    const made = (await (await open(id)).post("/payments", {})).json;
    const shopper = browser(secret);
    const paid = await shopper.payByCard("4000002500003155");
    await shopper.until(paid.json.id, "requires_action");
    const busy = await browser(made.client_secret).post(`/payments/${made.id}/confirm`, upi("success@sandbox"));
    expect(codeOf(busy)).toEqual([409, "order_busy"]);
    expect(busy.text).not.toContain(paid.json.id);
  });

  test("opens by the secret of one payment that payment alone", async () => {
    const { id } = await order();
    const page = await open(id);
    const [mine, yours] = [await page.post("/payments", upi("failure@sandbox")), browser((await order()).client_secret)];
    const other = await yours.post("/payments", upi("failure@sandbox"));
    const payment = browser(mine.json.client_secret);
    await payment.until(mine.json.id, "failed");
    const next = await page.post("/payments", upi("failure@sandbox"));
    for (const asked of [other.json.id, next.json.id]) expect(codeOf(await payment.get(`/payments/${asked}`))).toEqual([404, "not_found"]);
    expect(codeOf(await payment.get(""))).toEqual([403, "permission_denied"]);
    expect(codeOf(await payment.post("/payments", upi("success@sandbox")))).toEqual([403, "permission_denied"]);
    expect(codeOf(await payment.post("/cancel"))).toEqual([403, "permission_denied"]);
  });

  test.each([
    ["another site's page", { "sec-fetch-site": "cross-site" }],
    ["a page of the same site", { "sec-fetch-site": "same-site" }],
    ["an address that was typed", { "sec-fetch-site": "none" }],
    ["a program that says nothing", {}],
  ])("asks in vain from %s", async (_where, headers) => {
    expect(codeOf(await ask((await order()).id, { headers }))).toEqual([403, "permission_denied"]);
  });

  test("gets no answer that another origin's page may read: no route of the checkout speaks of CORS", async () => {
    const { id } = await order();
    for (const headers of [OWN_PAGE, { ...OWN_PAGE, origin: "https://evil.example" }]) {
      const { headers: answered } = await ask(id, { headers });
      expect([...answered.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    const preflight = await fetch(`${stage.checkoutUrl}/v1/checkout/openings`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST", "access-control-request-headers": "x-api-key" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
  });

  test("opens nothing of a merchant who lists no origin, and nothing any more when the last one is taken out", async () => {
    const quiet = await stage.merchant();
    const { id } = await order(quiet);
    expect(codeOf(await ask(id, { key: quiet.created.key }))).toEqual([403, "permission_denied"]);
    await list(quiet, ["https://quiet.example"]);
    const page = new Shopper(stage.checkoutUrl, quiet.created.key, (await ask(id, { key: quiet.created.key })).json.client_secret);
    expect((await page.get("")).status).toBe(200);
    await list(quiet, []);
    for (const answer of [await page.get(""), await page.post("/payments", upi("success@sandbox"))])
      expect(codeOf(answer)).toEqual([403, "permission_denied"]);
  });

  test("makes an opening of nothing: another merchant's key, a secret key, a forged one, the order's id in its place", async () => {
    const { id, client_secret: secret } = await order();
    const stranger = await stage.merchant();
    await list(stranger, ["https://stranger.example"]);
    for (const key of [stranger.created.key, shop.created.secret, "pk_test_wrong"])
      expect(codeOf(await ask(id, { key }))).toEqual([401, "authentication_error"]);
    const { client_secret: opening } = (await ask(id)).json;
    const mac = (text: string): string => text.split("_secret_")[1]!;
    const forged = [
      `${id}_open_secret_${"A".repeat(32)}`,
      // Neither is the other's: the secret of an order opens more than its opening.
      `${id}_open_secret_${mac(secret)}`,
      `${id}_secret_${mac(opening)}`,
      id,
    ];
    for (const text of forged)
      expect([text.length, ...codeOf(await browser(text).get(""))]).toEqual([text.length, 401, "authentication_error"]);
    expect(codeOf(await new Shopper(stage.checkoutUrl, stranger.created.key, opening).get(""))).toEqual([401, "authentication_error"]);
  });

  test("is stopped after ten tries at ids that there are not, and nobody else is: a right one still opens", async () => {
    const { id } = await order();
    const guesses = Array.from({ length: 12 }, (_, n) => `${id.slice(0, -2)}${n < 10 ? 0 : 1}${n % 10}`).filter((guess) => guess !== id);
    const statuses = [];
    for (const guess of guesses) statuses.push((await ask(guess)).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect((await ask(id)).status).toBe(201);
  });

  test("does not get around that by confirming what only waits for a card; and what waits is bounded too", async () => {
    const { id } = await order();
    const attacker = await open(id);
    const seen = [];
    for (let n = 0; n < 11; n++) {
      const made = await attacker.post("/payments", {});
      const payment = browser(made.json.client_secret);
      const tried = await payment.post(`/payments/${made.json.id}/confirm`, upi("failure@sandbox"));
      seen.push(tried.json.error.code);
    }
    expect(seen).toEqual([...Array.from({ length: 10 }, () => "payment_failed"), "rate_limited"]);
    const waiting = [];
    for (let n = 0; n < 50; n++) waiting.push((await attacker.post("/payments", {})).status);
    expect(waiting).toEqual([...Array.from({ length: 49 }, () => 201), 429]);
  });

  test("tries cards ten times at one order, and then waits; the shopper who has the secret does not", async () => {
    const { id, client_secret: secret } = await order();
    const attacker = await open(id);
    const seen = [];
    for (let n = 0; n < 11; n++) {
      const tried = await attacker.post("/payments", upi("failure@sandbox"));
      seen.push(tried.status);
      if (tried.status === 201) await browser(tried.json.client_secret).until(tried.json.id, "failed");
      else expect([tried.json.error.code, tried.headers.get("retry-after")]).toEqual(["rate_limited", expect.stringMatching(/^\d+$/)]);
    }
    expect(seen).toEqual([...Array.from({ length: 10 }, () => 201), 429]);
    const shopper = browser(secret);
    const paid = await shopper.post("/payments", upi("success@sandbox"));
    await shopper.until(paid.json.id, "succeeded");
  });
});
