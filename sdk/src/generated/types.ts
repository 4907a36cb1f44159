// Made by `npm run docs` from docs/openapi.json. Don't edit it.
import type { AnyEvent } from "./events.ts";

export type ErrorObject = {
  error: {
    /** The class of the error. */
    type: "invalid_request_error" | "authentication_error" | "permission_error" | "not_found_error" | "card_error" | "conflict_error" | "idempotency_error" | "rate_limit_error" | "api_error";
    /** What a program should look at. Never changes. */
    code: "malformed_json" | "duplicate_json_key" | "unknown_field" | "missing_field" | "invalid_field" | "invalid_characters" | "unsupported_media_type" | "invalid_amount" | "amount_too_large" | "order_mismatch" | "invalid_currency" | "invalid_card" | "expired_card" | "test_card_required" | "invalid_vpa" | "method_required" | "invalid_idempotency_key" | "invalid_url" | "invalid_signature" | "authentication_error" | "permission_denied" | "not_found" | "route_not_found" | "method_not_allowed" | "payment_failed" | "capture_failed" | "cancel_failed" | "payment_canceled" | "invalid_state" | "order_busy" | "idempotency_in_progress" | "idempotency_key_expired" | "idempotency_mismatch" | "body_too_large" | "rate_limited" | "overloaded" | "internal_error";
    /** For people. May change. */
    message: string;
    /** The field that is wrong, e.g. card.number. */
    param?: string;
    decline_code?: string;
    /** Who said no: gateway, bank, merchant or tillway. */
    source?: string;
    step?: string;
    reason?: string;
    doc_url: string;
    request_id: string;
    payment_id?: string;
  };
};


export type RequestObject = {
  id: string;
  object: "request";
  method: string;
  route: string;
  /** The id in its path. */
  subject: string | null;
  /** Of its answer; null: the caller hung up. */
  status: number | null;
  /** Why it was refused. */
  error_code: string | null;
  /** JSON text of its fields; values that may be private are hidden. */
  body: string | null;
  /** The payment that it made or was about. */
  payment_id: string | null;
  /** What else it made, such as a refund. */
  resource_id: string | null;
  /** The event that the creation of a payment wrote. */
  event_id: string | null;
  /** The key it was sent with; null if that was not kept. */
  key_id: string | null;
  /** Null if it was not kept. */
  duration_ms: number | null;
  /** When it was answered. ISO 8601, UTC. */
  created_at: string;
};


