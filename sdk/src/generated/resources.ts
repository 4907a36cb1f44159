// Made by `npm run docs` from docs/openapi.json. Don't edit it.
import type { Pages } from "../pages.ts";
import type { Requester, RequestOptions } from "../request.ts";
import type {
  AdminAction,
  Analytics,
  ApiKey,
  ApiKeyList,
  AuditHead,
  CancelCheckoutSessionBody,
  CancelPaymentBody,
  CapturePaymentBody,
  CardFields,
  Case,
  CaseResolutions,
  CheckoutSession,
  CheckoutSettings,
  ConfirmPaymentBody,
  ConnectorAccount,
  ConnectorAccountList,
  ConnectorHealthList,
  ConnectorList,
  CreateCheckoutSessionBody,
  CreateConnectorAccountBody,
  CreateKeyBody,
  CreateOrderBody,
  CreatePaymentBody,
  CreatePaymentLinkBody,
  CreateRefundBody,
  CreateWebhookEndpointBody,
  DeactivatePaymentLinkBody,
  DeadLetter,
  DeadLetterAction,
  DeadLetterActions,
  DeadLetterGroupList,
  DeletedWebhookEndpoint,
  Delivery,
  DeliveryRecovery,
  DiscardDeadLetterBody,
  DiscardDeadLettersBody,
  EmailSettings,
  EventObject,
  ExplainRoutingBody,
  InvariantList,
  ListAdminActionsQuery,
  ListCasesQuery,
  ListDeadLetterGroupsQuery,
  ListDeadLettersQuery,
  ListDeliveriesQuery,
  ListEventsQuery,
  ListOrdersQuery,
  ListPaymentLinksQuery,
  ListPaymentsQuery,
  ListRefundsQuery,
  Order,
  Overview,
  Payment,
  PaymentLink,
  PaymentMethodList,
  PutWebhookEndpointBody,
  QueueList,
  RecoverDeliveriesBody,
  Refund,
  ReplaceCheckoutSettingsBody,
  ReplaceEmailSettingsBody,
  ReplaceRoutingRulesBody,
  ReplaceSettingsBody,
  ReplayDeadLetterBody,
  ReplayDeadLettersBody,
  ReportReturnBody,
  RequestObject,
  ResolveCaseBody,
  ResolveCasesBody,
  RetrieveAnalyticsQuery,
  RetrieveOverviewQuery,
  RetryDeliveryBody,
  RotateConnectorAccountCredentialsBody,
  RotateKeyBody,
  RotateWebhookEndpointSecretBody,
  RoutingExplanation,
  RoutingRules,
  SearchQuery,
  SearchResultList,
  Settings,
  StartSweepBody,
  Sweep,
  TestConnectorAccountBody,
  TestWebhookEndpointBody,
  Timeline,
  UpdateConnectorAccountBody,
  UpdateKeyBody,
  UpdatePaymentBody,
  UpdateWebhookEndpointBody,
  VoidPaymentBody,
  WebhookEndpoint,
  WebhookEndpointList,
} from "./types.ts";

