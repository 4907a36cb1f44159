import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bankSettings } from "@tillway/sandbox";
import { callOf, type World } from "../conformance/world.testing.ts";
import { inProcessWorld } from "../conformance/sandbox-world.testing.ts";

describe("the sandbox's list", () => {
  let world: World;
  beforeEach(async () => {
    world = await inProcessWorld(bankSettings);
  });
  afterEach(() => world.close());

  const listed = (from: number, before: number, cursor: string | null = null) =>
    world.run(world.connector.list!(world.account, { from, before, cursor }));

  it("is empty for an account that the sandbox does not know", async () => {
    expect(await listed(0, world.now() + 1)).toEqual({ ok: true, entries: [], cursor: null });
  });

  it("has each operation with its key, what became of it, and its time", async () => {
    const charge = callOf(world, { method: world.methods.approved! });
    const { outcome } = await world.run(world.connector.send(charge));
    const parent = (outcome as { reference: string }).reference;
    const refund = callOf(world, { operation: "refund", parent });
    await world.run(world.connector.send(refund));
    const declined = callOf(world, { method: world.methods.card_declined! });
    await world.run(world.connector.send(declined));
    expect(await listed(0, world.now() + 1)).toMatchObject({
      ok: true,
      cursor: null,
      entries: [
        { operation: "charge", gatewayKey: charge.attempt.gatewayKey, reference: parent, outcome: { kind: "succeeded" } },
        { operation: "refund", gatewayKey: refund.attempt.gatewayKey, outcome: { kind: "succeeded" } },
        { operation: "charge", gatewayKey: declined.attempt.gatewayKey, outcome: { kind: "declined" } },
      ],
    });
    expect(await listed(world.now() + 1, world.now() + 1_000)).toMatchObject({ entries: [] });
  });

  it("comes in pages that leave nothing out", async () => {
    for (let n = 0; n < 120; n++) await world.run(world.connector.send(callOf(world, { method: world.methods.approved! })));
    const first = await listed(0, world.now() + 1);
    const second = await listed(0, world.now() + 1, first.ok ? first.cursor : "");
    const keys = [first, second].flatMap((page) => (page.ok ? page.entries.map((entry) => entry.gatewayKey) : []));
    expect([keys.length, new Set(keys).size, second.ok && second.cursor]).toEqual([120, 120, null]);
  });

  it("that can't be read says why", async () => {
    expect(await world.run(world.unreachable.list!(world.account, { from: 0, before: 1, cursor: null }))).toMatchObject({ ok: false });
  });
});