export type Payment = {
  id: string;
  object: "payment";
  status: "created" | "pending" | "processing" | "requires_action" | "authorized" | "succeeded" | "failed" | "canceled";
  amount: number;
  amount_authorized: number;
  amount_captured: number;
  amount_refunded: number;
  currency: string;
  method: "card" | "upi" | null;
  card?: {
    network: string;
    last4: string;
  };
  upi?: {
    vpa: string;
  };
  capture_method: "automatic" | "manual";
  order_id: string | null;
  description: string | null;
  metadata: Record<string, string>;
  customer: {
    email?: string;
    name?: string;
    phone?: string;
  } | null;
  return_url: string | null;
  next_action: {
    type: "redirect";
    url: string;
  } | null;
  /** When a cancel was asked for that the gateway has yet to confirm. ISO 8601, UTC. */
  cancel_requested_at: string | null;
  /** When its outcome is known, or a case was opened for a person, or the shopper's time is over. Left out in lists. ISO 8601, UTC. */
  processing_deadline_at?: string | null;
  /** When it came to its final status. ISO 8601, UTC. */
  finalized_at: string | null;
  /** The charge that took the money, or holds it. Left out in lists. */
  succeeded_attempt_id?: string | null;
  /** What a person must look at, oldest first; docs/cases.md says what to do. Left out in lists. */
  open_cases?: {
    id: string;
    kind: string;
    /** When it was opened. ISO 8601, UTC. */
    opened_at: string;
  }[];
  /** Oldest first. Left out in lists: get the payment to see them. */
  attempts?: {
    id: string;
    object: "attempt";
    operation: "charge" | "capture" | "void" | "refund";
    n: number;
    status: string;
    connector: string;
    account_id: string;
    amount: number;
    /** Under which the gateway knows this attempt. */
    gateway_key: string;
    gateway_reference: string | null;
    routing: {
      rule: string;
      reason: string;
    };
    error: {
      /** `payment_declined`: The bank or the gateway said no; `decline_code` has its reason. `insufficient_funds`: The bank said that the money is not there. The shopper may pay otherwise. `fraud_suspected`: The bank or the gateway suspects fraud. Do not try again with the same card. `gateway_rejected`: The gateway refused our request or our configuration there. The shopper can do nothing about it. `gateway_unreachable`: The gateway could not be reached for minutes; nothing was sent. `no_route`: No enabled gateway account takes this payment. `canceled`: Called off at the gateway; nothing was taken. */
      code: "payment_declined" | "insufficient_funds" | "fraud_suspected" | "gateway_rejected" | "gateway_unreachable" | "no_route" | "canceled";
      message: string;
      decline_code?: string;
      source: string;
      step: string;
      reason?: string;
    } | null;
    late?: {
      status: string;
      reference: string | null;
      /** When it arrived. ISO 8601, UTC. */
      at: string | null;
    };
    /** When it was written, before the call. ISO 8601, UTC. */
    created_at: string;
    /** When its outcome was known. ISO 8601, UTC. */
    closed_at: string | null;
  }[];
  /** Oldest first. Left out in lists. */
  refunds?: {
    id: string;
    object: "refund";
    payment_id: string;
    status: "pending" | "processing" | "succeeded" | "failed";
    amount: number;
    currency: string;
    /** `merchant`: you asked for it. `cancel`: the payment was called off and charged all the same. `reversal`: a charge that had failed was taken after all; its amount is not part of the payment's. */
    kind: "merchant" | "cancel" | "reversal";
    reason: string | null;
    error: {
      /** `payment_declined`: The bank or the gateway said no; `decline_code` has its reason. `insufficient_funds`: The bank said that the money is not there. The shopper may pay otherwise. `fraud_suspected`: The bank or the gateway suspects fraud. Do not try again with the same card. `gateway_rejected`: The gateway refused our request or our configuration there. The shopper can do nothing about it. `gateway_unreachable`: The gateway could not be reached for minutes; nothing was sent. `no_route`: No enabled gateway account takes this payment. `canceled`: Called off at the gateway; nothing was taken. */
      code: "payment_declined" | "insufficient_funds" | "fraud_suspected" | "gateway_rejected" | "gateway_unreachable" | "no_route" | "canceled";
      message: string;
      decline_code?: string;
      source: string;
      step: string;
      reason?: string;
    } | null;
    /** When it was accepted. ISO 8601, UTC. */
    created_at: string;
    /** When the gateway had given the money back, or refused to. ISO 8601, UTC. */
    processed_at: string | null;
  }[];
  error: {
    /** `payment_declined`: The bank or the gateway said no; `decline_code` has its reason. `insufficient_funds`: The bank said that the money is not there. The shopper may pay otherwise. `fraud_suspected`: The bank or the gateway suspects fraud. Do not try again with the same card. `gateway_rejected`: The gateway refused our request or our configuration there. The shopper can do nothing about it. `gateway_unreachable`: The gateway could not be reached for minutes; nothing was sent. `no_route`: No enabled gateway account takes this payment. `canceled`: Called off at the gateway; nothing was taken. */
    code: "payment_declined" | "insufficient_funds" | "fraud_suspected" | "gateway_rejected" | "gateway_unreachable" | "no_route" | "canceled";
    message: string;
    decline_code?: string;
    source: string;
    step: string;
    reason?: string;
  } | null;
  /** When it was accepted. ISO 8601, UTC. */
  created_at: string;
};


export type PaymentList = {
  object: "list";
  data: Payment[];
  has_more: boolean;
};


export type Timeline = {
  object: "timeline";
  payment_id: string;
  status: string;
  /** Why the payment is where it is, and what to do. For people; may change. */
  summary: string;
  entries: {
    /** When it happened. ISO 8601, UTC. */
    at: string;
    kind: "request" | "decision" | "exchange" | "event" | "delivery" | "case" | "person";
    /** Of the request, attempt, exchange, event, delivery or case. */
    id: string;
    /** For people; may change. */
    text: string;
    details?: Record<string, unknown>;
  }[];
  /** There is more of it than is shown. */
  has_more: boolean;
};


export type Order = {
  id: string;
  object: "order";
  status: "created" | "attempted" | "paid";
  amount: number;
  amount_paid: number;
  amount_due: number;
  currency: string;
  receipt: string | null;
  notes: Record<string, string>;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
};


export type OrderList = {
  object: "list";
  data: Order[];
  has_more: boolean;
};