export class PaymentsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Create a payment. Without `confirm` the payment is charged in the background; watch it by webhook or by asking. With `confirm: true` the answer waits. */
  create(body: CreatePaymentBody, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments", body, keyed: true }, options);
  }

  /** List payments, newest first. By time of creation, without attempts. All that is given must hold. */
  list(query: ListPaymentsQuery = {}, options?: RequestOptions): Pages<Payment> {
    return this.#requester.list({ method: "GET", path: "/v1/payments", query }, options);
  }

  /** Charge a payment that was only created. The answer waits for the outcome, 10 s at most; `processing` then means that it goes on. */
  confirm(id: string, body: ConfirmPaymentBody = {}, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments/{id}/confirm", params: { id }, body, keyed: true }, options);
  }

  /** Capture what is authorized, or a part of it. The answer waits for the gateway, 10 s at most. What a part leaves stays held: capture more, void it, or send `final: true` with the last part. */
  capture(id: string, body: CapturePaymentBody = {}, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments/{id}/capture", params: { id }, body, keyed: true }, options);
  }

  /** Release what is authorized and not captured. The answer waits for the gateway, 10 s at most. What was captured stays: the payment has then succeeded. */
  void(id: string, body: VoidPaymentBody = {}, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments/{id}/void", params: { id }, body, keyed: true }, options);
  }

  /** Call a payment off. Nothing sent yet: canceled at once. A call under way: no further attempt, and what it takes is given back. */
  cancel(id: string, body: CancelPaymentBody = {}, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments/{id}/cancel", params: { id }, body, keyed: true }, options);
  }

  /** Change the description and metadata of a payment. At any time of its life; nothing of it decides anything. It is no event: events of before keep what they showed, later ones show the change. */
  update(id: string, body: UpdatePaymentBody = {}, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "PATCH", path: "/v1/payments/{id}", params: { id }, body }, options);
  }

  /** Get a payment with its attempts. As it is now. A payment of another merchant or mode is not found. */
  get(id: string, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "GET", path: "/v1/payments/{id}", params: { id } }, options);
  }

  /** Bring what the gateway signed for the shopper's browser. After `next_action` of type `card_fields`: the gateway's signature is checked, and then the gateway is asked what became of the payment. What the browser brings is never believed, and nothing is lost without it: the gateway is asked anyway, a little later. */
  reportReturn(id: string, body: ReportReturnBody, options?: RequestOptions): Promise<Payment> {
    return this.#requester.send({ method: "POST", path: "/v1/payments/{id}/returned", params: { id }, body }, options);
  }

  /** Get the card fields of a payment. Which gateway's own card fields a page shows for this payment, and what it needs for them: no secret is in it, so it may go to the shopper's browser. The shopper's card goes to the gateway alone; what the fields give, `token` and `account`, is sent as `card` to confirm. Of a payment that is `created`. The account is the one that routing would choose at this moment; nothing is written. */
  getCardFields(id: string, options?: RequestOptions): Promise<CardFields> {
    return this.#requester.send({ method: "GET", path: "/v1/payments/{id}/card-fields", params: { id } }, options);
  }

  /** Get what happened to a payment. One list, oldest first: requests, decisions, exchanges with the gateway (redacted), events, tries of webhooks, cases and what people did. Tries are shown to keys with the scope `webhooks`, cases and people to keys with the scope `cases`. `summary` says why the payment is where it is, and what to do. */
  getTimeline(id: string, options?: RequestOptions): Promise<Timeline> {
    return this.#requester.send({ method: "GET", path: "/v1/payments/{id}/timeline", params: { id } }, options);
  }
}

export class PaymentMethodsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List payment methods. Each method that an enabled connector account of yours takes, in the mode of the key that asks: its fields, as a form asks for them, and what the shopper may have to do next. */
  list(options?: RequestOptions): Promise<PaymentMethodList> {
    return this.#requester.send({ method: "GET", path: "/v1/payment-methods" }, options);
  }
}

export class OrdersResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Create an order. What is to be paid. Pay it with a payment of the same amount and currency whose `order_id` is the order's id: at most one of them is live at a time. */
  create(body: CreateOrderBody, options?: RequestOptions): Promise<Order> {
    return this.#requester.send({ method: "POST", path: "/v1/orders", body, keyed: true }, options);
  }

  /** List orders, newest first. By time of creation. All that is given must hold. */
  list(query: ListOrdersQuery = {}, options?: RequestOptions): Pages<Order> {
    return this.#requester.list({ method: "GET", path: "/v1/orders", query }, options);
  }

  /** Get an order. As it is now. Its payments: `GET /v1/payments?order_id=…`. */
  get(id: string, options?: RequestOptions): Promise<Order> {
    return this.#requester.send({ method: "GET", path: "/v1/orders/{id}", params: { id } }, options);
  }
}

export class CheckoutResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Create a checkout session. A page on which a shopper pays your order: send the shopper's browser to `url`, or open the session in a frame with the SDK by its `client_secret`. An order may have several; at most one of its payments is live at a time. Wait for the webhook, not for the shopper to come back. */
  createSession(body: CreateCheckoutSessionBody, options?: RequestOptions): Promise<CheckoutSession> {
    return this.#requester.send({ method: "POST", path: "/v1/checkout/sessions", body, keyed: true }, options);
  }

  /** Cancel a checkout session. Its page says so and takes no payment any more. A payment that waits for its shopper is called off; one that is with the bank goes on, and its outcome says whether the order is paid. Again is the same. */
  cancelSession(id: string, body: CancelCheckoutSessionBody = {}, options?: RequestOptions): Promise<CheckoutSession> {
    return this.#requester.send({ method: "POST", path: "/v1/checkout/sessions/{id}/cancel", params: { id }, body, keyed: true }, options);
  }

  /** Get a checkout session. As it is now. Whether it was paid, its order says, and its order's payments. */
  getSession(id: string, options?: RequestOptions): Promise<CheckoutSession> {
    return this.#requester.send({ method: "GET", path: "/v1/checkout/sessions/{id}", params: { id } }, options);
  }

  /** Get the checkout settings. How all checkouts of yours look, and which pages may show them in a frame. */
  retrieveSettings(options?: RequestOptions): Promise<CheckoutSettings> {
    return this.#requester.send({ method: "GET", path: "/v1/checkout/settings" }, options);
  }

  /** Replace the checkout settings. All of them at once: what is left out is unset. */
  replaceSettings(body: ReplaceCheckoutSettingsBody = {}, options?: RequestOptions): Promise<CheckoutSettings> {
    return this.#requester.send({ method: "PUT", path: "/v1/checkout/settings", body }, options);
  }
}

