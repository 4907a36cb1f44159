import { describe, expect, it } from "vitest";
import { aPayment, anAttempt, card, START } from "../../../test/support/flows/rows.ts";
import { eventEnvelope, representAttempt, representPayment, iso } from "./represent.ts";

describe("a payment, shown", () => {
  it("names amounts, method and times as the API does", () => {
    const shown = representPayment(
      aPayment({ status: "succeeded", amountAuthorized: 1_000, amountCaptured: 1_000, amountRefunded: 250, orderId: "ord_1" }),
      { attempts: [], refunds: [], cases: [] },
    );
    expect(shown).toMatchObject({
      object: "payment",
      status: "succeeded",
      amount: 1_000,
      amount_authorized: 1_000,
      amount_captured: 1_000,
      amount_refunded: 250,
      currency: "INR",
      method: "card",
      card: { network: "visa", last4: "4242" },
      order_id: "ord_1",
      created_at: "2026-03-04T12:00:00.000Z",
      attempts: [],
    });
  });

  it("names the open cases, and none that was resolved (U5)", () => {
    const mark = { id: "case_1", kind: "late_truth", subject: "att_1", status: "open", openedAt: START } as const;
    const cases = [mark, { ...mark, id: "case_2", status: "resolved" as const }];
    expect(representPayment(aPayment(), { attempts: [], refunds: [], cases }).open_cases).toEqual([
      { id: "case_1", kind: "late_truth", opened_at: "2026-03-04T12:00:00.000Z" },
    ]);
  });

  it("never shows the gateway's token, whom the identity names, or what the database needs", () => {
    const text = JSON.stringify(
      representPayment(aPayment({ method: { ...card, token: "tok_secret" }, identity: "key-of-the-client" }), {
        attempts: [anAttempt()],
        refunds: [],
        cases: [],
      }),
    );
    for (const hidden of ["tok_secret", "key-of-the-client", "version", "merchant", "identity", "reserved"])
      expect(text).not.toContain(hidden);
  });

  it.each([
    ["a card", aPayment(), true, false],
    ["a VPA", aPayment({ method: { type: "upi", vpa: "ann@bank" } }), false, true],
    ["no method yet", aPayment({ method: null }), false, false],
  ])("with %s shows only what it has", (_, payment, hasCard, hasUpi) => {
    const shown = JSON.parse(JSON.stringify(representPayment(payment, { attempts: [], refunds: [], cases: [] }))) as object;
    expect({ card: "card" in shown, upi: "upi" in shown }).toEqual({ card: hasCard, upi: hasUpi });
  });

  it("shows no list of attempts or cases if it was not given them: that is not the same as none", () => {
    const none = { attempts: [], refunds: [], cases: [] };
    const text = (details?: typeof none) => JSON.stringify(representPayment(aPayment(), details));
    expect([text(), text(none)].map((shown) => shown.includes('"attempts":[],"refunds":[],"open_cases":[]'))).toEqual([false, true]);
    expect(text()).not.toMatch(/attempts|cases/);
  });

  it("is the same text for the same rows", () => {
    const rows = { attempts: [anAttempt({ status: "declined", closedAt: START })], refunds: [], cases: [] };
    expect(JSON.stringify(representPayment(aPayment(), rows))).toBe(JSON.stringify(representPayment(aPayment(), rows)));
  });
});

describe("an attempt, shown", () => {
  it("tells its key, its account and why that was chosen", () => {
    expect(representAttempt(anAttempt())).toMatchObject({
      operation: "charge",
      n: 1,
      gateway_key: "k".repeat(32),
      routing: { rule: "priority" },
      closed_at: null,
    });
  });

  it("shows truth that came late beside its own status", () => {
    const shown = representAttempt(
      anAttempt({ status: "declined", closedAt: START, lateStatus: "succeeded", lateReference: "ref", lateAt: START }),
    );
    expect(shown).toMatchObject({ status: "declined", late: { status: "succeeded", reference: "ref", at: iso(START) } });
  });
});

describe("the body of a webhook", () => {
  const event = {
    id: "evt_1",
    type: "payment.succeeded",
    apiVersion: "2026-11-27",
    body: '{"id":"pay_1","amount":1000}',
    createdAt: START,
  };

  it("is a fixed envelope round the event's own text", () => {
    expect(eventEnvelope(event)).toBe(
      '{"id":"evt_1","object":"event","type":"payment.succeeded","api_version":"2026-11-27","timestamp":"2026-03-04T12:00:00.000Z","data":{"id":"pay_1","amount":1000}}',
    );
  });

  it("is JSON", () => {
    expect(JSON.parse(eventEnvelope(event))).toMatchObject({ data: { id: "pay_1" } });
  });
});
