import type {
  AccountRow,
  Attempt,
  ConnectorAccount,
  Customer,
  Exchange,
  Mode,
  Ms,
  NextAction,
  Operation,
  PaymentMethod,
  Scope,
} from "../model.ts";
import type { RateLimit } from "../gateway-pace.ts";
import type { Choices, MethodKind } from "../methods/method.ts";
import type { AmountRules } from "../money.ts";
import type { Outcome } from "../outcome.ts";
import type { HostedFields } from "./hosted-fields.ts";

/** What a gateway can and cannot do, as data: the core's rules read it, no rule asks for a connector's name. */
export interface Capabilities {
  /** A decline is never followed by a charge under the same key: only then may a declined payment be tried at another account. */
  readonly declineIsFinal: boolean;
  /** How long the gateway remembers an idempotency key; 0: it has none. */
  readonly idempotencyHorizonMs: number;
  /** The same request may be sent again under the same key. */
  readonly canResend: boolean;
  /** Payments can be found by our gateway key. */
  readonly canFind: boolean;
  /**
   * How a charge is called off: by our key, even if we have heard nothing of it; only by the gateway's own id of it; or never. A confirmed
   * cancel proves that nothing will be taken.
   */
  readonly cancels: "by_key" | "by_reference" | "never";
  /** "Not found" is no answer before this much time has passed since the last send. */
  readonly settleTimeMs: number;
  /** How long an authorization holds; we void it before. */
  readonly authorizationLifetimeMs: number;
  /** Without `void` a hold is never released by us: it lapses, and a question finds that out. */
  readonly operations: readonly Operation[];
  /**
   * `full`: a hold is captured whole or not at all; `once`: the first capture of a hold ends it, and the gateway releases the rest;
   * `parts`: what is left can be captured or voided.
   */
  readonly captures: "full" | "once" | "parts";
  /** `full`: what was captured is given back whole or not at all; left out: in parts as well. */
  readonly refunds?: "full" | "parts";
  /** For how long a definitive word of the gateway may still be taken back; left out: for `LATE_TRUTH_MS`. The sweep looks so far back. */
  readonly lateTruthMs?: Ms;
  /** The same of a refund, where that is longer: the sweep looks at refunds alone so much farther back. */
  readonly lateRefundMs?: Ms;
  readonly methods: readonly MethodKind[];
  /** Of a method's fields, where it takes certain values only. */
  readonly choices?: Choices;
  readonly currencies: readonly string[] | "all";
  /** What the gateway takes of one account in a second, as it publishes it; left out: it publishes no figure. We stay below it. */
  readonly rateLimit?: RateLimit;
  /** What it can express: an amount that it can't is never sent there. */
  readonly amounts: AmountRules;
}

/** One operation to carry out. `attempt` carries key, amount, currency, operation and parent reference. */
export interface Call {
  readonly attempt: Attempt;
  readonly account: ConnectorAccount;
  /** For a charge. */
  readonly method: PaymentMethod | null;
  readonly captureMethod: "automatic" | "manual";
  readonly returnUrl: string | null;
  /** The merchant's own words, for gateways that keep them beside the payment. */
  readonly description?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  /** For gateways that want to know who pays. */
  readonly customer?: Customer | null;
  /** What the shopper was shown last, for gateways that show it in their first answer only. */
  readonly nextAction?: NextAction | null;
  /** A request that may move money must not leave after this time: the lease under which it was decided may be over. */
  readonly sendBefore: number | null;
  /**
   * A charge that a gateway takes in two requests, and of which only the first is known to have arrived, may be finished under its own keys by a
   * question about it; left out or false: it must be called off. As long as neither has been done, it is never "not charged".
   */
  readonly mayFinish?: boolean;
  /** Sent on to the gateway as it came: we are no span of it. */
  readonly traceparent?: string;
}

export type Evidence = Omit<Exchange, keyof Scope | "id" | "paymentId" | "attemptId">;

/** What came of it, with each HTTP exchange, redacted. A connector never throws for anything the gateway or network does. */
export interface Reply {
  readonly outcome: Outcome;
  readonly exchanges: readonly Evidence[];
}

/** A gateway webhook after verification. `outcome` null: an event that says nothing about an attempt. */
export type WebhookVerdict =
  | {
      readonly ok: true;
      readonly gatewayEventId: string;
      readonly gatewayKey: string | null;
      readonly reference: string | null;
      readonly operation: Operation | null;
      readonly outcome: Outcome | null;
    }
  /** `isAuthentic`: the signature is right, and what it signs can't be read. */
  | { readonly ok: false; readonly reason: string; readonly isAuthentic?: true };