export class PaymentLinksResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Create a payment link. An address to send, print or show as a QR code. Whoever opens it pays an order of its own on the checkout's page; opening it alone writes nothing. At most `uses` of its orders can be paid, however many shoppers try at once. Each payment has the link's description and metadata. */
  create(body: CreatePaymentLinkBody, options?: RequestOptions): Promise<PaymentLink> {
    return this.#requester.send({ method: "POST", path: "/v1/payment-links", body, keyed: true }, options);
  }

  /** List payment links, newest first. By time of creation; with one status. */
  list(query: ListPaymentLinksQuery = {}, options?: RequestOptions): Pages<PaymentLink> {
    return this.#requester.list({ method: "GET", path: "/v1/payment-links", query }, options);
  }

  /** Get a payment link. As it is now. What was paid by it: `GET /v1/orders?payment_link_id=…`. */
  get(id: string, options?: RequestOptions): Promise<PaymentLink> {
    return this.#requester.send({ method: "GET", path: "/v1/payment-links/{id}", params: { id } }, options);
  }

  /** Deactivate a payment link. For good. Nobody can begin to pay by it from then on, also who has its page open; a payment under way goes on. Doing it again changes nothing. */
  deactivate(id: string, body: DeactivatePaymentLinkBody = {}, options?: RequestOptions): Promise<PaymentLink> {
    return this.#requester.send({ method: "POST", path: "/v1/payment-links/{id}/deactivate", params: { id }, body, keyed: true }, options);
  }
}

export class RefundsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Give captured money back, or a part of it. Accepted at once, its amount reserved: all refunds of a payment together never exceed what was captured. A worker sends it; webhooks, or asking, say what became of it. */
  create(body: CreateRefundBody, options?: RequestOptions): Promise<Refund> {
    return this.#requester.send({ method: "POST", path: "/v1/refunds", body, keyed: true }, options);
  }

  /** List refunds, newest first. By time of creation. All that is given must hold. */
  list(query: ListRefundsQuery = {}, options?: RequestOptions): Pages<Refund> {
    return this.#requester.list({ method: "GET", path: "/v1/refunds", query }, options);
  }

  /** Get a refund. As it is now. */
  get(id: string, options?: RequestOptions): Promise<Refund> {
    return this.#requester.send({ method: "GET", path: "/v1/refunds/{id}", params: { id } }, options);
  }
}

export class EventsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List events, newest first. In the order in which they were committed. Keep the newest id that you have seen and send it as `ending_before`: you get what was committed since, the next page with the newest id of this one, and never miss an event or get one twice. Events of cases are shown to keys with the scope `cases`. */
  list(query: ListEventsQuery = {}, options?: RequestOptions): Pages<EventObject> {
    return this.#requester.list({ method: "GET", path: "/v1/events", query }, options);
  }

  /** Get an event. The bytes that webhooks carry. */
  get(id: string, options?: RequestOptions): Promise<EventObject> {
    return this.#requester.send({ method: "GET", path: "/v1/events/{id}", params: { id } }, options);
  }
}

export class WebhookEndpointResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Set where events are sent. The short form for one endpoint: with several it is refused (409), and /v1/webhook-endpoints is the way. A new URL gets a new secret, shown in this answer (201) only; send an Idempotency-Key, and a repeat within a day shows it again. The same URL again keeps its secret (200). An endpoint that answered 410 Gone for a minute is switched off: setting its URL, the same or a new one, switches it on and sends what waited, in order. What is still owed goes to the URL that is set. */
  put(body: PutWebhookEndpointBody, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "PUT", path: "/v1/webhook-endpoint", body, keyed: true }, options);
  }

  /** Get where events are sent. The short form for one endpoint: with several it is refused (409). Without its secret, which was shown once. */
  get(options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "GET", path: "/v1/webhook-endpoint" }, options);
  }
}

