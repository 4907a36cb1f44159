/** Razorpay's words as data: statuses, reasons, refusals, currencies and times. Sources: its API reference and error pages. */
import type { DeclineCode } from "../../core/outcome.ts";
import type { RefusalMeaning } from "../exchange.ts";

/** How a payment of an order stands. `refunded` is `taken` if it was captured before, else its hold has lapsed. */
export type Standing = "taken" | "held" | "open" | "lapsed" | "failed";

export const paymentStatuses: ReadonlyMap<unknown, Standing> = new Map<string, Standing>([
  ["created", "open"],
  ["authorized", "held"],
  ["captured", "taken"],
  ["refunded", "taken"],
  ["failed", "failed"],
]);

/** The payment that decides about its order comes first: an order takes one success, whatever became of other tries. */
export const standingOrder: readonly Standing[] = ["taken", "held", "open", "lapsed", "failed"];

/** Networks of cards as Razorpay writes them, and as Tillway does. "Unknown" and what is not here stay unknown. */
export const networks: ReadonlyMap<unknown, string> = new Map([
  ["Visa", "visa"],
  ["MasterCard", "mastercard"],
  ["RuPay", "rupay"],
  ["American Express", "amex"],
  ["Diners Club", "diners"],
  ["Discover", "discover"],
  ["JCB", "jcb"],
  ["Maestro", "maestro"],
  ["Union Pay", "unionpay"],
]);

export const refundStatuses: ReadonlyMap<unknown, "pending" | "succeeded" | "declined"> = new Map([
  ["created", "pending"],
  ["pending", "pending"],
  ["processed", "succeeded"],
  ["failed", "declined"],
]);

/** Razorpay refuses to hold longer, and gives the money back by itself. In minutes, as it takes them. */
export const HOLD_MINUTES = 7_200;
/**
 * A failed payment may be authorized later: within three days by one page of Razorpay's documentation, within five by another ("Late authorization").
 * The last one may be held for `HOLD_MINUTES` and then lapses; and a day more, as the days are those of banks.
 */
export const LATE_TRUTH_MS = 6 * 86_400_000;
/** An authorization that comes later than this is not captured by Razorpay; then we do it, or let it lapse. It takes 12 at least. */
export const CAPTURES_WITHIN_MINUTES = 20;
/** A UPI request to the payer's app ends with the patience of the payment. In minutes. */
export const COLLECT_MINUTES = 15;

/** So long after its order a card may still be typed: the browser closes the window after 13 minutes, and a bank's page takes its time. */
export const CHECKOUT_MINUTES = 20;

/** Why a payment failed (`error_reason`), by what it means for the shopper. Razorpay documents that the reason decides, not the code. */
const reasonsByCode: Readonly<Record<DeclineCode, readonly string[]>> = {
  card_declined: [
    "card_declined",
    "payment_declined",
    "debit_declined",
    "card_number_invalid",
    "incorrect_card_details",
    "debit_instrument_blocked",
    "debit_instrument_inactive",
    "card_not_enrolled",
    "card_disabled_for_online_payments",
    "bank_account_invalid",
    "international_transaction_not_allowed",
    "user_not_eligible",
  ],
  insufficient_funds: ["insufficient_funds"],
  fraud_suspected: ["payment_risk_check_failed", "compliance_violation"],
  expired_card: ["card_expired"],
  incorrect_cvc: ["incorrect_cvc", "incorrect_cvv"],
  lost_card: [],
  stolen_card: [],
  limit_exceeded: ["transaction_daily_limit_exceeded", "transaction_frequency_limit_exceeded"],
  authentication_failed: [
    "incorrect_otp",
    "otp_expired",
    "authentication_failed",
    "payment_cancelled",
    "payment_timed_out",
    "payment_session_expired",
  ],
  upi_declined: ["incorrect_pin", "invalid_vpa", "transaction_on_vpa_restricted"],
  upi_expired: ["payment_collect_request_expired"],
  bank_declined: [],
  operation_refused: [
    "input_validation_failed",
    "extra_field_sent",
    "order_already_paid",
    "order_amount_mismatch",
    "invalid_order_id",
    "payment_method_not_enabled",
    "upi_collect_not_enabled",
    "merchant_not_activated",
    "amount_less_than_minimum_amount",
  ],
  technical_decline: [
    "gateway_technical_error",
    "bank_technical_error",
    "issuer_technical_error",
    "upi_app_technical_error",
    "bank_not_available",
    "psp_not_available",
    "request_timed_out",
    "server_error",
    "invalid_response_from_gateway",
    "payment_declined_due_to_high_traffic",
    "verification_failed",
    "vpa_resolution_failed",
  ],
};

export const declineCodes: ReadonlyMap<unknown, DeclineCode> = new Map(
  (Object.keys(reasonsByCode) as DeclineCode[]).flatMap((code) => reasonsByCode[code].map((reason) => [reason, code] as const)),
);

/** A payment that is called failed for one of these reasons is still under way. */
export const stillOpenReasons: ReadonlySet<unknown> = new Set(["payment_pending", "collect_request_pending", "deemed_transaction"]);

/** All refusals have the code BAD_REQUEST_ERROR, so their sentence has to be read. Lower case. */
const meaningsByText: readonly (readonly [text: string, meaning: RefusalMeaning])[] = [
  ["the id provided does not exist", "not_found"],
  ["already been captured", "there_already"],
  ["order already paid", "there_already"],
];
const meaningsByReason: ReadonlyMap<unknown, RefusalMeaning> = new Map([["order_already_paid", "there_already"]]);

export function meaningOf(status: number, reason: unknown, description: string): RefusalMeaning | undefined {
  // The same key of a refund is being worked on, or was used for another body: both are found by asking.
  if (status === 409) return "there_already";
  const text = description.toLowerCase();
  return meaningsByReason.get(reason) ?? meaningsByText.find(([part]) => text.includes(part))?.[1];
}

/** Refused because there is such an order: it has another amount, or was made without `unique_receipt`. */
export function isReceiptTaken(description: string): boolean {
  return description.toLowerCase().includes("receipt should be unique");
}

/** Of the currencies that Razorpay lists, those whose decimals its documentation leaves no doubt about. */
export const currencies: readonly string[] =
  "INR USD EUR GBP AED AUD CAD CHF CNY DKK HKD MXN MYR NOK NZD PHP PLN QAR SAR SEK SGD THB ZAR JPY KRW CLP BHD KWD OMR TND".split(" ");
