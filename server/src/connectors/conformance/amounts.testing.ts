/** Parts, sums, repeats and currencies: what every connector must keep whole, judged by the far side's books. For tests only. */
import { describe, expect } from "vitest";
import { AMOUNT_MAX } from "../../core/constants.ts";
import { toWire } from "../../core/money.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call } from "../../core/ports/connector.ts";
import { referenceOf, resent, type Kit, type Skipping } from "./kit.testing.ts";
import { callOf, type Situation } from "./world.testing.ts";

/** Without decimals, with three, and those that some gateways count in their own way. */
const units: readonly (readonly [amount: number, currency: string])[] = [
  [500, "JPY"],
  [5_000, "KWD"],
  [5_000, "UGX"],
  [5_000, "ISK"],
  [500_000, "MGA"],
];

/** For some gateways there is an amount that they can't express. */
const odd: readonly (readonly [amount: number, currency: string])[] = [
  [1_001, "KWD"],
  [1_050, "MGA"],
  [50, "INR"],
];

export function amountConformance(kit: Kit): void {
  const { scenario, on, settled } = kit;
  const send = (call: Call): Promise<Outcome> => kit.outcomeOf(kit.send(call));
  const find = (call: Call): Promise<Outcome> => kit.outcomeOf(kit.find(call));
  const taken = ({ attempt }: Call): number => kit.world.taken(attempt.gatewayKey);
  const aCharge = (situation: Situation, ctx: Skipping, given: Parameters<typeof callOf>[1] = {}): Call =>
    callOf(kit.world, { method: kit.methodFor(situation, ctx), ...given });
  const isTaken = ([, currency]: readonly [number, string]): boolean => {
    const { currencies } = kit.world.connector.capabilities;
    return currencies === "all" || currencies.includes(currency);
  };

  describe("amounts and repeats", () => {
    scenario("refunds in parts give back their sum and no more", async (ctx) => {
      const { charge, calls } = await on(ctx, "refund", [1_500, 3_000]);
      for (const call of calls) expect(["succeeded", "pending"]).toContain((await send(call)).kind);
      await kit.world.pass(60_000);
      for (const call of calls) expect(await find(call)).toMatchObject({ kind: "succeeded", figures: { amount: call.attempt.amount } });
      expect(taken(charge)).toBe(0);
    });

    scenario("a refund under a used key gives back once", async (ctx) => {
      const { charge, calls } = await on(ctx, "refund", [1_500]);
      const [call] = calls as [Call];
      const first = await send(call);
      await Promise.all([kit.send(resent(call)), kit.send(resent(call))]);
      expect(await send(resent(call))).toMatchObject({ kind: first.kind, reference: referenceOf(first) });
      expect(taken(charge)).toBe(3_000);
    });

    scenario("a refund of more than is left gives back nothing, and is never taken for a success", async (ctx) => {
      if (kit.world.lacks?.limits !== undefined) kit.lacking(ctx, "limits");
      const { charge, calls } = await on(ctx, "refund", [3_000, 2_000]);
      await send(calls[0]!);
      expect((await send(calls[1]!)).kind).not.toBe("succeeded");
      await settled();
      expect(["not_found", "declined"]).toContain((await find(calls[1]!)).kind);
      expect(taken(charge)).toBe(1_500);
    });

    scenario("a refund is the same by our key and by the gateway's id", async (ctx) => {
      const { calls } = await on(ctx, "refund", [1_500]);
      const [call] = calls as [Call];
      const reference = referenceOf(await send(call));
      await kit.world.pass(60_000);
      expect((await kit.retrieve(call, reference)).outcome).toEqual(await find(call));
    });

    scenario("an operation that was never sent is not found", async (ctx) => {
      for (const operation of kit.world.connector.capabilities.operations.filter((one) => one !== "charge")) {
        const { calls } = await on(ctx, operation, [4_500]);
        await settled();
        expect([operation, await find(calls[0]!)]).toEqual([operation, { kind: "not_found" }]);
      }
    });

    scenario("a capture of a part takes that part, and a second one what is left, if the gateway takes several", async (ctx) => {
      const { charge, calls } = await on(ctx, "capture", [1_500, 3_000]);
      expect(await send(calls[0]!)).toMatchObject({ kind: "succeeded", figures: { amount: 1_500, currency: kit.currency } });
      expect(taken(charge)).toBe(1_500);
      await settled();
      expect(await find(calls[0]!)).toMatchObject({ kind: "succeeded", figures: { amount: 1_500 } });
      const isSeveral = kit.world.connector.capabilities.captures === "parts";
      expect((await send(calls[1]!)).kind === "succeeded").toBe(isSeveral);
      expect(taken(charge)).toBe(isSeveral ? 4_500 : 1_500);
    });

    scenario("a capture under a used key takes once", async (ctx) => {
      const { charge, calls } = await on(ctx, "capture", [4_500]);
      for (const call of [calls[0]!, resent(calls[0]!)]) await send(call);
      expect(taken(charge)).toBe(4_500);
      await settled();
      expect(await find(calls[0]!)).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
    });

    scenario("a capture of more than is held takes nothing, and is never taken for a success", async (ctx) => {
      if (kit.world.lacks?.limits !== undefined) kit.lacking(ctx, "limits");
      const { charge, calls } = await on(ctx, "capture", [4_501]);
      expect((await send(calls[0]!)).kind).not.toBe("succeeded");
      expect(taken(charge)).toBe(0);
    });

    scenario("a hold that was released is never captured", async (ctx) => {
      const { charge, calls } = await on(ctx, "void", [4_500]);
      expect((await send(calls[0]!)).kind).toBe("succeeded");
      const parent = calls[0]!.attempt.parentReference!;
      const capture = callOf(kit.world, { operation: "capture", parent });
      expect((await send(capture)).kind).not.toBe("succeeded");
      await settled();
      expect((await find(capture)).kind).not.toBe("succeeded");
      expect(taken(charge)).toBe(0);
    });

    scenario("a decline under a used key stays that decline", async (ctx) => {
      const call = aCharge("insufficient_funds", ctx);
      const first = await send(call);
      const second = kit.world.connector.capabilities.canResend ? await send(resent(call)) : await find(resent(call));
      expect(second).toEqual(first);
      expect(taken(call)).toBe(0);
    });

    scenario("what was throttled is taken once when it is sent again", async (ctx) => {
      const call = aCharge("throttledOnce", ctx);
      await send(call);
      await kit.world.pass(1_000);
      // No earlier request had an effect, so this is as good as a first one.
      expect((await send({ ...call, attempt: { ...call.attempt, sends: 2 } })).kind).toBe("succeeded");
      expect([kit.world.charges(call.attempt.gatewayKey), taken(call)]).toEqual([1, 4_500]);
    });

    scenario("a hold whose answer was lost is found as a hold", async (ctx) => {
      const call = aCharge("resetAfter", ctx, { capture: "manual" });
      expect((await send(call)).kind).toBe("unknown");
      await settled();
      expect(await find(call)).toMatchObject({ kind: "authorized", figures: { amount: 4_500, currency: kit.currency } });
      expect(taken(call)).toBe(0);
    });

    scenario("amounts are sent in the gateway's units and read back in ours", async (ctx) => {
      const whole: readonly (readonly [number, string])[] = [[4_500, kit.currency], ...units.filter(isTaken)];
      for (const [amount, currency] of whole) {
        const call = aCharge("approved", ctx, { attempt: { amount, currency } });
        expect(await send(call)).toMatchObject({ kind: "succeeded", figures: { amount, currency } });
        await settled();
        expect(await find(call)).toMatchObject({ kind: "succeeded", figures: { amount, currency } });
      }
    });

    scenario("an amount that the gateway can't express is refused before anything leaves, any other is taken as it is", async (ctx) => {
      const { amounts } = kit.world.connector.capabilities;
      for (const [amount, currency] of odd.filter(isTaken)) {
        const call = aCharge("approved", ctx, { attempt: { amount, currency } });
        const { outcome, exchanges } = await kit.send(call);
        if (toWire(amount, currency, amounts).ok) expect(outcome).toMatchObject({ kind: "succeeded", figures: { amount, currency } });
        else expect([outcome, exchanges]).toMatchObject([{ kind: "rejected", message: expect.stringMatching(/./) }, []]);
      }
    });

    scenario("less than the least and more than the most of a currency are refused before anything leaves", async (ctx) => {
      const { amounts, currencies } = kit.world.connector.capabilities;
      for (const currency of currencies === "all" ? ["USD", "JPY", kit.currency] : currencies) {
        const refused = [1, AMOUNT_MAX].filter((amount) => !toWire(amount, currency, amounts).ok);
        for (const amount of refused) {
          const reply = await kit.send(aCharge("approved", ctx, { attempt: { amount, currency } }));
          expect([amount, currency, reply]).toMatchObject([amount, currency, { outcome: { kind: "rejected" }, exchanges: [] }]);
        }
      }
    });

    scenario("a currency that the gateway does not take is refused before anything leaves", async (ctx) => {
      const { currencies } = kit.world.connector.capabilities;
      // The code for tests of ISO 4217, which nobody takes.
      for (const currency of ["XTS", ...["MRU", "VUV"].filter((code) => currencies !== "all" && !currencies.includes(code))]) {
        const reply = await kit.send(aCharge("approved", ctx, { attempt: { currency } }));
        expect([currency, reply]).toMatchObject([currency, { outcome: { kind: "rejected" }, exchanges: [] }]);
      }
    });

    scenario("an answer about another attempt's charge is never taken for this one's", async (ctx) => {
      const [mine, other] = [aCharge("approved", ctx), aCharge("approved", ctx)];
      const reference = referenceOf(await send(other));
      const { outcome } = await kit.retrieve(mine, reference);
      expect(outcome).toMatchObject({ kind: "unknown", mismatch: expect.stringContaining(mine.attempt.gatewayKey) });
    });
  });
}
