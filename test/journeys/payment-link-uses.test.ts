/** How many may pay by a payment link, over real PostgreSQL, worker and sandbox. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json } from "./support/merchant.ts";
import { linkDesk, type LinkDesk } from "./support/payment-links.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

const [server] = databaseServers();
let stage: Stage;
let shop: StageMerchant;
let desk: LinkDesk;

beforeAll(async () => {
  stage = await openStage(server!.url);
  shop = await stage.merchant();
  desk = linkDesk(stage, shop);
});
afterAll(() => stage.close());

describe("of a link that one may pay", () => {
  test("ten shoppers at once are one charge; each other is told so, and no use is left over", async () => {
    const made = await desk.link({ uses: 1 });
    const pages = await Promise.all(Array.from({ length: 10 }, () => desk.newShopper(made)));
    const token = await pages[0]!.token("4242424242424242");
    const answers = await Promise.all(pages.map((page) => page.post("/payments", { method: "card", card: { token } })));
    const won = answers.filter(({ status }) => status === 201);
    expect(won).toHaveLength(1);
    for (const { status, json } of answers.filter((answer) => !won.includes(answer)))
      expect([status, json.error.code]).toEqual([409, expect.stringMatching(/^payment_link_(busy|used_up)$/)]);
    await waitFor("the link is used up", async () => (await desk.shown(made.id)).status === "used_up");
    expect(await desk.rowsOf(made.id)).toEqual({ orders: 10, taken: 1 });
    for (const page of pages.filter((_, n) => answers[n]!.status !== 201)) {
      expect((await page.view()).status).toBe("used_up");
      expect((await page.post("/payments", { method: "card", card: { token } })).json.error.code).toBe("payment_link_used_up");
    }
    const listed = async (path: string): Promise<Json[]> => (await shop.client.get(path)).json.data;
    await expect.poll(() => listed(`/v1/orders?limit=100&payment_link_id=${made.id}`)).toHaveLength(10);
    const mine = await listed(`/v1/orders?limit=100&payment_link_id=${made.id}`);
    const paid = async () => (await listed("/v1/payments?limit=100")).filter((payment) => mine.some(({ id }) => id === payment.order_id));
    await expect.poll(paid).toHaveLength(1);
  });

  test("a decline gives the use back, and another shopper pays", async () => {
    const made = await desk.link({ uses: 1 });
    const [one, two] = [await desk.newShopper(made), await desk.newShopper(made)];
    const declined = await one.payByCard("4000000000000002");
    await one.until(declined.json.id, "failed");
    expect((await desk.rowsOf(made.id)).taken).toBe(0);
    const paid = await two.payByCard("4242424242424242");
    await two.until(paid.json.id, "succeeded");
    expect((await one.payByCard("4242424242424242")).json.error.code).toBe("payment_link_used_up");
  });

  test("somebody at the bank's page holds the use until that is over, and who cancels gives it back", async () => {
    const made = await desk.link({ uses: 1 });
    const [one, two] = [await desk.newShopper(made), await desk.newShopper(made)];
    const waiting = await one.payByCard("4000002500003155");
    await one.until(waiting.json.id, "requires_action");
    expect((await two.payByCard("4242424242424242")).json.error.code).toBe("payment_link_busy");
    expect(await two.view()).toMatchObject({ status: "open" });
    await one.post(`/payments/${waiting.json.id}/cancel`, {});
    await one.until(waiting.json.id, "canceled");
    const paid = await two.payByCard("4242424242424242");
    await two.until(paid.json.id, "succeeded");
  });

  test("a payment by the merchant's own API is held to the bound as well", async () => {
    const made = await desk.link({ uses: 1 });
    const [one] = [await desk.newShopper(made), await desk.newShopper(made)];
    const paid = await one.payByCard("4242424242424242");
    await one.until(paid.json.id, "succeeded");
    const orders: Json[] = (await shop.client.get(`/v1/orders?payment_link_id=${made.id}`)).json.data;
    const order = orders.find(({ status }) => status !== "paid")!;
    const body = { amount: 50_000, currency: "INR", order_id: order.id, method: "upi", upi: { vpa: "success@sandbox" } };
    expect((await shop.client.post("/v1/payments", body)).json.error.code).toBe("payment_link_used_up");
    const { json: created } = await shop.client.post("/v1/payments", { ...body, confirm: false });
    expect((await shop.client.post(`/v1/payments/${created.id}/confirm`, {})).json.error.code).toBe("payment_link_used_up");
  });

  test("all of it given back does not make the link fresh: who paid has paid", async () => {
    const made = await desk.link({ uses: 1 });
    const page = await desk.newShopper(made);
    const paid = await page.payByCard("4242424242424242");
    await page.until(paid.json.id, "succeeded");
    const { json: refund } = await shop.client.post("/v1/refunds", { payment_id: paid.json.id });
    await waitFor("it is given back", async () => (await shop.client.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded");
    expect([await desk.rowsOf(made.id), (await desk.shown(made.id)).status]).toEqual([{ orders: 1, taken: 1 }, "used_up"]);
  });
});

test("of three uses three are paid, in batches of whatever size", async () => {
  const made = await desk.link({ uses: 3 });
  const pages = await Promise.all(Array.from({ length: 8 }, () => desk.newShopper(made)));
  const token = await pages[0]!.token("4242424242424242");
  const answers = await Promise.all(pages.map((page) => page.post("/payments", { method: "card", card: { token } })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  await waitFor("the link is used up", async () => (await desk.shown(made.id)).status === "used_up");
  expect(await desk.shown(made.id)).toMatchObject({ times_paid: 3 });
});
