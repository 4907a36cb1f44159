/** A shopper who cancels at the moment at which the bank is told yes: no charge, or one that is kept or given back, and never two words about it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import type { Json } from "./support/merchant.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

const AMOUNT = 50_000;
const ROUNDS = 20;

let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  shop = await stage.merchant();
});
afterAll(() => stage.close());

/** A shopper whose payment waits at the bank. */
async function waiting(): Promise<{ order: string; page: Shopper; id: string; bank: string }> {
  const order: Json = (await shop.client.post("/v1/orders", { amount: AMOUNT, currency: "INR" })).json;
  const page = new Shopper(stage.checkoutUrl, shop.created.key, order.client_secret);
  const { json } = await page.payByCard("4000002500003155");
  const { next_action } = await page.until(json.id, "requires_action");
  return { order: order.id, page, id: json.id, bank: next_action.url };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it(`a cancel and an approval at once, ${ROUNDS} times, end in one of three ways, and all the books agree on which`, async () => {
  const ends: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { order, page, id, bank } = await waiting();
    // Each first in some rounds, by 0 to 9 ms; the bank's page in others.
    const [cancelAfterMs, approveAfterMs] = round % 2 === 0 ? [round / 2, 0] : [0, round / 2];
    const [canceled] = await Promise.all([
      wait(cancelAfterMs).then(() => page.post(`/payments/${id}/cancel`)),
      wait(approveAfterMs).then(() => fetch(`${bank}/complete`, { method: "POST", redirect: "manual" })),
    ]);
    // 409: it was paid by then.
    expect([200, 409]).toContain(canceled.status);
    const payment: Json = await waitFor("the end of it", async () => {
      const { json } = await page.get(`/payments/${id}`);
      const isOver = json.status === "canceled" || (json.status === "succeeded" && json.cancel !== "refund_pending");
      return isOver ? json : null;
    });
    const { charges, net } = await moneyOf(stage.sandboxUrl, id);
    const paid = (await shop.client.get(`/v1/orders/${order}`)).json;
    const end = `${payment.status} ${payment.cancel}`;
    ends.push(end);
    const books = { charges, net, order: paid.status, amountPaid: paid.amount_paid, view: (await page.view()).status };
    const expected: Record<string, object> = {
      "canceled requested": { charges: 0, net: 0, order: "attempted", amountPaid: 0, view: "open" },
      "canceled null": { charges: 0, net: 0, order: "attempted", amountPaid: 0, view: "open" },
      "succeeded null": { charges: 1, net: AMOUNT, order: "paid", amountPaid: AMOUNT, view: "complete" },
      "succeeded refunded": { charges: 1, net: 0, order: "attempted", amountPaid: 0, view: "open" },
    };
    expect({ round, end, ...books }).toEqual({ round, end, ...expected[end] });
    // Whatever it was, the bank's page is over.
    expect(await (await fetch(bank)).text()).not.toMatch(/<form/);
  }
  expect(ends).toHaveLength(ROUNDS);
});
