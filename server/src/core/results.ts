/** What other programs are told of how an operation ended: facts that they act on, and no person and no card. Pure. */
import type { EventType } from "./events.ts";
import type { MoneyEvent, Mode } from "./model.ts";
import { iso } from "./represent.ts";

/** Whether the money moved, and why not: `technical` is nobody's no. */
export type ResultOutcome = "authorized" | "captured" | "refunded" | "insufficient_funds" | "fraud" | "declined" | "technical" | "canceled";

interface ResultBase {
  readonly version: 1;
  /** Of the event that says so: the same at each repeat. */
  readonly id: string;
  readonly payment_id: string;
  readonly merchant_id: string;
  readonly mode: Mode;
  /** Place among the events of the payment. */
  readonly sequence: number;
  readonly event: EventType;
  readonly result: "APPROVED" | "DENIED";
  readonly outcome: ResultOutcome;
  readonly decline_code: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly order_id: string | null;
  readonly occurred_at: string;
}

export type ResultEvent =
  | (ResultBase & { readonly type: "PaymentResultEvent"; readonly amount_captured: number })
  | (ResultBase & { readonly type: "RefundResultEvent"; readonly refund_id: string });

/** `null`: the error of the event says why. */
const outcomes = {
  "payment.authorized": "authorized",
  "payment.succeeded": "captured",
  "payment.failed": null,
  "payment.canceled": "canceled",
  // It is being given back: whoever ships on APPROVED must not.
  "payment.charged_after_cancel": "canceled",
  "refund.succeeded": "refunded",
  "refund.failed": null,
} as const satisfies Partial<Record<EventType, ResultOutcome | null>>;

export const resultTypes = Object.keys(outcomes) as (keyof typeof outcomes)[];

interface Told {
  readonly amount: number;
  readonly amount_captured: number;
  readonly currency: string;
  readonly order_id: string | null;
  readonly error: { readonly code: string; readonly decline_code?: string } | null;
}

/** Null: this event is no result. */
export function resultOf(event: Omit<MoneyEvent, "closes" | "apiVersion">): ResultEvent | null {
  const { type, paymentId } = event;
  if (!isResult(type) || paymentId === null) return null;
  const told = JSON.parse(event.body) as Told & { readonly id: string; readonly payment?: Told };
  const outcome = outcomes[type] ?? outcomeOf(told.error);
  const base = {
    version: 1,
    id: event.id,
    payment_id: paymentId,
    merchant_id: event.merchantId,
    mode: event.mode,
    sequence: event.sequence,
    event: type,
    result: approved.includes(outcome) ? "APPROVED" : "DENIED",
    outcome,
    decline_code: told.error?.decline_code ?? null,
    amount: told.amount,
    currency: told.currency,
    order_id: (told.payment ?? told).order_id,
    occurred_at: iso(event.createdAt),
  } as const;
  return type === "refund.succeeded" || type === "refund.failed"
    ? { type: "RefundResultEvent", ...base, refund_id: told.id }
    : { type: "PaymentResultEvent", ...base, amount_captured: told.amount_captured };
}

const approved: readonly ResultOutcome[] = ["authorized", "captured", "refunded"];

function isResult(type: EventType): type is keyof typeof outcomes {
  return Object.hasOwn(outcomes, type);
}

function outcomeOf(error: Told["error"]): ResultOutcome {
  if (error?.decline_code === "technical_decline") return "technical";
  switch (error?.code) {
    case "insufficient_funds":
      return "insufficient_funds";
    case "fraud_suspected":
      return "fraud";
    case "payment_declined":
      return "declined";
    case "canceled":
      return "canceled";
    default:
      return "technical";
  }
}
