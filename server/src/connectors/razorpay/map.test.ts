import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import type { Call } from "../../core/ports/connector.ts";
import { anAttempt } from "../../core/rows.testing.ts";
import { captureOutcome, chargeOutcome, decisive, foreignKey, receiptOf, refundOutcome, refusal, unknownWord } from "./map.ts";
import { chargeProblem, orderBody, withoutPayer } from "./requests.ts";
import { declineMessages } from "../declines.ts";
import { declineCodes } from "./tables.ts";

const SECONDS = 1_800_000_000;
const NOW = SECONDS * 1_000 + 60_000;
const HOLD_MS = 432_000_000;
const payment = {
  id: "pay_1",
  entity: "payment",
  order_id: "order_1",
  amount: 4_500,
  currency: "INR",
  method: "card",
  captured: false,
  created_at: SECONDS,
};
const figures = { amount: 4_500, currency: "INR" };
const automatic = { captureMethod: "automatic", now: NOW, nextAction: null } as const;
const manual = { ...automatic, captureMethod: "manual" } as const;
const nextAction = { type: "redirect", url: "https://bank.example" } as const;

describe("the status table of payments", () => {
  it.each<[string, object, Parameters<typeof chargeOutcome>[1], Partial<Outcome>]>([
    ["captured", { status: "captured", captured: true }, automatic, { kind: "succeeded", reference: "order_1", figures }],
    ["refunded after a capture", { status: "refunded", captured: true }, automatic, { kind: "succeeded", reference: "order_1", figures }],
    ["refunded without a capture: the hold has lapsed", { status: "refunded" }, manual, { kind: "canceled", reference: "order_1" }],
    ["authorized, to be captured by us", { status: "authorized" }, manual, { kind: "authorized", lapsesAt: SECONDS * 1_000 + HOLD_MS }],
    ["authorized, to be captured by Razorpay", { status: "authorized" }, automatic, { kind: "pending", reference: "order_1" }],
    [
      "the same at the end of its time",
      { status: "authorized" },
      { ...automatic, now: SECONDS * 1_000 + 1_200_000 },
      { kind: "authorized" },
    ],
    ["the same in a webhook of any age", { status: "authorized" }, { ...automatic, now: null }, { kind: "pending" }],
    [
      "created, with a shopper who was shown a page",
      { status: "created" },
      { ...automatic, nextAction },
      { kind: "requires_action", nextAction },
    ],
    ["created, without one", { status: "created" }, automatic, { kind: "pending", reference: "order_1" }],
    [
      "failed",
      { status: "failed", error_reason: "insufficient_funds" },
      automatic,
      { kind: "declined", declineCode: "insufficient_funds" },
    ],
    [
      "failed for an unknown reason",
      { status: "failed", error_reason: "brand_new" },
      automatic,
      { kind: "declined", declineCode: "card_declined" },
    ],
    [
      "failed at a UPI app",
      { status: "failed", error_reason: "payment_declined", method: "upi" },
      automatic,
      { declineCode: "upi_declined" },
    ],
    ["an unknown word", { status: "under_review" }, automatic, { kind: "pending", reference: "order_1" }],
    ["a word of JavaScript's", { status: "constructor" }, automatic, { kind: "pending" }],
    ["no status", {}, automatic, { kind: "pending" }],
    ["no order", { status: "captured", order_id: null }, automatic, { kind: "unknown" }],
    [
      "an amount that is text",
      { status: "captured", amount: "4500" },
      automatic,
      { kind: "succeeded", figures: { amount: -1, currency: "INR" } },
    ],
    ["a time that can't be", { status: "authorized", created_at: 8.7e15 }, manual, { kind: "authorized", lapsesAt: null }],
  ])("%s", (_, more, circumstances, outcome) => {
    expect(chargeOutcome({ ...payment, ...more }, circumstances)).toMatchObject(outcome);
  });

  it.each(["payment_pending", "collect_request_pending", "deemed_transaction"])("%s is still under way", (reason) => {
    expect(chargeOutcome({ ...payment, status: "failed", error_reason: reason }, automatic)).toEqual({
      kind: "pending",
      reference: "order_1",
    });
  });

  it("names the words that it does not know", () => {
    expect(unknownWord({ ...payment, status: "under_review" })).toContain("under_review");
    expect(unknownWord({ ...payment, status: "captured" })).toBeNull();
    expect(unknownWord({ entity: "refund", status: "captured" })).toContain("captured");
  });
});

describe("the payments of one order", () => {
  const of = (...statuses: string[]) =>
    statuses.map((status, n) => ({ ...payment, id: `pay_${n}`, status, captured: status === "captured" }));

  it.each<[string[], string]>([
    [["failed", "captured", "failed"], "captured"],
    [["captured", "refunded"], "captured"],
    [["failed", "authorized"], "authorized"],
    [["created", "failed"], "created"],
    [["failed", "under_review"], "under_review"],
    [["refunded", "failed"], "refunded"],
  ])("%j: %s decides", (statuses, status) => {
    expect(decisive(of(...statuses))).toMatchObject({ status });
  });

  it("the newest one decides among those that stand alike, and none among none", () => {
    const [older, newer] = of("failed", "failed");
    expect(decisive([{ ...newer, created_at: SECONDS + 1 }, older!])).toMatchObject({ id: "pay_1" });
    expect(decisive([])).toBeUndefined();
  });
});

