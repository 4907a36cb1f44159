import { expect, it } from "vitest";
import { kafkaFaults } from "../../../test/support/kafka-schemas.ts";
import type { EventType } from "./events.ts";
import { resultOf } from "./results.ts";

const ulid = "01KAJ0000000000000000000ZZ";
const event = (type: EventType, body: object) =>
  resultOf({
    id: `evt_${ulid}`,
    merchantId: `mer_${ulid}`,
    mode: "test",
    paymentId: `pay_${ulid}`,
    sequence: 3,
    type,
    createdAt: 0,
    body: JSON.stringify(body),
  });
const money = {
  id: `pay_${ulid}`,
  amount: 50_000,
  amount_captured: 0,
  currency: "INR",
  order_id: null,
  customer: { email: "a@b.example" },
};
const failed = (code: string, decline_code?: string) => ({ ...money, error: { code, decline_code, message: "No." } });

it.each<[EventType, object, string, string]>([
  ["payment.authorized", { ...money, error: null }, "APPROVED", "authorized"],
  ["payment.succeeded", { ...money, error: null }, "APPROVED", "captured"],
  ["payment.failed", failed("insufficient_funds", "insufficient_funds"), "DENIED", "insufficient_funds"],
  ["payment.failed", failed("fraud_suspected", "fraud_suspected"), "DENIED", "fraud"],
  ["payment.failed", failed("payment_declined", "card_declined"), "DENIED", "declined"],
  ["payment.failed", failed("payment_declined", "technical_decline"), "DENIED", "technical"],
  ["payment.failed", failed("gateway_rejected"), "DENIED", "technical"],
  ["payment.failed", failed("gateway_unreachable"), "DENIED", "technical"],
  ["payment.failed", failed("no_route"), "DENIED", "technical"],
  ["payment.canceled", { ...money, error: null }, "DENIED", "canceled"],
  ["payment.charged_after_cancel", { ...money, error: null }, "DENIED", "canceled"],
  ["refund.succeeded", { ...money, id: `rfnd_${ulid}`, error: null, payment: { ...money, order_id: "ord-7" } }, "APPROVED", "refunded"],
  ["refund.failed", { ...failed("payment_declined", "bank_declined"), id: `rfnd_${ulid}`, payment: money }, "DENIED", "declined"],
])("%s of %j is %s, %s", (type, body, result, outcome) => {
  const made = event(type, body)!;
  expect(made).toMatchObject({ result, outcome, event: type, amount: 50_000 });
  const text = JSON.stringify(made);
  expect(text).not.toContain("a@b.example");
  expect(kafkaFaults({ "event-type": made.type, "event-version": String(made.version) }, JSON.parse(text))).toEqual([]);
});

it.each<EventType>(["payment.created", "payment.pending", "payment.requires_action", "payment.captured", "refund.created", "case.opened"])(
  "%s is no result",
  (type) => expect(event(type, money)).toBeNull(),
);

it("the schema refuses a denial that says that the money was taken", () => {
  const made = { ...event("payment.succeeded", { ...money, error: null })!, result: "DENIED" };
  expect(kafkaFaults({ "event-type": made.type, "event-version": "1" }, made)).not.toEqual([]);
});