export class WebhookEndpointsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List webhook endpoints. All of them, oldest first: at most 16. */
  list(options?: RequestOptions): Promise<WebhookEndpointList> {
    return this.#requester.send({ method: "GET", path: "/v1/webhook-endpoints" }, options);
  }

  /** Add a webhook endpoint. The answer shows its secret. Send an Idempotency-Key: a repeat within a day shows it again, as long as it is in force. What happens from now on is sent to it. */
  create(body: CreateWebhookEndpointBody, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "POST", path: "/v1/webhook-endpoints", body, keyed: true }, options);
  }

  /** Get a webhook endpoint. Without its secret, and with the names of its headers only. */
  get(id: string, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "GET", path: "/v1/webhook-endpoints/{id}", params: { id } }, options);
  }

  /** Change a webhook endpoint. Only what is named changes. While it is paused, what happens is owed to it and waits; `status` enabled sends all of it, also after a receiver's 410 Gone switched it off. Headers are replaced as a whole; if the endpoint has some, a URL of another server comes with those that it shall get. The secret stays the same, also for another URL. */
  update(id: string, body: UpdateWebhookEndpointBody = {}, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "PATCH", path: "/v1/webhook-endpoints/{id}", params: { id }, body }, options);
  }

  /** Delete a webhook endpoint. What it is still owed is called off. Pause it instead to have that sent later. */
  delete(id: string, options?: RequestOptions): Promise<DeletedWebhookEndpoint> {
    return this.#requester.send({ method: "DELETE", path: "/v1/webhook-endpoints/{id}", params: { id } }, options);
  }

  /** Give a webhook endpoint a new secret. The answer shows it. Until the overlap ends both secrets sign every event: `webhook-signature` holds a signature by each, and `X-Webhook-Signature` is by the new one. A secret that was older still ends at once. Send an Idempotency-Key: a repeat within a day shows the same secret. */
  rotateSecret(id: string, body: RotateWebhookEndpointSecretBody = {}, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#requester.send({ method: "POST", path: "/v1/webhook-endpoints/{id}/rotate-secret", params: { id }, body, keyed: true }, options);
  }

  /** Send a test event to a webhook endpoint. An event of type `webhook.test`, to this endpoint only, whatever it asks for. The answer is its delivery; GET /v1/deliveries/{id} shows what your server answered. */
  test(id: string, body: TestWebhookEndpointBody = {}, options?: RequestOptions): Promise<Delivery> {
    return this.#requester.send({ method: "POST", path: "/v1/webhook-endpoints/{id}/test", params: { id }, body, keyed: true }, options);
  }
}

export class DeliveriesResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List deliveries, newest first. What is or was owed to webhook endpoints and, as e-mail, to shoppers, without its tries. */
  list(query: ListDeliveriesQuery = {}, options?: RequestOptions): Pages<Delivery> {
    return this.#requester.list({ method: "GET", path: "/v1/deliveries", query }, options);
  }

  /** Get a delivery with its tries. With the bytes that are sent at every try, and each try with its request and the first 8 KB of the answer. */
  get(id: string, options?: RequestOptions): Promise<Delivery> {
    return this.#requester.send({ method: "GET", path: "/v1/deliveries/{id}", params: { id } }, options);
  }

  /** Send a delivery again. With its whole schedule from the start. One that is still being tried is refused. */
  retry(id: string, body: RetryDeliveryBody = {}, options?: RequestOptions): Promise<Delivery> {
    return this.#requester.send({ method: "POST", path: "/v1/deliveries/{id}/retry", params: { id }, body, keyed: true }, options);
  }

  /** Send all deliveries that match again. The oldest first, at a pace, each with its whole schedule from the start. `dry_run` counts what would be sent and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key). Deliveries to endpoints that are paused, switched off or deleted do not match. */
  recover(body: RecoverDeliveriesBody = {}, options?: RequestOptions): Promise<DeliveryRecovery> {
    return this.#requester.send({ method: "POST", path: "/v1/deliveries/recover", body, keyed: true }, options);
  }
}

