/** Stripe's words as data: https://docs.stripe.com/declines/codes, /error-codes, /payments/paymentintents/lifecycle. */
import type { DeclineCode } from "../../core/outcome.ts";
import type { RefusalMeaning } from "../exchange.ts";

/** What a status of a PaymentIntent says of the charge. `begun_or_declined`: the intent's `last_payment_error` says which. */
export type IntentState = "not_begun" | "begun_or_declined" | "requires_action" | "pending" | "authorized" | "succeeded" | "canceled";

export const intentStates: ReadonlyMap<unknown, IntentState> = new Map<string, IntentState>([
  ["requires_payment_method", "begun_or_declined"],
  ["requires_confirmation", "not_begun"],
  ["requires_action", "requires_action"],
  ["processing", "pending"],
  ["requires_capture", "authorized"],
  ["succeeded", "succeeded"],
  ["canceled", "canceled"],
]);

export type RefundState = "pending" | "succeeded" | "declined" | "canceled";

export const refundStates: ReadonlyMap<unknown, RefundState> = new Map<string, RefundState>([
  ["pending", "pending"],
  ["requires_action", "pending"],
  ["succeeded", "succeeded"],
  ["failed", "declined"],
  ["canceled", "canceled"],
]);

/** `decline_code` of a card error, or its `code` if there is none. What is not in the table is `card_declined`. */
export const declineCodes: ReadonlyMap<unknown, DeclineCode> = new Map<string, DeclineCode>([
  // Hard: this card never again.
  ...of("lost_card", "lost_card"),
  ...of("stolen_card", "stolen_card"),
  ...of("expired_card", "expired_card invalid_expiry_month invalid_expiry_year"),
  ...of(
    "card_declined",
    "pickup_card restricted_card incorrect_number invalid_number invalid_account new_account_information_available card_not_supported currency_not_supported transaction_not_allowed revocation_of_authorization revocation_of_all_authorizations stop_payment_order security_violation service_not_allowed not_permitted invalid_amount testmode_decline",
  ),
  // Risk: never again, and at no other gateway.
  ...of("fraud_suspected", "fraudulent merchant_blacklist highest_risk_level"),
  // The shopper can mend it.
  ...of("incorrect_cvc", "incorrect_cvc invalid_cvc"),
  ...of(
    "authentication_failed",
    "authentication_required authentication_not_handled payment_intent_action_required payment_intent_authentication_failure offline_pin_required online_or_offline_pin_required",
  ),
  ...of("card_declined", "incorrect_zip incorrect_address incorrect_pin invalid_pin pin_try_exceeded"),
  // Soft: later, or another card.
  ...of("insufficient_funds", "insufficient_funds"),
  ...of("limit_exceeded", "card_velocity_exceeded withdrawal_count_limit_exceeded"),
  ...of("card_declined", "try_again_later do_not_honor generic_decline call_issuer no_action_taken duplicate_transaction card_declined"),
  // Technical: the bank was not asked, or did not answer.
  ...of("technical_decline", "processing_error issuer_not_available reenter_transaction approve_with_id"),
]);

/** `advice_code` that no class of a decline outweighs: https://docs.stripe.com/declines/codes, "Advice codes". */
export const NEVER_AGAIN = "do_not_try_again";

/** Error codes, or types if there is no code, that are more than "our request is wrong". */
export const meanings: ReadonlyMap<unknown, RefusalMeaning> = new Map<string, RefusalMeaning>([
  ["resource_missing", "not_found"],
  // The same key with other parameters.
  ["idempotency_error", "there_already"],
  ["payment_intent_unexpected_state", "there_already"],
  ["charge_already_captured", "there_already"],
  ["charge_expired_for_capture", "there_already"],
  ["charge_already_refunded", "there_already"],
]);

/** What Stripe takes cards in: https://docs.stripe.com/currencies, presentment currencies. */
export const currencies: readonly string[] = (
  "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD " +
  "EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL " +
  "MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK " +
  "SGD SHP SLE SOS SRD STN SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW"
).split(" ");

function of(code: DeclineCode, words: string): [string, DeclineCode][] {
  return words.split(" ").map((word) => [word, code]);
}
