import { STRIPE_TEST_KEY } from "@tillway/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callOf } from "../conformance/world.testing.ts";
import { stripeWorld, type StripeWorld } from "../conformance/stripe-world.testing.ts";
import type { Listed, ListReply } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { account, aCall, anIntent, aRefund, held, list, lost, no, ok, stripeSaying, succeeded } from "./stub.testing.ts";

const created = 1_800_000_000;
const query = { from: created * 1_000 - 500, before: created * 1_000 + 1_500, cursor: null };
const others = { tillway_key: "k".repeat(32), tillway_account: "acc_other" };

describe("Stripe's list", () => {
  const listed = (answer: HttpResult, cursor: string | null = null) => stripeSaying(answer).connector.list!(account, { ...query, cursor });

  it("asks for whole seconds that hold the span, first the intents and then the refunds", async () => {
    const { connector, seen, lines } = stripeSaying(list([succeeded], true), list([]), list([aRefund()], true), list([]));
    const cursors: (string | null)[] = [];
    for (let cursor: string | null = null, page = 0; page < 4; page++) {
      const reply: ListReply = await connector.list!(account, { ...query, cursor });
      cursor = reply.ok ? reply.cursor : "failed";
      cursors.push(cursor);
    }
    expect(cursors).toEqual(["intents:pi_1", "refunds:", "refunds:re_1", null]);
    expect(lines()).toEqual([...Array(2).fill("GET /v1/payment_intents"), ...Array(2).fill("GET /v1/refunds")]);
    const span = { created: { gte: String(created - 1), lt: String(created + 2) }, limit: "100" };
    expect(seen.map(({ form }) => form)).toEqual([
      span,
      { ...span, starting_after: "pi_1" },
      { ...span, expand: ["data.payment_intent"] },
      { ...span, expand: ["data.payment_intent"], starting_after: "re_1" },
    ]);
  });

  it("begins with the refunds if nothing else is wanted", async () => {
    const { connector, lines } = stripeSaying(list([]));
    expect(await connector.list!(account, { ...query, only: "refunds" })).toEqual({ ok: true, entries: [], cursor: null });
    expect(lines()).toEqual(["GET /v1/refunds"]);
  });

  it.each([
    ["a success", succeeded],
    ["a hold", held],
    ["a decline", anIntent({ last_payment_error: { type: "card_error", code: "card_declined" } })],
    ["work under way", anIntent({ status: "processing" })],
    ["a word that nobody documented", anIntent({ status: "levitating" })],
    ["what was canceled", anIntent({ status: "canceled" })],
  ])("reads %s as a retrieve does", async (_, intent) => {
    const { outcome } = await stripeSaying(ok(intent)).connector.retrieve(aCall(), "pi_1");
    expect(await listed(list([{ ...intent, created }]))).toEqual({
      ok: true,
      cursor: "refunds:",
      entries: [{ operation: "charge", gatewayKey: aCall().attempt.gatewayKey, reference: "pi_1", outcome, createdAt: created * 1_000 }],
    });
  });

  it("says of a hold of ours that was captured in part that it was held, and of an intent that nobody confirmed that it waits", async () => {
    const part = anIntent({ status: "succeeded", capture_method: "manual", amount_received: 600 });
    const waits = anIntent({ id: "pi_2", status: "requires_confirmation" });
    expect(await listed(list([part, waits]))).toMatchObject({
      entries: [
        { outcome: { kind: "authorized", figures: { amount: 1_000, currency: "INR" } } },
        { outcome: { kind: "pending", reference: "pi_2" } },
      ],
    });
  });

  it("shows what other programs made without a key, and what another account made with that account's", async () => {
    const theirs = (reference: string) => ({ accountId: "acc_other", gatewayKey: others.tillway_key, reference });
    const intents = [succeeded, anIntent({ id: "pi_2", metadata: {} }), anIntent({ id: "pi_3", metadata: others })];
    const loose = anIntent({ id: "pi_4", metadata: { tillway_key: "k".repeat(32) } });
    expect(keysOf(await listed(list([...intents, loose])))).toEqual([
      ["pi_1", aCall().attempt.gatewayKey, undefined],
      ["pi_2", null, undefined],
      ["pi_3", null, theirs("pi_3")],
      ["pi_4", null, undefined],
    ]);
    const byHand = { metadata: {}, payment_intent: anIntent() };
    const refunds = [
      aRefund({ id: "re_1" }),
      aRefund({ ...byHand, id: "re_2" }),
      aRefund({ ...byHand, id: "re_3", payment_intent: anIntent({ metadata: others }) }),
      aRefund({ id: "re_4", metadata: others }),
    ];
    expect(keysOf(await listed(list(refunds), "refunds:"))).toEqual([
      ["re_1", aCall().attempt.gatewayKey, undefined],
      ["re_2", null, undefined],
      ["re_3", null, theirs("pi_1")],
      ["re_4", null, theirs("re_4")],
    ]);
  });

  it.each([
    ["lost", lost, "timeout"],
    ["a refusal", no(401, { type: "invalid_request_error" }), "status 401"],
    ["a server's fault", no(500, "<html>"), "status 500"],
    ["no JSON", { ...succeededText(), body: '{"data": [' }, "the list of intents can't be read"],
    ["no list", ok({ has_more: false }), "the list of intents can't be read"],
    ["a list that does not say whether it goes on", ok({ data: [] }), "the list of intents can't be read"],
    ["a list that goes on after nothing", list([], true), "the list of intents can't be read"],
    ["an intent without a time", list([anIntent({ created: null })]), "the list of intents can't be read"],
    ["an intent without an id", list([anIntent({ id: null })]), "the list of intents can't be read"],
  ])("says why it can't be read: %s", async (_, answer, reason) => {
    expect(await listed(answer)).toEqual({ ok: false, reason });
  });
});

