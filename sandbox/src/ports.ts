/** The ports of the sandbox, and types that it shares with its callers. Its own declarations: it imports nothing of `server`. */

/** Milliseconds since 1970. */
export type Ms = number;

export interface Clock {
  now(): Ms;
  /** Resolves after `ms`, or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** HTTP out: how webhooks leave, and the shape of the in-process transport. Never follows redirects, never rejects. */
export interface HttpPort {
  send(request: HttpRequest): Promise<HttpResult>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly connectTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** A longer answer is cut off and reported as `unknown`. */
  readonly maxBytes: number;
  /** Checked at the last moment: past it the request is not sent, and the result is `not_sent`. */
  readonly notAfter?: Ms | null;
}

export type HttpResult =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly durationMs: number;
    }
  /** The request was not sent. */
  | { readonly kind: "not_sent"; readonly reason: string; readonly durationMs: number }
  /** Bytes may have left: timeout, reset, cut body. */
  | { readonly kind: "unknown"; readonly reason: string; readonly durationMs: number };

/** Why the simulated bank says no. */
export type DeclineCode =
  | "card_declined"
  | "insufficient_funds"
  | "fraud_suspected"
  | "expired_card"
  | "incorrect_cvc"
  | "lost_card"
  | "stolen_card"
  | "limit_exceeded"
  | "authentication_failed"
  | "upi_declined"
  | "upi_expired"
  | "bank_declined"
  | "operation_refused"
  | "technical_decline";

/** Largest amount of one operation, in minor units. */
export const AMOUNT_MAX = 999_999_999_999;
