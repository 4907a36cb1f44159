import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ConnectorAccount } from "../../core/model.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { isCheckoutSignature, readWebhookBody, verifyWebhook } from "./webhooks.ts";

interface Vector {
  readonly provider: string;
  readonly name: string;
  readonly secret: string;
  readonly expect: "ok" | "reject";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly string_signed?: string;
  readonly signature?: string;
}
const file = new URL("../../../../test/contracts/webhook-signature-vectors.json", import.meta.url);
const read = JSON.parse(readFileSync(file, "utf8")) as readonly Vector[] | { readonly vectors: readonly Vector[] };
const vectors = ("vectors" in read ? read.vectors : read).filter(({ provider }) => provider === "razorpay");

const account = (credentials: Readonly<Record<string, string>>): ConnectorAccount => ({ id: "acc_1", credentials }) as ConnectorAccount;
const rawOf = ({ headers = {}, body = "" }: Pick<Vector, "headers" | "body">): RawWebhook => ({
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  body: Buffer.from(body),
});

describe("the vectors", () => {
  it("are eight", () => expect(vectors).toHaveLength(8));

  it.each(vectors.filter(({ body }) => body !== undefined).map((one) => [one.name, one] as const))("%s", (_, vector) => {
    const verdict = verifyWebhook(rawOf(vector), account({ webhook_secret: vector.secret }));
    expect(verdict.ok).toBe(vector.expect === "ok");
    // The secret before counts while the next one is being set up.
    const rotating = account({ webhook_secret: "the-next", previous_webhook_secret: vector.secret });
    expect(verifyWebhook(rawOf(vector), rotating).ok).toBe(vector.expect === "ok");
  });

  it.each(vectors.filter(({ name }) => name.startsWith("checkout_")).map((one) => [one.name, one] as const))("%s", (_, vector) => {
    const [orderId = "", paymentId = ""] = vector.string_signed!.split("|");
    expect(isCheckoutSignature({ orderId, paymentId, signature: vector.signature! }, vector.secret)).toBe(vector.expect === "ok");
  });

  it("of a payment link, which we do not make, is made the same way", () => {
    const link = vectors.find(({ name }) => name.startsWith("payment_link"))!;
    expect(createHmac("sha256", link.secret).update(link.string_signed!).digest("hex")).toBe(link.signature);
  });
});

describe("the signature of Checkout", () => {
  const secret = "key-secret";
  const signature = createHmac("sha256", secret).update("order_1|pay_1").digest("hex");

  it.each<[string, Partial<Parameters<typeof isCheckoutSignature>[0]>, string, boolean]>([
    ["fits", {}, secret, true],
    ["is another order's", { orderId: "order_2" }, secret, false],
    ["is another payment's", { paymentId: "pay_2" }, secret, false],
    ["is by another secret", {}, "other", false],
    ["is by no secret", { signature: createHmac("sha256", "").update("order_1|pay_1").digest("hex") }, "", false],
    ["is upper case", { signature: signature.toUpperCase() }, secret, false],
    ["is cut", { signature: signature.slice(2) }, secret, false],
    ["is missing", { signature: "" }, secret, false],
  ])("%s", (_, given, key, isRight) => {
    expect(isCheckoutSignature({ orderId: "order_1", paymentId: "pay_1", signature, ...given }, key)).toBe(isRight);
  });
});

