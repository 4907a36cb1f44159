import { describe, expect, it } from "vitest";
import { ableGateway, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { REPEATS_AT_FIRST, REPEATS_FOR_A_FIRST_SEND, REPEATS_HELD_MS, REPEATS_PER_SECOND } from "../core/gateway-pace.ts";
import type { Outcome } from "../core/outcome.ts";
import { cancelPayment } from "./payments/operations.ts";

const refused: Outcome = { kind: "not_sent", reason: "connection refused" };
const PAYMENTS = 300;

/** A gateway that refuses connections until it is told to be well, and so many payments for it. */
async function outage(payments: number) {
  const world = new World();
  let isWell = false;
  const sends: number[] = [];
  const wellSend = world.gateway.send.bind(world.gateway);
  world.gateway.send = async (call) => {
    sends.push(world.clock.now());
    return isWell ? wellSend(call) : { outcome: refused, exchanges: [] };
  };
  const ids: string[] = [];
  for (let n = 0; n < payments; n++) ids.push(await world.created());
  await world.work();
  return { world, ids, sends, heal: () => (isWell = true) };
}

const statuses = (world: World, ids: readonly string[]) => [...new Set(ids.map((id) => world.payment(id).status))];

describe("the budget of repeats", () => {
  it("sends a silent gateway one repeat for ten first sends, those of a hiccup, and one a second", async () => {
    const { world, sends } = await outage(PAYMENTS);
    expect(sends).toHaveLength(PAYMENTS);
    await world.later(60 * SECOND);
    const repeats = sends.length - PAYMENTS;
    expect(repeats).toBeLessThanOrEqual(REPEATS_AT_FIRST + PAYMENTS * REPEATS_FOR_A_FIRST_SEND + 60 * REPEATS_PER_SECOND);
    const said = world.logs.filter(({ message }) => message.startsWith("a gateway does not answer")).length;
    expect(said).toBeGreaterThan(0);
    expect(said).toBeLessThanOrEqual(2);
    // It is not forgotten either.
    expect(repeats).toBeGreaterThan(60);
  });

  it("lets all that waited be sent within seconds when the gateway answers again, each once", async () => {
    const { world, ids, heal } = await outage(PAYMENTS);
    await world.later(60 * SECOND);
    heal();
    await world.later(20 * SECOND);
    expect(statuses(world, ids)).toEqual(["succeeded"]);
    expect(world.gateway.ledger.size).toBe(PAYMENTS);
  });

  it("holds nothing back in a hiccup of a few payments", async () => {
    const { world, ids, sends } = await outage(5);
    await world.later(9 * SECOND);
    // After 1, 2 and 5 seconds.
    expect(sends).toHaveLength(5 * 4);
    expect(statuses(world, ids)).toEqual(["processing"]);
  });

  it("lets the schedule of each attempt end it all the same, though the gateway stays away", async () => {
    const { world, ids } = await outage(PAYMENTS);
    await world.later(REPEATS_HELD_MS + 300 * SECOND);
    expect(statuses(world, ids)).toEqual(["failed"]);
    expect(world.payment(ids[0]!).error).toMatchObject({ code: "gateway_unreachable" });
  });

  it("does not count what our own bucket put off: it has not been sent yet", async () => {
    const world = new World();
    world.gateway.capabilities = { ...ableGateway, rateLimit: { requestsPerSecond: { test: 50, live: 50 } } };
    const ids: string[] = [];
    for (let n = 0; n < 200; n++) ids.push(await world.created());
    await world.later(8 * SECOND);
    expect(statuses(world, ids)).toEqual(["succeeded"]);
  });

  it("does not keep a cancel waiting", async () => {
    const { world, ids } = await outage(PAYMENTS);
    await world.later(10 * SECOND);
    const last = ids.at(-1)!;
    await world.clock.until(cancelPayment(world.deps, world.caller("cancel"), { paymentId: last }));
    await world.later(10 * SECOND);
    expect(world.payment(last).status).toBe("canceled");
  });
});
