import { describe, expect, it, vi } from "vitest";
import { anAttempt } from "../core/rows.testing.ts";
import type { Call, Capabilities, Connector } from "../core/ports/connector.ts";
import { onBase, type OwnPart } from "./base.ts";

const capabilities: Capabilities = {
  declineIsFinal: false,
  idempotencyHorizonMs: 0,
  canResend: false,
  canFind: true,
  cancels: "never",
  settleTimeMs: 1_000,
  authorizationLifetimeMs: 1_000,
  operations: ["charge", "refund"],
  captures: "full",
  methods: ["card"],
  currencies: ["INR", "KWD"],
  amounts: { all: { least: 100, leastRefund: 10 }, byCurrency: { KWD: { multipleOf: 10 } } },
};

const card = { type: "card", connector: "acme", token: "tok_1", network: null, last4: null } as const;
const reply = { outcome: { kind: "pending", reference: "ch_1" }, exchanges: [] } as const;

function made(own: Partial<OwnPart> = {}): Connector {
  return onBase({ name: "acme", capabilities, ...own });
}

function callOf(attempt: Parameters<typeof anAttempt>[0] = {}, given: Partial<Call> = {}): Call {
  return {
    attempt: anAttempt({ operation: "charge", amount: 4_500, currency: "INR", questions: 0, ...attempt }),
    account: {} as Call["account"],
    method: card,
    captureMethod: "automatic",
    returnUrl: null,
    sendBefore: null,
    ...given,
  };
}

describe("a connector on the base", () => {
  it.each([
    ["an operation that the gateway lacks", callOf({ operation: "void", parentReference: "ch_1" }), "not_supported", "acme has no void."],
    ["a charge without a method", callOf({}, { method: null }), "not_for_this_gateway", "The attempt names no method."],
    [
      "another gateway's token",
      callOf({}, { method: { ...card, connector: "other" } }),
      "not_for_this_gateway",
      "The card is not a token of this gateway.",
    ],
    [
      "a refund of nothing",
      callOf({ operation: "refund", parentReference: null }),
      "not_for_this_gateway",
      "The attempt names no charge to act on.",
    ],
    ["a currency that it does not take", callOf({ currency: "USD" }), "invalid_currency", "acme takes no USD here."],
    ["less than it takes", callOf({ amount: 99 }), "invalid_amount", expect.stringContaining("1.00 INR")],
    [
      "a refund of less than it gives back",
      callOf({ operation: "refund", parentReference: "ch_1", amount: 9 }),
      "invalid_amount",
      expect.stringContaining("0.10 INR"),
    ],
    ["more decimals than it takes", callOf({ currency: "KWD", amount: 1_001 }), "invalid_amount", expect.stringContaining("0.010 KWD")],
  ])("refuses %s before anything leaves", async (_, call, code, message) => {
    const send = vi.fn(async () => reply);
    expect(await made({ send }).send(call)).toEqual({ outcome: { kind: "rejected", code, message }, exchanges: [] });
    // An earlier request may have arrived, when other settings held: no refusal of ours proves that it took nothing.
    const again = { ...call, attempt: { ...call.attempt, sends: 2, questions: 1 } };
    expect((await made({ send }).send(again)).outcome).toMatchObject({ kind: "unknown", storedError: false });
    expect(send).not.toHaveBeenCalled();
  });

  it("sends what can be right, and gives back in a currency that is no longer taken", async () => {
    const send = vi.fn(async () => reply);
    for (const call of [callOf(), callOf({ operation: "refund", parentReference: "ch_1", currency: "USD" })])
      expect(await made({ send }).send(call)).toBe(reply);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("answers what it lacks as not supported, and never as if nothing were there", async () => {
    const bare = made();
    const call = callOf();
    expect((await bare.send(call)).outcome).toMatchObject({ kind: "rejected", code: "not_supported" });
    for (const asked of [bare.retrieve(call, "ch_1"), bare.find(call), bare.cancel(call)])
      expect(await asked).toMatchObject({ outcome: { kind: "unknown" }, exchanges: [] });
    const raw = { headers: {}, body: new Uint8Array() };
    for (const verdict of [bare.verifyWebhook(raw, call.account, 0), bare.readWebhook("{}", "acc_1")])
      expect(verdict).toEqual({ ok: false, reason: "acme sends no webhooks" });
  });

  it("is asked what a charge is by now if it can't be called off", async () => {
    const find = vi.fn(async () => reply);
    expect(await made({ find }).cancel(callOf())).toBe(reply);
    expect(await made({ find, capabilities: { ...capabilities, canFind: false } }).cancel(callOf())).toMatchObject({
      outcome: { kind: "unknown" },
    });
  });
});