describe("captures and refunds", () => {
  it.each<[string, object, object]>([
    ["captured", { status: "captured", captured: true }, { kind: "succeeded", reference: "pay_1", figures }],
    ["still held", { status: "authorized" }, { kind: "not_found" }],
    ["given back", { status: "refunded" }, { kind: "declined", declineCode: "operation_refused" }],
    ["failed", { status: "failed" }, { kind: "declined" }],
    ["an unknown word", { status: "new" }, { kind: "pending" }],
  ])("a capture whose payment is %s", (_, more, outcome) => {
    expect(captureOutcome({ ...payment, ...more })).toMatchObject(outcome);
  });

  it.each<[unknown, object]>([
    ["processed", { kind: "succeeded", reference: "rfnd_1", figures }],
    ["pending", { kind: "pending", reference: "rfnd_1" }],
    ["created", { kind: "pending" }],
    ["failed", { kind: "declined", declineCode: "operation_refused" }],
    ["reversed", { kind: "pending" }],
    [undefined, { kind: "pending" }],
  ])("a refund that is %s", (status, outcome) => {
    expect(refundOutcome({ id: "rfnd_1", entity: "refund", amount: 4_500, currency: "INR", status })).toMatchObject(outcome);
  });

  it("without an id are unknown", () => {
    expect(refundOutcome({ status: "processed" }).kind).toBe("unknown");
    expect(captureOutcome({ status: "captured" }).kind).toBe("unknown");
  });
});

describe("refusals", () => {
  it.each<[string, number, object, string | undefined]>([
    ["an unknown id", 400, { description: "The id provided does not exist" }, "not_found"],
    ["a second capture", 400, { description: "This payment has already been captured" }, "there_already"],
    ["a paid order", 400, { description: "No.", reason: "order_already_paid" }, "there_already"],
    ["a key at work", 409, { description: "busy" }, "there_already"],
    ["anything else", 400, { description: "The amount must be an integer." }, undefined],
  ])("%s means %s", (_, status, error, meaning) => {
    expect(refusal({ error: { code: "BAD_REQUEST_ERROR", ...error } }, status)?.meaning).toBe(meaning);
  });

  it("have the reason for a code, and hide card numbers", () => {
    expect(refusal({ error: { code: "BAD_REQUEST_ERROR", reason: "card_expired", description: "4111111111111111" } }, 400)).toMatchObject({
      code: "card_expired",
      message: expect.not.stringContaining("4111111111111111") as string,
    });
    // Somebody's between us.
    expect(refusal({ message: "Forbidden" }, 403)).toBeNull();
    expect(refusal({ error: {} }, 418)).toMatchObject({ code: "status_418", isStored: false });
  });
});

it("has a sentence for each decline code and no reason twice", () => {
  expect([...new Set(declineCodes.values())].filter((code) => !(code in declineMessages))).toEqual([]);
  // Of the fact sheet's groups: what may be tried elsewhere, what is fraud.
  expect(declineCodes.get("gateway_technical_error")).toBe("technical_decline");
  expect(declineCodes.get("payment_risk_check_failed")).toBe("fraud_suspected");
});

it("is never about another key, and takes an entity without notes by what was asked", () => {
  const attempt = { gatewayKey: "key-0000000001" };
  expect(foreignKey({ notes: { tillway_key: "key-0000000002" } }, attempt)).toMatchObject({
    kind: "unknown",
    mismatch: "key key-0000000002 instead of key-0000000001",
  });
  expect(foreignKey({ notes: [] }, attempt)).toBeNull();
  expect(foreignKey({ notes: { tillway_key: "key-0000000001" } }, attempt)).toBeNull();
});

it("makes a receipt of 40 characters at most, the same for the same key", () => {
  expect(receiptOf("k".repeat(40))).toBe("k".repeat(40));
  expect(receiptOf("k".repeat(41))).toMatch(/^[0-9a-f]{40}$/);
  expect(receiptOf("k".repeat(41))).not.toBe(receiptOf("k".repeat(42)));
});

