import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readContract } from "../../../../test/contracts/stripe.ts";
import type { WebhookVerdict } from "../../core/ports/connector.ts";
import type { Shown } from "../exchange.ts";
import {
  account,
  anIntent,
  aRefund,
  canceled,
  failed,
  fixtures,
  fresh,
  held,
  ID,
  KEY,
  ours,
  stripeSaying,
  succeeded,
} from "./stub.testing.ts";

interface Vector {
  readonly provider: string;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly body: string;
  readonly now_unix: number;
  readonly expect: "ok" | "reject";
  readonly event_id?: string;
}

const { connector } = stripeSaying();
const { vectors } = readContract<{ readonly vectors: readonly Vector[] }>("webhook-signature-vectors.json");

function verifyVector({ headers, body, secret, now_unix: seconds }: Vector): WebhookVerdict {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const owner = { ...account, credentials: { webhook_secret: secret } };
  return connector.verifyWebhook({ headers: lower, body: Buffer.from(body) }, owner, seconds * 1_000);
}

describe("a signature", () => {
  const ours = vectors.filter((one) => one.provider === "stripe");
  /** Stripe's library takes any time in the future; a clock that far ahead is not believed here. */
  const stricter = "timestamp_in_future_accepted_by_sdk";

  it.each(ours.map((one) => [one.name, one] as const))("is judged as Stripe's own library does: %s", (name, vector) => {
    const verdict = verifyVector(vector);
    expect(verdict.ok).toBe(vector.expect === "ok" && name !== stricter);
    if (verdict.ok && vector.event_id !== undefined) expect(verdict.gatewayEventId).toBe(vector.event_id);
  });

  it("was tried on twelve of them, and the one from the future is genuine at its own time", () => {
    expect(ours).toHaveLength(12);
    const vector = ours.find((one) => one.name === stricter)!;
    expect(verifyVector({ ...vector, now_unix: 1_767_225_600 }).ok).toBe(true);
  });

  it.each([
    ["test", false, true],
    ["test", true, false],
    ["live", true, true],
    ["live", false, false],
  ] as const)("of an account in %s mode, about an event with livemode %s: %s", (mode, livemode, isTaken) => {
    const body = JSON.stringify({ id: "evt_1", type: "payout.paid", livemode, data: { object: {} } });
    const hex = createHmac("sha256", "whsec_1").update(`1767225600.${body}`).digest("hex");
    const raw = { headers: { "stripe-signature": `t=1767225600,v1=${hex}` }, body: Buffer.from(body) };
    const owner = { ...account, mode, credentials: { webhook_secret: "whsec_1" } };
    expect(connector.verifyWebhook(raw, owner, 1_767_225_600_000).ok).toBe(isTaken);
  });
});

const OTHER_KEY = "234567abcdefghijklmnopqrstuvwxyz";
const aCharge = (given: Shown): Shown => ({
  ...fixtures["charge"],
  amount: 1_000,
  currency: "inr",
  payment_intent: ID,
  metadata: ours,
  ...given,
});
const captured = { ...succeeded, capture_method: "manual" };
const capturedInPart = { ...captured, amount_received: 400 };
const figures = { amount: 1_000, currency: "INR" };
const card = { brand: "visa", network: "visa", last4: "4242" };

function read(type: string, object: Shown, requestKey: string | null = null, accountId = account.id) {
  const event = { id: "evt_1", object: "event", type, data: { object }, request: { id: null, idempotency_key: requestKey } };
  return connector.readWebhook(JSON.stringify(event), accountId);
}