export type Refund = {
  id: string;
  object: "refund";
  payment_id: string;
  status: "pending" | "processing" | "succeeded" | "failed";
  amount: number;
  currency: string;
  /** `merchant`: you asked for it. `cancel`: the payment was called off and charged all the same. `reversal`: a charge that had failed was taken after all; its amount is not part of the payment's. */
  kind: "merchant" | "cancel" | "reversal";
  reason: string | null;
  error: {
    /** `payment_declined`: The bank or the gateway said no; `decline_code` has its reason. `insufficient_funds`: The bank said that the money is not there. The shopper may pay otherwise. `fraud_suspected`: The bank or the gateway suspects fraud. Do not try again with the same card. `gateway_rejected`: The gateway refused our request or our configuration there. The shopper can do nothing about it. `gateway_unreachable`: The gateway could not be reached for minutes; nothing was sent. `no_route`: No enabled gateway account takes this payment. `canceled`: Called off at the gateway; nothing was taken. */
    code: "payment_declined" | "insufficient_funds" | "fraud_suspected" | "gateway_rejected" | "gateway_unreachable" | "no_route" | "canceled";
    message: string;
    decline_code?: string;
    source: string;
    step: string;
    reason?: string;
  } | null;
  /** When it was accepted. ISO 8601, UTC. */
  created_at: string;
  /** When the gateway had given the money back, or refused to. ISO 8601, UTC. */
  processed_at: string | null;
  payment?: Payment;
};


export type RefundList = {
  object: "list";
  data: Refund[];
  has_more: boolean;
};


export type EventObject = AnyEvent;


export type EventList = {
  object: "list";
  data: EventObject[];
  has_more: boolean;
};


export type ApiKey = {
  id: string;
  object: "api_key";
  mode: "test" | "live";
  /** What X-Api-Key takes. */
  key: string;
  /** What X-Api-Secret takes. Only the answer of the request that made the key shows it. */
  secret?: string;
  /** For people. */
  name: string;
  /** What the key may do. */
  scopes: string[];
  /** When it was used last, to the minute. ISO 8601, UTC. */
  last_used_at: string | null;
  /** It was rotated, and ends then. ISO 8601, UTC. */
  expires_at: string | null;
  /** When it was revoked. ISO 8601, UTC. */
  revoked_at: string | null;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
};


export type ApiKeyList = {
  object: "list";
  data: ApiKey[];
  has_more: boolean;
};


export type Delivery = {
  id: string;
  object: "delivery";
  channel: "webhook";
  event_id: string;
  /** E.g. payment.succeeded: docs/events.md lists them. */
  event_type: string;
  /** Null: the event is about no payment. */
  payment_id: string | null;
  endpoint_id: string;
  status: "pending" | "succeeded" | "failed" | "canceled";
  tries_made: number;
  /** When it is tried next. ISO 8601, UTC. */
  next_try_at: string | null;
  /** webhook_endpoint: it is sent once the endpoint, which is switched off, is set again. */
  waits_for: "webhook_endpoint" | null;
  last_status_code: number | null;
  /** When it was owed. ISO 8601, UTC. */
  created_at: string;
  /** When it succeeded or was given up. ISO 8601, UTC. */
  finished_at: string | null;
  /** Where it goes by now; null: its endpoint was deleted. Left out in lists. */
  url?: string | null;
  /** The bytes that are sent, the same at every try. Left out in lists. */
  body?: string;
  /** Each try, oldest first. Left out in lists. */
  tries?: {
    n: number;
    /** When it was sent. ISO 8601, UTC. */
    at: string;
    request: {
      method: string;
      url: string;
      /** Without secrets. The body is that of the delivery. */
      headers: Record<string, string>;
    } | null;
    duration_ms: number;
    status_code: number | null;
    /** The first bytes of your answer. */
    response: string | null;
    /** Why no answer came, e.g. timeout. */
    error: string | null;
  }[];
};


export type DeliveryList = {
  object: "list";
  data: Delivery[];
  has_more: boolean;
};


export type DeliveryRecovery = {
  object: "delivery_recovery";
  dry_run: boolean;
  /** How many match, up to the limit. */
  matched: number;
  /** How many are sent again: 0 in a dry run. */
  recovered: number;
  /** More match than the limit. */
  has_more: boolean;
  /** When the oldest of them was owed. ISO 8601, UTC. */
  oldest_at: string | null;
  /** When the newest of them was owed. ISO 8601, UTC. */
  newest_at: string | null;
  /** When the last of them is tried, by the pace. ISO 8601, UTC. */
  last_try_at: string | null;
};


