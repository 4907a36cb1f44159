/** What happens to a payment: authorized, captured, failed, given back. Each step plans the next and owes its webhooks. */
import type { Ms } from "../ports.ts";
import { amountRefunded, newId, plan, type Books, type Order, type Payment, type Refund } from "./books.ts";
import { bankError } from "./refusals.ts";

/** A shopper who has not finished by then has failed. */
export const OPEN_FOR_MS = 600_000;

export type EventName =
  | "payment.authorized"
  | "payment.captured"
  | "payment.failed"
  | "order.paid"
  | "refund.created"
  | "refund.processed"
  | "refund.failed";

export interface Life {
  readonly books: Books;
  /** Owes a webhook about this. */
  readonly tell: (event: EventName, about: { readonly payment: Payment; readonly refund?: Refund }, at: Ms) => void;
}

/** The bank's answer to a payment that still waits for it. */
export function decideAtBank(life: Life, payment: Payment, at: Ms): void {
  if (payment.status !== "created") return;
  const { reason, lateAfterMs } = payment.script;
  if (reason === null) return authorize(life, payment, at);
  fail(life, payment, reason, at);
  if (lateAfterMs !== undefined) plan(life.books, at + lateAfterMs, (then) => authorizeLate(life, payment, then));
}

export function fail(life: Life, payment: Payment, reason: string, at: Ms): void {
  payment.status = "failed";
  payment.error = bankError(reason);
  life.tell("payment.failed", { payment }, at);
}

/** The bank says yes about a payment that had failed: documented, up to five days later. */
export function authorizeLate(life: Life, payment: Payment, at: Ms): void {
  if (payment.status !== "failed") return;
  payment.isLate = true;
  payment.error = null;
  authorize(life, payment, at);
}

function authorize(life: Life, payment: Payment, at: Ms): void {
  const { order } = payment;
  payment.status = "authorized";
  if (payment.asks === "link") payment.shown = { ...payment.shown, vpa: "payer@farside" };
  life.tell("payment.authorized", { payment }, at);
  const isTaken = order.payments.some((other) => other !== payment && (other.captured || other.status === "authorized"));
  if (isTaken) return giveBack(life, payment, at);
  if (order.capture === "automatic" && at < payment.createdAt + order.automaticMs) return capture(life, payment, at);
  plan(life.books, Math.max(at, payment.createdAt + order.holdMs), (then) => giveBack(life, payment, then));
}

export function capture(life: Life, payment: Payment, at: Ms): void {
  const { order } = payment;
  payment.status = "captured";
  payment.captured = true;
  order.status = "paid";
  order.amountPaid = order.amount;
  life.tell("payment.captured", { payment }, at);
  life.tell("order.paid", { payment }, at);
}

/** A hold that nobody captured, or one too many on its order: the shopper gets it back without a word of ours. */
export function giveBack(life: Life, payment: Payment, at: Ms): void {
  if (payment.status !== "authorized") return;
  const refund = addRefund(life, payment, { amount: payment.amount, receipt: null, notes: {}, speedRequested: "normal" }, at);
  processRefund(life, refund, at);
}

export type RefundWish = Pick<Refund, "amount" | "receipt" | "notes" | "speedRequested">;

export function addRefund(life: Life, payment: Payment, wish: RefundWish, at: Ms): Refund {
  const refund: Refund = { id: newId(life.books, "rfnd"), payment, ...wish, createdAt: at, status: "pending" };
  payment.refunds.push(refund);
  life.books.refunds.set(refund.id, refund);
  life.tell("refund.created", { payment, refund }, at);
  return refund;
}

export function processRefund(life: Life, refund: Refund, at: Ms): void {
  const { payment } = refund;
  refund.status = payment.script.refundFails === true && payment.captured ? "failed" : "processed";
  if (refund.status === "processed" && amountRefunded(payment) === payment.amount) payment.status = "refunded";
  life.tell(`refund.${refund.status}`, { payment, refund }, at);
}

/** The order takes another payment: none has succeeded, and none is on its way to. */
export function isPayable(order: Order): boolean {
  return order.status !== "paid" && !order.payments.some(({ status }) => status === "authorized");
}
