/** Objects as Stripe shows them. */
import { declines, type DeclineName } from "./cards.ts";
import { type Answer, invalid, type Json } from "./errors.ts";
import type { Charge, Endpoint, EventRecord, Intent, Method, Refund } from "./state.ts";
import { STRIPE_VERSION } from "./state.ts";

export interface Shown {
  readonly publicUrl: string;
  readonly livemode: boolean;
}

/** Which references are shown as whole objects. */
export type Expand = ReadonlySet<string>;

export const nothing: Expand = new Set();
/** A wrong amount is wrong by this much. */
const WRONG_BY = 100;

export const seconds = (ms: number): number => Math.floor(ms / 1_000);

export function intentView(intent: Intent, shown: Shown, expand: Expand = nothing): Json {
  const extra = intent.method?.behaviour.quirk === "wrong_amount" ? WRONG_BY : 0;
  const isUnknown = intent.method?.behaviour.quirk === "unknown_status" && intent.status === "processing";
  const taken = intent.received > 0 ? intent.received + extra : 0;
  return {
    id: intent.id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: intent.amount + extra,
    amount_capturable: intent.capturable,
    amount_details: { tip: {} },
    amount_received: taken,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: intent.canceledAt === null ? null : seconds(intent.canceledAt),
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: "automatic",
    created: seconds(intent.createdAt),
    currency: intent.currency,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: intent.lastError,
    latest_charge: referenceTo(intent.latestCharge, expand.has("latest_charge"), (charge) => chargeView(charge, shown)),
    livemode: shown.livemode,
    managed_payments: null,
    metadata: intent.metadata,
    next_action: nextAction(intent, shown),
    on_behalf_of: null,
    payment_method: referenceTo(intent.method, expand.has("payment_method"), (method) => methodView(method, shown)),
    payment_method_configuration_details: null,
    payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" } },
    payment_method_types: ["card"],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: isUnknown ? "under_examination" : intent.status,
    transfer_data: null,
    transfer_group: null,
    ...intent.shown,
  };
}

function nextAction({ status, challenge, returnUrl, id }: Intent, { publicUrl }: Shown): Json | null {
  if (status !== "requires_action" || challenge === null) return null;
  const url = `${publicUrl}/3ds/${id}/${challenge}`;
  return returnUrl === null
    ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url, source: `src_${challenge}` } }
    : { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } };
}

export function chargeView(charge: Charge, shown: Shown, expand: Expand = nothing): Json {
  const { intent, method, failure } = charge;
  const extra = method.behaviour.quirk === "wrong_amount" ? WRONG_BY : 0;
  return {
    id: charge.id,
    object: "charge",
    amount: intent.amount + extra,
    amount_captured: charge.amountCaptured === 0 ? 0 : charge.amountCaptured + extra,
    amount_refunded: charge.amountRefunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: charge.amountCaptured > 0 ? charge.id.replace("ch_", "txn_") : null,
    billing_details: method.billing,
    calculated_statement_descriptor: "FAR SIDE",
    captured: charge.captured,
    created: seconds(charge.createdAt),
    currency: intent.currency,
    customer: null,
    description: intent.shown["description"] ?? null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure?.["code"] ?? null,
    failure_message: failure?.["message"] ?? null,
    fraud_details: {},
    livemode: shown.livemode,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(charge),
    paid: charge.status === "succeeded",
    payment_intent: expand.has("payment_intent") ? intentView(intent, shown) : intent.id,
    payment_method: method.id,
    payment_method_details: { type: "card", card: cardDetails(charge) },
    receipt_email: null,
    receipt_number: null,
    receipt_url: charge.status === "succeeded" ? `${shown.publicUrl}/receipts/${charge.id}` : null,
    refunded: charge.amountRefunded >= intent.amount,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: charge.status,
    transfer_data: null,
    transfer_group: null,
  };
}

function outcomeOf({ status, failure, method }: Charge): Json | null {
  if (status === "pending") return null;
  const good = { network_status: "approved_by_network", reason: null, seller_message: "Payment complete.", type: "authorized" };
  const shared = { advice_code: null, network_advice_code: null, network_decline_code: null, risk_level: "normal", risk_score: 20 };
  if (failure === null) return { ...shared, ...good };
  const known = declines[failure["decline_code"] as DeclineName];
  if ("blocked" in known) {
    const seller = "Stripe blocked this payment as too risky.";
    const blocked = { network_status: "not_sent_to_network", reason: "highest_risk_level", seller_message: seller, type: "blocked" };
    return { ...shared, ...blocked, risk_level: "highest", risk_score: 90 };
  }
  return {
    ...shared,
    advice_code: known.adviceCode,
    network_advice_code: known.adviceCode === "do_not_try_again" && method.card.brand === "mastercard" ? "03" : null,
    network_decline_code: known.networkCode,
    network_status: "declined_by_network",
    reason: known.declineCode,
    seller_message: `The bank returned the decline code \`${known.declineCode}\`.`,
    type: "issuer_declined",
  };
}