export interface RawWebhook {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What accounts of a connector are made of, as data: the API's errors, answers and help follow from it. */
export interface AccountRules {
  /** In which an account may be. */
  readonly modes: readonly Mode[];
  readonly credentials: readonly CredentialField[];
}

/** One credential of an account. The secret that verifies webhooks is called `webhook_secret` by every connector. */
export interface CredentialField {
  readonly name: string;
  /** Answers show its last four characters only. */
  readonly isSecret: boolean;
  readonly isOptional: boolean;
  /** A regular expression for all of it. */
  readonly pattern: string;
  /** What one of that mode begins with, if that shows, such as `sk_test_`: one with a beginning of the other mode is refused. */
  readonly prefixes?: Readonly<Record<Mode, readonly string[]>>;
  /** A sentence for people: what it is, and where the gateway shows it. */
  readonly help: string;
}

/** What came of a harmless call with an account's credentials. `unreachable`: no answer that says yes or no. */
export type CheckResult =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

export interface Connector {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Left out: its accounts are not made by the API. */
  readonly accounts?: AccountRules;
  /** Calls the gateway with the account's credentials, without an effect there. Left out: they can't be tested. */
  check?(account: ConnectorAccount): Promise<CheckResult>;
  /** Carries out the attempt's operation, first send or again under the same key. */
  send(call: Call): Promise<Reply>;
  /** Asks by the gateway's own id. */
  retrieve(call: Call, reference: string): Promise<Reply>;
  /** Asks by our gateway key. */
  find(call: Call): Promise<Reply>;
  /** Calls a charge off. If it is too late, the outcome is what the charge is by now. */
  cancel(call: Call): Promise<Reply>;
  /** One page of what the gateway has; absent: it has no such list, and nothing is swept. Never throws for anything the gateway or network does. */
  list?(account: ConnectorAccount, query: ListQuery): Promise<ListReply>;
  /** Verifies raw bytes against the account's secret. `nowMs` bounds the age of the signature. */
  verifyWebhook(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict;
  /** Reads a verified body again, e.g. from the inbox of this account. */
  readWebhook(body: string, accountId: string): WebhookVerdict;
  /**
   * Whether the gateway signed what its own window handed to the shopper's browser, for this charge. It says nothing about money: ask. Left
   * out: it hands nothing over.
   */
  verifyReturn?(proof: Readonly<Record<string, string>>, attempt: Pick<Attempt, "gatewayReference">, account: ConnectorAccount): boolean;
}

/** What a gateway has of an account in a span of its own time, for the settlement sweep. */
export interface ListQuery {
  readonly from: Ms;
  readonly before: Ms;
  /** Of the page before; null: the first page. */
  readonly cursor: string | null;
  /** Nothing else is wanted. A list that has them with the others may show all. */
  readonly only?: "refunds";
}

export interface Listed {
  readonly operation: Operation;
  /** Null: nothing in it names a key of ours. */
  readonly gatewayKey: string | null;
  readonly reference: string;
  readonly outcome: Outcome;
  readonly createdAt: Ms;
  /** The charge, or refund, that names another account of Tillway: its key, and its reference, there. Then `gatewayKey` is null. */
  readonly owner?: { readonly accountId: string; readonly gatewayKey: string | null; readonly reference: string };
}

export type ListReply =
  | { readonly ok: true; readonly entries: readonly Listed[]; readonly cursor: string | null }
  | { readonly ok: false; readonly reason: string };

/** What knows the tokens of cards of one connector's gateway. */
export interface Tokenizer {
  /**
   * Exchanges card fields for a token. The number has the right digits, and goes nowhere else. Left out: the gateway makes its tokens in the
   * shopper's browser, and no card number may come here.
   */
  readonly tokenize?: (card: CardFields) => Promise<TokenizeResult>;
  /** What may be shown of a card when only its token is known, as far as the token says; null: no token of this gateway. */
  describe(token: string): Promise<{ readonly network: string | null; readonly last4: string | null } | null>;
  /** The fields in which shoppers type a card for a token. Left out: the gateway has none, or none that we know. */
  readonly fields?: HostedFields;
}

export interface CardFields {
  readonly number: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly cvv: string;
  readonly holderName: string | null;
}

export type TokenizeResult =
  | { readonly ok: true; readonly token: string; readonly network: string; readonly last4: string }
  | { readonly ok: false; readonly code: "not_a_test_card" | "invalid_card" };

/** An account to be made for a merchant. `{account}` and `{secret}` in a credential stand for the account's id and a secret of its own. */
export interface AccountTemplate {
  readonly connector: string;
  readonly credentials: Readonly<Record<string, string>>;
  /** Left out: enabled. */
  readonly status?: AccountRow["status"];
}
