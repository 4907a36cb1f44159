/** Payments on an order, server to server: what is asked of the shopper next, captures and refunds. Without any idempotency for payments. */
import { createHmac } from "node:crypto";
import type { Ms } from "../ports.ts";
import { amountRefunded, newId, plan, type Merchant, type Order, type Payment } from "./books.ts";
import { paymentEntity, refundEntity } from "./entities.ts";
import { extraFields, isWhole, missing, notesIn, type Fields } from "./input.ts";
import { addRefund, capture, decideAtBank, fail, isPayable, OPEN_FOR_MS, processRefund, type Life } from "./life.ts";
import { instrumentOf, methodFields } from "./methods.ts";
import { badRequest, bankError, isRefused, keyInUse, noSuchId, type Refused } from "./refusals.ts";

type Shown = Readonly<Record<string, unknown>>;

export interface Counter extends Life {
  readonly merchant: Merchant;
  /** Where the shopper's browser reaches this far side. */
  readonly publicUrl: string;
  /** A payer on a phone takes this long. */
  readonly upiAfterMs: number;
  /** Refunds are pending for so long. */
  readonly refundAfterMs: number;
  /** A refund request runs so long; the same key is refused meanwhile. */
  readonly refundRunsMs: number;
}

const FIELDS = [
  ..."amount currency order_id email contact method notes description callback_url".split(" "),
  ..."ip user_agent referer save browser authentication".split(" "),
  ...methodFields,
];

export function createPayment(counter: Counter, fields: Fields, now: Ms): Shown | Refused {
  const { books, merchant } = counter;
  const wrong = extraFields(fields, FIELDS) ?? missing(fields, ["amount", "currency", "order_id", "email", "contact", "method"]);
  if (wrong !== null) return wrong;
  const order = books.orders.get(String(fields["order_id"]));
  if (order?.keyId !== merchant.keyId) return noSuchId;
  const misfit = orderProblem(order, fields);
  if (misfit !== null) return misfit;
  const instrument = instrumentOf(fields, order.amount);
  if (isRefused(instrument)) return instrument;
  const notes = notesIn(fields["notes"]);
  if (isRefused(notes)) return notes;
  const text = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null);
  const payment: Payment = {
    id: newId(books, "pay"),
    order,
    amount: order.amount,
    currency: order.currency,
    card: null,
    ...instrument,
    email: String(fields["email"]),
    contact: String(fields["contact"]),
    description: text("description"),
    callbackUrl: text("callback_url"),
    notes,
    createdAt: now,
    status: "created",
    captured: false,
    isLate: false,
    error: null,
    refunds: [],
  };
  order.payments.push(payment);
  order.status = "attempted";
  books.payments.set(payment.id, payment);
  plan(books, now + OPEN_FOR_MS, (at) => payment.status === "created" && fail(counter, payment, unansweredReason(payment), at));
  return begin(counter, payment, now);
}

function unansweredReason({ asks, script }: Payment): string {
  return asks === "app" || asks === "link" ? (script.reason ?? "payment_collect_request_expired") : "payment_timed_out";
}

function orderProblem(order: Order, { amount, currency }: Fields): Refused | null {
  if (!isPayable(order)) return badRequest("Order already paid", { reason: "order_already_paid" });
  if (amount === order.amount && currency === order.currency) return null;
  return badRequest("Your payment amount is different from your order amount.", { field: "amount", reason: "order_amount_mismatch" });
}

/** The first answer. Its links are shown this once. */
function begin(counter: Counter, payment: Payment, now: Ms): Shown | Refused {
  const { script, asks } = payment;
  const base = `${counter.publicUrl}/v1/payments/${payment.id}`;
  if (asks === "app" || asks === "link") {
    const afterMs = script.answersAfterMs === undefined ? counter.upiAfterMs : script.answersAfterMs;
    if (afterMs === 0) decideAtBank(counter, payment, now);
    else if (afterMs !== null) plan(counter.books, now + afterMs, (at) => decideAtBank(counter, payment, at));
    const poll = { action: "poll", url: base };
    const next = asks === "link" ? [{ action: "intent", url: intentLink(payment) }, poll] : [poll];
    return { razorpay_payment_id: payment.id, next };
  }
  if (asks !== "nothing") return { razorpay_payment_id: payment.id, next: [{ action: "redirect", url: `${base}/authorize` }] };
  decideAtBank(counter, payment, now);
  return payment.error === null ? signedResult(counter, payment) : declinedResult(payment);
}

