/** From Razorpay's entities to outcomes. A charge of ours is an order there; the order's payments say what became of it. */
import { createHash } from "node:crypto";
import { holdsCardNumber } from "../../core/card-number.ts";
import { declineMessages, plainDecline } from "../declines.ts";
import type { Attempt, NextAction, Ms } from "../../core/model.ts";
import type { Figures, MethodShown, Outcome } from "../../core/outcome.ts";
import { isObject, redactWord, unknown, type Dialect, type Refusal, type Shown } from "../exchange.ts";
import {
  CAPTURES_WITHIN_MINUTES,
  declineCodes,
  HOLD_MINUTES,
  meaningOf,
  networks,
  paymentStatuses,
  refundStatuses,
  standingOrder,
  stillOpenReasons,
  type Standing,
} from "./tables.ts";

const MINUTE_MS = 60_000;
const RECEIPT_MAX = 40;

/** Our key as Razorpay takes it: as it is, or a hash of it if it is too long. */
export function receiptOf(gatewayKey: string): string {
  return gatewayKey.length <= RECEIPT_MAX ? gatewayKey : createHash("sha256").update(gatewayKey).digest("hex").slice(0, RECEIPT_MAX);
}

/** What a question knows beside the answer. */
export interface Circumstances {
  readonly captureMethod: "automatic" | "manual";
  /** Null: the answer is a webhook's, and nobody knows how old it is. */
  readonly now: Ms | null;
  /** What the shopper was shown: Razorpay shows it once, and we go on showing it while the payment waits. */
  readonly nextAction: NextAction | null;
}

/** The payments in a list of Razorpay's. */
export function itemsOf(body: Shown): readonly Shown[] | null {
  const items = body["items"];
  return Array.isArray(items) ? items.filter(isObject) : null;
}

/** The payment that decides about its order; undefined: the order has none. The newest one of those that stand alike. */
export function decisive(payments: readonly Shown[]): Shown | undefined {
  return payments.toSorted((a, b) => rank(a) - rank(b) || Number(b["created_at"]) - Number(a["created_at"]))[0];
}

function rank(payment: Shown): number {
  return standingOrder.indexOf(standingOf(payment));
}

/** A word that nobody documented is `open`: the money may still move. */
export function standingOf(payment: Shown): Standing {
  const standing = paymentStatuses.get(payment["status"]) ?? "open";
  if (payment["status"] === "refunded" && payment["captured"] === false) return "lapsed";
  return standing === "failed" && stillOpenReasons.has(payment["error_reason"]) ? "open" : standing;
}

/** What a payment says about the charge whose order it belongs to. */
export function chargeOutcome(payment: Shown, circumstances: Circumstances): Outcome {
  const reference = payment["order_id"];
  if (typeof reference !== "string" || reference === "") return unknown("the payment names no order");
  switch (standingOf(payment)) {
    case "taken":
      return { kind: "succeeded", reference, figures: figuresOf(payment), method: methodOf(payment) };
    case "held":
      return held(payment, reference, circumstances);
    case "lapsed":
      return { kind: "canceled", reference };
    case "failed":
      return declined(payment, reference);
    case "open":
      return circumstances.nextAction !== null && payment["status"] === "created"
        ? { kind: "requires_action", reference, nextAction: circumstances.nextAction }
        : { kind: "pending", reference };
  }
}

/** What is to be captured by Razorpay itself is on its way, unless it came too late for that. */
function held(payment: Shown, reference: string, { captureMethod, now }: Circumstances): Outcome {
  const createdAt = secondsOf(payment);
  const isOnItsWay =
    captureMethod === "automatic" && (now === null || createdAt === null || now < createdAt + CAPTURES_WITHIN_MINUTES * MINUTE_MS);
  if (isOnItsWay) return { kind: "pending", reference };
  const lapsesAt = createdAt === null ? null : createdAt + HOLD_MINUTES * MINUTE_MS;
  return { kind: "authorized", reference, figures: figuresOf(payment), lapsesAt, method: methodOf(payment) };
}

/** The last second that a Date can hold (ECMA-262). */
const SECONDS_MAX = 8.64e12;

/** When an entity was made; null: it does not say so. */
export function secondsOf({ created_at: at }: Shown): Ms | null {
  return Number.isInteger(at) && Math.abs(at as number) <= SECONDS_MAX ? (at as number) * 1_000 : null;
}