export class CasesResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List cases, newest first. What a person should look at, with its evidence. */
  list(query: ListCasesQuery = {}, options?: RequestOptions): Pages<Case> {
    return this.#requester.list({ method: "GET", path: "/v1/cases", query }, options);
  }

  /** Get a case. As it is now, with what to do about it. */
  get(id: string, options?: RequestOptions): Promise<Case> {
    return this.#requester.send({ method: "GET", path: "/v1/cases/{id}", params: { id } }, options);
  }

  /** Resolve a case as a person. Says that a person has settled it, with the reason. It moves no money and stops no question, and no rule opens it again. */
  resolveCase(id: string, body: ResolveCaseBody, options?: RequestOptions): Promise<Case> {
    return this.#requester.send({ method: "POST", path: "/v1/cases/{id}/resolve", params: { id }, body, keyed: true }, options);
  }

  /** Resolve all cases that match. The oldest first, in one commit. `dry_run` counts and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key). Like resolving one, it moves no money and stops no question. */
  resolveCases(body: ResolveCasesBody, options?: RequestOptions): Promise<CaseResolutions> {
    return this.#requester.send({ method: "POST", path: "/v1/cases/resolve", body, keyed: true }, options);
  }
}

export class DeadLettersResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List dead letters. Jobs that go on failing and messages that can't be read or matched, newest first, and after them deliveries that failed, newest first; these are shown to keys with the scope `webhooks`. A job leaves the list when it works or its case is resolved, a delivery when it is sent again; a person replays or discards any of them. */
  list(query: ListDeadLettersQuery = {}, options?: RequestOptions): Pages<DeadLetter> {
    return this.#requester.list({ method: "GET", path: "/v1/dead-letters", query }, options);
  }

  /** Count dead letters by reason. How many of what `/v1/dead-letters` lists there are for each reason, with the same filters. Exact up to 10000 jobs and as many deliveries: the newest are looked at, and `count_is_capped` says that there are more. */
  listGroups(query: ListDeadLetterGroupsQuery = {}, options?: RequestOptions): Promise<DeadLetterGroupList> {
    return this.#requester.send({ method: "GET", path: "/v1/dead-letters/groups", query }, options);
  }

  /** Replay a dead letter. A delivery gets its whole schedule from the start, a job is due at once as if it had never been tried, and a gateway's webhook is read again. Resolves the case. Refused while a worker is at it. */
  replayDeadLetter(id: string, body: ReplayDeadLetterBody = {}, options?: RequestOptions): Promise<DeadLetterAction> {
    return this.#requester.send({ method: "POST", path: "/v1/dead-letters/{id}/replay", params: { id }, body, keyed: true }, options);
  }

  /** Discard a dead letter. Ends what may end: a delivery becomes `canceled`, the case of a gateway's event is resolved. Work on money goes on all the same: its dead letter is only acknowledged, and comes back if it fails for another reason, or after a week. */
  discardDeadLetter(id: string, body: DiscardDeadLetterBody, options?: RequestOptions): Promise<DeadLetterAction> {
    return this.#requester.send({ method: "POST", path: "/v1/dead-letters/{id}/discard", params: { id }, body, keyed: true }, options);
  }

  /** Replay all dead letters that match. The oldest first, in one commit. `dry_run` counts and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key), and stop at `changed: 0`: what is left can't be changed now. A delivery gets its whole schedule from the start, a job is due at once as if it had never been tried, and a gateway's webhook is read again. Resolves the case. Refused while a worker is at it. Deliveries to endpoints that are paused, switched off or deleted do not match. */
  replayDeadLetters(body: ReplayDeadLettersBody = {}, options?: RequestOptions): Promise<DeadLetterActions> {
    return this.#requester.send({ method: "POST", path: "/v1/dead-letters/replay", body, keyed: true }, options);
  }

  /** Discard all dead letters that match. The oldest first, in one commit. `dry_run` counts and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key), and stop at `changed: 0`: what is left can't be changed now. Ends what may end: a delivery becomes `canceled`, the case of a gateway's event is resolved. Work on money goes on all the same: its dead letter is only acknowledged, and comes back if it fails for another reason, or after a week. */
  discardDeadLetters(body: DiscardDeadLettersBody, options?: RequestOptions): Promise<DeadLetterActions> {
    return this.#requester.send({ method: "POST", path: "/v1/dead-letters/discard", body, keyed: true }, options);
  }
}

export class QueuesResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Show the queues. How much of your work waits in each queue, how long the oldest has waited, how many dead letters there are and how fast work ends. Counted in the database at this moment, over all processes. */
  list(options?: RequestOptions): Promise<QueueList> {
    return this.#requester.send({ method: "GET", path: "/v1/queues" }, options);
  }
}

