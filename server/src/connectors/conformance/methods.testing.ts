/** A method that sends the shopper to a page of their bank: what must hold before, on and after it. For tests only. */
import { describe, expect } from "vitest";
import { methodEntries } from "../../core/methods/method.ts";
import type { Call } from "../../core/ports/connector.ts";
import { resent, type Kit, type Skipping } from "./kit.testing.ts";
import { callOf } from "./world.testing.ts";

export function methodConformance(kit: Kit): void {
  /** The charge as its shopper is sent to the bank. */
  async function atPage(ctx: Skipping, capture: "automatic" | "manual"): Promise<{ readonly call: Call; readonly page: string }> {
    const method = kit.methodFor("netbanking", ctx);
    const call = callOf(kit.world, { method, capture, returnUrl: "https://shop.example/back" });
    const { outcome } = await kit.send(call);
    if (outcome.kind !== "requires_action") throw new Error(`the shopper was to be asked, and it became ${JSON.stringify(outcome)}`);
    expect(Object.keys(methodEntries[method.type].actions)).toContain(outcome.nextAction.type);
    return { call: { ...call, nextAction: outcome.nextAction }, page: outcome.nextAction.url };
  }
  const shopper = (page: string, does: "pays" | "refuses"): Promise<void> => {
    const { shopper: inWorld } = kit.world;
    if (inWorld === undefined) throw new Error("FILL IN `shopper` of the world: what somebody does on the bank's page");
    return inWorld(page, does);
  };

  describe("net banking", () => {
    kit.scenario(
      "moves nothing before its shopper has paid on the bank's page, and once after it, however often it is asked for",
      async (ctx) => {
        const { call, page } = await atPage(ctx, "automatic");
        await kit.settled();
        const waits = { kind: "requires_action", nextAction: { url: page } };
        expect((await kit.find(call)).outcome).toMatchObject(waits);
        expect((await kit.send(resent(call))).outcome).toMatchObject(waits);
        expect(kit.world.taken(call.attempt.gatewayKey)).toBe(0);
        await shopper(page, "pays");
        await kit.settled();
        expect((await kit.find(call)).outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500, currency: kit.currency } });
        expect([kit.world.charges(call.attempt.gatewayKey), kit.world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
      },
    );

    kit.scenario("is held if the capture comes later, and takes nothing if its shopper refuses", async (ctx) => {
      const held = await atPage(ctx, "manual");
      await shopper(held.page, "pays");
      const refused = await atPage(ctx, "automatic");
      await shopper(refused.page, "refuses");
      await kit.settled();
      expect((await kit.find(held.call)).outcome).toMatchObject({ kind: "authorized", figures: { amount: 4_500 } });
      expect((await kit.find(refused.call)).outcome).toMatchObject({ kind: "declined" });
      for (const { call } of [held, refused]) expect(kit.world.taken(call.attempt.gatewayKey)).toBe(0);
    });
  });
}
