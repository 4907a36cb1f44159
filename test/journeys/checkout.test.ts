/** A shopper's browser and the checkout's listener, over real PostgreSQL, worker and sandbox. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseServers } from "../support/databases.ts";
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

const browser = (secret: string): Shopper => new Shopper(stage.checkoutUrl, shop.created.key, secret);

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