describe("Razorpay's own samples", () => {
  interface Sample {
    readonly title: string;
    readonly body: Record<string, unknown>;
  }
  const file = new URL("../../../../test/contracts/razorpay-sample-responses.json", import.meta.url);
  const { samples } = JSON.parse(readFileSync(file, "utf8")) as { readonly samples: readonly Sample[] };
  const entities = samples.flatMap(({ body }) => (Array.isArray(body["items"]) ? (body["items"] as Sample["body"][]) : [body]));
  const wanted: Readonly<Record<string, string>> = { captured: "succeeded", authorized: "authorized", failed: "declined" };

  it("of payments are all read", () => {
    const payments = entities.filter(({ entity }) => entity === "payment");
    expect(payments.length).toBeGreaterThan(8);
    for (const one of payments) {
      // Some samples are of payments without an order, which we never make.
      const outcome = chargeOutcome({ ...one, order_id: one["order_id"] ?? "order_1" }, manual);
      expect([one["id"], outcome.kind]).toEqual([one["id"], wanted[String(one["status"])]]);
      expect(unknownWord(one)).toBeNull();
    }
  });

  it("of refunds are all read", () => {
    const refunds = entities.filter(({ entity }) => entity === "refund");
    expect(refunds.length).toBeGreaterThan(4);
    for (const one of refunds) expect(refundOutcome(one)).toMatchObject({ kind: "succeeded", figures: { currency: "INR" } });
  });
});

describe("what is sent", () => {
  const account = { id: "acc_1", credentials: {} } as unknown as Call["account"];
  const customer = { email: "asha@example.com", phone: "+919999999999" };
  const call = (given: Partial<Call> = {}, attempt = {}): Call => ({
    attempt: anAttempt({ amount: 4_500, currency: "INR", gatewayKey: "key-0000000001", ...attempt }),
    account,
    customer,
    method: { type: "card", connector: "razorpay", token: "cust_1.token_1", network: null, last4: null },
    captureMethod: "automatic",
    returnUrl: null,
    sendBefore: null,
    ...given,
  });
  const problem = (given: Partial<Call> = {}, attempt = {}, upiCollect = false): string | null =>
    chargeProblem(call(given, attempt), { upiCollect });

  it.each<[string, Partial<Call>, object, RegExp | null]>([
    ["a card", {}, {}, null],
    ["no method", { method: null }, {}, /no method/],
    [
      "another gateway's token",
      { method: { type: "card", connector: "stripe", token: "token_1", network: null, last4: null } },
      {},
      /token/,
    ],
    [
      "a card number for a token",
      { method: { type: "card", connector: "razorpay", token: "4111111111111111", network: null, last4: null } },
      {},
      /token/,
    ],
    ["UPI by a link", { method: { type: "upi", vpa: null } }, {}, null],
    ["UPI in dollars", { method: { type: "upi", vpa: null } }, { currency: "USD" }, /INR only/],
    ["a VPA", { method: { type: "upi", vpa: "a@b" } }, {}, /switched off/],
    ["a bank", { method: { type: "netbanking", bank: "HDFC" } }, {}, null],
    ["a bank in dollars", { method: { type: "netbanking", bank: "HDFC" } }, { currency: "USD" }, /Net banking pays in INR only/],
    ["no e-mail", { customer: { phone: "1" } }, {}, /customer.email/],
    ["nobody", { customer: null }, {}, /customer.email/],
    ["less than a rupee", {}, { amount: 99 }, /at least 100/i],
    ["a currency that it does not list", {}, { currency: "XPF" }, /no XPF/],
    ["a fils too many", {}, { amount: 4_501, currency: "KWD" }, /multiple of 10/],
  ])("%s", (_, given, attempt, message) => {
    if (message === null) expect(problem(given, attempt)).toBeNull();
    else expect(problem(given, attempt)).toMatch(message);
  });

  it("asks a VPA once that is switched on", () => {
    expect(problem({ method: { type: "upi", vpa: "a@b" } }, {}, true)).toBeNull();
  });

  it("names us in the order, and has it captured as the payment says", () => {
    expect(orderBody(call({ captureMethod: "manual" }))).toEqual({
      amount: 4_500,
      currency: "INR",
      receipt: "key-0000000001",
      unique_receipt: true,
      payment: { capture: "manual", capture_options: { manual_expiry_period: 7_200, refund_speed: "normal" } },
      notes: { tillway_key: "key-0000000001", tillway_account: "acc_1", tillway_capture: "manual" },
    });
    expect(orderBody(call())).toMatchObject({ payment: { capture: "automatic", capture_options: { automatic_expiry_period: 20 } } });
  });

  it("keeps no payer as evidence", () => {
    const text = JSON.stringify({ email: "asha@example.com", contact: "+919999999999", upi: { vpa: "asha.rao@okbank" }, id: "pay_1" });
    expect(withoutPayer(text)).toBe('{"email":"***","contact":"***","upi":{"vpa":"a***@okbank"},"id":"pay_1"}');
    expect(withoutPayer(String.raw`{"name":"Asha \"Ash\" Rao","vpa":"a\"b@okbank","status":"paid"}`)).toBe(
      '{"name":"***","vpa":"a***@okbank","status":"paid"}',
    );
    // An answer that was cut.
    expect(withoutPayer('{"contact":"+9190000')).toBe('{"contact":"***"');
  });
});
