import { describe, expect, it } from "vitest";
import { ableGateway } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { amountRules } from "../../connectors/amounts.ts";
import { createPayment } from "./create.ts";
import { capturePayment, confirmPayment, refundPayment } from "./operations.ts";

/** A world whose gateway counts KWD in tens, takes no rupee below 1.00 and gives none below 0.50 back. */
function exacting(): World {
  const world = new World();
  const amounts = { byCurrency: { KWD: { multipleOf: 10 }, INR: { least: 100, leastRefund: 50 } } } as const;
  world.gateway.capabilities = { ...ableGateway, amounts };
  return world;
}

const nothing = { unsupported_amount: { amount: 1_234, currency: "KWD" }, unsupported_currency: { currency: "JPY" } } as const;

describe("what no gateway account can express", () => {
  it.each([true, null])("is refused at create with confirm: %s, and nothing is written", async (confirm) => {
    const world = exacting();
    const refused = world.create({ ...nothing.unsupported_amount, confirm }, "key-1");
    await expect(refused).rejects.toMatchObject({
      code: "unsupported_amount",
      status: 422,
      details: { param: "amount", message: expect.stringMatching(/KWD is taken in steps of 0\.010 KWD\. Send a multiple of 10\.$/) },
    });
    for (const table of ["payments", "jobs", "events", "idempotency"] as const) expect(world.tables[table].size).toBe(0);
    expect(world.gateway.requests).toEqual([]);
  });

  it("leaves the key free: the amount is mended and sent under it", async () => {
    const world = exacting();
    await expect(world.create(nothing.unsupported_amount, "key-1")).rejects.toMatchObject({ code: "unsupported_amount" });
    expect(await world.create({ amount: 1_230, currency: "KWD" }, "key-1")).toMatchObject({ status: 201, replayed: false });
  });

  it("is taken as long as it is not to be charged, and refused at the confirm, which changes nothing", async () => {
    const world = exacting();
    const paymentId = await world.created({ ...nothing.unsupported_amount, confirm: false });
    const confirm = confirmPayment(world.deps, world.caller(), { paymentId, method: null, returnUrl: null });
    await expect(confirm).rejects.toMatchObject({ code: "unsupported_amount", details: { paymentId, param: "amount" } });
    expect(world.payment(paymentId)).toMatchObject({ status: "created", version: 1 });
  });

  it("is refused by currency if that is what no gateway takes", async () => {
    const world = new World();
    world.gateway.capabilities = { ...ableGateway, currencies: ["INR"] };
    await expect(world.create(nothing.unsupported_currency)).rejects.toMatchObject({ code: "unsupported_currency", status: 422 });
  });

  it("is refused by method if that is what no gateway takes", async () => {
    const world = new World();
    world.gateway.capabilities = { ...ableGateway, methods: ["upi"] };
    await expect(world.create()).rejects.toMatchObject({ code: "unsupported_method", status: 422, details: { param: "method" } });
  });

  it("is another thing than having no account at all: that payment is made, and fails for want of a route", async () => {
    const world = new World({ accounts: 0 });
    const id = await world.created(nothing.unsupported_amount);
    await world.work();
    expect(world.payment(id)).toMatchObject({ status: "failed", error: { code: "no_route" } });
  });

  it("does not stand before a repeat of what was taken while the gateway took it", async () => {
    const world = new World();
    const first = await world.create({}, "key-1");
    world.gateway.capabilities = { ...ableGateway, currencies: ["JPY"] };
    expect(JSON.parse((await world.create({}, "key-1")).body)).toMatchObject({ id: (JSON.parse(first.body) as { id: string }).id });
    await expect(world.create({}, "key-2")).rejects.toMatchObject({ code: "unsupported_currency" });
  });

  it("is not said by what is remembered of the accounts: another one may be there by now", async () => {
    const world = new World();
    const { settings } = world.deps;
    const asked: unknown[] = [];
    const routesOf: typeof settings.routesOf = async (scope, isFresh) => {
      asked.push(isFresh);
      const routes = await settings.routesOf(scope);
      return isFresh ? routes : { ...routes, accounts: [{ id: "acc_old", connector: "old", priority: 1 }] };
    };
    const old = { name: "old", capabilities: { ...ableGateway, methods: [] } } as never;
    const deps = { ...world.deps, settings: { ...settings, routesOf }, connectors: new Map([...world.deps.connectors, ["old", old]]) };
    expect(await createPayment(deps, world.caller(), world.input())).toMatchObject({ status: 201 });
    expect(asked).toEqual([undefined, true]);
  });
});

describe("at a gateway that counts as Stripe does", () => {
  it.each([
    [5, "ISK", true],
    [49, "USD", false],
    [50, "USD", true],
    [100_000_000, "USD", false],
    [550, "MGA", false],
    [500, "MGA", true],
    [1_234, "KWD", false],
    [1_230, "KWD", true],
  ] as const)("a charge of %i %s is taken: %s", async (amount, currency, isTaken) => {
    const world = new World();
    world.gateway.capabilities = { ...ableGateway, amounts: amountRules.stripe };
    const answer = await world.create({ amount, currency }).catch((error: unknown) => error);
    expect(answer).toMatchObject(isTaken ? { status: 201 } : { code: "unsupported_amount", status: 422 });
  });
});

describe("a part that the gateway can't express", () => {
  it("is not captured, and the hold stays as it is", async () => {
    const world = exacting();
    const paymentId = await world.authorized({ amount: 5_000, currency: "KWD" });
    const asked = world.gateway.requests.length;
    await expect(capturePayment(world.deps, world.caller(), { paymentId, amount: 1_234 })).rejects.toMatchObject({
      code: "unsupported_amount",
      status: 422,
    });
    expect(world.payment(paymentId)).toMatchObject({ status: "authorized", captureReserved: 0 });
    expect(world.gateway.requests).toHaveLength(asked);
  });

  it("is not refunded, and nothing is reserved", async () => {
    const world = exacting();
    const paymentId = await world.created();
    await world.work();
    const refund = (amount: number) => refundPayment(world.deps, world.caller(), { paymentId, amount, reason: null });
    await expect(refund(49)).rejects.toMatchObject({ code: "unsupported_amount", details: { param: "amount" } });
    expect(world.payment(paymentId)).toMatchObject({ refundReserved: 0 });
    expect(await refund(50)).toMatchObject({ status: 201 });
  });
});