export type Case = {
  id: string;
  object: "case";
  /** `unknown_outcome`: The gateway was asked to move money, and half an hour later we do not know whether it did. `mismatched_answer`: The gateway answered with another amount, currency or reference than we asked for. `late_truth`: The gateway said something about an operation that was closed, and it contradicts what we had been told before. `refund_contradicted`: The gateway confirmed a refund and later said that it failed. `overdue`: Work on a payment that was due was not begun in time: no worker runs, or all are busy. `hold_not_released`: Held money was to be released before the hold lapses, and the gateway refused. `dead_job`: The same piece of work failed eight times in a row: a fault of ours, or a row that does not fit. `unmatched_gateway_event`: The gateway reported an event that belongs to no attempt of the account for an hour, or that this program can't read. */
  kind: "unknown_outcome" | "mismatched_answer" | "late_truth" | "refund_contradicted" | "overdue" | "hold_not_released" | "dead_job" | "unmatched_gateway_event";
  /** What it is about: an id. */
  subject: string;
  payment_id: string | null;
  status: "open" | "resolved";
  summary: string;
  /** For the person who looks at it. */
  what_to_do: string;
  evidence: Record<string, unknown>;
  /** When it was opened. ISO 8601, UTC. */
  opened_at: string;
  /** When it was closed. ISO 8601, UTC. */
  resolved_at: string | null;
  resolved_by: "answer" | "person" | null;
  /** What the person found or did. */
  resolution: string | null;
  /** The person who resolved it. */
  resolved_by_name: string | null;
};


export type CaseList = {
  object: "list";
  data: Case[];
  has_more: boolean;
};


export type DeadLetter = {
  /** Of the delivery (`dlv_`), or of the job's case (`case_`). */
  id: string;
  object: "dead_letter";
  /** `job_failing`: a job failed eight times and is tried hourly. `delivery_failed`: a delivery's schedule is exhausted. */
  reason: "job_failing" | "delivery_failed";
  /** The kind of the job, e.g. ask; webhook for a delivery. */
  kind: string;
  /** What the work is about: an id of a payment, a delivery or a gateway's event. */
  subject: string;
  queue: string;
  payment_id: string | null;
  /** What went wrong last. For people; may change. */
  detail: string | null;
  /** What your endpoint answered last; null for a job, or if no answer came. */
  last_status_code: number | null;
  /** When it became a dead letter. ISO 8601, UTC. */
  at: string | null;
};


export type DeadLetterList = {
  object: "list";
  data: DeadLetter[];
  has_more: boolean;
};


export type WebhookEndpoint = {
  id: string;
  object: "webhook_endpoint";
  url: string;
  description: string | null;
  /** Which events it gets. */
  events: ("*" | "payment.*" | "refund.*" | "case.*" | "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened")[];
  /** Paused by you, or disabled by what your server answers. Either way what happens is owed and waits. */
  status: "enabled" | "paused" | "disabled";
  /** Why it is switched off: for a minute it answered nothing but 410 Gone. What happens meanwhile is owed and waits; enable it, and all of it is sent. */
  disabled_reason: string | null;
  /** When it was switched off. ISO 8601, UTC. */
  disabled_at: string | null;
  /** It has failed so often in a row that nothing is tried before then; what it is owed is held, and loses no try by that. ISO 8601, UTC. */
  left_alone_until: string | null;
  /** Tells secrets apart without showing them. */
  secret_last4: string;
  /** When the secret was made. ISO 8601, UTC. */
  secret_created_at: string;
  /** Until then the secret before signs as well. ISO 8601, UTC. */
  previous_secret_expires_at: string | null;
  /** Of the headers of your own. Their values are kept as secrets are. */
  header_names: string[];
  retry_schedule: "default" | "one_day" | "three_days" | "custom";
  /** When it was set. ISO 8601, UTC. */
  created_at: string;
  /** Signs every event. Shown when it was made, and to a repeat of that request under its Idempotency-Key. */
  secret?: string;
};


export type WebhookEndpointList = {
  object: "list";
  data: WebhookEndpoint[];
  has_more: boolean;
};


export type DeletedWebhookEndpoint = {
  id: string;
  object: "webhook_endpoint";
  deleted: boolean;
};


export type WebhookTest = {
  object: "webhook_test";
  /** The endpoint that is tested. */
  endpoint_id: string;
  /** When you asked for it. ISO 8601, UTC. */
  requested_at: string;
};


export type Live = {
  status: "ok";
  version: string;
};


