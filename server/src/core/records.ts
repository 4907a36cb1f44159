/** The rows around the money: what is owed to merchants, what people must see, what arrived, what was asked for, and configuration. */
import type { CaseKind } from "./case-kinds.ts";
import type { EventType } from "./events.ts";
import type { ApiVersion } from "./ports/versions.ts";
import type { Audience, Ms, Scope } from "./scope.ts";
import type { CaseStatus, DeliveryStatus, OrderStatus } from "./states.ts";

/** What a merchant wants to be paid once, by as many payments as it takes. At most one of them is live. */
export interface Order extends Scope {
  readonly id: string;
  readonly status: OrderStatus;
  readonly amount: number;
  readonly currency: string;
  /** What the payment that paid it had captured by then; 0 until then. */
  readonly amountPaid: number;
  /** The merchant's own number of it. */
  readonly receipt: string | null;
  readonly notes: Readonly<Record<string, string>>;
  /** The payment link that a shopper made it from; null: the merchant made it. */
  readonly paymentLinkId: string | null;
  readonly requestId: string;
  readonly createdAt: Ms;
}

/** Something owed to somebody, with its log of tries. */
export interface Delivery extends Scope {
  readonly id: string;
  readonly channel: "webhook" | "email";
  readonly eventId: string;
  readonly eventType: EventType;
  /** Null: the event is about no payment. */
  readonly paymentId: string | null;
  /** Of an e-mail: the id of the merchant's e-mail settings. */
  readonly endpointId: string;
  readonly status: DeliveryStatus;
  readonly tries: number;
  /** Tries made when the schedule last began: 0, or what a retry by hand found. */
  readonly scheduleStart: number;
  readonly nextTryAt: Ms | null;
  readonly lastStatusCode: number | null;
  readonly createdAt: Ms;
  /** When it ended, however it ended; null while it is owed. */
  readonly finishedAt: Ms | null;
  /** What people did to it as a dead letter, newest last; the last `BY_HAND_KEPT_MAX`. */
  readonly byHand: readonly ByHand[] | null;
}

/** A person's act on a dead letter. */
export interface ByHand {
  readonly action: "replayed" | "discarded";
  /** A name, or the API key. */
  readonly by: string;
  readonly reason: string | null;
  readonly at: Ms;
}

/** One try in the log of a delivery, numbered from 1. Append-only. */
export interface DeliveryTry extends Scope {
  readonly deliveryId: string;
  readonly n: number;
  readonly at: Ms;
  readonly durationMs: number;
  readonly statusCode: number | null;
  /** First bytes of the answer; never shown to another merchant. */
  readonly response: string | null;
  readonly error: string | null;
  /** Where it went; null in tries from before this was kept. */
  readonly url: string | null;
  /** The merchant's own headers that went with it, by name, with commas between them. Null: none. */
  readonly headerNames: string | null;
}

/**
 * Something a person must look at, with its evidence. At most one open case per kind and subject. It ends by rule, when what it is about
 * is answered, or a person resolves it. That moves no money and stops no question; and no rule opens it again, unless work that failed
 * fails once more.
 */
export interface Case extends Scope {
  readonly id: string;
  readonly kind: CaseKind;
  readonly subject: string;
  readonly paymentId: string | null;
  readonly status: CaseStatus;
  readonly summary: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly openedAt: Ms;
  readonly resolvedAt: Ms | null;
  readonly resolvedBy: "answer" | "person" | null;
  /** What the person found or did, and the person's name; null unless a person resolved it. */
  readonly resolution: string | null;
  readonly resolvedByName: string | null;
  /** A person knows of it: until then the same failure opens no other case. Null: it does. */
  readonly quietUntil: Ms | null;
}

/** As much of a case as decisions and payments show of it. */
export type CaseMark = Pick<Case, "id" | "kind" | "subject" | "status" | "openedAt">;

/** A verified gateway webhook, kept before anything is done with it. Unique per account and gateway event id, as long as it is kept. */
export interface InboxRow extends Scope {
  readonly id: string;
  readonly connector: string;
  readonly accountId: string;
  readonly gatewayEventId: string;
  readonly body: string;
  readonly status: "received" | "applied" | "ignored" | "unmatched";
  readonly attemptId: string | null;
  readonly receivedAt: Ms;
  readonly handledAt: Ms | null;
}

/** One idempotency key of a merchant, and where its answer is. */
export interface IdempotencyRow extends Scope {
  readonly audience: Audience;
  readonly key: string;
  /** HMAC over method, path and canonical body. */
  readonly requestHash: string;
  readonly requestId: string;
  /** True for the create of a payment: its key stays taken without end. Any other is free again when its answer is a day old. */
  readonly creates: boolean;
  /** What the request was about, e.g. a payment's id. */
  readonly subject: string | null;
  readonly status: number | null;
  /** The answer is the body of this event … */
  readonly answerEvent: string | null;
  /** … or of the event of `subject` that closes this (see `MoneyEvent.closes`) … */
  readonly answerCloses: string | null;
  /** … or this text, in the form of `apiVersion`. */
  readonly answerBody: string | null;
  /** Of the first request: whatever its repeats ask for, they get its bytes. */
  readonly apiVersion: ApiVersion;
  readonly createdAt: Ms;
}

