/**
 * A charge: an order, then a payment on it. Razorpay has no idempotency keys for payments, so the order stands for our key: it is made
 * once for each receipt, it takes one successful payment, and before anything is sent again its payments are looked at.
 */
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Reply } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { isObject, parse, refusalProvesNothing, unknown, type Shown } from "../exchange.ts";
import { bodyOf, converse, type Conversation, type RazorpayDeps } from "./conversation.ts";
import { chargeOutcome, decisive, itemsOf, receiptOf, refusal } from "./map.ts";
import { checkoutScript } from "./fields.ts";
import { chargeProblem, checkoutNotes, orderBody, paymentBody } from "./requests.ts";
import { isForCheckout } from "./methods.ts";
import { CHECKOUT_MINUTES, isReceiptTaken } from "./tables.ts";

interface Order {
  readonly id: string;
  /** Made by this very request: it has no payment yet. */
  readonly isNew: boolean;
  /** It says itself that somebody has tried to pay it. */
  readonly isTried: boolean;
}

export async function sendCharge(deps: RazorpayDeps, call: Call): Promise<Reply> {
  const talk = converse(deps, call);
  const problem = chargeProblem(call, { upiCollect: deps.upiCollect ?? false });
  if (problem !== null) return talk.end({ kind: "rejected", code: "not_for_this_gateway", message: problem });
  const order = await placeOrder(talk);
  if ("kind" in order) return talk.end(order);
  if (!order.isNew) {
    const found = asShown(order, await chargeOf(talk, order.id));
    // Also one that failed: it is what became of this attempt, and it may still be authorized.
    if (found.kind !== "not_found") return talk.end(found.kind === "unknown" ? notSent(talk, found) : found);
  }
  if (isForCheckout(call.method)) return talk.end(atCheckout(talk, order.id));
  const result = await talk.ask({ path: "/payments/create/json", money: paymentBody(call, order.id) });
  const outcome = readCreated(talk, result, order.id);
  if (outcome !== "ask") return talk.end(outcome);
  const found = await chargeOf(talk, order.id);
  // It has arrived, so no later "not found" proves that it did not.
  const isUnseen = found.kind === "not_found" || (found.kind === "unknown" && found.mismatch === undefined);
  return talk.end(isUnseen ? { kind: "pending", reference: order.id } : found);
}

/** The order of this attempt; an outcome if there is none to pay. No order moves money, so a lost answer is none that could. */
async function placeOrder(talk: Conversation): Promise<Order | Outcome> {
  const { attempt } = talk.call;
  const result = await talk.ask({ path: "/orders", money: orderBody(talk.call), isQuick: true });
  const order = bodyOf(result);
  if (order !== null) return usable(talk, order, isFresh(order, result, attempt));
  const refused = result.kind === "answer" && result.status === 400 ? parse(result.body) : null;
  if (refused === null || !isReceiptTaken(refusal(refused, 400)?.message ?? ""))
    return notSent(
      talk,
      talk.read(result, "money", () => unknown("the answer is no order")),
    );
  const found = await findOrder(talk);
  if ("kind" in found) return found.kind === "unknown" ? notSent(talk, found) : unknown(`the receipt of ${attempt.gatewayKey} is taken`);
  return usable(talk, found.order, false);
}

/** Nothing of a payment has left, whatever became of what was asked before. That proves something only about a first send. */
function notSent({ call }: Conversation, outcome: Outcome): Outcome {
  if (outcome.kind !== "unknown" || outcome.mismatch !== undefined || refusalProvesNothing(call.attempt, "money")) return outcome;
  return { kind: "not_sent", reason: `no payment was sent: ${outcome.reason}` };
}

function usable({ call: { attempt } }: Conversation, order: Shown, isNew: boolean): Order | Outcome {
  const { id, amount, currency } = order;
  if (typeof id !== "string" || id === "") return unknown("the answer names no order");
  if (amount === attempt.amount && currency === attempt.currency) return { id, isNew, isTried: isTried(order) };
  const mismatch = `an order of ${String(amount)} ${String(currency)} instead of ${attempt.amount} ${attempt.currency}`;
  return { ...unknown("the order is another one"), mismatch };
}

/** A restored database sends for the first time what was sent before: only a young order surely has no payment. */
const FRESH_FOR_S = 60;

function isFresh(order: Shown, result: HttpResult, { sends, questions }: Attempt): boolean {
  if (sends > 1 || questions > 0) return false;
  const date = result.kind === "answer" ? Date.parse(result.headers["date"] ?? "") : Number.NaN;
  return !isTried(order) && Number(order["created_at"]) >= date / 1_000 - FRESH_FOR_S;
}

