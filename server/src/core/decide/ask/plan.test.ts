import { describe, expect, it } from "vitest";
import { ableGateway, anAttempt, aPayment, DAY, MINUTE, START } from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import type { Capabilities } from "../../ports/connector.ts";
import { maySendAgain, planQuestion, type Question } from "./plan.ts";

const unknown = anAttempt({ status: "unknown" });
const calledOff = aPayment({ status: "processing", cancelRequestedAt: START });
const wanted = aPayment({ status: "processing" });

describe("what is asked next about an unknown outcome", () => {
  const all = ableGateway;
  const noCancel = { ...all, cancels: "never" as const };
  const blind = { ...all, canFind: false, cancels: "never" as const, canResend: false };

  it.each<[string, Partial<Attempt>, Partial<Capabilities>, boolean, number, Question]>([
    ["by the gateway's id, where it gave one", { gatewayReference: "ref" }, all, false, MINUTE, "retrieve"],
    ["by our key, where it did not", {}, all, false, MINUTE, "find"],
    ["by our key once more after one not found", { notFound: 1 }, all, false, MINUTE, "find"],
    ["not found twice: call it off, whose confirmation is proof", { notFound: 2 }, all, false, MINUTE, "cancel"],
    ["called off without an answer that proves: send again", { notFound: 3 }, all, false, MINUTE, "resend"],
    ["not found twice, cannot be called off: send again", { notFound: 2 }, noCancel, false, MINUTE, "resend"],
    ["… but not once 15 minutes have passed", { notFound: 2 }, noCancel, false, 15 * MINUTE, "conclude_not_sent"],
    ["… nor where the gateway stored a 5xx", { notFound: 2, storedError: true }, noCancel, false, MINUTE, "conclude_not_sent"],
    ["… nor where it knows no keys", { notFound: 2 }, { ...noCancel, canResend: false }, false, MINUTE, "conclude_not_sent"],
    ["… nor where a cancel was asked for", { notFound: 2 }, noCancel, true, MINUTE, "conclude_not_sent"],
    ["a capture is never called off", { notFound: 2, operation: "capture" }, all, false, MINUTE, "resend"],
    [
      "a capture is sent again although the payment was to be canceled: it has begun",
      { notFound: 2, operation: "capture" },
      all,
      true,
      MINUTE,
      "resend",
    ],
    [
      "a challenge whose payment is to be canceled: call it off",
      { status: "requires_action", gatewayReference: "ref" },
      all,
      true,
      MINUTE,
      "cancel",
    ],
    [
      "the same at a gateway that calls off by its own id only (U3)",
      { status: "requires_action", gatewayReference: "ref" },
      { ...all, cancels: "by_reference" },
      true,
      MINUTE,
      "cancel",
    ],
    [
      "not found twice at such a gateway: it has no id to call off, send again",
      { notFound: 2 },
      { ...all, cancels: "by_reference" },
      false,
      MINUTE,
      "resend",
    ],
    ["a challenge otherwise: how it stands", { status: "requires_action", gatewayReference: "ref" }, all, false, MINUTE, "retrieve"],
    ["pending is only ever asked for, however often it is not found", { status: "pending", notFound: 9 }, all, false, MINUTE, "find"],
    ["where nothing can be done, the question stays a find", {}, blind, false, MINUTE, "find"],
    ["… for ever", {}, blind, false, 400 * DAY, "find"],
  ])("%s", (_, attempt, capabilities, cancel, age, question) => {
    expect(planQuestion({ ...unknown, ...attempt }, cancel ? calledOff : wanted, { ...all, ...capabilities }, START + age)).toBe(question);
  });
});

describe("sending again under the same key", () => {
  it.each<[string, Partial<Attempt>, Partial<Capabilities>, number, boolean]>([
    ["at once", {}, {}, 0, true],
    ["just before 15 minutes", {}, {}, 15 * MINUTE - 1, true],
    ["at 15 minutes", {}, {}, 15 * MINUTE, false],
    ["before it was sent, by a clock that was set back", {}, {}, -1, false],
    ["just before four fifths of a shorter memory", {}, { idempotencyHorizonMs: 10 * MINUTE }, 8 * MINUTE - 1, true],
    ["at four fifths of a shorter memory", {}, { idempotencyHorizonMs: 10 * MINUTE }, 8 * MINUTE, false],
    ["to a gateway without memory", {}, { idempotencyHorizonMs: 0 }, 0, false],
    ["to a gateway that takes no repeats", {}, { canResend: false }, 0, false],
    ["in answer to a stored 5xx", { storedError: true }, {}, 0, false],
    ["of what was never sent", { firstSentAt: null }, {}, 0, false],
  ])("%s", (_, attempt, capabilities, age, may) => {
    expect(maySendAgain({ ...unknown, ...attempt }, { ...ableGateway, ...capabilities }, START + age)).toBe(may);
  });
});