export class InvariantsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Show whether the invariants of money hold. Your rows are checked all the time: what has changed within a minute, and all of them once a day. What breaks an invariant is a case of the kind `broken_invariant` as well, which names the rows. */
  list(options?: RequestOptions): Promise<InvariantList> {
    return this.#requester.send({ method: "GET", path: "/v1/invariants" }, options);
  }
}

export class AnalyticsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Get figures over time. Summed up from events as they happen, some seconds late (`up_to`). A payment counts where its charge ended, money where it was taken or given back. */
  get(query: RetrieveAnalyticsQuery = {}, options?: RequestOptions): Promise<Analytics> {
    return this.#requester.send({ method: "GET", path: "/v1/analytics", query }, options);
  }
}

export class OverviewResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Show how today goes. Volume by currency, outcomes of payments and webhooks since the day began in a time zone, and what is unknown, open or due at this moment. Exact: what is not summed up yet is counted. What the caller may not see is null: cases, webhooks or queues. */
  get(query: RetrieveOverviewQuery = {}, options?: RequestOptions): Promise<Overview> {
    return this.#requester.send({ method: "GET", path: "/v1/overview", query }, options);
  }
}

export class RequestsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Look up a request by its Request-Id. Requests that changed or refused something, for 30 days; requests that created a payment, as long as the payment. Reads that succeeded, and questions to this route, are not kept. A request is found within a second of its answer. */
  get(id: string, options?: RequestOptions): Promise<RequestObject> {
    return this.#requester.send({ method: "GET", path: "/v1/requests/{id}", params: { id } }, options);
  }
}

export class SearchResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Find anything by what you have of it. What has this name first, then payments with this e-mail, card or amount; each newest first, at most 20. What was created a moment ago is found. A text that is nothing of yours finds nothing, and is no error. */
  search(query: SearchQuery = {}, options?: RequestOptions): Promise<SearchResultList> {
    return this.#requester.send({ method: "GET", path: "/v1/search", query }, options);
  }
}

export class KeysResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List API keys. Those in force first, then newest first: at most 200. Of the mode of the caller's key. */
  list(options?: RequestOptions): Promise<ApiKeyList> {
    return this.#requester.send({ method: "GET", path: "/v1/keys" }, options);
  }

  /** Create an API key. The answer shows its secret. Send an Idempotency-Key: a repeat within a day shows it again. At most 50 are in force. */
  create(body: CreateKeyBody, options?: RequestOptions): Promise<ApiKey> {
    return this.#requester.send({ method: "POST", path: "/v1/keys", body, keyed: true }, options);
  }

  /** Get an API key. Without its secret. */
  get(id: string, options?: RequestOptions): Promise<ApiKey> {
    return this.#requester.send({ method: "GET", path: "/v1/keys/{id}", params: { id } }, options);
  }

  /** Change an API key. Its name, its scopes, its limit, or its version, forward and back; key and secret stay. Other processes know within a second. Only a key that may do all that this one may, before and after, can change it. */
  update(id: string, body: UpdateKeyBody = {}, options?: RequestOptions): Promise<ApiKey> {
    return this.#requester.send({ method: "PATCH", path: "/v1/keys/{id}", params: { id }, body }, options);
  }

  /** Revoke an API key. It ends for good, in every process within a second. A key may revoke itself. One that has ended stays as it is. */
  revoke(id: string, options?: RequestOptions): Promise<ApiKey> {
    return this.#requester.send({ method: "DELETE", path: "/v1/keys/{id}", params: { id } }, options);
  }

  /** Put a new API key in the place of one. The answer is a key of the same name, scopes and version, with its secret. Until the overlap ends both work. Send an Idempotency-Key: a repeat within a day shows the same key and secret. */
  rotate(id: string, body: RotateKeyBody = {}, options?: RequestOptions): Promise<ApiKey> {
    return this.#requester.send({ method: "POST", path: "/v1/keys/{id}/rotate", params: { id }, body, keyed: true }, options);
  }
}

export class ConnectorsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List the connectors. The gateways that accounts may be at, and the credentials that an account of each is made of. */
  list(options?: RequestOptions): Promise<ConnectorList> {
    return this.#requester.send({ method: "GET", path: "/v1/connectors" }, options);
  }
}

