/** A shopper's browser and the checkout's listener, over real PostgreSQL, worker and sandbox. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json } from "./support/merchant.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

const [server] = databaseServers();
let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(server!.url);
  shop = await stage.merchant();
});
afterAll(() => stage.close());

async function order(amount = 50_000): Promise<Json> {
  const { status, json } = await shop.client.post("/v1/orders", { amount, currency: "INR" });
  expect(status).toBe(201);
  return json;
}

async function session(orderId: string, more: object = {}): Promise<Json> {
  const { status, json } = await shop.client.post("/v1/checkout/sessions", { order_id: orderId, ...more });
  expect([status, json]).toEqual([201, expect.anything()]);
  return json;
}

const browser = (secret: string, reads?: string): Shopper => new Shopper(stage.checkoutUrl, shop.created.key, secret, reads);

test("a shopper sees the order, types a test card and has paid; the shop's order says so", async () => {
  const { id } = await order();
  const made = await session(id, { return_url: "https://shop.example/thanks" });
  expect(made.url).toBe(`${stage.checkoutUrl}/c/${made.id}#${made.client_secret}&key=${shop.created.key}`);
  const page = browser(made.client_secret);
  expect(await page.view()).toMatchObject({
    object: "checkout",
    status: "open",
    mode: "test",
    merchant: { name: "Shop", color: null, logo: null },
    order: { id, amount: 50_000, currency: "INR", status: "created" },
    card: "tokens",
    payment: null,
    return_url: "https://shop.example/thanks",
    expires_at: made.expires_at,
  });
  const paid = await page.payByCard("4242424242424242");
  expect([paid.status, paid.json]).toMatchObject([
    201,
    { object: "checkout_payment", method: "card", card: { network: "visa", last4: "4242" }, error: null },
  ]);
  expect(await page.until(paid.json.id, "succeeded", "failed")).toMatchObject({ status: "succeeded", error: null });
  expect(await page.view()).toMatchObject({ status: "complete", order: { status: "paid" }, payment: { id: paid.json.id } });
  expect((await shop.client.get(`/v1/orders/${id}`)).json).toMatchObject({ status: "paid", amount_paid: 50_000 });
  expect((await shop.client.get(`/v1/checkout/sessions/${made.id}`)).json).toMatchObject({ status: "complete" });
});

test("a shopper pays by UPI, and the stream shows it to its end", async () => {
  const page = browser((await order()).client_secret);
  const paid = await page.post("/payments", { method: "upi", upi: { vpa: "processing@sandbox" } });
  expect([paid.status, paid.json]).toMatchObject([201, { method: "upi", card: null }]);
  const seen = await page.stream(paid.json.id);
  expect(seen.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const events = await seen.all();
  expect(events.length).toBeGreaterThan(1);
  expect(events.every(({ id }) => id === paid.json.id)).toBe(true);
  expect(events.at(-1)).toMatchObject({ status: "succeeded" });
});

test("a declined card says why, and the same order is paid by another method", async () => {
  const { id, client_secret: secret } = await order();
  const page = browser(secret);
  const declined = await page.payByCard("4000000000009995");
  expect(await page.until(declined.json.id, "failed", "succeeded")).toMatchObject({
    status: "failed",
    error: { code: "insufficient_funds", decline_code: "insufficient_funds", message: expect.any(String) },
  });
  expect(await page.view()).toMatchObject({ status: "open", payment: null });
  const paid = await page.post("/payments", { method: "upi", upi: { vpa: "success@sandbox" } });
  await page.until(paid.json.id, "succeeded");
  expect((await shop.client.get(`/v1/orders/${id}`)).json).toMatchObject({ status: "paid", amount_paid: 50_000 });
});

test("a session's customer gets the receipt, in the language of the checkout; the checkout shows nobody who that is", async () => {
  expect((await shop.client.put("/v1/email-settings", { enabled: true, locale: "fr" })).status).toBe(200);
  const email = "asha@shopper.example";
  const kept = async (id: string): Promise<Json> =>
    waitFor("the receipt", async () => (await shop.client.get("/v1/test/emails")).json.data.find((mail: Json) => mail.text.includes(id)));
  const pay = async (customer: object, locale?: string): Promise<Json> => {
    const made = await session((await order()).id, { customer, ...(locale && { locale }) });
    expect(made.customer).toEqual(customer);
    const page = browser(made.client_secret, "de-AT,en;q=0.5");
    const paid = await page.post("/payments", { method: "upi", upi: { vpa: "success@sandbox" } });
    expect(JSON.stringify([await page.view(), paid.json])).not.toContain(email);
    return kept(paid.json.id);
  };
  expect(await pay({ email }, "hi")).toMatchObject({ to: email, html: expect.stringContaining('lang="hi"') });
  expect(await pay({ email })).toMatchObject({ subject: "Ihre Quittung von Shop" });
  expect(await pay({ email, locale: "ja" }, "hi")).toMatchObject({ html: expect.stringContaining('lang="ja"') });
  const wrong = await shop.client.post("/v1/checkout/sessions", { order_id: (await order()).id, customer: { email: "a,b@x.in" } });
  expect(wrong.json.error).toMatchObject({ code: "invalid_field", param: "customer.email" });
});

test("two tabs at once are one charge, and the other tab is told which", async () => {
  const { id, client_secret: secret } = await order();
  const [one, two] = [browser(secret), browser(secret)];
  const token = await one.token("4242424242424242");
  const answers = await Promise.all([one, two, one, two].map((tab) => tab.post("/payments", { method: "card", card: { token } })));
  const [made, ...more] = answers.filter(({ status }) => status === 201);
  expect(more).toEqual([]);
  for (const refused of answers.filter((answer) => answer !== made))
    expect([refused.status, refused.json.error]).toMatchObject([409, { code: "order_busy", payment_id: made!.json.id }]);
  await one.until(made!.json.id, "succeeded");
  const paid = async () => (await shop.client.get(`/v1/payments?order_id=${id}`)).json.data as object[];
  await waitFor("its payment in the list", async () => (await paid()).length > 0);
  expect(await paid()).toHaveLength(1);
  expect((await two.post("/payments", { method: "card", card: { token } })).json.error).toMatchObject({ code: "order_busy" });
});

test("a repeat under the same key is the same payment, and another shopper's same key is another one", async () => {
  const [mine, yours] = [browser((await order()).client_secret), browser((await order()).client_secret)];
  const body = { method: "upi", upi: { vpa: "success@sandbox" } };
  const [first, again, other] = [
    await mine.post("/payments", body, "1"),
    await mine.post("/payments", body, "1"),
    await yours.post("/payments", body, "1"),
  ];
  expect([first.status, again.status, other.status]).toEqual([201, 201, 201]);
  expect(again.json.id).toBe(first.json.id);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(other.json.id).not.toBe(first.json.id);
  expect((await mine.post("/payments", { ...body, upi: { vpa: "failure@sandbox" } }, "1")).json.error.code).toBe("idempotency_mismatch");
});

test("an expired session refuses to pay, and repeats what it took before", async () => {
  const { id } = await order();
  const made = await session(id, { expires_in: 60 });
  const page = browser(made.client_secret);
  const body = { method: "upi", upi: { vpa: "failure@sandbox" } };
  const taken = await page.post("/payments", body, "before");
  await page.until(taken.json.id, "failed");
  await connect(stage.databaseUrl, (client) =>
    client.query("update checkout_sessions set expires_at = now() - interval '1 second' where id = $1", [made.id]),
  );
  expect(await page.view()).toMatchObject({ status: "expired" });
  const refused = await page.post("/payments", body);
  expect([refused.status, refused.json.error]).toMatchObject([409, { code: "invalid_state", message: expect.stringContaining("expired") }]);
  expect((await page.post("/payments", body, "before")).json).toMatchObject({ id: taken.json.id, status: "failed" });
  expect((await shop.client.get(`/v1/checkout/sessions/${made.id}`)).json).toMatchObject({ status: "expired" });
});

test("a cancel while a challenge waits ends it: its page says so and can't charge, and the order is free", async () => {
  const { id } = await order();
  const made = await session(id, { cancel_url: "https://shop.example/cart" });
  const page = browser(made.client_secret);
  const paid = await page.payByCard("4000002500003155");
  const waiting = await page.until(paid.json.id, "requires_action");
  expect(waiting.next_action).toMatchObject({ type: "redirect", url: expect.stringMatching(/^http/) });
  expect(await page.view()).toMatchObject({ payment: { id: paid.json.id, status: "requires_action" } });
  const canceled = await page.post(`/payments/${paid.json.id}/cancel`);
  expect([canceled.status, canceled.json.object]).toEqual([200, "checkout_payment"]);
  await page.until(paid.json.id, "canceled");
  const challenge = await (await fetch(waiting.next_action.url)).text();
  expect(challenge).not.toMatch(/<form/);
  const next = await page.payByCard("4242424242424242");
  await page.until(next.json.id, "succeeded");
});

test("a session that is called off takes no payment, and calls off the one that waits for its shopper", async () => {
  const { id } = await order();
  const made = await session(id);
  const page = browser(made.client_secret);
  const paid = await page.payByCard("4000002500003155");
  await page.until(paid.json.id, "requires_action");
  expect((await page.post("/cancel")).json).toMatchObject({ object: "checkout", status: "canceled" });
  await page.until(paid.json.id, "canceled");
  expect((await page.payByCard("4242424242424242")).json.error).toMatchObject({ code: "invalid_state" });
  expect((await page.post("/cancel")).json).toMatchObject({ status: "canceled" });
});

test("a session leaves the methods that it names, and refuses the others", async () => {
  const made = await session((await order()).id, { methods: ["upi"], locale: "hi" });
  const page = browser(made.client_secret);
  const view = await page.view();
  expect(view).toMatchObject({ locale: "hi", card: null });
  expect(view.methods.map(({ type }: Json) => type)).toEqual(["upi"]);
  expect(view.methods[0]).not.toHaveProperty("accounts");
  expect((await page.payByCard("4242424242424242")).json.error).toMatchObject({ code: "unsupported_method", param: "method" });
});

test("without a method a payment waits for the card that fields give, and is confirmed with it", async () => {
  const page = browser((await order()).client_secret);
  const made = await page.post("/payments", {});
  expect([made.status, made.json]).toMatchObject([201, { status: "created", method: null }]);
  expect((await page.get(`/payments/${made.json.id}/card-fields`)).json).toMatchObject({ object: "card_fields", adapter: "sandbox" });
  const paid = await page.post(`/payments/${made.json.id}/confirm`, {
    method: "card",
    card: { token: await page.token("4242424242424242") },
  });
  expect([paid.status, paid.json]).toMatchObject([200, { object: "checkout_payment", status: "succeeded" }]);
});

test("only published test cards become tokens here", async () => {
  const page = browser((await order()).client_secret);
  const card = { number: "4012888888881881", expiry_month: 12, expiry_year: 2035, cvv: "123" };
  expect((await page.post("/tokens", { card })).json.error).toMatchObject({ code: "test_card_required", param: "card.number" });
});

test("a secret opens its own order and nothing else", async () => {
  const [mine, yours] = [await order(), await order()];
  const paid = await browser(yours.client_secret).payByCard("4242424242424242");
  const { id } = paid.json;
  const page = browser(mine.client_secret);
  const asked = [page.get(`/payments/${id}`), page.get(`/payments/${id}/stream`), page.get(`/payments/${id}/card-fields`)];
  const done = [
    page.post(`/payments/${id}/cancel`),
    page.post(`/payments/${id}/confirm`),
    page.post(`/payments/${id}/returned`, { proof: {} }),
  ];
  for (const answer of await Promise.all([...asked, ...done])) expect([answer.status, answer.json.error.code]).toEqual([404, "not_found"]);
});

test("a wrong secret, another merchant's, and the other listener's credentials are 401", async () => {
  const { client_secret: secret } = await order();
  const stranger = await stage.merchant();
  const wrong = [
    new Shopper(stage.checkoutUrl, stranger.created.key, secret),
    browser(`${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`),
    browser(secret.replace(/_secret_.*/, `_secret_${"A".repeat(32)}`)),
    browser(shop.created.secret),
    new Shopper(stage.checkoutUrl, shop.created.secret, secret),
  ];
  for (const page of wrong) {
    const { status, json } = await page.get("");
    expect([status, json.error.code]).toEqual([401, "authentication_error"]);
  }
  const headers = { "x-api-key": shop.created.key, "x-client-secret": secret };
  expect((await fetch(`${stage.url}/v1/orders`, { headers })).status).toBe(401);
  const own = { "x-api-key": shop.created.key, "x-api-secret": shop.created.secret };
  expect((await fetch(`${stage.checkoutUrl}/v1/checkout`, { headers: own })).status).toBe(401);
  for (const path of ["/v1/orders", "/v1/payments", "/v1/openapi.json", "/metrics", "/docs"])
    expect([path, (await fetch(stage.checkoutUrl + path, { headers: own })).status]).toEqual([path, 404]);
});