function succeededText() {
  return ok(succeeded) as Extract<ReturnType<typeof ok>, { kind: "answer" }>;
}

function keysOf(reply: ListReply) {
  return reply.ok ? reply.entries.map(({ reference, gatewayKey, owner }) => [reference, gatewayKey, owner]) : reply.reason;
}

describe("the list of Stripe's far side", () => {
  let world: StripeWorld;
  beforeEach(async () => void (world = await stripeWorld()));
  afterEach(() => world.close());

  async function all(from = 0): Promise<Listed[]> {
    const entries: Listed[] = [];
    for (let cursor: string | null = null, page = 0; page < 10; page++) {
      const reply: ListReply = await world.run(world.connector.list!(world.account, { from, before: world.now() + 1_000, cursor }));
      if (!reply.ok) throw new Error(reply.reason);
      entries.push(...reply.entries);
      if (reply.cursor === null) return entries;
      cursor = reply.cursor;
    }
    throw new Error("pages without end");
  }

  it("comes in pages that leave nothing out, with the refunds after the charges", async () => {
    const made: string[] = [];
    for (let n = 0; n < 120; n++) {
      const call = callOf(world, { method: world.methods.approved! });
      const { outcome } = await world.connector.send(call);
      made.push(call.attempt.gatewayKey);
      if (n % 60 > 0) continue;
      const refund = callOf(world, { operation: "refund", parent: (outcome as { reference: string }).reference });
      await world.connector.send(refund);
      made.push(refund.attempt.gatewayKey);
    }
    const entries = await all();
    expect(entries.map(({ gatewayKey }) => gatewayKey).toSorted()).toEqual(made.toSorted());
    expect(entries.slice(-2).map(({ operation, outcome }) => [operation, outcome.kind])).toEqual(Array(2).fill(["refund", "succeeded"]));
    expect(await all(world.now() + 1_000)).toEqual([]);
  });

  it("has a refund that was made by hand, without a key", async () => {
    const { outcome } = await world.run(world.connector.send(callOf(world, { method: world.methods.approved! })));
    const { reference } = outcome as { reference: string };
    const headers = { authorization: `Bearer ${STRIPE_TEST_KEY}` };
    await world.farSide.handle({ method: "POST", path: "/v1/refunds", headers, body: `payment_intent=${reference}&amount=500` });
    expect((await all())[1]).toMatchObject({
      operation: "refund",
      gatewayKey: null,
      outcome: { kind: "succeeded", figures: { amount: 500 } },
    });
  });
});