export interface Endpoint extends Scope {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** In which version it gets them, unless they are older. */
  readonly apiVersion: ApiVersion;
  /** Which types of events it gets: see `wants`. */
  readonly events: readonly string[];
  /** `paused` by the merchant, `disabled` by what the receiver answers. Either way what it is owed waits. */
  readonly status: "enabled" | "paused" | "disabled";
  /** Why it is disabled; null if it is not. */
  readonly disabledReason: string | null;
  readonly disabledAt: Ms | null;
  /** Since when it has answered 410 without a break. */
  readonly goneSince: Ms | null;
  /** `whsec_` + base64 of 33 bytes, which has no padding that copying could lose. Those made before have 32. */
  readonly secret: string;
  readonly secretCreatedAt: Ms;
  /** Still signed with until then, while rotating. */
  readonly previousSecret: string | null;
  readonly previousSecretUntil: Ms | null;
  /** What the merchant wants sent beside our own headers. They often hold a password, so they are sealed at rest. */
  readonly headers: Readonly<Record<string, string>>;
  /** Gaps before each try; null: the default schedule. */
  readonly retryIntervalsMs: readonly number[] | null;
  /** It failed so often that it is left alone until then, and how often that was so in a row. Null: its breaker is closed. */
  readonly breakerUntil: Ms | null;
  readonly breakerTrips: number;
  /** Endpoints in whose place it stands, newest last: what they are owed is sent to it. */
  readonly predecessors: readonly string[];
  /** Raised by each change of what the merchant sets; its status and its breaker do not count. */
  readonly version: number;
  readonly createdAt: Ms;
}

/** The languages in which shoppers are written to. */
export type EmailLocale = "en" | "hi" | "ar" | "de" | "es" | "fr" | "ja" | "pt" | "zh";

/** What a merchant has set about e-mail to shoppers: one row for each mode. */
export interface EmailSettings extends Scope {
  readonly id: string;
  readonly enabled: boolean;
  /** Null: the merchant's name. */
  readonly fromName: string | null;
  readonly replyTo: string | null;
  /** The merchant's own words below each message. */
  readonly line: string | null;
  /** The types of events that are told: see `emailOutcomes`. */
  readonly events: readonly EventType[];
  /** Of shoppers whose language is not known. */
  readonly locale: EmailLocale;
  readonly updatedAt: Ms;
}

/** A merchant's account at a gateway, as connectors know it. */
export interface ConnectorAccount extends Scope {
  readonly id: string;
  readonly connector: string;
  /** The lowest is tried first. */
  readonly priority: number;
  /** A disabled one gets no new charges; what it has begun is asked about, captured and refunded all the same. */
  readonly status: "enabled" | "disabled";
  /** Secrets to reach the gateway and to verify its webhooks; sealed at rest. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly createdAt: Ms;
}

/** As it is stored and managed. */
export interface AccountRow extends ConnectorAccount {
  /** For people. */
  readonly name: string;
  /** When each credential was set, by its name; one that is not here came with the account. */
  readonly credentialsSetAt: Readonly<Record<string, Ms>>;
  /** Until then `previous_webhook_secret` verifies webhooks as well; null: without end, if there is one. */
  readonly previousSecretUntil: Ms | null;
  /** When the gateway accepted these credentials last. */
  readonly verifiedAt: Ms | null;
  /** Disabled for good since then. */
  readonly closedAt: Ms | null;
  /** Raised by each change. */
  readonly version: number;
}

/** The first rule that fits a payment names its accounts. If none fits, all enabled accounts are taken by their priority. */
export interface RoutingRule {
  /** Shown as the reason of a choice. */
  readonly name: string;
  readonly when: RoutingConditions;
  /** One of the two. `accounts`: in this order. */
  readonly accounts?: readonly string[];
  /** In shares, e.g. 3 to 1: each payment has its own order, and keeps it. */
  readonly weights?: readonly RoutingWeight[];
  /** Whether the accounts that the rule does not name come after those that it names. Otherwise they are not used. */
  readonly elseOthers: boolean;
}

export interface RoutingWeight {
  readonly account: string;
  readonly weight: number;
}

/** All that are named must hold; a rule without conditions fits every payment. */
export interface RoutingConditions {
  readonly currencies?: readonly string[];
  readonly methods?: readonly string[];
  /** Of the card, e.g. `visa`. */
  readonly networks?: readonly string[];
  /** Of the customer, as ISO 3166-1 codes. */
  readonly countries?: readonly string[];
  /** In minor units; only beside exactly one currency. */
  readonly amountFrom?: number;
  /** Below this, without it. */
  readonly amountBelow?: number;
  /** Of each key one of the values. */
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
}

/** How far the comparison of one account's books with the gateway's has come. */
export interface Sweep extends Scope {
  readonly accountId: string;
  /** Everything before this was compared. A walk begins some time before it, since a gateway's word may change. */
  readonly sweptUntil: Ms;
  /** The walk that is under way: from where it goes on, and to where; null between two walks. */
  readonly walk: { readonly at: Ms; readonly until: Ms } | null;
  /** The span that is compared at once: shorter where the gateway has much in it. */
  readonly spanMs: Ms;
  /** Of the last walk that came to its end. */
  readonly finishedAt: Ms | null;
  /** Of the walk under way, or of the last one: entries that were compared, and those that said something new. */
  readonly seen: number;
  readonly found: number;
  /** Why the gateway's list could not be read the last time; null: it could. */
  readonly failure: string | null;
}
