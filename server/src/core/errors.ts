/** Every error a caller can meet, in one table. Codes never change; messages may. */
export const errorTable = {
  // 400: the request itself is wrong. Not stored under an idempotency key.
  malformed_json: { status: 400, type: "invalid_request_error", message: "The body is not valid JSON." },
  duplicate_json_key: { status: 400, type: "invalid_request_error", message: "The body names the same field twice." },
  unknown_field: { status: 400, type: "invalid_request_error", message: "A field is not known here. Remove it or check its spelling." },
  missing_field: { status: 400, type: "invalid_request_error", message: "A field is required and missing." },
  invalid_field: { status: 400, type: "invalid_request_error", message: "A field has a wrong type or value." },
  invalid_characters: {
    status: 400,
    type: "invalid_request_error",
    message: "A string holds a control character (U+0000, U+001E, U+001F) or half of a surrogate pair. Remove it.",
  },
  unsupported_media_type: { status: 400, type: "invalid_request_error", message: "Send the body as application/json in UTF-8." },
  invalid_amount: {
    status: 400,
    type: "invalid_request_error",
    message: "The amount must be an integer of minor units between 1 and 999999999999.",
  },
  invalid_currency: {
    status: 400,
    type: "invalid_request_error",
    message: "The currency must be an ISO 4217 code in capital letters, e.g. INR.",
  },
  invalid_card: { status: 400, type: "invalid_request_error", message: "The card number, expiry or CVV is not valid." },
  expired_card: { status: 400, type: "invalid_request_error", message: "The card has expired." },
  test_card_required: {
    status: 400,
    type: "invalid_request_error",
    message: "Only published test card numbers are accepted here. docs/test-scenarios.md lists them, and what each one does.",
  },
  invalid_vpa: { status: 400, type: "invalid_request_error", message: "The VPA must look like name@bank." },
  method_required: { status: 400, type: "invalid_request_error", message: "confirm needs a payment method. Add method with card or upi." },
  invalid_idempotency_key: {
    status: 400,
    type: "invalid_request_error",
    message: "The Idempotency-Key must be 1 to 255 printable ASCII characters.",
  },
  invalid_url: {
    status: 400,
    type: "invalid_request_error",
    message: "The URL must be absolute, http or https, and must not point into a private network.",
  },
  invalid_signature: { status: 400, type: "invalid_request_error", message: "The webhook's signature is missing, wrong or too old." },
  // 401, 403, 404
  authentication_error: {
    status: 401,
    type: "authentication_error",
    message: "Key or secret is missing, wrong or revoked. Send X-Api-Key and X-Api-Secret.",
  },
  permission_denied: { status: 403, type: "permission_error", message: "This key lacks the scope that the route needs." },
  not_found: { status: 404, type: "not_found_error", message: "There is nothing with this id for this key." },
  route_not_found: { status: 404, type: "not_found_error", message: "There is no such route. /v1/openapi.json lists all of them." },
  method_not_allowed: {
    status: 405,
    type: "invalid_request_error",
    message: "This route does not take this method. The Allow header names those it takes.",
  },
  // 402: the bank or the gateway said no while the caller waited.
  payment_failed: { status: 402, type: "card_error", message: "The payment was not successful." },
  capture_failed: { status: 402, type: "card_error", message: "The gateway did not capture the payment." },
  cancel_failed: { status: 402, type: "card_error", message: "The gateway did not release the authorization." },
  // 409: refused for the moment; not stored, so that the same request may be sent again, but for payment_canceled. 422: final, and stored.
  payment_canceled: {
    status: 409,
    type: "conflict_error",
    message: "The payment was called off while it was under way. What was taken is being given back.",
  },
  invalid_state: { status: 409, type: "conflict_error", message: "The payment's status does not allow this." },
  order_busy: { status: 409, type: "conflict_error", message: "Another payment of this order is under way or has succeeded." },
  idempotency_in_progress: {
    status: 409,
    type: "conflict_error",
    message: "The first request with this Idempotency-Key is still being written. Try again.",
  },
  idempotency_key_expired: {
    status: 409,
    type: "conflict_error",
    message: "This Idempotency-Key was used more than 24 hours ago; its payment exists.",
  },
  idempotency_mismatch: {
    status: 422,
    type: "idempotency_error",
    message: "This Idempotency-Key was used for another request. Use a new key.",
  },
  // 413, 429, 5xx: nothing was stored; the same request may be sent again.
  body_too_large: {
    status: 413,
    type: "invalid_request_error",
    message: "The body is larger than the route takes: 64 KiB, 256 KiB for the webhooks of gateways.",
  },
  rate_limited: { status: 429, type: "rate_limit_error", message: "Too many requests of this key. Wait as Retry-After says." },
  overloaded: {
    status: 503,
    type: "api_error",
    message: "We are busy or our database does not answer. Send the same request with the same Idempotency-Key again.",
  },
  internal_error: {
    status: 500,
    type: "api_error",
    message: "Something went wrong on our side. Send the same request with the same Idempotency-Key again.",
  },
} as const satisfies Record<string, { status: number; type: string; message: string }>;