function cardDetails({ intent, method: { card }, captured, status, captureBefore }: Charge): Json {
  return {
    amount_authorized: status === "succeeded" ? intent.amount : null,
    authorization_code: status === "succeeded" ? "123456" : null,
    brand: card.brand,
    ...(status === "succeeded" && !captured ? { capture_before: seconds(captureBefore) } : {}),
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: card.country,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    extended_authorization: { status: "disabled" },
    fingerprint: `far${card.last4}`,
    funding: card.funding,
    incremental_authorization: { status: "unavailable" },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: intent.multicapture ? "available" : "unavailable" },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: status === "succeeded" ? "016153570198200" : null,
    regulated_status: "unregulated",
    transaction_link_id: null,
    overcapture: { maximum_amount_capturable: intent.amount, status: "unavailable" },
    three_d_secure: null,
    wallet: null,
  };
}

export function refundView(refund: Refund, shown: Shown, expand: Expand = nothing): Json {
  const { charge } = refund;
  return {
    id: refund.id,
    object: "refund",
    amount: refund.amount,
    balance_transaction: refund.status === "succeeded" ? refund.id.replace("re_", "txn_") : null,
    charge: expand.has("charge") ? chargeView(charge, shown) : charge.id,
    created: seconds(refund.createdAt),
    currency: charge.intent.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    ...(refund.failureReason === null ? {} : { failure_reason: refund.failureReason }),
    metadata: refund.metadata,
    payment_intent: expand.has("payment_intent") ? intentView(charge.intent, shown) : charge.intent.id,
    payment_method: charge.method.id,
    ...(refund.status === "pending" ? { pending_reason: "processing" } : {}),
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}

export function methodView({ id, createdAt, card, billing, metadata }: Method, { livemode }: Shown): Json {
  return {
    id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billing,
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: card.country,
      display_brand: card.brand,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: `far${card.last4}`,
      funding: card.funding,
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: seconds(createdAt),
    customer: null,
    customer_account: null,
    livemode,
    metadata,
    type: "card",
  };
}

export function eventView(event: EventRecord, { livemode }: Shown): Json {
  return {
    id: event.id,
    object: "event",
    api_version: STRIPE_VERSION,
    created: seconds(event.createdAt),
    data: { object: JSON.parse(event.object) as Json },
    livemode,
    pending_webhooks: event.pending,
    request: { id: event.requestId, idempotency_key: event.idempotencyKey },
    type: event.type,
  };
}

export function endpointView(endpoint: Endpoint, { livemode }: Shown): Json {
  return {
    id: endpoint.id,
    object: "webhook_endpoint",
    api_version: STRIPE_VERSION,
    application: null,
    created: seconds(endpoint.createdAt),
    description: endpoint.description,
    enabled_events: endpoint.events,
    livemode,
    metadata: endpoint.metadata,
    status: "enabled",
    url: endpoint.url,
  };
}

/** Of those that Stripe can expand: what this far side has. */
export const expandable = {
  intent: ["latest_charge", "payment_method", "customer"],
  charge: ["payment_intent", "customer"],
  refund: ["charge", "payment_intent"],
  other: [],
} as const;

/** In a list each name begins with `data.`. */
export function readExpand(names: unknown, kind: keyof typeof expandable, isList = false): Expand | Answer {
  const prefix = isList ? "data." : "";
  const known = expandable[kind].map((name) => prefix + name);
  const list = (names ?? []) as readonly string[];
  const wrong = list.find((name) => !known.includes(name));
  if (wrong !== undefined) return invalid(`This property cannot be expanded (${wrong}).`, "expand");
  return new Set(list.map((name) => name.slice(prefix.length)));
}

function referenceTo<One extends { readonly id: string }>(one: One | null, whole: boolean, view: (one: One) => Json): string | Json | null {
  return one === null ? null : whole ? view(one) : one.id;
}