export type Ready = {
  status: "ready" | "not_ready";
  version: string;
  checks: Record<string, unknown>;
};


export type CreatePaymentBody = {
  /** In minor units: 50000 is 500.00 INR. */
  amount: number;
  /** ISO 4217, capital letters. */
  currency: string;
  /** Comes with the field of the same name. */
  method?: "card" | "upi";
  /** number, expiry_month, expiry_year and cvv, or a token. */
  card?: {
    /** 13 to 19 digits; spaces, hyphens and other typing marks are ignored. Test cards only. Exchanged for a token at once and never kept. */
    number?: string;
    /** 1 to 12. */
    expiry_month?: number;
    /** Two or four digits. */
    expiry_year?: number;
    /** 3 digits, 4 for American Express. Never kept. */
    cvv?: string;
    holder_name?: string;
    /** A token instead of the fields above. */
    token?: string;
  };
  upi?: {
    /** name@bank, or account@IFSC.ifsc.npci */
    vpa: string;
  };
  /** Where the shopper comes back to. http or https. `payment_id` is added to its query, and after the sandbox's challenge `status` (`succeeded`, `authorized`, `failed` or `canceled`). Both are a hint only: anybody can type them. Read the payment, or wait for its webhook. */
  return_url?: string;
  capture_method?: "automatic" | "manual";
  /** Left out: charged in the background. false: kept as created. true: charged now, the answer waits up to 10 s. */
  confirm?: boolean;
  /** At most one payment of an order is live. */
  order_id?: string;
  description?: string;
  /** Up to 50 texts of yours, names up to 40 characters, values up to 500. No card numbers. */
  metadata?: Record<string, string>;
  customer?: {
    email?: string;
    name?: string;
    /** At most 15 digits. */
    phone?: string;
  };
};


export type ListPaymentsQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  status?: "created" | "pending" | "processing" | "requires_action" | "authorized" | "succeeded" | "failed" | "canceled";
  order_id?: string;
};


export type ConfirmPaymentBody = {
  /** Comes with the field of the same name. */
  method?: "card" | "upi";
  /** number, expiry_month, expiry_year and cvv, or a token. */
  card?: {
    /** 13 to 19 digits; spaces, hyphens and other typing marks are ignored. Test cards only. Exchanged for a token at once and never kept. */
    number?: string;
    /** 1 to 12. */
    expiry_month?: number;
    /** Two or four digits. */
    expiry_year?: number;
    /** 3 digits, 4 for American Express. Never kept. */
    cvv?: string;
    holder_name?: string;
    /** A token instead of the fields above. */
    token?: string;
  };
  upi?: {
    /** name@bank, or account@IFSC.ifsc.npci */
    vpa: string;
  };
  /** Where the shopper comes back to. http or https. `payment_id` is added to its query, and after the sandbox's challenge `status` (`succeeded`, `authorized`, `failed` or `canceled`). Both are a hint only: anybody can type them. Read the payment, or wait for its webhook. */
  return_url?: string;
};


export type CapturePaymentBody = {
  /** Left out: all that is held. */
  amount?: number;
  /** No more is captured after this: what it leaves is released. */
  final?: boolean;
};


export type VoidPaymentBody = Record<string, never>;


export type CancelPaymentBody = Record<string, never>;


export type CreateOrderBody = {
  /** In minor units: 50000 is 500.00 INR. */
  amount: number;
  /** ISO 4217, capital letters. */
  currency: string;
  /** Your own number of it. No card numbers. */
  receipt?: string;
  /** Up to 50 texts of yours, names up to 40 characters, values up to 500. No card numbers. */
  notes?: Record<string, string>;
};


export type ListOrdersQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  status?: "created" | "attempted" | "paid";
  /** Those with this receipt. */
  receipt?: string;
};


export type CreateRefundBody = {
  /** The payment that is given back. */
  payment_id: string;
  /** Left out: all that was captured and is not given back yet. */
  amount?: number;
  /** For you and whoever looks at it later. No card numbers. */
  reason?: string;
};


export type ListRefundsQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  status?: "pending" | "processing" | "succeeded" | "failed";
  payment_id?: string;
};


export type ListEventsQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  /** A type, or all that begin alike. */
  type?: "payment.created" | "payment.pending" | "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened" | "webhook.test" | "payment.*" | "refund.*" | "case.*" | "webhook.*";
  payment_id?: string;
};


export type PutWebhookEndpointBody = {
  /** Where events are sent: http or https, a public address. */
  url: string;
};


