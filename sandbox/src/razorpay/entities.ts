/** Orders, payments and refunds as Razorpay's API shows them. */
import type { Notes, Order, Payment, Refund } from "./books.ts";
import { amountRefunded } from "./books.ts";

/** Empty notes are a list, as PHP writes an empty map. */
function notesOf(notes: Notes): Notes | [] {
  return Object.keys(notes).length === 0 ? [] : notes;
}

const seconds = (at: number): number => Math.floor(at / 1_000);

export function orderEntity(order: Order): Record<string, unknown> {
  return {
    id: order.id,
    entity: "order",
    amount: order.amount,
    amount_paid: order.amountPaid,
    amount_due: order.amount - order.amountPaid,
    currency: order.currency,
    receipt: order.receipt,
    offer_id: null,
    status: order.status,
    attempts: order.payments.length,
    notes: notesOf(order.notes),
    created_at: seconds(order.createdAt),
  };
}

export function paymentEntity(payment: Payment): Record<string, unknown> {
  const { error, script } = payment;
  const refunded = amountRefunded(payment);
  return {
    id: payment.id,
    entity: "payment",
    amount: payment.amount + (script.extraAmount ?? 0),
    currency: payment.currency,
    status: script.shownAs ?? payment.status,
    order_id: payment.order.id,
    invoice_id: null,
    international: false,
    method: payment.method,
    amount_refunded: refunded,
    refund_status: refunded === 0 ? null : refunded === payment.amount ? "full" : "partial",
    captured: payment.captured,
    description: payment.description,
    card_id: payment.method === "card" ? payment.id.replace("pay_", "card_") : null,
    bank: null,
    wallet: null,
    vpa: null,
    email: payment.email,
    contact: payment.contact,
    notes: notesOf(payment.notes),
    // Razorpay keeps two per cent, and says so once it has captured.
    fee: payment.captured ? (payment.amount - (payment.amount % 50)) / 50 : null,
    tax: payment.captured ? 0 : null,
    error_code: error?.code ?? null,
    error_description: error?.description ?? null,
    error_source: error?.source ?? null,
    error_step: error?.step ?? null,
    error_reason: error?.reason ?? null,
    ...payment.shown,
    created_at: seconds(payment.createdAt),
    ...(payment.isLate && { late_authorized: true }),
  };
}

/** With its card, as webhooks show it and lists that are asked for it. */
export function paymentWithCard(payment: Payment): Record<string, unknown> {
  const entity = paymentEntity(payment);
  const more = { name: "Shopper", type: "credit", issuer: null, international: false, emi: false, sub_type: "consumer" };
  return payment.card === null ? entity : { ...entity, card: { id: entity["card_id"], entity: "card", ...payment.card, ...more } };
}

export function refundEntity(refund: Refund): Record<string, unknown> {
  return {
    id: refund.id,
    entity: "refund",
    amount: refund.amount,
    currency: refund.payment.currency,
    payment_id: refund.payment.id,
    notes: notesOf(refund.notes),
    receipt: refund.receipt,
    acquirer_data: { arn: null },
    created_at: seconds(refund.createdAt),
    batch_id: null,
    status: refund.status,
    speed_processed: refund.speedRequested === "optimum" ? "instant" : "normal",
    speed_requested: refund.speedRequested,
  };
}

export function collection(items: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { entity: "collection", count: items.length, items };
}