/** What the answer to a created payment says; `ask`: the order's payments know. */
function readCreated(talk: Conversation, result: HttpResult, orderId: string): Outcome | "ask" {
  const body = result.kind === "answer" ? parse(result.body) : null;
  if (result.kind === "answer" && result.status >= 400 && result.status < 500 && result.status !== 429 && body !== null) {
    const error = isObject(body["error"]) ? body["error"] : {};
    // The refusal names a payment: it was made, and did not go well.
    if (isObject(error["metadata"]) && typeof error["metadata"]["payment_id"] === "string") return "ask";
  }
  const created = bodyOf(result);
  if (created === null) return talk.read(result, "money", () => unknown("the answer is no payment"));
  if (typeof created["razorpay_payment_id"] !== "string") return unknown("the answer names no payment");
  const steps = Array.isArray(created["next"]) ? created["next"].filter(isObject) : [];
  const urlOf = (action: string): unknown => steps.find((step) => step["action"] === action)?.["url"];
  const link = urlOf("intent") ?? created["link"];
  if (typeof link === "string" && link.startsWith("upi://"))
    return { kind: "requires_action", reference: orderId, nextAction: { type: "upi_intent", url: link } };
  const page = urlOf("redirect");
  if (typeof page === "string" && /^https?:\/\//.test(page) && URL.canParse(page))
    return { kind: "requires_action", reference: orderId, nextAction: { type: "redirect", url: page } };
  return "ask";
}

/** By our key: the order with our receipt, and then its payments. */
export async function findCharge(talk: Conversation): Promise<Outcome> {
  const found = await findOrder(talk);
  if ("kind" in found) return found;
  return asShown({ isTried: isTried(found.order) }, await chargeOf(talk, String(found.order["id"])));
}

function isTried({ status, attempts }: Shown): boolean {
  return status !== "created" || attempts !== 0;
}

/** A list that lags behind its order proves nothing. */
function asShown({ isTried: isKnownTried }: Pick<Order, "isTried">, outcome: Outcome): Outcome {
  return isKnownTried && outcome.kind === "not_found" ? unknown("the order was tried, and shows no payment") : outcome;
}

async function findOrder(talk: Conversation): Promise<{ readonly order: Shown } | Outcome> {
  const receipt = receiptOf(talk.call.attempt.gatewayKey);
  const result = await talk.ask({ path: `/orders?receipt=${encodeURIComponent(receipt)}` });
  const body = bodyOf(result);
  const items = body && itemsOf(body);
  if (items === null) return talk.read(result, "question", () => unknown("the answer is no list of orders"));
  const order = items.find((item) => item["receipt"] === receipt && typeof item["id"] === "string");
  return order === undefined ? { kind: "not_found" } : { order };
}

/** What the payments of an order say about its charge. */
export async function chargeOf(talk: Conversation, orderId: string): Promise<Outcome> {
  const found = await decisivePayment(talk, orderId);
  if ("kind" in found) return found.kind === "not_found" && isForCheckout(talk.call.method) ? notTyped(talk, orderId) : found;
  const { captureMethod, nextAction = null } = talk.call;
  const now = talk.now();
  return talk.readEntity(found.payment, (payment) => chargeOutcome(payment, { captureMethod, nextAction, now }));
}

/** The shopper types the card into Razorpay's own window, which makes the payment of the order. */
function atCheckout({ call, baseUrl }: Conversation, orderId: string): Outcome {
  const values = { key_id: call.account.credentials["key_id"] ?? "", order_id: orderId, ...checkoutNotes(call) };
  return { kind: "requires_action", reference: orderId, nextAction: { type: "card_fields", url: checkoutScript(baseUrl), values } };
}

/** The window is closed by now. An order can't be called off, so what is paid after all is late, and is given back. */
function notTyped(talk: Conversation, orderId: string): Outcome {
  const { firstSentAt, createdAt } = talk.call.attempt;
  if (talk.now() < (firstSentAt ?? createdAt) + CHECKOUT_MINUTES * 60_000) return atCheckout(talk, orderId);
  return { kind: "declined", reference: orderId, declineCode: "authentication_failed", message: "No card was typed in time." };
}

/** The payment that decides about an order, or why there is none to see. */
export async function decisivePayment(talk: Conversation, orderId: string): Promise<{ readonly payment: Shown } | Outcome> {
  const result = await talk.ask({ path: `/orders/${encodeURIComponent(orderId)}/payments` });
  const body = bodyOf(result);
  const items = body && itemsOf(body);
  if (items === null) return talk.read(result, "question", () => unknown("the answer is no list of payments"));
  if (items.some((item) => item["order_id"] !== orderId)) {
    return { ...unknown("the answer is about another order"), mismatch: `payments of another order than ${orderId}` };
  }
  const payment = decisive(items);
  return payment === undefined ? { kind: "not_found" } : { payment };
}
