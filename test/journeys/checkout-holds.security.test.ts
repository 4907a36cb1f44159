/** A merchant who captures by hand sends the goods on the hold: whoever has the order's client secret must not take it back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage } from "./support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
});
afterAll(() => stage.close());

test("a shopper releases no hold of the shop's, and the shop captures it", async () => {
  const { client, created } = await stage.merchant();
  const order = (await client.post("/v1/orders", { amount: 5_000, currency: "INR" })).json;
  const card = { number: "4242424242424242", expiry_month: 12, expiry_year: 2035, cvv: "123" };
  const wanted = { amount: 5_000, currency: "INR", order_id: order.id, capture_method: "manual", method: "card", card };
  const { id } = (await client.post("/v1/payments", wanted)).json;
  const statusOf = async () => (await client.get(`/v1/payments/${id}`)).json.status as string;
  await waitFor("the hold", async () => (await statusOf()) === "authorized");
  const shopper = new Shopper(stage.checkoutUrl, created.key, order.client_secret);
  const refused = await shopper.post(`/payments/${id}/cancel`);
  expect([refused.status, refused.json.error.code]).toEqual([409, "invalid_state"]);
  // Calling the whole checkout off leaves it as well.
  expect((await shopper.post("/cancel")).status).toBe(200);
  expect(await statusOf()).toBe("authorized");
  await client.post(`/v1/payments/${id}/capture`, {});
  await waitFor("the capture", async () => (await statusOf()) === "succeeded");
});