export class ConnectorHealthResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** How the gateway of each account is. Of all accounts that are not closed. The state is what the answering process sees; the figures of charges are of all processes. */
  list(options?: RequestOptions): Promise<ConnectorHealthList> {
    return this.#requester.send({ method: "GET", path: "/v1/connector-health" }, options);
  }
}

export class ConnectorAccountsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List connector accounts. Of the mode of the caller's key: those that are not closed first, by priority. At most 100. */
  list(options?: RequestOptions): Promise<ConnectorAccountList> {
    return this.#requester.send({ method: "GET", path: "/v1/connector-accounts" }, options);
  }

  /** Create a connector account. In the mode of the caller's key. At most 20 are not closed. The credentials are sealed, and never shown again. */
  create(body: CreateConnectorAccountBody, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "POST", path: "/v1/connector-accounts", body, keyed: true }, options);
  }

  /** Get a connector account. Without its secrets. */
  get(id: string, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "GET", path: "/v1/connector-accounts/{id}", params: { id } }, options);
  }

  /** Change a connector account. Its name, its priority, and whether it gets new charges; what is not named stays. An account that is disabled goes on with what it has begun. */
  update(id: string, body: UpdateConnectorAccountBody = {}, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "PATCH", path: "/v1/connector-accounts/{id}", params: { id }, body }, options);
  }

  /** Close a connector account. Disables it for good. It is not removed, since payments refer to it: what it has begun is asked about, captured and refunded all the same, so its credentials must stay valid at the gateway until then, or be rotated. One that is closed stays as it is. */
  close(id: string, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "DELETE", path: "/v1/connector-accounts/{id}", params: { id } }, options);
  }

  /** Give a connector account other credentials. Those that are named take the place of those before; the others stay. The answer comes after a second, when all processes use them: then those before may end at the gateway. Until the overlap ends a webhook that is signed with the webhook secret before is accepted as well; a secret that was older still ends at once. */
  rotateCredentials(id: string, body: RotateConnectorAccountCredentialsBody, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "POST", path: "/v1/connector-accounts/{id}/rotate", params: { id }, body, keyed: true }, options);
  }

  /** Test a connector account. Asks the gateway, by a call without an effect, whether it accepts the credentials. `verified_at` says when it did. */
  test(id: string, body: TestConnectorAccountBody = {}, options?: RequestOptions): Promise<ConnectorAccount> {
    return this.#requester.send({ method: "POST", path: "/v1/connector-accounts/{id}/test", params: { id }, body, keyed: true }, options);
  }

  /** Get an account's settlement sweep. Every six hours the gateway's list is compared with all attempts of the account, closed ones too. */
  retrieveSweep(id: string, options?: RequestOptions): Promise<Sweep> {
    return this.#requester.send({ method: "GET", path: "/v1/connector-accounts/{id}/sweep", params: { id } }, options);
  }

  /** Begin an account's settlement sweep now. Begins what was planned for later; one that runs goes on. Look at it to see when it has ended. */
  startSweep(id: string, body: StartSweepBody = {}, options?: RequestOptions): Promise<Sweep> {
    return this.#requester.send({ method: "POST", path: "/v1/connector-accounts/{id}/sweep", params: { id }, body }, options);
  }
}

export class SettingsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Get your settings. Those of both modes. */
  get(options?: RequestOptions): Promise<Settings> {
    return this.#requester.send({ method: "GET", path: "/v1/settings" }, options);
  }

  /** Replace your settings. In both modes, from the next request on. Each change is an admin action. Without refund_limits, those that are set stay. */
  replace(body: ReplaceSettingsBody, options?: RequestOptions): Promise<Settings> {
    return this.#requester.send({ method: "PUT", path: "/v1/settings", body }, options);
  }
}

export class RoutingRulesResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Get the routing rules. The first rule that fits a payment says which connector accounts are tried, and in which order. */
  get(options?: RequestOptions): Promise<RoutingRules> {
    return this.#requester.send({ method: "GET", path: "/v1/routing-rules" }, options);
  }

  /** Replace the routing rules. All of them at once: the list that is sent stands in the place of the one before. Rules that name no account of yours, never hold, or are never reached are refused. With `version`, only if that is the version that stands. */
  replace(body: ReplaceRoutingRulesBody, options?: RequestOptions): Promise<RoutingRules> {
    return this.#requester.send({ method: "PUT", path: "/v1/routing-rules", body }, options);
  }

  /** Explain routing. Takes what creates a payment, and says which account it would go to now, and why. Nothing is written. */
  explainRouting(body: ExplainRoutingBody, options?: RequestOptions): Promise<RoutingExplanation> {
    return this.#requester.send({ method: "POST", path: "/v1/routing-rules/explain", body }, options);
  }
}