/** `%20` and never `+`, and two decimals: apps of banks show the one and insist on the other. */
function intentLink({ id, amount, order }: Payment): string {
  const rupees = `${(amount - (amount % 100)) / 100}.${String(amount % 100).padStart(2, "0")}`;
  return `upi://pay?pa=farside@razorpay&pn=${encodeURIComponent("Far side")}&am=${rupees}&cu=INR&tr=${id}&tn=${encodeURIComponent(order.receipt ?? order.id)}`;
}

/** What Checkout and a finished payment hand to the shop: it proves which order was paid. */
export function signedResult({ merchant }: Pick<Counter, "merchant">, { id, order }: Payment): Shown {
  const signature = createHmac("sha256", merchant.keySecret).update(`${order.id}|${id}`).digest("hex");
  return { razorpay_payment_id: id, razorpay_order_id: order.id, razorpay_signature: signature };
}

function declinedResult({ id, order, error }: Payment): Refused {
  return { status: 400, error: { ...error, metadata: { payment_id: id, order_id: order.id } } };
}

export function capturePayment(counter: Counter, payment: Payment, fields: Fields, now: Ms): Shown | Refused {
  const wrong = extraFields(fields, ["amount", "currency"]) ?? missing(fields, ["amount", "currency"]);
  if (wrong !== null) return wrong;
  if (payment.captured) return badRequest("This payment has already been captured");
  if (payment.status !== "authorized") return badRequest("Only payments which have been authorized and not yet captured can be captured");
  if (fields["amount"] !== payment.amount || fields["currency"] !== payment.currency)
    return badRequest("Capture amount must be equal to the amount authorized", { field: "amount" });
  if (payment.script.captureFails === true) return { status: 400, error: { ...bankError("gateway_technical_error"), metadata: {} } };
  capture(counter, payment, now);
  return paymentEntity(payment);
}

const REFUND_FIELDS = ["amount", "speed", "receipt", "notes"];

/** @param key of the header X-Refund-Idempotency */
export function refundPayment(
  counter: Counter,
  payment: Payment,
  { fields, body, key }: { readonly fields: Fields; readonly body: string; readonly key: string | undefined },
  now: Ms,
): Shown | Refused {
  if (key !== undefined && !/^[\w-]{10,}$/.test(key))
    return badRequest("The idempotency key must have 10 letters, digits, - or _ at least.");
  const kept = key === undefined ? undefined : counter.merchant.refundKeys.get(key);
  if (kept !== undefined) {
    const isRunning = now < kept.receivedAt + counter.refundRunsMs;
    return isRunning || kept.body !== body ? keyInUse : refundEntity(kept.refund);
  }
  const wrong = extraFields(fields, REFUND_FIELDS) ?? refundProblem(payment, fields, now);
  if (wrong !== null) return wrong;
  const notes = notesIn(fields["notes"]);
  if (isRefused(notes)) return notes;
  const { amount = payment.amount - amountRefunded(payment), receipt, speed = "normal" } = fields;
  const wish = {
    amount: amount as number,
    receipt: typeof receipt === "string" ? receipt : null,
    notes,
    speedRequested: speed as "normal" | "optimum",
  };
  const refund = addRefund(counter, payment, wish, now);
  if (key !== undefined) counter.merchant.refundKeys.set(key, { body, refund, receivedAt: now });
  // An instant refund is there at once.
  if (speed === "optimum" || counter.refundAfterMs === 0) processRefund(counter, refund, now);
  else plan(counter.books, now + counter.refundAfterMs, (at) => processRefund(counter, refund, at));
  return refundEntity(refund);
}

const HALF_YEAR_MS = 15_778_800_000;

function refundProblem(payment: Payment, { amount, speed, receipt }: Fields, now: Ms): Refused | null {
  if (now - payment.createdAt > HALF_YEAR_MS) return badRequest("A payment can be refunded for six months");
  if (!payment.captured) return badRequest("The payment status should be captured for action to be taken");
  if (speed !== undefined && speed !== "normal" && speed !== "optimum")
    return badRequest("The speed must be normal or optimum.", { field: "speed" });
  if (receipt !== undefined && (typeof receipt !== "string" || receipt.length > 40))
    return badRequest("The receipt may have 40 characters.", { field: "receipt" });
  const left = payment.amount - amountRefunded(payment);
  if (left === 0) return badRequest("The payment has been fully refunded already");
  if (amount === undefined) return null;
  if (!isWhole(amount) || amount < 1) return badRequest("The amount must be atleast INR 1.00", { field: "amount" });
  return amount > left ? badRequest("The total refund amount is greater than the refund payment amount", { field: "amount" }) : null;
}