/** What a payment shows of how it was paid. Its card stands in webhooks only, and where a list was asked to show it. */
function methodOf({ card, vpa }: Shown): MethodShown | undefined {
  const { network, last4 } = isObject(card) ? card : {};
  const shown = {
    ...(networks.has(network) && { network: networks.get(network)! }),
    ...(typeof last4 === "string" && /^\d{4}$/.test(last4) && { last4 }),
    ...(typeof vpa === "string" && VPA.test(vpa) && !holdsCardNumber(vpa) && { vpa }),
  };
  return Object.keys(shown).length === 0 ? undefined : shown;
}

const VPA = /^[\w.-]{1,256}@[\w.-]{1,64}$/;

/** A refusal of the bank, by its reason. An unknown reason is a plain decline, and never lets another account try. */
function declined(payment: Shown, reference: string): Outcome {
  const { error_reason: reason, method } = payment;
  const code = declineCodes.get(reason) ?? "card_declined";
  // The same reasons are given for what has no card.
  const declineCode = code === "card_declined" ? plainDecline(method) : code;
  return { kind: "declined", reference, declineCode, message: declineMessages[declineCode], method: methodOf(payment) };
}

/** A capture has no id of its own: its payment shows whether it was done. */
export function captureOutcome(payment: Shown): Outcome {
  const { id } = payment;
  if (typeof id !== "string" || id === "") return unknown("the answer names no payment");
  switch (standingOf(payment)) {
    case "taken":
      return { kind: "succeeded", reference: id, figures: figuresOf(payment) };
    case "lapsed":
    case "failed":
      return { kind: "declined", reference: id, declineCode: "operation_refused", message: "The hold has lapsed." };
    case "held":
      return { kind: "not_found" };
    case "open":
      return { kind: "pending", reference: id };
  }
}

export function refundOutcome(refund: Shown): Outcome {
  const { id } = refund;
  if (typeof id !== "string" || id === "") return unknown("the answer names no refund");
  const status = refundStatuses.get(refund["status"]) ?? "pending";
  if (status === "succeeded") return { kind: "succeeded", reference: id, figures: figuresOf(refund) };
  if (status === "pending") return { kind: "pending", reference: id };
  return { kind: "declined", reference: id, declineCode: "operation_refused", message: "Razorpay could not give the money back." };
}

/** For people: the status of an entity if we do not know that word, else null. */
export function unknownWord(entity: Shown): string | null {
  const known = entity["entity"] === "refund" ? refundStatuses : paymentStatuses;
  return known.has(entity["status"]) ? null : `unknown status ${JSON.stringify(redactWord(String(entity["status"]), 40))}`;
}

/** A missing amount becomes -1, which equals no amount: such an answer is never applied. */
export function figuresOf({ amount, currency }: Shown): Figures {
  return { amount: Number.isInteger(amount) ? (amount as number) : -1, currency: String(currency) };
}

/** Who an entity is about, by the notes that we sent with it. */
export function notesOf(entity: Shown): Shown {
  return isObject(entity["notes"]) ? entity["notes"] : {};
}

export function keyOf(entity: Shown): string | null {
  return textOf(notesOf(entity)["tillway_key"]);
}

/** Who captures a payment of ours. */
export function captureMethodOf(payment: Shown): Circumstances["captureMethod"] {
  return notesOf(payment)["tillway_capture"] === "manual" ? "manual" : "automatic";
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= 128 ? value : null;
}

/** An entity that carries another key of ours is never applied. One without notes was found by what we know of it. */
export function foreignKey(entity: Shown, attempt: Pick<Attempt, "gatewayKey">): Outcome | null {
  const key = notesOf(entity)["tillway_key"];
  if (typeof key !== "string" || key === attempt.gatewayKey) return null;
  const mismatch = `key ${redactWord(key, 64)} instead of ${attempt.gatewayKey}`;
  return { ...unknown("the answer is about another key"), mismatch };
}

/** How to read an answer; what a 2xx means depends on the request. */
export function dialectOf(shown: Dialect["shown"]): Dialect {
  return { shown, refusal };
}

export function refusal(body: Shown, status: number): Refusal | null {
  if (!isObject(body["error"])) return null;
  const { description, reason, code } = body["error"];
  const text = typeof description === "string" ? description : "";
  return {
    // Both are stored and shown to people, so card numbers are hidden.
    code: redactWord(typeof reason === "string" && reason !== "" ? reason : typeof code === "string" ? code : `status_${status}`, 64),
    message: text === "" ? "Razorpay refused the request." : redactWord(text, 200),
    reference: null,
    // Nothing is kept under a key: Razorpay has none for payments.
    isStored: false,
    meaning: meaningOf(status, reason, text),
  };
}