export class AdminActionsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** List admin actions, newest first. Each change of configuration, and each step that a person took: who, when, what, how it was before and after. Nothing can be changed or removed in it. What belongs to no mode, as the team, is in the lists of both. */
  list(query: ListAdminActionsQuery = {}, options?: RequestOptions): Pages<AdminAction> {
    return this.#requester.list({ method: "GET", path: "/v1/admin-actions", query }, options);
  }
}

export class AuditResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Get the newest seal. Its hash names all events and admin actions of the merchant up to it, in both modes. Nobody can change one of them without changing it. */
  getHead(options?: RequestOptions): Promise<AuditHead> {
    return this.#requester.send({ method: "GET", path: "/v1/audit/head" }, options);
  }
}

export class EmailSettingsResource {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Get the e-mail settings. Which outcomes shoppers are told by e-mail, if their payment has `customer.email`. Off until you turn it on. */
  get(options?: RequestOptions): Promise<EmailSettings> {
    return this.#requester.send({ method: "GET", path: "/v1/email-settings" }, options);
  }

  /** Replace the e-mail settings. All of them at once: what is left out is set back to its default. What is owed is sent with the settings of that time, and is canceled once e-mail is turned off. Refused where the installation has no mail server. */
  replace(body: ReplaceEmailSettingsBody, options?: RequestOptions): Promise<EmailSettings> {
    return this.#requester.send({ method: "PUT", path: "/v1/email-settings", body }, options);
  }
}

/** One member for each kind of thing. */
export class Resources {
  readonly payments: PaymentsResource;
  readonly paymentMethods: PaymentMethodsResource;
  readonly orders: OrdersResource;
  readonly checkout: CheckoutResource;
  readonly paymentLinks: PaymentLinksResource;
  readonly refunds: RefundsResource;
  readonly events: EventsResource;
  readonly webhookEndpoint: WebhookEndpointResource;
  readonly webhookEndpoints: WebhookEndpointsResource;
  readonly deliveries: DeliveriesResource;
  readonly cases: CasesResource;
  readonly deadLetters: DeadLettersResource;
  readonly queues: QueuesResource;
  readonly invariants: InvariantsResource;
  readonly analytics: AnalyticsResource;
  readonly overview: OverviewResource;
  readonly requests: RequestsResource;
  readonly search: SearchResource;
  readonly keys: KeysResource;
  readonly connectors: ConnectorsResource;
  readonly connectorHealth: ConnectorHealthResource;
  readonly connectorAccounts: ConnectorAccountsResource;
  readonly settings: SettingsResource;
  readonly routingRules: RoutingRulesResource;
  readonly adminActions: AdminActionsResource;
  readonly audit: AuditResource;
  readonly emailSettings: EmailSettingsResource;

  constructor(requester: Requester) {
    this.payments = new PaymentsResource(requester);
    this.paymentMethods = new PaymentMethodsResource(requester);
    this.orders = new OrdersResource(requester);
    this.checkout = new CheckoutResource(requester);
    this.paymentLinks = new PaymentLinksResource(requester);
    this.refunds = new RefundsResource(requester);
    this.events = new EventsResource(requester);
    this.webhookEndpoint = new WebhookEndpointResource(requester);
    this.webhookEndpoints = new WebhookEndpointsResource(requester);
    this.deliveries = new DeliveriesResource(requester);
    this.cases = new CasesResource(requester);
    this.deadLetters = new DeadLettersResource(requester);
    this.queues = new QueuesResource(requester);
    this.invariants = new InvariantsResource(requester);
    this.analytics = new AnalyticsResource(requester);
    this.overview = new OverviewResource(requester);
    this.requests = new RequestsResource(requester);
    this.search = new SearchResource(requester);
    this.keys = new KeysResource(requester);
    this.connectors = new ConnectorsResource(requester);
    this.connectorHealth = new ConnectorHealthResource(requester);
    this.connectorAccounts = new ConnectorAccountsResource(requester);
    this.settings = new SettingsResource(requester);
    this.routingRules = new RoutingRulesResource(requester);
    this.adminActions = new AdminActionsResource(requester);
    this.audit = new AuditResource(requester);
    this.emailSettings = new EmailSettingsResource(requester);
  }
}
