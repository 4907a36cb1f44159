/** Captures, voids and refunds of a charge, and calling one off. For tests only. */
import { describe, expect } from "vitest";
import { operationCases } from "./cases.testing.ts";
import { referenceOf, resent, type Kit } from "./kit.testing.ts";
import { callOf } from "./world.testing.ts";

export function operationConformance(kit: Kit): void {
  const { scenario } = kit;

  describe("an operation on a charge", () => {
    for (const [operation, situation, wanted, left] of operationCases) {
      scenario(`${operation} of ${situation}: ${wanted}`, async (ctx) => {
        kit.needs(ctx, operation);
        const { world } = kit;
        const charge = callOf(world, { method: kit.methodFor(situation, ctx), capture: operation === "refund" ? "automatic" : "manual" });
        const call = callOf(world, { operation, parent: referenceOf((await kit.send(charge)).outcome) });
        expect((await kit.send(call)).outcome).toMatchObject({ kind: wanted });
        await kit.send({ ...call, attempt: { ...call.attempt, sends: 2 } });
        expect(world.taken(charge.attempt.gatewayKey)).toBe(left * 4_500);
        await kit.settled();
        const { kind } = (await kit.find(call)).outcome;
        // A gateway that keeps no object of an operation shows what was done, and nothing of what it refused.
        expect(world.forgetsRefusals === true && wanted === "declined" ? ["not_found", wanted] : [wanted]).toContain(kind);
      });
    }

    for (const [operation, capture] of [
      ["capture", "automatic"],
      ["void", "manual"],
    ] as const) {
      scenario(`${operation} of a charge to which that was done before is not refused: it was done (R3)`, async (ctx) => {
        kit.needs(ctx, operation);
        const charge = callOf(kit.world, { method: kit.methodFor("approved", ctx), capture });
        const parent = referenceOf((await kit.send(charge)).outcome);
        if (operation === "void") await kit.send(callOf(kit.world, { operation, parent }));
        const { outcome } = await kit.send(callOf(kit.world, { operation, parent }));
        expect(["unknown", "pending"]).toContain(outcome.kind);
      });
    }

    scenario("without a charge to act on is rejected here", async () => {
      expect(await kit.send(callOf(kit.world, { operation: "refund" }))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
    });

    scenario("that the gateway lacks is rejected here, as not supported", async (ctx) => {
      const { world } = kit;
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      const parent = referenceOf((await kit.send(call)).outcome);
      const before = world.wire.seen.length;
      for (const operation of (["capture", "void", "refund"] as const).filter(
        (one) => !world.connector.capabilities.operations.includes(one),
      )) {
        const { outcome } = await kit.send(callOf(world, { operation, parent }));
        expect([operation, outcome]).toMatchObject([operation, { kind: "rejected", code: "not_supported" }]);
      }
      expect(world.wire.seen.length).toBe(before);
    });
  });
}

export function cancelConformance(kit: Kit): void {
  const { scenario } = kit;

  describe("a cancel", () => {
    scenario("of what never arrived proves something only if it is confirmed, and then also about what arrives later", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("approved", ctx) });
      const { kind } = (await kit.cancel(call)).outcome;
      expect(["canceled", "not_found", "unknown"]).toContain(kind);
      // A gateway that calls off by its own id only has not heard of this one.
      if (kind === "canceled") expect((await kit.send(resent(call))).outcome.kind).toBe("canceled");
      await kit.world.pass(3_600_000);
      expect(kit.world.taken(call.attempt.gatewayKey)).toBe(0);
    });

    scenario("by the gateway's id of a charge that waits for its shopper proves that nothing is taken", async (ctx) => {
      if (kit.world.connector.capabilities.cancels === "never") kit.lacking(ctx, "canceling");
      const call = callOf(kit.world, { method: kit.methodFor("challenge", ctx), returnUrl: "https://shop.example/back" });
      const { outcome } = await kit.send(call);
      expect(outcome.kind).toBe("requires_action");
      const gatewayReference = referenceOf(outcome);
      const asked = { ...call, attempt: { ...call.attempt, questions: 1, gatewayReference } };
      expect((await kit.cancel(asked)).outcome.kind).toBe("canceled");
      expect((await kit.cancel(asked)).outcome.kind).toBe("canceled");
      await kit.world.pass(3_600_000);
      expect((await kit.retrieve(asked, gatewayReference)).outcome.kind).toBe("canceled");
      expect(kit.world.taken(call.attempt.gatewayKey)).toBe(0);
    });

    scenario("that comes too late returns what was taken", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("approved", ctx) });
      await kit.send(call);
      const { outcome } = await kit.cancel(call);
      expect(["succeeded", "unknown"]).toContain(outcome.kind);
      expect(kit.world.taken(call.attempt.gatewayKey)).toBe(4_500);
    });
  });
}
