/** What a charge becomes, and what a question about one hears. For tests only. */
import { describe, expect } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import { declineMessages } from "../declines.ts";
import { chargeCases } from "./cases.testing.ts";
import { referenceOf, resent, type Kit, type Skipping } from "./kit.testing.ts";
import { answering } from "./wire.testing.ts";
import { callOf, type Situation } from "./world.testing.ts";

export function chargeConformance(kit: Kit): void {
  const { scenario } = kit;

  describe("a charge", () => {
    for (const [situation, wanted, taken] of chargeCases) {
      scenario(situation, async (ctx) => {
        const call = callOf(kit.world, { method: kit.methodFor(situation, ctx), returnUrl: "https://shop.example/back" });
        const { outcome, exchanges } = await kit.send(call);
        expect(outcome).toMatchObject(wanted);
        if ("figures" in outcome) expect(outcome.figures.currency).toBe(kit.currency);
        expect(kit.world.taken(call.attempt.gatewayKey)).toBe(taken * call.attempt.amount);
        expect(exchanges.length).toBeGreaterThan(0);
        expect(exchanges.findLast(({ method }) => method === "POST")).toMatchObject({ kind: "send" });
        // A word that it does document is no surprise.
        if (situation !== "unknownStatus") expect(kit.world.warnings).toEqual([]);
        // A gateway's own words may name the payer.
        if (outcome.kind === "declined") expect(Object.values(declineMessages)).toContain(outcome.message);
      });
    }

    scenario("is only authorized if the capture comes later", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("approved", ctx), capture: "manual" });
      expect((await kit.send(call)).outcome).toMatchObject({ kind: "authorized", figures: { amount: 4_500, currency: kit.currency } });
      expect(kit.world.taken(call.attempt.gatewayKey)).toBe(0);
    });

    scenario("is not sent if nobody listens, and a question then proves nothing", async (ctx) => {
      const { world } = kit;
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      expect((await world.run(world.unreachable.send(call))).outcome).toMatchObject({ kind: "not_sent" });
      const asked = { ...call, attempt: { ...call.attempt, questions: 1 } };
      expect((await world.run(world.unreachable.find(asked))).outcome).toMatchObject({ kind: "unknown" });
      expect((await world.run(world.unreachable.send(asked))).outcome).toMatchObject({ kind: "unknown" });
    });

    scenario("is not sent once its time is over, and is still asked about", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("approved", ctx) });
      const late = { ...call, sendBefore: kit.world.now() - 1 };
      expect((await kit.send(late)).outcome).toMatchObject({ kind: "not_sent" });
      expect((await kit.send({ ...late, attempt: { ...late.attempt, questions: 1 } })).outcome).toMatchObject({ kind: "unknown" });
      expect(kit.world.charges(call.attempt.gatewayKey)).toBe(0);
      expect((await kit.find(late)).outcome).toEqual({ kind: "not_found" });
      expect((await kit.send({ ...call, sendBefore: kit.world.now() + 60_000 })).outcome.kind).toBe("succeeded");
    });

    scenario("without a method is rejected here", async () => {
      expect(await kit.send(callOf(kit.world))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
    });

    scenario("under a used key charges once and answers the same again", async (ctx) => {
      const { world } = kit;
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      const first = await kit.send(call);
      for (const reply of await Promise.all([kit.send(resent(call)), kit.send(resent(call))])) {
        expect(reply.outcome).toEqual(first.outcome);
        expect(reply.exchanges.findLast(({ method }) => method === "POST")).toMatchObject({ kind: "resend" });
      }
      expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
    });

    scenario("that is sent twice at once under one key is taken once", async (ctx) => {
      const { world } = kit;
      if (world.lacks?.idempotency_keys !== undefined) kit.lacking(ctx, "idempotency_keys");
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      const kinds = (await Promise.all([kit.send(call), kit.send(call)])).map(({ outcome }) => outcome.kind);
      for (const kind of kinds) expect(["succeeded", "pending", "unknown"]).toContain(kind);
      await kit.settled();
      expect((await kit.find(resent(call))).outcome.kind).toBe("succeeded");
      expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
    });

    scenario("that is still at work under its key is neither refused nor taken twice", async (ctx) => {
      const { world } = kit;
      const { inUse, wire, takesMoney = ({ method }) => method === "POST" } = world;
      if (inUse === undefined) return kit.lacking(ctx, "idempotency_keys");
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      await kit.send(call);
      wire.meet(answering("a key that is in use", inUse), { fits: takesMoney });
      // Who looks before sending again needs no such answer.
      const again = await kit.send({ ...call, attempt: { ...call.attempt, sends: 2 } });
      expect(["succeeded", "pending", "unknown"]).toContain(again.outcome.kind);
      await kit.settled();
      expect((await kit.find(resent(call))).outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
      expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
    });

    scenario("with another gateway's token is rejected here", async () => {
      const method = { type: "card", connector: "another-gateway", token: "tok_success", network: "visa", last4: "4242" } as const;
      expect(await kit.send(callOf(kit.world, { method }))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
    });

    scenario("that is refused here proves nothing if an earlier request may have arrived", async () => {
      const reply = await kit.send(resent(callOf(kit.world)));
      expect(reply).toMatchObject({ outcome: { kind: "unknown" }, exchanges: [] });
    });

    scenario(
      "under a key that was used for another request is not refused: the money is there, and a question finds it (R3)",
      async (ctx) => {
        const call = callOf(kit.world, { method: kit.methodFor("approved", ctx) });
        await kit.send(call);
        const { outcome } = await kit.send({ ...call, attempt: { ...call.attempt, amount: 9_000 } });
        expect(["unknown", "pending"]).toContain(outcome.kind);
        expect(kit.world.taken(call.attempt.gatewayKey)).toBe(4_500);
        const { reference } = outcome as Extract<Outcome, { kind: "unknown" | "pending" }>;
        await kit.settled();
        const found = await (reference === null ? kit.find(call) : kit.retrieve(call, reference));
        expect(found.outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
      },
    );
  });
}

export function questionConformance(kit: Kit): void {
  const { scenario } = kit;
  const lost: Situation[] = ["timeoutAfter", "resetAfter", "cutAfter", "htmlAfter"];
  const hears = async (situation: Situation, ctx: Skipping): Promise<void> => {
    const call = callOf(kit.world, { method: kit.methodFor(situation, ctx) });
    expect((await kit.send(call)).outcome.kind).toBe("unknown");
    await kit.settled();
    const { outcome, exchanges } = await kit.find(call);
    expect(outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500, currency: kit.currency } });
    expect(new Set(exchanges.map(({ kind }) => kind))).toEqual(new Set(["question"]));
    expect((await kit.retrieve(call, referenceOf(outcome))).outcome).toEqual(outcome);
    expect(kit.world.taken(call.attempt.gatewayKey)).toBe(4_500);
  };

  describe("a question", () => {
    for (const situation of lost) scenario(`finds by our key what ${situation} hid`, (ctx) => hears(situation, ctx));

    scenario("at once after a lost answer is never answered by a refusal", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("timeoutAfter", ctx) });
      await kit.send(call);
      expect(["succeeded", "not_found", "pending", "unknown"]).toContain((await kit.find(call)).outcome.kind);
    });

    scenario("finds nothing if nothing arrived, and a re-send then charges once; or finishes what had only begun, once", async (ctx) => {
      const { world } = kit;
      const call = callOf(world, { method: kit.methodFor("timeoutBefore", ctx) });
      await kit.send(call);
      await kit.settled();
      const asked = { ...call, mayFinish: true, attempt: { ...call.attempt, questions: 1 } };
      const found = (await kit.find(asked)).outcome;
      expect(found).toMatchObject(world.beginsFirst === true ? { kind: "succeeded" } : { kind: "not_found" });
      expect((await kit.retrieve(call, "no-such-reference")).outcome).toEqual({ kind: "not_found" });
      if (!world.connector.capabilities.canResend) return;
      expect((await kit.send({ ...call, attempt: { ...call.attempt, sends: 2, questions: 2 } })).outcome.kind).toBe("succeeded");
      expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
    });

    scenario("hears what became of a pending charge", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("pendingThenApproved", ctx) });
      expect((await kit.send(call)).outcome.kind).toBe("pending");
      await kit.settled();
      expect((await kit.find(call)).outcome.kind).toBe("pending");
      await kit.world.pass(60_000);
      expect((await kit.find(call)).outcome.kind).toBe("succeeded");
    });

    scenario("hears that a charge which was declined has been taken after all", async (ctx) => {
      const { world } = kit;
      if (world.connector.capabilities.declineIsFinal) kit.lacking(ctx, "declinedThenCaptured");
      const call = callOf(world, { method: kit.methodFor("declinedThenCaptured", ctx) });
      const first = (await kit.send(call)).outcome;
      expect(first.kind).toBe("declined");
      await world.pass(3_600_000);
      for (const reply of [await kit.find(resent(call)), await kit.retrieve(resent(call), referenceOf(first))]) {
        expect(["succeeded", "authorized"]).toContain(reply.outcome.kind);
        expect(reply.outcome).toMatchObject({ figures: { amount: 4_500, currency: kit.currency } });
        expect(world.taken(call.attempt.gatewayKey)).toBe(reply.outcome.kind === "succeeded" ? 4_500 : 0);
      }
    });
  });
}
