/** What every connector must do, whatever its gateway: run offline against a far side that can misbehave. For tests only. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PaymentMethod } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Reply } from "../../core/ports/connector.ts";
import { chargeCases, operationCases } from "./cases.testing.ts";
import { webhookConformance } from "./webhooks.testing.ts";
import { callOf, type Situation, type World } from "./world.testing.ts";

const canary = "4539578763621486";

export function connectorConformance(name: string, open: () => Promise<World>): void {
  describe(`${name}: conformance`, () => {
    let world: World;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const methodFor = (situation: Situation, skip: (note: string) => void): PaymentMethod => {
      const method = world.methods[situation];
      if (method === undefined) skip(`this far side has no "${situation}"`);
      return method!;
    };
    const send = (call: Call): Promise<Reply> => world.run(world.connector.send(call));

    describe("a charge", () => {
      it.for(chargeCases)("%s", async ([situation, wanted, taken], ctx) => {
        const call = callOf(world, { method: methodFor(situation, ctx.skip) });
        const { outcome, exchanges } = await send(call);
        expect(outcome).toMatchObject(wanted);
        expect(world.taken(call.attempt.gatewayKey)).toBe(taken * call.attempt.amount);
        expect(exchanges.length).toBeGreaterThan(0);
        expect(exchanges.at(-1)).toMatchObject({ kind: "send", method: "POST" });
      });

      it("is only authorized if the capture comes later", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip), capture: "manual" });
        expect((await send(call)).outcome).toMatchObject({ kind: "authorized", figures: { amount: 4_500, currency: "INR" } });
        expect(world.taken(call.attempt.gatewayKey)).toBe(0);
      });

      it("is not sent if nobody listens, and a question then proves nothing", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        expect((await world.run(world.unreachable.send(call))).outcome).toMatchObject({ kind: "not_sent" });
        const asked = { ...call, attempt: { ...call.attempt, questions: 1 } };
        expect((await world.run(world.unreachable.find(asked))).outcome).toMatchObject({ kind: "unknown" });
        expect((await world.run(world.unreachable.send(asked))).outcome).toMatchObject({ kind: "unknown" });
      });

      it("is not sent once its time is over, and is still asked about", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        const late = { ...call, sendBefore: world.now() - 1 };
        expect((await send(late)).outcome).toMatchObject({ kind: "not_sent" });
        expect((await send({ ...late, attempt: { ...late.attempt, questions: 1 } })).outcome).toMatchObject({ kind: "unknown" });
        expect(world.charges(call.attempt.gatewayKey)).toBe(0);
        expect((await world.run(world.connector.find(late))).outcome).toEqual({ kind: "not_found" });
        expect((await send({ ...call, sendBefore: world.now() + 60_000 })).outcome.kind).toBe("succeeded");
      });

      it("without a method is rejected here", async () => {
        expect(await send(callOf(world))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
      });

      it("under a used key charges once and answers the same again", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        const first = await send(call);
        const resent = { ...call, attempt: { ...call.attempt, sends: 2, questions: 1 } };
        const replies = await world.run(Promise.all([world.connector.send(resent), world.connector.send(resent)]));
        for (const reply of replies) {
          expect(reply.outcome).toEqual(first.outcome);
          expect(reply.exchanges.at(-1)).toMatchObject({ kind: "resend" });
        }
        expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
      });

      it("with another gateway's token is rejected here", async () => {
        const method = { type: "card", connector: "another-gateway", token: "tok_success", network: "visa", last4: "4242" } as const;
        expect(await send(callOf(world, { method }))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
      });

      it("under a key that was used for another request is not refused: the money is there, and a question finds it (R3)", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        await send(call);
        const { outcome } = await send({ ...call, attempt: { ...call.attempt, amount: 9_000 } });
        expect(["unknown", "pending"]).toContain(outcome.kind);
        expect(world.taken(call.attempt.gatewayKey)).toBe(4_500);
        const { reference } = outcome as Extract<Outcome, { kind: "unknown" | "pending" }>;
        await world.pass(world.connector.capabilities.settleTimeMs);
        const asked = reference === null ? world.connector.find(call) : world.connector.retrieve(call, reference);
        expect((await world.run(asked)).outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500 } });
      });
    });

    describe("a question", () => {
      const lost: Situation[] = ["timeoutAfter", "resetAfter", "cutAfter", "storedErrorAfter", "htmlAfter"];
      it.for(lost)("finds by our key what %s hid", async (situation, ctx) => {
        if (!world.connector.capabilities.canFind) ctx.skip("this gateway cannot find by key");
        const call = callOf(world, { method: methodFor(situation, ctx.skip) });
        expect((await send(call)).outcome.kind).toBe("unknown");
        await world.pass(world.connector.capabilities.settleTimeMs);
        const { outcome, exchanges } = await world.run(world.connector.find(call));
        expect(outcome).toMatchObject({ kind: "succeeded", figures: { amount: 4_500, currency: "INR" } });
        expect(exchanges).toMatchObject([{ kind: "question" }]);
        const reference = (outcome as Extract<Outcome, { kind: "succeeded" }>).reference;
        expect((await world.run(world.connector.retrieve(call, reference))).outcome).toEqual(outcome);
        expect(world.taken(call.attempt.gatewayKey)).toBe(4_500);
      });

      it("finds nothing if nothing arrived, and a re-send then charges once", async (ctx) => {
        const call = callOf(world, { method: methodFor("timeoutBefore", ctx.skip) });
        await send(call);
        await world.pass(world.connector.capabilities.settleTimeMs);
        expect((await world.run(world.connector.find(call))).outcome).toEqual({ kind: "not_found" });
        expect((await world.run(world.connector.retrieve(call, "no-such-reference"))).outcome).toEqual({ kind: "not_found" });
        if (!world.connector.capabilities.canResend) return;
        expect((await send({ ...call, attempt: { ...call.attempt, sends: 2, questions: 2 } })).outcome.kind).toBe("succeeded");
        expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
      });

      it("hears what became of a pending charge", async (ctx) => {
        const call = callOf(world, { method: methodFor("pendingThenApproved", ctx.skip) });
        expect((await send(call)).outcome.kind).toBe("pending");
        await world.pass(world.connector.capabilities.settleTimeMs);
        expect((await world.run(world.connector.find(call))).outcome.kind).toBe("pending");
        await world.pass(60_000);
        expect((await world.run(world.connector.find(call))).outcome.kind).toBe("succeeded");
      });
    });

    describe("an operation on a charge", () => {
      it.for(operationCases)("%s of %s: %s", async ([operation, situation, wanted, left], ctx) => {
        if (!world.connector.capabilities.operations.includes(operation)) ctx.skip(`this gateway has no ${operation}`);
        const method = methodFor(situation, ctx.skip);
        const charge = callOf(world, { method, capture: operation === "refund" ? "automatic" : "manual" });
        const { outcome } = await send(charge);
        const parent = (outcome as Extract<Outcome, { kind: "succeeded" | "authorized" }>).reference;
        const call = callOf(world, { operation, parent });
        expect((await send(call)).outcome).toMatchObject({ kind: wanted });
        await send({ ...call, attempt: { ...call.attempt, sends: 2 } });
        expect(world.taken(charge.attempt.gatewayKey)).toBe(left * 4_500);
        await world.pass(world.connector.capabilities.settleTimeMs);
        expect((await world.run(world.connector.find(call))).outcome).toMatchObject({ kind: wanted });
      });

      it.for([
        ["capture", "automatic"],
        ["void", "manual"],
      ] as const)("%s of a charge to which that was done before is not refused: it was done (R3)", async ([operation, capture], ctx) => {
        const charge = callOf(world, { method: methodFor("approved", ctx.skip), capture });
        const parent = ((await send(charge)).outcome as Extract<Outcome, { kind: "succeeded" | "authorized" }>).reference;
        if (operation === "void") await send(callOf(world, { operation, parent }));
        const { outcome } = await send(callOf(world, { operation, parent }));
        expect(["unknown", "pending"]).toContain(outcome.kind);
      });

      it("without a charge to act on is rejected here", async () => {
        expect(await send(callOf(world, { operation: "refund" }))).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [] });
      });
    });

    describe("a cancel", () => {
      const cancel = (call: Call): Promise<Reply> => world.run(world.connector.cancel(call));

      it("that is confirmed proves that nothing is taken, also by what arrives later", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        if ((await cancel(call)).outcome.kind !== "canceled") ctx.skip("this gateway cannot call off what never arrived");
        expect((await send({ ...call, attempt: { ...call.attempt, sends: 2, questions: 1 } })).outcome.kind).toBe("canceled");
        await world.pass(3_600_000);
        expect(world.taken(call.attempt.gatewayKey)).toBe(0);
      });

      it("that comes too late returns what was taken", async (ctx) => {
        const call = callOf(world, { method: methodFor("approved", ctx.skip) });
        await send(call);
        const { outcome } = await cancel(call);
        expect(["succeeded", "unknown"]).toContain(outcome.kind);
        expect(world.taken(call.attempt.gatewayKey)).toBe(4_500);
      });
    });

    describe("evidence", () => {
      it("holds no secret, and no card number even if one is repeated", async (ctx) => {
        const approved = methodFor("approved", ctx.skip);
        const replies = [
          await send(callOf(world, { method: approved })),
          await send(callOf(world, { method: { type: "upi", vpa: `${canary}@bank` } })),
          await send(callOf(world, { method: { type: "card", connector: "sandbox", token: canary, network: "visa", last4: "1486" } })),
        ];
        const text = JSON.stringify(replies);
        expect(text).not.toContain(canary);
        for (const secret of Object.values(world.account.credentials)) expect(text).not.toContain(secret);
        expect(text.toLowerCase()).not.toContain("bearer");
      });

      it("of a card exchange: a number that is no test card goes nowhere", async (ctx) => {
        if (!world.tokenizer) return ctx.skip("this gateway takes no card numbers");
        const result = await world.tokenizer.tokenize({ number: canary, expiryMonth: 1, expiryYear: 2040, cvv: "123", holderName: null });
        expect(result).toMatchObject({ ok: false });
        expect(JSON.stringify(result)).not.toContain(canary);
      });
    });

    webhookConformance(() => world);
  });
}