describe("an event", () => {
  const notes = { tillway_key: "key-0000000001", tillway_account: "acc_1", tillway_capture: "manual" };
  const payment = {
    id: "pay_1",
    entity: "payment",
    order_id: "order_1",
    amount: 4_500,
    currency: "INR",
    status: "captured",
    captured: true,
    created_at: 1_800_000_000,
    notes,
  };
  const refund = { id: "rfnd_1", entity: "refund", amount: 500, currency: "INR", payment_id: "pay_1", status: "processed", notes };
  const order = { id: "order_1", entity: "order", amount: 4_500, notes };
  const of = (event: string, entities: Readonly<Record<string, object>>): WebhookVerdict => {
    const payload = Object.fromEntries(Object.entries(entities).map(([name, entity]) => [name, { entity }]));
    return readWebhookBody(JSON.stringify({ entity: "event", event, payload }), "acc_1");
  };
  const charge = { ok: true, gatewayKey: "key-0000000001", reference: "order_1", operation: "charge" };
  const nothing = { ok: true, gatewayKey: null, reference: null, operation: null, outcome: null };

  it.each<[string, Readonly<Record<string, object>>, object]>([
    ["payment.captured", { payment }, { ...charge, outcome: { kind: "succeeded", reference: "order_1" } }],
    [
      "payment.authorized",
      { payment: { ...payment, status: "authorized", captured: false } },
      { ...charge, outcome: { kind: "authorized" } },
    ],
    [
      "payment.authorized",
      { payment: { ...payment, status: "authorized", captured: false, notes: { ...notes, tillway_capture: "automatic" } } },
      { ...charge, outcome: { kind: "pending" } },
    ],
    [
      "payment.failed",
      { payment: { ...payment, status: "failed", captured: false, error_reason: "card_declined" } },
      { ...charge, outcome: { kind: "declined", declineCode: "card_declined" } },
    ],
    ["order.paid", { payment: { ...payment, notes: [] }, order }, { ...charge, outcome: { kind: "succeeded" } }],
    [
      "refund.processed",
      { refund, payment },
      { operation: "refund", reference: "rfnd_1", outcome: { kind: "succeeded", reference: "rfnd_1" } },
    ],
    ["refund.created", { refund: { ...refund, status: "pending" }, payment }, { operation: "refund", outcome: { kind: "pending" } }],
    ["refund.failed", { refund: { ...refund, status: "failed" }, payment }, { operation: "refund", outcome: { kind: "declined" } }],
    ["refund.speed_changed", { refund, payment }, { operation: "refund", outcome: { kind: "succeeded" } }],
    // A hold that Razorpay gave back by itself.
    [
      "refund.processed",
      { refund: { ...refund, notes: [] }, payment: { ...payment, status: "refunded", captured: false } },
      { ...charge, outcome: { kind: "canceled", reference: "order_1" } },
    ],
    ["refund.processed", { refund: { ...refund, notes: [] }, payment }, nothing],
    [
      "payment.captured",
      { payment: { ...payment, card: { network: "Visa", last4: "1111" } } },
      { ...charge, outcome: { kind: "succeeded", method: { network: "visa", last4: "1111" } } },
    ],
    ["payment.captured", { payment: { ...payment, notes: [] } }, nothing],
    ["payment.captured", { payment: { ...payment, notes: { ...notes, tillway_account: "acc_2" } } }, nothing],
    ["payment.dispute.created", { payment }, nothing],
    ["payment.downtime.started", {}, nothing],
  ])("%s of %j", (event, entities, verdict) => {
    expect(of(event, entities)).toMatchObject(verdict);
  });

  it("is named by what is signed: under another id, which is not signed, the same body is the same event, and another body another", () => {
    const verify = (eventId: string, event = "payment.captured") => {
      const body = JSON.stringify({ event, payload: {} });
      const signature = createHmac("sha256", "secret").update(body).digest("hex");
      const headers = { "x-razorpay-signature": signature, "x-razorpay-event-id": eventId };
      return verifyWebhook({ headers, body: Buffer.from(body) }, account({ webhook_secret: "secret" }));
    };
    expect(verify("evt_1")).toMatchObject({ gatewayEventId: expect.stringMatching(/^digest-[0-9a-f]{40}$/) as string });
    expect(verify("evt_2")).toEqual(verify("evt_1"));
    expect(verify("evt_1", "payment.failed")).not.toEqual(verify("evt_1"));
  });
});