export type CreateWebhookEndpointBody = {
  /** Where events are sent: http or https, a public address. */
  url: string;
  /** For your people. */
  description?: string | null;
  /** Which events it gets: all (`*`, the default), all about one thing (`payment.*`), or single types. */
  events?: ("*" | "payment.*" | "refund.*" | "case.*" | "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened")[];
  /** Sent with every event beside our own headers. They are kept as secrets are: only their names are shown. */
  headers?: Record<string, string>;
  /** How long an event that does not arrive is tried again: 2 h 36 min, a day, or three days. docs/webhooks.md has the gaps. */
  retry_schedule?: "default" | "one_day" | "three_days";
  /** While it is paused, what happens is owed to it and waits. */
  status?: "enabled" | "paused";
};


export type UpdateWebhookEndpointBody = {
  /** Where events are sent: http or https, a public address. */
  url?: string;
  /** For your people. */
  description?: string | null;
  /** Which events it gets: all (`*`, the default), all about one thing (`payment.*`), or single types. */
  events?: ("*" | "payment.*" | "refund.*" | "case.*" | "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened")[];
  /** Sent with every event beside our own headers. They are kept as secrets are: only their names are shown. */
  headers?: Record<string, string>;
  /** How long an event that does not arrive is tried again: 2 h 36 min, a day, or three days. docs/webhooks.md has the gaps. */
  retry_schedule?: "default" | "one_day" | "three_days";
  /** While it is paused, what happens is owed to it and waits. */
  status?: "enabled" | "paused";
};


export type RotateWebhookEndpointSecretBody = {
  /** How long the secret before signs beside the new one. 0: it ends at once, e.g. because somebody has read it. */
  overlap_seconds?: number;
};


export type TestWebhookEndpointBody = Record<string, never>;


export type ListDeliveriesQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  status?: "pending" | "succeeded" | "failed" | "canceled";
  payment_id?: string;
  /** Of this type only. */
  event_type?: "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened" | "webhook.test";
  /** That were owed to this endpoint. */
  endpoint_id?: string;
};


export type RetryDeliveryBody = Record<string, never>;


export type RecoverDeliveriesBody = {
  /** failed: the schedule is exhausted. succeeded: sends what arrived once more, for a receiver that has lost it. */
  status?: "failed" | "canceled" | "succeeded";
  /** To this endpoint only. */
  endpoint_id?: string;
  event_types?: ("payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened" | "webhook.test")[];
  /** Owed at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Owed before this time. ISO 8601, UTC. */
  created_before?: string;
  /** How many at most. */
  limit?: number;
  /** The pace of their first tries. */
  per_second?: number;
  /** Only counts. */
  dry_run?: boolean;
};


export type ListCasesQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** Id of the newest row that is known: the page has what was committed after it. Not together with starting_after. */
  ending_before?: string;
  /** Created at this time or later. ISO 8601, UTC. */
  created_from?: string;
  /** Created before this time. ISO 8601, UTC. */
  created_before?: string;
  status?: "open" | "resolved";
  kind?: "unknown_outcome" | "mismatched_answer" | "late_truth" | "refund_contradicted" | "overdue" | "hold_not_released" | "dead_job" | "unmatched_gateway_event";
  /** Those about this payment. */
  payment_id?: string;
};


export type ResolveCaseBody = {
  /** What was found or done. No card numbers. */
  reason: string;
  /** The name of the person who says so. */
  by: string;
};


export type ListDeadLettersQuery = {
  /** How many. */
  limit?: number;
  /** Id of the last row of the page before. */
  starting_after?: string;
  /** `job_failing`: a job failed eight times and is tried hourly. `delivery_failed`: a delivery's schedule is exhausted. */
  reason?: "job_failing" | "delivery_failed";
};


export type CreateKeyBody = {
  /** For people: which service or person uses it. */
  name: string;
  /** What it may do; no more than the key that makes it. */
  scopes: ("payments.read" | "payments.write" | "refunds.write" | "webhooks" | "config" | "cases")[];
};


export type UpdateKeyBody = {
  /** For people: which service or person uses it. */
  name?: string;
  /** What it may do; no more than the key that makes it. */
  scopes?: ("payments.read" | "payments.write" | "refunds.write" | "webhooks" | "config" | "cases")[];
};


export type RotateKeyBody = {
  /** How long the key before works beside the new one. 0: it ends at once, e.g. because somebody has read it. */
  overlap_seconds?: number;
};