export type ErrorCode = keyof typeof errorTable;

/**
 * Why a payment or an operation on it failed: `error.code` of a payment and of an attempt, as GET, lists and webhooks show them. The 402
 * of a caller who waited has a code of the table above, which says what failed; the payment says why.
 */
export const failureTable = {
  payment_declined: "The bank or the gateway said no; `decline_code` has its reason.",
  insufficient_funds: "The bank said that the money is not there. The shopper may pay otherwise.",
  fraud_suspected: "The bank or the gateway suspects fraud. Do not try again with the same card.",
  gateway_rejected: "The gateway refused our request or our configuration there. The shopper can do nothing about it.",
  gateway_unreachable: "The gateway could not be reached for minutes; nothing was sent.",
  no_route: "No enabled gateway account takes this payment.",
  canceled: "Called off at the gateway; nothing was taken.",
} as const satisfies Record<string, string>;

export type FailureCode = keyof typeof failureTable;

/** The error object of the API; absent members do not apply. */
export interface ErrorBody {
  readonly error: {
    readonly type: string;
    readonly code: string;
    readonly message: string;
    readonly param?: string;
    readonly decline_code?: string;
    readonly source?: string;
    readonly step?: string;
    readonly reason?: string;
    readonly doc_url: string;
    readonly request_id: string;
    readonly payment_id?: string;
  };
}

export interface ErrorDetails {
  readonly message?: string;
  readonly param?: string;
  readonly declineCode?: string;
  readonly source?: string;
  readonly step?: string;
  readonly reason?: string;
  readonly paymentId?: string;
  readonly retryAfterMs?: number;
}

/** Where the error codes are explained; served with the API. */
export const docUrlBase = "/docs/errors#";

/** A refusal on its way to the caller: thrown by flows and routes, rendered by the API alone. */
export class TillwayError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? errorTable[code].message);
    this.name = "TillwayError";
    this.code = code;
    this.details = details;
  }
  get status(): number {
    return errorTable[this.code].status;
  }
}

/** The body of an error answer, as text: the same bytes are stored and replayed. */
export function errorText(code: ErrorCode, details: ErrorDetails, requestId: string): string {
  const row = errorTable[code];
  const body: ErrorBody = {
    error: {
      type: row.type,
      code,
      message: details.message ?? row.message,
      param: details.param,
      decline_code: details.declineCode,
      source: details.source,
      step: details.step,
      reason: details.reason,
      doc_url: `${docUrlBase}${code}`,
      request_id: requestId,
      payment_id: details.paymentId,
    },
  };
  return JSON.stringify(body);
}

/** The code that Node, PostgreSQL or we ourselves gave an error; empty if it has none. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}
