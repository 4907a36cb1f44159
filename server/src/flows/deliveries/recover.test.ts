import { describe, expect, it } from "vitest";
import { DAY, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { firstIdAt } from "../../core/ids.ts";
import { iso } from "../../core/represent.ts";
import { changeEndpoint, deleteEndpoint } from "../setup/endpoints.ts";
import { recoverDeliveries, type RecoverWish } from "./recover.ts";
import { failures } from "./sending.testing.ts";

const recover = async (world: World, wish: Partial<RecoverWish> = {}, key?: string) => {
  const whole = { status: "failed", limit: 100, perSecond: 10, dryRun: false, ...wish } as const;
  const answer = await recoverDeliveries(world.deps, world.caller(key), whole);
  return { replayed: answer.replayed, ...(JSON.parse(answer.body) as Record<string, unknown>) };
};

/** Payments whose webhooks were given up. */
async function givenUp(count: number, endpoints = 1): Promise<World> {
  const world = new World({ endpoints });
  world.receiver.script.push(...failures(5 * count * endpoints));
  for (let n = 0; n < count; n++) await world.created();
  await world.later(DAY);
  expect(world.deliveries.map((row) => row.status)).toEqual(Array.from({ length: count * endpoints }, () => "failed"));
  return world;
}

describe("recovering deliveries", () => {
  it("sends all that failed again, oldest first and at the pace, each with its whole schedule", async () => {
    const world = await givenUp(3);
    const start = world.clock.now();
    expect(await recover(world, { perSecond: 2 })).toMatchObject({
      matched: 3,
      recovered: 3,
      has_more: false,
      last_try_at: iso(start + 1_000),
    });
    expect(world.deliveries).toMatchObject(Array.from({ length: 3 }, () => ({ status: "pending", tries: 5, scheduleStart: 5 })));
    const before = world.receiver.got.length;
    await world.later(DAY);
    expect(world.tables.tries.slice(-3).map((row) => row.at - start)).toEqual([0, 500, 1_000]);
    expect(world.receiver.got.slice(before).map(({ delivery }) => delivery.id)).toEqual(world.deliveries.map(({ id }) => id).sort());
    expect(world.deliveries.map((row) => row.status)).toEqual(["succeeded", "succeeded", "succeeded"]);
  });

  it("in a dry run counts and changes nothing, and leaves the key free", async () => {
    const world = await givenUp(2);
    expect(await recover(world, { dryRun: true }, "again")).toMatchObject({ dry_run: true, matched: 2, recovered: 0 });
    expect(world.deliveries.map((row) => row.status)).toEqual(["failed", "failed"]);
    expect(world.tables.idempotency.size).toBe(0);
  });

  it("takes no more than the limit, and says that there is more", async () => {
    const world = await givenUp(3);
    expect(await recover(world, { limit: 2, dryRun: true })).toMatchObject({ matched: 2, recovered: 0, has_more: false });
    expect(await recover(world, { limit: 2 })).toMatchObject({ matched: 2, recovered: 2, has_more: true });
    expect(await recover(world, { limit: 2 })).toMatchObject({ matched: 1, recovered: 1, has_more: false });
    expect(await recover(world)).toMatchObject({ matched: 0, recovered: 0, oldest_at: null });
  });

  it("twice under one key is once, also at once, and both get the same answer", async () => {
    const world = await givenUp(2);
    const [one, two] = await Promise.all([recover(world, {}, "again"), recover(world, {}, "again")]);
    expect([one, two]).toEqual([
      { ...one, replayed: false },
      { ...one, replayed: true },
    ]);
    world.receiver.script.push(...failures(10));
    await world.later(DAY);
    expect(world.deliveries.map((row) => row.status)).toEqual(["failed", "failed"]);
    expect(await recover(world, {}, "again")).toEqual({ ...one, replayed: true });
    expect(world.deliveries.map((row) => row.status)).toEqual(["failed", "failed"]);
  });

  it("takes what the filter names and nothing else", async () => {
    const world = await givenUp(1, 2);
    const [first, second] = world.deliveries;
    expect(await recover(world, { eventTypes: ["refund.failed"] })).toMatchObject({ matched: 0 });
    expect(await recover(world, { idFrom: firstIdAt("dlv", world.clock.now()) })).toMatchObject({ matched: 0 });
    expect(await recover(world, { status: "succeeded" })).toMatchObject({ matched: 0 });
    expect(await recover(world, { endpointId: "whe_unknown" })).toMatchObject({ matched: 0 });
    expect(await recover(world, { endpointId: second!.endpointId })).toMatchObject({ matched: 1, recovered: 1 });
    expect(world.deliveries).toMatchObject([{ id: first!.id, status: "failed" }, { status: "pending" }]);
  });

  it("leaves those alone whose endpoint is paused or deleted", async () => {
    const world = await givenUp(1, 2);
    const [first, second] = world.deliveries;
    await changeEndpoint(world.deps, scope, first!.endpointId, { status: "paused" });
    await deleteEndpoint(world.deps, scope, second!.endpointId);
    expect(await recover(world)).toMatchObject({ matched: 0 });
  });

  it("decides again where somebody sent one of them in between", async () => {
    const world = await givenUp(2);
    let looked = 0;
    const store: typeof world.deps.store = {
      ...world.deps.store,
      ended: async (of, filter) => {
        const rows = await world.deps.store.ended(of, filter);
        if (++looked === 1) await recover(world, { limit: 1 });
        return rows;
      },
    };
    const wish = { status: "failed", limit: 100, perSecond: 10, dryRun: false } as const;
    const answer = await recoverDeliveries({ ...world.deps, store }, world.caller(), wish);
    expect(JSON.parse(answer.body)).toMatchObject({ recovered: 1 });
    expect(world.deliveries.map((row) => row.status)).toEqual(["pending", "pending"]);
  });
});
