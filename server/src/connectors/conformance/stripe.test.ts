import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import type { Call } from "../../core/ports/connector.ts";
import { STRIPE_TEST_KEY } from "@tillway/sandbox";
import { stripeWorld, type StripeWorld } from "./stripe-world.testing.ts";
import { connectorConformance } from "./suite.testing.ts";
import { callOf } from "./world.testing.ts";

connectorConformance("stripe", () => stripeWorld());
connectorConformance("stripe with a search that lags", () => stripeWorld({ searchLagMs: 600_000 }));

/** What the far side's books say is what counts: a charge is taken once, or it was proven that it never will be. */
describe("stripe: between the two requests of a charge", () => {
  let world: StripeWorld;
  beforeEach(async () => void (world = await stripeWorld({ searchLagMs: 600_000 })));
  afterEach(() => world.close());

  const aCharge = (): Call => callOf(world, { method: world.methods.approved });
  const send = async (call: Call): Promise<Outcome> => (await world.run(world.connector.send(call))).outcome;
  const asked = (call: Call, mayFinish: boolean): Call => ({ ...call, mayFinish, attempt: { ...call.attempt, questions: 1 } });
  const find = async (call: Call, mayFinish: boolean) => (await world.run(world.connector.find(asked(call, mayFinish)))).outcome;
  const retrieve = async (call: Call, mayFinish: boolean, reference: string) =>
    (await world.run(world.connector.retrieve(asked(call, mayFinish), reference))).outcome;
  const booked = ({ attempt }: Call): number[] => [world.charges(attempt.gatewayKey), world.taken(attempt.gatewayKey)];
  /** The charge whose confirm was lost before it did anything, and its intent. */
  const lostConfirm = async (): Promise<{ call: Call; id: string }> => {
    const call = aCharge();
    world.farSide.setFaults([{ name: "timeout-before", path: "/confirm" }]);
    const outcome = (await send(call)) as Extract<Outcome, { kind: "unknown" }>;
    return { call, id: outcome.reference! };
  };
  /** The confirm that was on its way arrives after all. */
  const arrives = async ({ attempt }: Call, id: string): Promise<number> => {
    const reply = await world.farSide.handle({
      method: "POST",
      path: `/v1/payment_intents/${id}/confirm`,
      headers: { authorization: `Bearer ${STRIPE_TEST_KEY}`, "idempotency-key": `${attempt.gatewayKey}-confirm` },
      body: "payment_method=pm_card_visa&error_on_requires_action=true&expand[0]=latest_charge",
    });
    return reply.status;
  };

  it.each(["reset-after", "timeout-after", "cut-after", "html-after", "error-after"] as const)(
    "a create that met %s has moved nothing: its intent is found in the list and finished, once",
    async (name) => {
      const call = aCharge();
      // Only the create names the key in its body.
      world.farSide.setFaults([{ name, body: call.attempt.gatewayKey }]);
      expect(await send(call)).toMatchObject({ kind: "unknown", reference: null });
      expect(booked(call)).toEqual([0, 0]);
      await world.pass(world.connector.capabilities.settleTimeMs);
      expect((await find(call, true)).kind).toBe("succeeded");
      expect(booked(call)).toEqual([1, 4_500]);
    },
  );

  it("a create that never arrived is not found, and sent again under the same key", async () => {
    const call = aCharge();
    world.farSide.setFaults([{ name: "timeout-before", body: call.attempt.gatewayKey }]);
    expect(await send(call)).toMatchObject({ kind: "unknown", reference: null });
    await world.pass(world.connector.capabilities.settleTimeMs);
    expect(await find(call, true)).toEqual({ kind: "not_found" });
    expect((await send({ ...call, attempt: { ...call.attempt, sends: 2, questions: 2 } })).kind).toBe("succeeded");
    expect(booked(call)).toEqual([1, 4_500]);
  });

  it("a confirm that arrives after the question that finished it takes nothing more", async () => {
    const { call, id } = await lostConfirm();
    expect((await retrieve(call, true, id)).kind).toBe("succeeded");
    // Replayed.
    expect(await arrives(call, id)).toBe(200);
    expect(booked(call)).toEqual([1, 4_500]);
  });

  it("a confirm that arrives after it was called off is refused", async () => {
    const { call, id } = await lostConfirm();
    expect(await retrieve(call, false, id)).toMatchObject({ kind: "declined", declineCode: "technical_decline" });
    expect(await arrives(call, id)).toBe(400);
    expect(booked(call)).toEqual([0, 0]);
  });

  it("a confirm that was quicker than the cancel is what the answer says", async () => {
    const { call, id } = await lostConfirm();
    const late = { ...call, attempt: { ...call.attempt, gatewayReference: id } };
    expect(await arrives(call, id)).toBe(200);
    expect((await world.run(world.connector.cancel(late))).outcome.kind).toBe("succeeded");
    expect(booked(call)).toEqual([1, 4_500]);
  });

  it.each([
    ["key-in-use", true, "succeeded", [1, 4_500]],
    ["lock-timeout", true, "succeeded", [1, 4_500]],
    ["lock-timeout", false, "declined", [0, 0]],
  ] as const)("while Stripe answers %s nothing is known (may be finished: %s), and then it is %s", async (name, mayFinish, kind, books) => {
    const { call, id } = await lostConfirm();
    world.farSide.setFaults([{ name, method: "POST", times: 2 }]);
    for (let n = 0; n < 2; n++) expect(await retrieve(call, mayFinish, id)).toMatchObject({ kind: "unknown", reference: id });
    expect((await retrieve(call, mayFinish, id)).kind).toBe(kind);
    expect(booked(call)).toEqual(books);
  });

  it("two that ask at once, one of which may finish it, never disagree with the books", async () => {
    for (const order of [
      [true, false],
      [false, true],
    ]) {
      const { call, id } = await lostConfirm();
      const outcomes = await Promise.all(order.map((mayFinish) => retrieve(call, mayFinish, id)));
      const isTaken = booked(call)[1] === 4_500;
      for (const { kind } of outcomes) expect(isTaken ? ["succeeded"] : ["declined", "canceled"]).toContain(kind);
      expect(booked(call)).toEqual(isTaken ? [1, 4_500] : [0, 0]);
    }
  });

  it("a confirm whose own 500 is stored is asked about, and a repeat would tell no more", async () => {
    const call = aCharge();
    world.farSide.setFaults([{ name: "error-after", path: "/confirm" }]);
    const outcome = await send(call);
    expect(outcome).toMatchObject({ kind: "unknown", storedError: true, reference: expect.any(String) });
    const again = { ...call, attempt: { ...call.attempt, sends: 2, questions: 1 } };
    expect(await send(again)).toMatchObject({ kind: "unknown", storedError: true });
    expect((await retrieve(call, false, (outcome as { reference: string }).reference)).kind).toBe("succeeded");
    expect(booked(call)).toEqual([1, 4_500]);
  });
});
