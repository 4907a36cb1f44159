// Made by `npm run docs` from docs/openapi.json. Don't edit it.
import type { AnyEvent } from "./events.ts";

export type AuditHead = {
  object: "audit_head";
  /** The number of the newest seal; null: nothing was sealed yet. */
  seal: number | null;
  /** Note it outside: `tillway audit verify FILE --head HASH` sees whether seals up to it are missing. */
  hash: string | null;
  /** Events and admin actions that are sealed, of both modes. */
  rows: number;
  /** When it was sealed. ISO 8601, UTC. */
  sealed_at: string | null;
};


export type AdminAction = {
  id: string;
  object: "admin_action";
  /** Null: it belongs to no mode, as the team. */
  mode: "test" | "live" | null;
  /** When it was done. ISO 8601, UTC. */
  at: string;
  actor: {
    /** `cli`: the command line. `system`: a rule of Tillway; with a label: a visitor, or the role that changed the database. */
    kind: "person" | "key" | "operator" | "cli" | "system";
    /** Of the person or the key. */
    id: string | null;
    /** For people. */
    label: string | null;
  };
  /** Of the request that did it. */
  request_id: string | null;
  /** A noun and what became of it: docs/audit.md. */
  action: string;
  /** The id of what was changed; for settings their name. */
  subject: string;
  /** Of a change what differs, without any secret; null: it did not exist. */
  before: Record<string, unknown> | null;
  /** Likewise; null: it exists no more. */
  after: Record<string, unknown> | null;
};


export type AdminActionList = {
  object: "list";
  data: AdminAction[];
  has_more: boolean;
};


