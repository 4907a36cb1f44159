import type { Attempt, ConnectorAccount, Exchange, Operation, PaymentMethod, Scope } from "../model.ts";
import type { Outcome } from "../outcome.ts";

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
  readonly operations: readonly Operation[];
  /** `once`: the first capture of a hold ends it, and the gateway releases the rest; `parts`: what is left can be captured or voided. */
  readonly captures: "once" | "parts";
  readonly methods: readonly PaymentMethod["type"][];
  readonly currencies: readonly string[] | "all";
}

/** One operation to carry out. `attempt` carries key, amount, currency, operation and parent reference. */
export interface Call {
  readonly attempt: Attempt;
  readonly account: ConnectorAccount;
  /** For a charge. */
  readonly method: PaymentMethod | null;
  readonly captureMethod: "automatic" | "manual";
  readonly returnUrl: string | null;
  /** A request that may move money must not leave after this time: the lease under which it was decided may be over. */
  readonly sendBefore: number | null;
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
  | { readonly ok: false; readonly reason: string };

export interface RawWebhook {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface Connector {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Carries out the attempt's operation, first send or again under the same key. */
  send(call: Call): Promise<Reply>;
  /** Asks by the gateway's own id. */
  retrieve(call: Call, reference: string): Promise<Reply>;
  /** Asks by our gateway key. */
  find(call: Call): Promise<Reply>;
  /** Calls a charge off. If it is too late, the outcome is what the charge is by now. */
  cancel(call: Call): Promise<Reply>;
  /** Verifies raw bytes against the account's secret. `nowMs` bounds the age of the signature. */
  verifyWebhook(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict;
  /** Reads a verified body again, e.g. from the inbox. */
  readWebhook(body: string): WebhookVerdict;
}

/** What makes tokens of cards, for the accounts of one connector. Many gateways do that in the shopper's browser, and have none here. */
export interface Tokenizer {
  /** Exchanges card fields for a token. The number has the right digits, and goes nowhere else. */
  tokenize(card: CardFields): Promise<TokenizeResult>;
  /** What may be shown of a card when only its token is known; null: no token of this gateway. */
  describe(token: string): Promise<{ readonly network: string; readonly last4: string } | null>;
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
}
