import { describe, expect, it } from "vitest";
import { API_VERSION, says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { refundPayment } from "../payments/operations.ts";
import { createOrder } from "./create.ts";

const input = { amount: 1_000, currency: "INR", receipt: "R 1", notes: { shop: "1" } };
const shown = (answer: { body: string }) => JSON.parse(answer.body) as { id: string; status: string; error: { code: string } };

describe("an order", () => {
  it("is made once per idempotency key, and a repeat gets the same bytes", async () => {
    const world = new World();
    const first = await createOrder(world.deps, world.caller("k"), input);
    expect(shown(first)).toMatchObject({
      object: "order",
      status: "created",
      amount: 1_000,
      amount_paid: 0,
      amount_due: 1_000,
      receipt: "R 1",
    });
    expect(await createOrder(world.deps, world.caller("k"), input)).toEqual({ ...first, replayed: true, apiVersion: API_VERSION });
    await expect(createOrder(world.deps, world.caller("k", "other"), input)).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect(world.tables.orders.size).toBe(1);
  });

  it("follows its payments: attempted with the first, paid with the one that succeeds, and a second one is refused", async () => {
    const world = new World();
    const { id } = shown(await createOrder(world.deps, world.caller(), input));
    const status = () => world.tables.orders.get(id)!.status;
    world.gateway.next("send", says.declined());
    await world.created({ orderId: id });
    expect(status()).toBe("created");
    await world.work();
    expect(status()).toBe("attempted");
    const second = await world.created({ orderId: id });
    await world.work();
    expect(world.tables.orders.get(id)).toMatchObject({ status: "paid", amountPaid: 1_000 });
    await expect(world.create({ orderId: id })).rejects.toMatchObject({ code: "order_busy", details: { paymentId: second } });
  });

  it("that was paid stays paid when the money is given back, and may be paid again", async () => {
    const world = new World();
    const { id } = shown(await createOrder(world.deps, world.caller(), input));
    const first = await world.created({ orderId: id });
    await world.work();
    await refundPayment(world.deps, world.caller(), { paymentId: first, reason: null });
    await world.work();
    expect(world.tables.orders.get(id)!.status).toBe("paid");
    expect(world.payment(await world.created({ orderId: id })).status).toBe("pending");
  });

  it("is not paid by a payment that was called off and charged all the same", async () => {
    const world = new World();
    const { id } = shown(await createOrder(world.deps, world.caller(), input));
    const payment = await world.created({ orderId: id });
    world.tables.payments.set(payment, { ...world.payment(payment), cancelRequestedAt: 1 });
    await world.work();
    expect([world.payment(payment).status, world.tables.orders.get(id)!.status]).toEqual(["succeeded", "attempted"]);
  });

  it.each([
    ["amount", { amount: 999 }],
    ["currency", { currency: "EUR" }],
  ])("is paid as a whole: another %s is refused by name", async (param, given) => {
    const world = new World();
    const { id } = shown(await createOrder(world.deps, world.caller(), input));
    await expect(world.create({ orderId: id, ...given })).rejects.toMatchObject({ code: "order_mismatch", details: { param } });
  });

  it("of somebody else, or that never was, is not found; a word of the merchant's own needs none", async () => {
    const world = new World();
    const { id } = shown(await createOrder(world.deps, { ...world.caller(), scope: { ...scope, mode: "live" } }, input));
    for (const orderId of [id, `ord_${"0".repeat(26)}`])
      await expect(world.create({ orderId })).rejects.toMatchObject({ code: "not_found", details: { param: "order_id" } });
    expect((await world.create({ orderId: "ord_my_own" })).status).toBe(201);
  });
});