export type ErrorObject = {
  error: {
    /** The class of the error. */
    type: "invalid_request_error" | "authentication_error" | "permission_error" | "not_found_error" | "card_error" | "conflict_error" | "idempotency_error" | "rate_limit_error" | "api_error";
    /** What a program should look at. Never changes. */
    code: "malformed_json" | "duplicate_json_key" | "unknown_field" | "missing_field" | "invalid_field" | "invalid_characters" | "unsupported_media_type" | "invalid_amount" | "invalid_currency" | "invalid_card" | "expired_card" | "test_card_required" | "invalid_vpa" | "method_required" | "unknown_api_version" | "invalid_idempotency_key" | "invalid_url" | "invalid_signature" | "authentication_error" | "wrong_credentials" | "permission_denied" | "cross_site_request" | "confirmation_required" | "csrf_token_wrong" | "not_found" | "route_not_found" | "method_not_allowed" | "payment_failed" | "capture_failed" | "cancel_failed" | "payment_canceled" | "invalid_state" | "order_busy" | "payment_link_busy" | "payment_link_used_up" | "link_ended" | "already_member" | "last_owner" | "idempotency_in_progress" | "idempotency_key_expired" | "idempotency_mismatch" | "amount_too_large" | "order_mismatch" | "weak_password" | "unknown_time_zone" | "conflicting_field" | "unsupported_method" | "unsupported_currency" | "unsupported_amount" | "credentials_refused" | "body_too_large" | "rate_limited" | "too_many_tries" | "overloaded" | "restore_mode" | "credentials_not_tested" | "internal_error";
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


export type SearchResult = {
  object: "search_result";
  kind: "payment" | "order" | "refund" | "event" | "delivery" | "case" | "attempt" | "request" | "webhook_endpoint" | "payment_link";
  /** Of what was found. */
  id: string;
  /** For people: the amount, or what it is. */
  title: string;
  /** What else people know it by. */
  subtitle: string | null;
  /** What of it was looked for. */
  matched: "id" | "order" | "receipt" | "reference" | "email" | "last4" | "amount";
  /** The payment that it is, or belongs to. */
  payment_id: string | null;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
  /** Of an event, its type; of a payment that was given back, `refunded` or `partly_refunded`. */
  status: string | null;
  amount: number | null;
  currency: string | null;
};


export type SearchResultList = {
  object: "list";
  data: SearchResult[];
  has_more: boolean;
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
  method: "card" | "upi" | "netbanking" | null;
  card?: {
    /** null: only the gateway knows it, and has not shown it yet. */
    network: string | null;
    /** null: only the gateway knows them, and has not shown them yet. */
    last4: string | null;
  };
  upi?: {
    /** Left out if the shopper pays by a link. */
    vpa?: string;
  };
  netbanking?: {
    /** The code of the shopper's bank, in capital letters. GET /v1/payment-methods lists those that your gateways take. */
    bank: string;
  };
  capture_method: "automatic" | "manual";
  order_id: string | null;
  description: string | null;
  metadata: Record<string, string>;
  customer: {
    email?: string;
    name?: string;
    phone?: string;
    country?: string;
    locale?: string;
    ip?: string;
    user_agent?: string;
  } | null;
  return_url: string | null;
  next_action: {
    /** redirect: open the URL in the shopper's browser. upi_intent: open the `upi://pay?…` link on a phone, or show it as a QR code. card_fields: hand it to the card fields of the page (`act`): the shopper types the card into the gateway's own window. */
    type: "redirect" | "upi_intent" | "card_fields";
    url: string;
    /** Of `card_fields` only. */
    values?: Record<string, string>;
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


export type PaymentMethod = {
  /** What a payment names as its `method`. */
  type: "card" | "upi" | "netbanking";
  object: "payment_method";
  /** For people. */
  label: string;
  fields: {
    /** In the object that has the method's name. */
    name: string;
    /** For people. */
    label: string;
    /** digits: a text of digits, for which phones show their number pad; number: an integer. */
    type: "text" | "digits" | "number";
    /** True: never keep or log it. Tillway shows it to nobody. */
    is_secret: boolean;
    /** A regular expression that all of it fits. Left out: any text. */
    pattern?: string;
    /** Characters. Left out: none. */
    min_length?: number;
    /** Characters. Left out: none. */
    max_length?: number;
    /** Of a number. Left out: none. */
    minimum?: number;
    /** Of a number. Left out: none. */
    maximum?: number;
    /** For people: what it must look like. */
    help: string;
    /** A value that would do. */
    placeholder: string;
    /** What can be chosen, by what your gateways take. Left out: any value that fits. */
    options?: {
      value: string;
      label: string;
    }[];
  }[];
  /** Which `next_action` a payment by it may have; it may have none. */
  next_actions: ("redirect" | "upi_intent" | "card_fields")[];
  /** Who takes it, by priority. Routing rules may choose another order. */
  accounts: {
    /** A connector account. */
    id: string;
    /** The gateway. */
    connector: string;
    /** Fields that are sent together, one list for each way to pay. An empty list: the gateway asks for nothing. */
    forms: string[][];
  }[];
};


export type PaymentMethodList = {
  object: "list";
  data: PaymentMethod[];
  has_more: boolean;
};


export type CardFields = {
  object: "card_fields";
  payment_id: string;
  /** The browser code that shows them; `@tillway/sdk/fields` has it. */
  adapter: string;
  /** The gateway's own script. null: none is needed. */
  script_url: string | null;
  /** For the adapter. Public values only. */
  config: Record<string, string>;
  /** Sent back as `card.account`: a token of these fields can be charged there and nowhere else. null: anywhere at its gateway. */
  account: string | null;
  csp: {
    /** Of scripts. */
    script_src: string[];
    /** Of frames. */
    frame_src: string[];
    /** Of requests by script. */
    connect_src: string[];
  };
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
  /** The audit store does not answer now: exchanges that are kept there are not shown. Nothing is lost; ask again. */
  lacks_exchanges: boolean;
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
  /** The payment link that a shopper made it from. null: you made it. */
  payment_link_id: string | null;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
  /** Opens this order to a shopper's browser, to see it and to pay it. Give it to that shopper alone, and keep it out of logs. */
  client_secret: string;
};


export type OrderList = {
  object: "list";
  data: Order[];
  has_more: boolean;
};


export type CheckoutSession = {
  id: string;
  object: "checkout_session";
  /** `complete`: its order is paid. `used_up`: its order is of a payment link that others have paid as often as it may be. */
  status: "open" | "complete" | "expired" | "canceled" | "used_up";
  order_id: string;
  /** null: all that your accounts take. */
  methods: ("card" | "upi" | "netbanking")[] | null;
  return_url: string | null;
  cancel_url: string | null;
  /** null: the browser's. */
  locale: string | null;
  customer: {
    email?: string;
    name?: string;
    phone?: string;
    country?: string;
    locale?: string;
    ip?: string;
    user_agent?: string;
  } | null;
  /** Until when it can be paid. ISO 8601, UTC. */
  expires_at: string;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
  /** Opens this session in the shopper's browser. Give it to that shopper alone, and keep it out of logs. */
  client_secret: string;
  /** The page. It holds the secret, behind `#`. */
  url: string;
};


export type CheckoutSettings = {
  object: "checkout_settings";
  /** In the place of the merchant's own name. */
  name: string | null;
  /** Of buttons and marks; the page keeps its text readable. */
  color: string | null;
  /** A data URI of a PNG, JPEG or WebP of at most 32 KB: no page asks a foreign server. */
  logo: string | null;
  /** Of the pages that may show the checkout in a frame. None: it is shown as a page of its own only. */
  origins: string[];
};


export type PaymentLink = {
  id: string;
  object: "payment_link";
  /** `used_up`: as many orders of it are paid as may be. `expired`: its time is over. Only an `active` one can be paid. */
  status: "active" | "used_up" | "expired" | "deactivated";
  /** What to send to shoppers. */
  url: string;
  /** The same address as a picture of a QR code (SVG), for pages and e-mails. */
  qr_url: string;
  amount: number | null;
  /** The shopper says how much, within these. null: `amount` is fixed. */
  open_amount: {
    minimum: number | null;
    maximum: number | null;
    suggested: number | null;
  } | null;
  currency: string;
  description: string | null;
  /** How many shoppers may pay by it. null: any number. */
  uses: number | null;
  /** How many orders of it are paid. One that was refunded counts. */
  times_paid: number;
  /** null: all that your accounts take. */
  methods: ("card" | "upi" | "netbanking")[] | null;
  return_url: string | null;
  /** null: the browser's. */
  locale: string | null;
  metadata: Record<string, string>;
  /** Until when it can be paid. ISO 8601, UTC. */
  expires_at: string | null;
  /** When it was deactivated. ISO 8601, UTC. */
  deactivated_at: string | null;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
};


export type PaymentLinkList = {
  object: "list";
  data: PaymentLink[];
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
  /** Its own limit of requests a second; null: that of the installation, if there is one. */
  rate_limit_per_second: number | null;
  /** In which version it sees the API if its requests name none. */
  api_version: string;
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


export type ConnectorAccount = {
  id: string;
  object: "connector_account";
  mode: "test" | "live";
  /** The gateway. */
  connector: string;
  /** For people. */
  name: string;
  /** The lowest is tried first. */
  priority: number;
  /** A disabled account gets no new charges. What it has begun is asked about, captured and refunded all the same. */
  status: "enabled" | "disabled";
  /** Those that it has. */
  credentials: {
    name: string;
    /** Null for a secret, which is never shown. */
    value: string | null;
    /** Tells secrets apart without showing them. Null for a short one. */
    last4: string | null;
    /** When it was set. ISO 8601, UTC. */
    set_at: string;
  }[];
  /** Where the gateway sends its webhooks: register it there. */
  webhook_url: string;
  /** Until then the webhook secret before the last rotation is accepted as well. ISO 8601, UTC. */
  previous_webhook_secret_expires_at: string | null;
  /** When the gateway accepted these credentials last. ISO 8601, UTC. */
  verified_at: string | null;
  /** Since when it is disabled for good. ISO 8601, UTC. */
  closed_at: string | null;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
};


export type ConnectorAccountList = {
  object: "list";
  data: ConnectorAccount[];
  has_more: boolean;
};


export type ConnectorHealth = {
  object: "connector_health";
  account_id: string;
  /** As the process that answers has seen it: `down`: its breaker is open, and payments go elsewhere where they can; `trying`: one payment at a time tries it; `full`: it has as many calls as it may. */
  state: "up" | "trying" | "full" | "down";
  /** When its breaker opened or closed last; null: never since the process began. ISO 8601, UTC. */
  since: string | null;
  /** When a payment may try it again; null: its breaker is closed. ISO 8601, UTC. */
  open_until: string | null;
  /** The last calls that the breaker goes by. */
  recent_calls: number;
  /** Those of them to which no useful answer came. */
  recent_failures: number;
  /** How long an answer usually takes now; null: none came yet. */
  usual_latency_ms: number | null;
  last_failure: {
    /** When it was. ISO 8601, UTC. */
    at: string;
    /** `unknown`: it may have arrived; `not_sent`: it did not. */
    kind: "unknown" | "not_sent";
    reason: string;
  } | null;
  /** Charges of the last 24 hours that ended, over all processes. */
  charges: number;
  /** Of those, what was approved; null: there were none. */
  success_rate: number | null;
  /** Half of them took no longer. Right to within a quarter. */
  p50_ms: number | null;
  /** 95 of 100 took no longer. */
  p95_ms: number | null;
};


export type ConnectorHealthList = {
  object: "list";
  data: ConnectorHealth[];
  has_more: boolean;
};


export type Connector = {
  /** What `connector` of an account is. */
  name: string;
  object: "connector";
  /** In which an account may be. */
  modes: ("test" | "live")[];
  /** What an account is made of. */
  credentials: {
    name: string;
    /** Answers show its last four characters only. */
    is_secret: boolean;
    is_optional: boolean;
    /** What it is, and where the gateway shows it. For people. */
    help: string;
    prefixes: {
      test: string[];
      live: string[];
    } | null;
  }[];
};


export type ConnectorList = {
  object: "list";
  data: Connector[];
  has_more: boolean;
};


export type Merchant = {
  id: string;
  object: "merchant";
  name: string;
  /** Of one merchant only, in whatever letters. */
  email: string;
  /** Where its days begin. A name of the tz database. */
  time_zone: string;
  api_key?: ApiKey;
  /** When it was created. ISO 8601, UTC. */
  created_at: string;
};


export type MerchantList = {
  object: "list";
  data: Merchant[];
  has_more: boolean;
};


export type Settings = {
  object: "settings";
  /** Where your days begin: for the overview, figures by day and CSV, unless a request says another one. A name of the tz database. */
  time_zone: string;
  /** By currency, in minor units: above which sum of refunds of one payment a person in the dashboard must show once more who they are. Requests with a key are not bound by it. */
  refund_limits: Record<string, number>;
};


export type RoutingRules = {
  object: "routing_rules";
  /** Raised by each change; 0: there never were rules, and accounts are taken by priority. */
  version: number;
  rules: {
    /** For people; shown as the reason of a choice. */
    name: string;
    when: {
      /** One of these. */
      currencies?: string[];
      /** One of these. */
      methods?: ("card" | "upi" | "netbanking")[];
      /** Of the card, e.g. visa: one of these. */
      networks?: string[];
      /** `customer.country`, as ISO 3166-1 codes: one of these. */
      countries?: string[];
      /** This amount or more, in minor units. Needs exactly one currency beside it. */
      amount_from?: number;
      /** Less than this amount, in minor units. Needs exactly one currency beside it. */
      amount_below?: number;
      /** Of each name one of these values. */
      metadata?: Record<string, string[]>;
    };
    /** In this order. Either these or weights. */
    accounts?: string[];
    /** In shares, e.g. 3 and 1: three payments of four go to the first. Either these or accounts. */
    weights?: {
      /** A connector account. */
      account: string;
      weight: number;
    }[];
    else_others: boolean;
  }[];
  /** What may not be meant. */
  warnings: {
    param: string;
    message: string;
  }[];
  /** When they were changed. ISO 8601, UTC. */
  updated_at: string | null;
};


export type RoutingExplanation = {
  object: "routing_explanation";
  /** Each rule up to the one that fits. */
  rules: {
    name: string;
    fits: boolean;
    /** For people. */
    because: string | null;
  }[];
  /** The rule that is followed, or `priority`. */
  rule: string;
  /** In the order in which they would be tried. */
  accounts: {
    account: string;
    connector: string;
    takes: boolean;
    /** For people. */
    because: string | null;
  }[];
  /** The account that the first attempt would go to. */
  chosen: string | null;
  reason: string;
};


export type Sweep = {
  object: "sweep";
  account_id: string;
  /** `running`: a walk is under way. `finished`: the last one has ended. */
  status: "never" | "running" | "finished";
  /** Everything before this was compared. ISO 8601, UTC. */
  swept_until: string | null;
  /** How far the walk under way has come; null: none is. ISO 8601, UTC. */
  compared_until: string | null;
  /** When the last walk ended. ISO 8601, UTC. */
  finished_at: string | null;
  /** Operations that this walk, or the last one, has compared. */
  seen: number;
  /** How many of them said something new; what people must look at is a case. */
  found: number;
  /** Why the gateway's list could not be read the last time; it is read again in five minutes. */
  failure: string | null;
};


export type EmailSettings = {
  object: "email_settings";
  enabled: boolean;
  /** The sender's name; null: the merchant's name. */
  from_name: string | null;
  /** Where answers go, ASCII before the @; null: to the sender's address. */
  reply_to: string | null;
  /** Your own words below each message, e.g. how to reach you. */
  line: string | null;
  outcomes: ("succeeded" | "failed" | "refunded" | "action_needed")[];
  locale: "en" | "hi" | "ar" | "de" | "es" | "fr" | "ja" | "pt" | "zh";
  /** `captured`: messages are kept and not sent. Null: e-mail can't be turned on here. */
  sent_by: "smtp" | "captured" | null;
  /** When they were changed. ISO 8601, UTC. */
  updated_at: string | null;
};


export type Delivery = {
  id: string;
  object: "delivery";
  channel: "webhook" | "email";
  event_id: string;
  /** E.g. payment.succeeded: docs/events.md lists them. */
  event_type: string;
  /** Null: the event is about no payment. */
  payment_id: string | null;
  /** Of an e-mail: the id of your e-mail settings. */
  endpoint_id: string;
  /** The recipient of an e-mail, masked. Left out of a webhook. */
  to?: string | null;
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
  /** What people did to it as a dead letter, oldest first. */
  by_hand: {
    action: "replayed" | "discarded";
    /** The person, or the API key. */
    by: string;
    reason: string | null;
    /** When it was done. ISO 8601, UTC. */
    at: string;
  }[];
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
  /** More match than the limit; false in a dry run, which would count the same again. */
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
  /** `unknown_outcome`: The gateway was asked to move money, and half an hour later we do not know whether it did. `mismatched_answer`: The gateway answered with another amount, currency or reference than we asked for. `late_truth`: The gateway said something about an operation that was closed, and it contradicts what we had been told before. `refund_contradicted`: The gateway confirmed a refund and later said that it failed. `overdue`: Work on a payment that was due was not begun in time: no worker runs, or all are busy. `hold_not_released`: Held money was to be released before the hold lapses, and the gateway refused. `dead_job`: The same piece of work failed eight times in a row: a fault of ours, or a row that does not fit. `malformed_message`: Something came that this program can't read: a gateway's webhook that is signed and no event of it, or work of a kind that a newer version wrote. `unmatched_gateway_event`: The gateway reported an event that belongs to no attempt of the account for an hour. `unknown_charge`: The gateway's list has a charge or refund that no attempt made, of this account or of another one of this installation. `missing_charge`: An attempt of ours counts as successful, and the gateway has nothing under its key and its reference. `broken_invariant`: The stored rows of a payment contradict each other: an invariant of money does not hold, which no way through this program allows. */
  kind: "unknown_outcome" | "mismatched_answer" | "late_truth" | "refund_contradicted" | "overdue" | "hold_not_released" | "dead_job" | "malformed_message" | "unmatched_gateway_event" | "unknown_charge" | "missing_charge" | "broken_invariant";
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


export type CaseResolutions = {
  object: "case_resolutions";
  dry_run: boolean;
  /** How many match, up to the limit. */
  matched: number;
  /** How many were resolved: 0 in a dry run. */
  changed: number;
  /** More match than the limit; false in a dry run. */
  has_more: boolean;
  /** When the oldest of them was opened. ISO 8601, UTC. */
  oldest_at: string | null;
  /** The same of the newest. ISO 8601, UTC. */
  newest_at: string | null;
};


export type DeadLetter = {
  /** Of the delivery (`dlv_`), or of the job's case (`case_`). */
  id: string;
  object: "dead_letter";
  /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
  reason: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
  /** The kind of the work, e.g. ask; webhook for a delivery, gateway-event for what a gateway sent. */
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


export type DeadLetterGroup = {
  object: "dead_letter_group";
  /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
  reason: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
  count: number;
  /** True: there are more dead letters than are looked at, so that this is at least how many. */
  count_is_capped: boolean;
};


export type DeadLetterGroupList = {
  object: "list";
  data: DeadLetterGroup[];
  has_more: boolean;
};


export type DeadLetterAction = {
  /** Of the dead letter. */
  id: string;
  object: "dead_letter_action";
  action: "replay" | "discard";
  /** acknowledged: work on money, which goes on; the same failure is no dead letter until `quiet_until`. */
  outcome: "replayed" | "discarded" | "acknowledged";
  payment_id: string | null;
  /** What the work is about: an id of a payment, a delivery or a gateway's event. */
  subject: string;
  /** The person, or the API key. */
  by: string;
  reason: string | null;
  /** When it was done. ISO 8601, UTC. */
  at: string;
  /** When it is tried; null if it is not. ISO 8601, UTC. */
  next_try_at: string | null;
  /** Of what was acknowledged. ISO 8601, UTC. */
  quiet_until: string | null;
};


export type DeadLetterActions = {
  object: "dead_letter_actions";
  action: "replay" | "discard";
  dry_run: boolean;
  /** How many match, up to the limit. */
  matched: number;
  /** How many were replayed, discarded or acknowledged: 0 in a dry run. */
  changed: number;
  /** How many of these are work on money, which goes on. */
  acknowledged: number;
  /** How many were left alone: a worker is at them, or what they are about is gone. */
  skipped: number;
  /** More match than the limit, and another request may change them: false in a dry run, and if nothing was changed. */
  has_more: boolean;
  /** When the case of the oldest was opened, or its delivery owed. ISO 8601, UTC. */
  oldest_at: string | null;
  /** The same of the newest. ISO 8601, UTC. */
  newest_at: string | null;
  /** When the last of them is tried, by the pace; null unless they are replayed. ISO 8601, UTC. */
  last_try_at: string | null;
};


export type Queue = {
  name: "payment-queue" | "refund-queue" | "webhook-queue";
  object: "queue";
  /** Jobs that are due, and that no worker has taken yet. */
  due: number;
  /** Jobs whose time has not come: the next try of a webhook, the next question to a gateway, an expiry. */
  scheduled: number;
  /** Jobs that a worker holds. */
  leased: number;
  /** True: there are more than 10000 jobs or dead letters, which are not counted. */
  counts_are_capped: boolean;
  /** How long the oldest due job has waited; null: none is due. */
  oldest_due_seconds: number | null;
  /** As `/v1/dead-letters` lists them. */
  dead_letters: number;
  /** How much has ended since `finished_since`, per minute. `payment-queue`: charges, captures, voids and cancels that have an outcome; `refund-queue`: refunds that have an outcome; `webhook-queue`: deliveries that have ended. A job that only plans its next try does not count. */
  finished_per_minute: number;
  /** Five minutes ago, or less if the newest 2000 events (of webhooks: deliveries) are younger: only these are looked at. ISO 8601, UTC. */
  finished_since: string;
};


export type QueueList = {
  object: "list";
  data: Queue[];
  has_more: boolean;
};


export type Invariant = {
  id: "captured_within_authorized" | "captured_adds_up" | "authorized_adds_up" | "refunded_within_captured" | "refunded_adds_up" | "one_charge" | "one_open_attempt" | "one_live_payment" | "paid_order_is_captured" | "status_fits_amounts" | "ended_has_no_open_charge" | "payment_is_owned" | "attempt_is_owned" | "refund_is_owned" | "delivery_is_owned" | "outcome_is_told" | "events_without_gap" | "gateway_agrees";
  object: "invariant";
  /** What must hold, in a sentence. */
  rule: string;
  /** `not_checked_yet`: your rows were not looked at yet; it takes a minute. `gateway_agrees` waits for the first settlement sweep. */
  status: "holds" | "broken" | "not_checked_yet";
  /** Rows that break it, counted up to 1000. */
  breaks: number;
  /** The first 20 of them, by id. */
  rows: string[];
  checked: {
    payments: number;
    attempts: number;
    refunds: number;
    events: number;
    deliveries: number;
  };
  /** What was written before this was checked. ISO 8601, UTC. */
  checked_up_to: string | null;
  /** When your rows were looked at last. ISO 8601, UTC. */
  last_run_at: string | null;
  /** How long that took. */
  took_ms: number;
};


export type InvariantList = {
  object: "list";
  data: Invariant[];
  has_more: boolean;
  full_pass: {
    /** When the walk over all your payments, changed or not, began; null: it has not yet. ISO 8601, UTC. */
    started_at: string | null;
    /** When it ended; null: it is under way. The next one begins a day after the start of this one. ISO 8601, UTC. */
    finished_at: string | null;
    /** How much of the time since your first payment it has covered. */
    progress: number;
  };
};


export type AnalyticsPoint = {
  /** When the hour or day begins. ISO 8601, UTC. */
  at: string;
  /** Charges and captures that took money; payments, or charges with `group=connector`; declined charges; webhooks. */
  count: number;
  /** `volume`: what was taken, in minor units of the currency. */
  amount: number | null;
  /** `volume`: what was given back then, whenever it was taken. */
  refunded: number | null;
  /** Approved: captured or held; of webhooks: answered 2xx. */
  succeeded: number | null;
  /** Of webhooks: those whose schedule ran out. */
  failed: number | null;
  /** Called off before there was an outcome. */
  canceled: number | null;
  /** `succeeded` of `succeeded` and `failed`; null if there is neither. */
  rate: number | null;
  /** `latency`: half of the charges took no longer, with the time of a shopper who had to act. Right to within a quarter. */
  p50_ms: number | null;
  /** `latency`: 95 of 100 took no longer. */
  p95_ms: number | null;
};


export type AnalyticsSeries = {
  object: "series";
  /** `volume` has a series for each: amounts of two are never added. */
  currency: string | null;
  /** The connector, method or currency, if `group` was asked for. */
  group: string | null;
  /** `decline_reasons`: the decline code, or the code of the error. */
  reason: string | null;
  total: {
    /** Charges and captures that took money; payments, or charges with `group=connector`; declined charges; webhooks. */
    count: number;
    /** `volume`: what was taken, in minor units of the currency. */
    amount: number | null;
    /** `volume`: what was given back then, whenever it was taken. */
    refunded: number | null;
    /** Approved: captured or held; of webhooks: answered 2xx. */
    succeeded: number | null;
    /** Of webhooks: those whose schedule ran out. */
    failed: number | null;
    /** Called off before there was an outcome. */
    canceled: number | null;
    /** `succeeded` of `succeeded` and `failed`; null if there is neither. */
    rate: number | null;
    /** `latency`: half of the charges took no longer, with the time of a shopper who had to act. Right to within a quarter. */
    p50_ms: number | null;
    /** `latency`: 95 of 100 took no longer. */
    p95_ms: number | null;
  };
  points: AnalyticsPoint[];
};


export type Analytics = {
  object: "analytics";
  metric: "volume" | "success_rate" | "decline_reasons" | "latency" | "webhooks";
  by: "hour" | "day";
  group: string | null;
  time_zone: string;
  /** All that happened before this is counted; null: nothing is yet. ISO 8601, UTC. */
  up_to: string | null;
  /** True: there are more than the 200000 sums that one answer is made of, and its latest times lack some. Ask for less time at once, or without `group`. */
  rows_are_capped: boolean;
  data: AnalyticsSeries[];
};


export type OverviewVolume = {
  currency: string;
  /** Charges and captures that took money today. */
  count: number;
  /** What they took, in minor units. */
  captured: number;
  /** What was given back today, whenever it was taken. */
  refunded: number;
  /** `captured` less `refunded`; below zero on a day that gave back more. */
  net: number;
};


export type Overview = {
  object: "overview";
  /** Whose day it is. */
  time_zone: string;
  /** When the day began. ISO 8601, UTC. */
  from: string;
  /** When the next one begins: after 23 or 25 hours where clocks change. ISO 8601, UTC. */
  to: string;
  /** The currency with the most charges first. Amounts of two are never added. */
  volume: OverviewVolume[];
  payments: {
    /** Payments whose charge ended today, and was captured at once. */
    succeeded: number;
    /** Whose charge holds the money until a capture. */
    authorized: number;
    /** Whose charge was refused. */
    failed: number;
    /** Called off before there was an outcome. */
    canceled: number;
    /** `succeeded` and `authorized`, of these and `failed`; null if there is neither. */
    success_rate: number | null;
  };
  /** Whose outcome no gateway has told yet, at this moment. */
  unknown_attempts: number;
  /** At this moment. Null: the caller may not see cases. */
  open_cases: number | null;
  webhooks: {
    /** All of them. */
    endpoints: number;
    /** Paused, disabled, or left alone for a while since they do not answer. */
    endpoints_left_alone: number;
    /** Of the deliveries that were owed today. */
    succeeded: number;
    /** Of the deliveries that were owed today: their schedule ran out. */
    failed: number;
    /** Whenever they were owed, at this moment. */
    pending: number;
    /** Of the pending ones: a try has failed. */
    retrying: number;
  } | null;
  queues: {
    /** Jobs that are due, over all queues. */
    due: number;
    /** Jobs whose time has not come. */
    scheduled: number;
    /** Jobs that a worker holds. */
    leased: number;
    /** How long the oldest due job has waited; null: none is due. */
    oldest_due_seconds: number | null;
    /** As `/v1/dead-letters` lists them. */
    dead_letters: number;
  } | null;
  /** True: there are more rows than the 2000 that are counted at once, for instance while figures are rolled up for the first time. */
  counts_are_capped: boolean;
};


export type WebhookEndpoint = {
  id: string;
  object: "webhook_endpoint";
  url: string;
  description: string | null;
  /** Which events it gets. */
  events: ("*" | "payment.*" | "refund.*" | "case.*" | "payment.requires_action" | "payment.authorized" | "payment.captured" | "payment.capture_failed" | "payment.succeeded" | "payment.charged_after_cancel" | "payment.failed" | "payment.canceled" | "payment.cancel_failed" | "refund.created" | "refund.succeeded" | "refund.failed" | "case.opened")[];
  /** In which version of the API it gets them. */
  api_version: string;
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
  method?: "card" | "upi" | "netbanking";
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
    /** As it stands on the card. Never kept. */
    holder_name?: string;
    /** A token instead of the fields above. */
    token?: string;
    /** With a token: the connector account where alone it can be charged, as `card-fields` names it. */
    account?: string;
  };
  upi?: {
    /** name@bank, or account@IFSC.ifsc.npci. Left out: the shopper pays by a link, which comes in `next_action`; not every gateway can. */
    vpa?: string;
  };
  netbanking?: {
    /** The code of the shopper's bank, in capital letters. GET /v1/payment-methods lists those that your gateways take. */
    bank: string;
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
    /** ISO 3166-1. Routing rules may look at it. */
    country?: string;
    /** A language tag, e.g. de-AT: what e-mails to the shopper are in. */
    locale?: string;
    /** The address of the shopper's device. Some gateways ask for it. */
    ip?: string;
    /** The header of the shopper's browser. Some gateways ask for it. */
    user_agent?: string;
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
  /** Those with this status. Several with commas between. */
  status?: string;
  method?: "card" | "upi" | "netbanking";
  /** ISO 4217, capital letters. */
  currency?: string;
  /** Of this amount or more, in minor units. */
  amount_min?: number;
  /** Of this amount or less, in minor units. */
  amount_max?: number;
  /** Of the customer, whatever its capitals. */
  customer_email?: string;
  /** The last digits of the card. */
  last4?: string;
  /** Those whose last charge was sent over this account. */
  connector_account?: string;
  order_id?: string;
};


export type ConfirmPaymentBody = {
  /** Comes with the field of the same name. */
  method?: "card" | "upi" | "netbanking";
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
    /** As it stands on the card. Never kept. */
    holder_name?: string;
    /** A token instead of the fields above. */
    token?: string;
    /** With a token: the connector account where alone it can be charged, as `card-fields` names it. */
    account?: string;
  };
  upi?: {
    /** name@bank, or account@IFSC.ifsc.npci. Left out: the shopper pays by a link, which comes in `next_action`; not every gateway can. */
    vpa?: string;
  };
  netbanking?: {
    /** The code of the shopper's bank, in capital letters. GET /v1/payment-methods lists those that your gateways take. */
    bank: string;
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


export type UpdatePaymentBody = {
  /** null removes it. */
  description?: string | null;
  /** Added to what is there: a name that is there gets the new text, null removes it, the others stay. No card numbers. */
  metadata?: Record<string, string | null>;
};


export type ReportReturnBody = {
  /** `proof` of what `act` of the card fields gave, unchanged. */
  proof: Record<string, string>;
};


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
  /** Those with this status. Several with commas between. */
  status?: string;
  /** ISO 4217, capital letters. */
  currency?: string;
  /** Of this amount or more, in minor units. */
  amount_min?: number;
  /** Of this amount or less, in minor units. */
  amount_max?: number;
  /** Those with this receipt. */
  receipt?: string;
  /** Those that shoppers made from this payment link. */
  payment_link_id?: string;
};


export type CreateCheckoutSessionBody = {
  /** The order that is to be paid. Its amount and currency are the checkout's. */
  order_id: string;
  /** What the shopper may choose of. Left out: all that your accounts take. */
  methods?: ("card" | "upi" | "netbanking")[];
  /** Where the shopper goes on after the payment. http or https. Left out: the page stays and says that it is paid. */
  return_url?: string;
  /** Where the shopper goes who does not want to pay. http or https. */
  cancel_url?: string;
  /** The page's language, as a tag of BCP 47. Left out: the browser's. */
  locale?: string;
  customer?: {
    email?: string;
    name?: string;
    /** At most 15 digits. */
    phone?: string;
    /** ISO 3166-1. Routing rules may look at it. */
    country?: string;
    /** A language tag, e.g. de-AT: what e-mails to the shopper are in. */
    locale?: string;
    /** The address of the shopper's device. Some gateways ask for it. */
    ip?: string;
    /** The header of the shopper's browser. Some gateways ask for it. */
    user_agent?: string;
  };
  /** Seconds from now on in which it can be paid. A payment under way then goes on. */
  expires_in?: number;
};


export type CancelCheckoutSessionBody = Record<string, never>;


export type ReplaceCheckoutSettingsBody = {
  /** In the place of the merchant's own name. */
  name?: string | null;
  /** Of buttons and marks; the page keeps its text readable. */
  color?: string | null;
  /** A data URI of a PNG, JPEG or WebP of at most 32 KB: no page asks a foreign server. */
  logo?: string | null;
  /** Of the pages that may show the checkout in a frame. None: it is shown as a page of its own only. */
  origins?: string[];
};


export type CreatePaymentLinkBody = {
  /** In minor units: 50000 is 500.00 INR. Left out with `open_amount`. */
  amount?: number;
  /** In the place of `amount`: the shopper says how much. All bounds may be left out. */
  open_amount?: {
    /** The least that a shopper may pay, in minor units. */
    minimum?: number;
    /** The most that a shopper may pay. Not below `minimum`. */
    maximum?: number;
    /** What the page shows at first. Within the bounds. */
    suggested?: number;
  };
  /** ISO 4217, capital letters. */
  currency: string;
  /** What it is for. Shoppers see it, and each payment has it. No card numbers. */
  description?: string;
  /** How many shoppers may pay by it. Only payments that succeed count. null or left out: any number. */
  uses?: number | null;
  /** Until when it can be paid. A payment under way then goes on. Left out: until you deactivate it. ISO 8601, UTC. */
  expires_at?: string;
  /** What the shopper may choose of. Left out: all that your accounts take. */
  methods?: ("card" | "upi" | "netbanking")[];
  /** The page's language, as a tag of BCP 47. Left out: the browser's. */
  locale?: string;
  /** Where the shopper goes on after the payment. http or https. Left out: the page stays and says that it is paid. */
  return_url?: string;
  /** Up to 50 texts of yours, names up to 40 characters, values up to 500. No card numbers. */
  metadata?: Record<string, string>;
};


export type ListPaymentLinksQuery = {
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
  status?: "active" | "used_up" | "expired" | "deactivated";
};


export type DeactivatePaymentLinkBody = Record<string, never>;


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
  /** Those with this status. Several with commas between. */
  status?: string;
  payment_id?: string;
  /** ISO 4217, capital letters. */
  currency?: string;
  /** Of this amount or more, in minor units. */
  amount_min?: number;
  /** Of this amount or less, in minor units. */
  amount_max?: number;
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
  /** In which version of the API it gets events, also those that it is owed already. Left out: that of this request. docs/api-changes.md lists them. */
  api_version?: "2026-11-27";
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
  /** In which version of the API it gets events, also those that it is owed already. docs/api-changes.md lists them. */
  api_version?: "2026-11-27";
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
  /** Those with this status. Several with commas between. */
  status?: string;
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
  kind?: "unknown_outcome" | "mismatched_answer" | "late_truth" | "refund_contradicted" | "overdue" | "hold_not_released" | "dead_job" | "malformed_message" | "unmatched_gateway_event" | "unknown_charge" | "missing_charge" | "broken_invariant";
  /** Those about this payment. */
  payment_id?: string;
};


export type ResolveCaseBody = {
  /** What was found or done. No card numbers. */
  reason: string;
  /** The name of the person who says so. */
  by: string;
};


export type ResolveCasesBody = {
  /** At least one of these. Only open cases match. */
  filter: {
    kind?: "unknown_outcome" | "mismatched_answer" | "late_truth" | "refund_contradicted" | "overdue" | "hold_not_released" | "dead_job" | "malformed_message" | "unmatched_gateway_event" | "unknown_charge" | "missing_charge" | "broken_invariant";
    /** Not opened before this. ISO 8601, UTC. */
    from?: string;
    /** Opened before this. ISO 8601, UTC. */
    before?: string;
  };
  /** How many at most. */
  limit?: number;
  /** Only counts. */
  dry_run?: boolean;
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
  /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
  reason?: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
  /** Of the work; deliveries are in webhook-queue. */
  queue?: "payment-queue" | "refund-queue" | "webhook-queue";
  /** The kind of the work, as the list shows it, e.g. ask; webhook for deliveries, gateway-event for what gateways sent. */
  kind?: string;
  /** Deliveries to this endpoint, and failing jobs that should send one. */
  endpoint_id?: string;
  /** Not older than this: when the case was opened, or the delivery was owed. ISO 8601, UTC. */
  from?: string;
  /** Older than this. ISO 8601, UTC. */
  before?: string;
  /** Stands in what went wrong last, in capitals or not: the error of a job, or the error or answer of the last try of a delivery. Lists and counts look at the newest 10000 failed deliveries. */
  text?: string;
};


export type ListDeadLetterGroupsQuery = {
  /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
  reason?: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
  /** Of the work; deliveries are in webhook-queue. */
  queue?: "payment-queue" | "refund-queue" | "webhook-queue";
  /** The kind of the work, as the list shows it, e.g. ask; webhook for deliveries, gateway-event for what gateways sent. */
  kind?: string;
  /** Deliveries to this endpoint, and failing jobs that should send one. */
  endpoint_id?: string;
  /** Not older than this: when the case was opened, or the delivery was owed. ISO 8601, UTC. */
  from?: string;
  /** Older than this. ISO 8601, UTC. */
  before?: string;
  /** Stands in what went wrong last, in capitals or not: the error of a job, or the error or answer of the last try of a delivery. Lists and counts look at the newest 10000 failed deliveries. */
  text?: string;
};


export type ReplayDeadLetterBody = {
  /** What was mended. No card numbers. */
  reason?: string;
  /** The name of the person who does it. If it is left out, the API key is kept. */
  by?: string;
};


export type DiscardDeadLetterBody = {
  /** Why it is not needed. No card numbers. */
  reason: string;
  /** The name of the person who does it. If it is left out, the API key is kept. */
  by?: string;
};


export type ReplayDeadLettersBody = {
  filter?: {
    /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
    reason?: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
    /** Of the work; deliveries are in webhook-queue. */
    queue?: "payment-queue" | "refund-queue" | "webhook-queue";
    /** The kind of the work, as the list shows it, e.g. ask; webhook for deliveries, gateway-event for what gateways sent. */
    kind?: string;
    /** Deliveries to this endpoint, and failing jobs that should send one. */
    endpoint_id?: string;
    /** Not older than this: when the case was opened, or the delivery was owed. ISO 8601, UTC. */
    from?: string;
    /** Older than this. ISO 8601, UTC. */
    before?: string;
    /** Stands in what went wrong last, in capitals or not: the error of a job, or the error or answer of the last try of a delivery. Lists and counts look at the newest 10000 failed deliveries. */
    text?: string;
  };
  /** How many at most. */
  limit?: number;
  /** Only counts. */
  dry_run?: boolean;
  /** The pace of their tries. */
  per_second?: number;
  /** What was mended. No card numbers. */
  reason?: string;
  /** The name of the person who does it. If it is left out, the API key is kept. */
  by?: string;
};


export type DiscardDeadLettersBody = {
  /** At least one of these. */
  filter: {
    /** `job_failing`: a job failed eight times and is tried hourly. `malformed`: a gateway's webhook, or a job, that this program can't read. `unmatched`: a gateway's event that belongs to no attempt of the account. `delivery_failed`: a delivery's schedule is exhausted. */
    reason?: "job_failing" | "malformed" | "unmatched" | "delivery_failed";
    /** Of the work; deliveries are in webhook-queue. */
    queue?: "payment-queue" | "refund-queue" | "webhook-queue";
    /** The kind of the work, as the list shows it, e.g. ask; webhook for deliveries, gateway-event for what gateways sent. */
    kind?: string;
    /** Deliveries to this endpoint, and failing jobs that should send one. */
    endpoint_id?: string;
    /** Not older than this: when the case was opened, or the delivery was owed. ISO 8601, UTC. */
    from?: string;
    /** Older than this. ISO 8601, UTC. */
    before?: string;
    /** Stands in what went wrong last, in capitals or not: the error of a job, or the error or answer of the last try of a delivery. Lists and counts look at the newest 10000 failed deliveries. */
    text?: string;
  };
  /** How many at most. */
  limit?: number;
  /** Only counts. */
  dry_run?: boolean;
  /** Why it is not needed. No card numbers. */
  reason: string;
  /** The name of the person who does it. If it is left out, the API key is kept. */
  by?: string;
};


export type RetrieveAnalyticsQuery = {
  /** `volume`: money taken and given back, by currency. `success_rate`: how many payments were approved, of those that were tried. `decline_reasons`: why charges were declined. `latency`: how long gateways take for a charge, from our request to the outcome. `webhooks`: how webhooks ended, by when they were owed. */
  metric?: "volume" | "success_rate" | "decline_reasons" | "latency" | "webhooks";
  /** Begins with the hour or day that has this time in it. Without it: the last 24 hours, or 30 days. ISO 8601, UTC. */
  from?: string;
  /** Ends with the hour or day before this time, or that has it in it. Without it: now. ISO 8601, UTC. */
  to?: string;
  by?: "hour" | "day";
  /** Where hours and days begin. Days have 23 or 25 hours where clocks change. Left out: the merchant's. A name of the tz database. */
  time_zone?: string;
  /** A series for each of these. */
  group?: "connector" | "method" | "currency";
};


export type RetrieveOverviewQuery = {
  /** Whose day it is. Left out: the merchant's. A name of the tz database. */
  time_zone?: string;
};


export type SearchQuery = {
  /** An id of any kind (`pay_…`, `ord_…`, `req_…`), the customer's e-mail, the last four digits of a card, an amount (`12.99`, `₹1,299.00`, or minor units), a receipt, an order, or a gateway's reference. */
  q?: string;
};


export type CreateKeyBody = {
  /** For people: which service or person uses it. */
  name: string;
  /** What it may do; no more than the key that makes it. */
  scopes: ("payments.read" | "payments.write" | "refunds.write" | "webhooks" | "config" | "cases")[];
  /** Requests a second that it may make to one process, ten times as many at once; null: as many as the installation allows any key. No more than the key that asks; only the operator gives more. */
  rate_limit_per_second?: number | null;
  /** In which version it sees the API if its requests name none. Left out: the newest. docs/api-changes.md lists them. */
  api_version?: "2026-11-27";
};


export type UpdateKeyBody = {
  /** For people: which service or person uses it. */
  name?: string;
  /** What it may do; no more than the key that makes it. */
  scopes?: ("payments.read" | "payments.write" | "refunds.write" | "webhooks" | "config" | "cases")[];
  /** Requests a second that it may make to one process, ten times as many at once; null: as many as the installation allows any key. No more than the key that asks; only the operator gives more. */
  rate_limit_per_second?: number | null;
  /** In which version it sees the API if its requests name none. docs/api-changes.md lists them. */
  api_version?: "2026-11-27";
};


export type RotateKeyBody = {
  /** How long the key before works beside the new one. 0: it ends at once, e.g. because somebody has read it. */
  overlap_seconds?: number;
};


export type CreateConnectorAccountBody = {
  /** The gateway. */
  connector: string;
  /** For people: what tells it from the others. */
  name: string;
  /** The lowest is tried first. Left out: after all others. */
  priority?: number;
  /** Only an enabled account gets new charges. */
  status?: "enabled" | "disabled";
  /** By name. docs/accounts.md lists those of each connector. */
  credentials: Record<string, string>;
  /** Whether the gateway is asked, by a call without an effect, if it accepts the credentials; if not, nothing is saved. False saves them as they are, e.g. while the gateway is down. */
  verify?: boolean;
};


export type UpdateConnectorAccountBody = {
  /** For people: what tells it from the others. */
  name?: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Only an enabled account gets new charges. */
  status?: "enabled" | "disabled";
};


export type RotateConnectorAccountCredentialsBody = {
  /** By name. docs/accounts.md lists those of each connector. */
  credentials: Record<string, string>;
  /** How long the webhook secret before is accepted beside the new one. 0: it ends at once, e.g. because somebody has read it. */
  overlap_seconds?: number;
  /** Whether the gateway is asked, by a call without an effect, if it accepts the credentials; if not, nothing is saved. False saves them as they are, e.g. while the gateway is down. */
  verify?: boolean;
};


export type TestConnectorAccountBody = Record<string, never>;


export type ReplaceSettingsBody = {
  /** Where your days begin: for the overview, figures by day and CSV, unless a request says another one. A name of the tz database. */
  time_zone: string;
  /** By currency, in minor units: above which sum of refunds of one payment a person in the dashboard must show once more who they are. Requests with a key are not bound by it. */
  refund_limits?: Record<string, number>;
};


export type ReplaceRoutingRulesBody = {
  /** In their order. */
  rules: {
    /** For people; shown as the reason of a choice. */
    name: string;
    when?: {
      /** One of these. */
      currencies?: string[];
      /** One of these. */
      methods?: ("card" | "upi" | "netbanking")[];
      /** Of the card, e.g. visa: one of these. */
      networks?: string[];
      /** `customer.country`, as ISO 3166-1 codes: one of these. */
      countries?: string[];
      /** This amount or more, in minor units. Needs exactly one currency beside it. */
      amount_from?: number;
      /** Less than this amount, in minor units. Needs exactly one currency beside it. */
      amount_below?: number;
      /** Of each name one of these values. */
      metadata?: Record<string, string[]>;
    };
    /** In this order. Either these or weights. */
    accounts?: string[];
    /** In shares, e.g. 3 and 1: three payments of four go to the first. Either these or accounts. */
    weights?: {
      /** A connector account. */
      account: string;
      weight: number;
    }[];
    /** Whether accounts that the rule does not name come after those that it names. */
    else_others?: boolean;
  }[];
  /** The version that you read. */
  version?: number;
};


export type ExplainRoutingBody = {
  /** In minor units: 50000 is 500.00 INR. */
  amount: number;
  /** ISO 4217, capital letters. */
  currency: string;
  /** Comes with the field of the same name. */
  method?: "card" | "upi" | "netbanking";
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
    /** As it stands on the card. Never kept. */
    holder_name?: string;
    /** A token instead of the fields above. */
    token?: string;
    /** With a token: the connector account where alone it can be charged, as `card-fields` names it. */
    account?: string;
  };
  upi?: {
    /** name@bank, or account@IFSC.ifsc.npci. Left out: the shopper pays by a link, which comes in `next_action`; not every gateway can. */
    vpa?: string;
  };
  netbanking?: {
    /** The code of the shopper's bank, in capital letters. GET /v1/payment-methods lists those that your gateways take. */
    bank: string;
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
    /** ISO 3166-1. Routing rules may look at it. */
    country?: string;
    /** A language tag, e.g. de-AT: what e-mails to the shopper are in. */
    locale?: string;
    /** The address of the shopper's device. Some gateways ask for it. */
    ip?: string;
    /** The header of the shopper's browser. Some gateways ask for it. */
    user_agent?: string;
  };
};


export type StartSweepBody = Record<string, never>;


export type ListAdminActionsQuery = {
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
  /** The id of a person or a key, a person's e-mail address, or a kind of actor. */
  actor?: string;
  /** Only what this kind of actor did. */
  actor_kind?: "person" | "key" | "operator" | "cli" | "system";
  /** One action, or with a dot at its end all of a noun: `api_key.` */
  action?: string;
  /** The id of what was changed. */
  subject?: string;
};


export type ReplaceEmailSettingsBody = {
  enabled: boolean;
  /** The sender's name; null: the merchant's name. */
  from_name?: string | null;
  /** Where answers go, ASCII before the @; null: to the sender's address. */
  reply_to?: string | null;
  /** Your own words below each message, e.g. how to reach you. */
  line?: string | null;
  /** What shoppers are told. `succeeded` comes with the receipt; `action_needed` is sent only while the shopper has not acted. */
  outcomes?: ("succeeded" | "failed" | "refunded" | "action_needed")[];
  /** Language of shoppers whose own `customer.locale` does not say, nor `metadata.locale` of the payment. */
  locale?: "en" | "hi" | "ar" | "de" | "es" | "fr" | "ja" | "pt" | "zh";
};
