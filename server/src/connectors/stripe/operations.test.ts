import { describe, expect, it } from "vitest";
import type { Attempt, Operation } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import type { Shown } from "../exchange.ts";
import { aCall, anIntent, aRefund, canceled, held, ID, KEY, list, lost, no, ok, ours, stripeSaying, succeeded } from "./stub.testing.ts";

const of = (operation: Operation, given: Partial<Attempt> = {}) => aCall({ operation, parentReference: ID, ...given });
const again: Partial<Attempt> = { sends: 2, questions: 1 };
const unexpected = { type: "invalid_request_error", code: "payment_intent_unexpected_state" };
const alreadyRefunded = { type: "invalid_request_error", code: "charge_already_refunded" };
const figures = { amount: 1_000, currency: "INR" };

describe("what is sent of an operation", () => {
  it.each<[Operation, Shown, string, Shown]>([
    ["capture", succeeded, `POST /v1/payment_intents/${ID}/capture`, { amount_to_capture: "1000" }],
    ["void", canceled, `POST /v1/payment_intents/${ID}/cancel`, { cancellation_reason: "requested_by_customer" }],
    ["refund", aRefund(), "POST /v1/refunds", { payment_intent: ID, amount: "1000", metadata: ours }],
  ])("%s", async (operation, answer, line, form) => {
    const stripe = stripeSaying(ok(answer));
    const reference = operation === "refund" ? "re_1" : ID;
    expect((await stripe.connector.send(of(operation))).outcome).toEqual({ kind: "succeeded", reference, figures });
    expect(stripe.seen).toMatchObject([{ line, form, key: KEY }]);
  });

  it("without a charge to act on is nothing", async () => {
    const { outcome, exchanges } = await stripeSaying().connector.send(of("refund", { parentReference: null }));
    expect([outcome, exchanges]).toMatchObject([{ kind: "rejected" }, []]);
  });
});

describe("what an answer to an operation means", () => {
  it.each<[string, Operation, Partial<Attempt>, HttpResult[], Partial<Outcome>]>([
    ["lost", "capture", {}, [lost], { kind: "unknown", reference: null }],
    ["still running", "capture", {}, [no(409, { type: "idempotency_error" })], { kind: "unknown" }],
    ["nothing done", "capture", {}, [ok(held)], { kind: "unknown" }],
    [
      "captured another amount",
      "capture",
      {},
      [ok({ ...succeeded, amount_received: 400 })],
      { kind: "succeeded", figures: { ...figures, amount: 400 } },
    ],
    ["captured before", "capture", {}, [no(400, unexpected)], { kind: "unknown", reference: null }],
    [
      "captured before, and shown",
      "capture",
      {},
      [no(400, { ...unexpected, payment_intent: succeeded })],
      { kind: "unknown", reference: null },
    ],
    ["expired", "capture", {}, [no(400, { code: "charge_expired_for_capture" })], { kind: "unknown", reference: null }],
    [
      "declined",
      "capture",
      {},
      [no(402, { type: "card_error", code: "card_declined" })],
      { kind: "declined", declineCode: "operation_refused" },
    ],
    ["refused", "capture", {}, [no(400, { code: "amount_too_large" })], { kind: "rejected", code: "amount_too_large" }],
    ["refused at a re-send", "capture", again, [no(400, { code: "amount_too_large" })], { kind: "unknown" }],
    ["canceled before", "void", {}, [no(400, unexpected)], { kind: "unknown", reference: null }],
    ["pending", "refund", {}, [ok(aRefund({ status: "pending" }))], { kind: "pending", reference: "re_1" }],
    [
      "failed",
      "refund",
      {},
      [ok(aRefund({ status: "failed" }))],
      { kind: "declined", reference: "re_1", declineCode: "operation_refused" },
    ],
    ["a new word", "refund", {}, [ok(aRefund({ status: "requires_sleep" }))], { kind: "pending", reference: "re_1" }],
    [
      "another refund's answer",
      "refund",
      {},
      [ok(aRefund({ metadata: { tillway_key: "other" } }))],
      { kind: "unknown", mismatch: `key other instead of ${KEY}` },
    ],
    ["refunded by others", "refund", {}, [no(400, alreadyRefunded), list([])], { kind: "rejected", code: "charge_already_refunded" }],
    ["refunded, perhaps by us", "refund", again, [no(400, alreadyRefunded), list([])], { kind: "unknown" }],
    ["refunded by us", "refund", again, [no(400, alreadyRefunded), list([aRefund()])], { kind: "succeeded", reference: "re_1" }],
    ["refunded, and nobody says by whom", "refund", {}, [no(400, alreadyRefunded), lost], { kind: "unknown" }],
  ])("%s: %s", async (_, operation, attempt, answers, wanted) => {
    expect((await stripeSaying(...answers).connector.send(of(operation, attempt))).outcome).toMatchObject(wanted);
  });
});

describe("a question about an operation", () => {
  it.each<[string, Operation, Shown, Partial<Outcome>]>([
    ["captured", "capture", succeeded, { kind: "succeeded", reference: ID, figures }],
    ["still held", "capture", held, { kind: "not_found" }],
    ["the hold is gone", "capture", canceled, { kind: "declined", declineCode: "operation_refused" }],
    ["canceled", "void", canceled, { kind: "succeeded", reference: ID, figures }],
    ["still held", "void", held, { kind: "not_found" }],
    ["captured", "void", succeeded, { kind: "declined", declineCode: "operation_refused" }],
    ["a new word", "void", anIntent({ status: "requires_sleep" }), { kind: "pending" }],
    ["another intent", "capture", { ...succeeded, id: "pi_9" }, { kind: "unknown", mismatch: "reference pi_9 instead of pi_1" }],
  ])("finds: %s, of a %s", async (_, operation, intent, wanted) => {
    const stripe = stripeSaying(ok(intent));
    expect((await stripe.connector.find(of(operation, { questions: 1 }))).outcome).toMatchObject(wanted);
    expect(stripe.lines()).toEqual([`GET /v1/payment_intents/${ID}`]);
  });

  it("finds a refund by our key among those of its charge, whoever made the others", async () => {
    const other = aRefund({ id: "re_other", metadata: {} });
    const stripe = stripeSaying(list([other], true), list([aRefund()]));
    expect((await stripe.connector.find(of("refund", { questions: 1 }))).outcome).toMatchObject({ kind: "succeeded", reference: "re_1" });
    expect(stripe.seen.map((one) => one.form)).toEqual([
      { payment_intent: ID, limit: "100" },
      { payment_intent: ID, limit: "100", starting_after: "re_other" },
    ]);
    expect((await stripeSaying(list([other])).connector.find(of("refund"))).outcome).toEqual({ kind: "not_found" });
    const endless = Array.from({ length: 5 }, () => list([other], true));
    expect((await stripeSaying(...endless).connector.find(of("refund"))).outcome).toMatchObject({ kind: "unknown" });
  });

  it("retrieves a refund by Stripe's id", async () => {
    const stripe = stripeSaying(ok(aRefund({ status: "canceled" })));
    expect((await stripe.connector.retrieve(of("refund"), "re_1")).outcome).toEqual({ kind: "canceled", reference: "re_1" });
    expect(stripe.lines()).toEqual(["GET /v1/refunds/re_1"]);
  });
});
