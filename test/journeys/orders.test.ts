/** Orders on real parts: made, tried, paid, and never paid twice. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampledServers } from "../support/databases.ts";
import { moneyOf } from "./support/books.ts";
import { patiently, upi, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let shop: Merchant;
  beforeAll(async () => {
    stage = await openStage(serverUrl);
    shop = (await stage.merchant()).client;
  });
  afterAll(() => stage?.close());

  const order = async (): Promise<string> => (await shop.post("/v1/orders", { amount: 50_000, currency: "INR", receipt: "R 1" })).json.id;

  it("an order is attempted by a decline and paid by the next payment; both are listed beside it", async () => {
    const id = await order();
    const declined = await shop.create(upi("insufficient-funds", { order_id: id, confirm: true }));
    expect([declined.status, (await shop.get(`/v1/orders/${id}`)).json.status]).toEqual([402, "attempted"]);
    const paid = await shop.create(upi("success", { order_id: id, confirm: true }));
    expect((await shop.get(`/v1/orders/${id}`)).json).toMatchObject({ status: "paid", amount_paid: 50_000, amount_due: 0, receipt: "R 1" });
    const listed = async (path: string) => (await shop.get(path)).json.data.map((row: { id: string }) => row.id);
    await expect.poll(() => listed(`/v1/payments?order_id=${id}`)).toEqual([paid.json.id, declined.json.error.payment_id]);
    await expect.poll(() => listed("/v1/orders?status=paid")).toContain(id);
  });

  it("64 payments of one order at once: one is charged, and each refusal names the one in the way", async () => {
    const id = await order();
    const body = upi("success", { order_id: id });
    const answers = await Promise.all(Array.from({ length: 64 }, () => patiently(() => shop.create(body))));
    const accepted = answers.filter(({ status }) => status === 201);
    expect(accepted).toHaveLength(1);
    const { id: paymentId } = accepted[0]!.json;
    for (const { status, json } of answers.filter((answer) => answer.status !== 201))
      expect([status, json.error.code, json.error.payment_id]).toEqual([409, "order_busy", paymentId]);
    await shop.until(paymentId, "succeeded");
    expect(await moneyOf(stage.sandboxUrl, paymentId)).toMatchObject({ charges: 1, net: 50_000 });
    expect((await shop.get(`/v1/orders/${id}`)).json.status).toBe("paid");
    expect((await shop.create(body)).json.error.code).toBe("order_busy");
  });

  it.each([
    ["amount", 0],
    ["amount", 49_999.5],
    ["currency", "XXX"],
    ["receipt", ""],
    ["receipt", "4242 4242 4242 4242"],
    ["notes", { card: "4242424242424242" }],
    ["total", 1],
  ])("an order whose %s is %j is refused by name", async (field, value) => {
    const answer = await shop.post("/v1/orders", { amount: 50_000, currency: "INR", [field]: value });
    expect([answer.status, String(answer.json.error.param).split(".", 1)[0]]).toEqual([400, field]);
  });
});