describe("an event", () => {
  it.each<[string, Shown, object]>([
    ["payment_intent.succeeded", succeeded, { kind: "succeeded", reference: ID, figures }],
    ["payment_intent.processing", anIntent({ status: "processing" }), { kind: "pending", reference: ID }],
    [
      "payment_intent.requires_action",
      anIntent({ status: "requires_action", next_action: { redirect_to_url: { url: "https://bank.example/" } } }),
      { kind: "requires_action", reference: ID },
    ],
    ["payment_intent.amount_capturable_updated", held, { kind: "authorized", reference: ID, figures }],
    ["payment_intent.payment_failed", failed, { kind: "declined", reference: ID }],
    ["payment_intent.canceled", canceled, { kind: "canceled", reference: ID }],
    [
      "charge.succeeded",
      aCharge({ status: "succeeded", captured: true, amount_captured: 1_000, payment_method_details: { card } }),
      { kind: "succeeded", reference: ID, figures, method: { network: "visa", last4: "4242" } },
    ],
    [
      "charge.succeeded",
      aCharge({ status: "succeeded", captured: false, payment_method_details: { card: { ...card, capture_before: 1_800_000_000 } } }),
      { kind: "authorized", reference: ID, figures, lapsesAt: 1_800_000_000_000, method: { network: "visa", last4: "4242" } },
    ],
    ["charge.expired", aCharge({}), { kind: "canceled", reference: ID }],
    // By somebody in Stripe's dashboard.
    ["payment_intent.succeeded", captured, { kind: "succeeded", reference: ID, figures }],
    ["charge.captured", aCharge({ amount_captured: 1_000 }), { kind: "succeeded", reference: ID, figures }],
  ])("%s speaks of the charge", (type, object, outcome) => {
    expect(read(type, object)).toMatchObject({ gatewayKey: KEY, operation: "charge", outcome });
  });

  it.each<[string, Shown, string, object]>([
    ["payment_intent.succeeded", captured, "capture", { kind: "succeeded", figures }],
    ["payment_intent.succeeded", capturedInPart, "capture", { kind: "succeeded", figures: { amount: 400, currency: "INR" } }],
    ["charge.captured", aCharge({ amount_captured: 400 }), "capture", { kind: "succeeded", figures: { amount: 400, currency: "INR" } }],
    ["payment_intent.canceled", canceled, "void", { kind: "succeeded", figures }],
  ])("%s that a request of ours caused speaks of that operation, not of the charge", (type, object, operation, outcome) => {
    expect(read(type, object, OTHER_KEY)).toMatchObject({ gatewayKey: OTHER_KEY, reference: ID, operation, outcome });
  });

  it.each([KEY, `${KEY}-confirm`, `${KEY}-cancel-3`, "stripe-node-retry-1"])(
    "that a request under %s caused speaks of the charge",
    (key) => {
      expect(read("payment_intent.canceled", canceled, key)).toMatchObject({
        gatewayKey: KEY,
        operation: "charge",
        outcome: { kind: "canceled" },
      });
    },
  );

  it.each<[string, Shown, object]>([
    ["refund.created", aRefund({ status: "pending" }), { kind: "pending", reference: "re_1" }],
    ["refund.updated", aRefund(), { kind: "succeeded", reference: "re_1", figures }],
    ["charge.refund.updated", aRefund(), { kind: "succeeded", reference: "re_1", figures }],
    ["refund.failed", aRefund({ status: "failed" }), { kind: "declined", reference: "re_1" }],
    ["charge.refunded", aCharge({ refunds: { data: [aRefund()] } }), { kind: "succeeded", reference: "re_1", figures }],
  ])("%s speaks of the refund", (type, object, outcome) => {
    expect(read(type, object)).toMatchObject({ gatewayKey: KEY, operation: "refund", outcome });
  });

  it.each<[string, string, Shown]>([
    ["of a part that others captured", "payment_intent.succeeded", capturedInPart],
    ["of an intent that others made", "payment_intent.succeeded", { ...succeeded, metadata: {} }],
    ["of an intent that was not begun", "payment_intent.payment_failed", fresh],
    ["of a refund that others made", "refund.updated", aRefund({ metadata: {} })],
    ["of a charge that names no refund", "charge.refunded", aCharge({ refunds: null })],
    ["of a charge without an intent", "charge.expired", aCharge({ payment_intent: null })],
    ["of a charge without an intent", "charge.succeeded", aCharge({ payment_intent: null, status: "succeeded" })],
    ["of a charge that is not through", "charge.succeeded", aCharge({ status: "pending" })],
    ["of a kind that is not read", "payment_intent.created", fresh],
    ["of something else", "payout.paid", { id: "po_1" }],
  ])("%s says nothing about an attempt (%s)", (_, type, object) => {
    expect(read(type, object)).toEqual({
      ok: true,
      gatewayEventId: "evt_1",
      gatewayKey: null,
      reference: null,
      operation: null,
      outcome: null,
    });
  });

  it("of another account of ours at the same account of Stripe's is that one's matter", () => {
    expect(read("payment_intent.succeeded", succeeded, null, "acc_other")).toMatchObject({ ok: true, gatewayKey: null, outcome: null });
  });

  it.each(["", "[]", "{}", '{"id":1}', '{"id":""}'])("that is none is refused: %s", (body) => {
    expect(connector.readWebhook(body, account.id)).toEqual({ ok: false, reason: "not an event" });
  });
});
