/** The class of an error, which its status decides, unless its row says otherwise. */
const types = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "card_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  409: "conflict_error",
  413: "invalid_request_error",
  422: "idempotency_error",
  429: "rate_limit_error",
  500: "api_error",
  503: "api_error",
} as const;

/** Every error a caller can meet, in one table: by its status, with its message. Codes never change; messages may. */
export const errorTable = {
  // The request itself is wrong. Not stored under an idempotency key.
  ...errors(400, {
    malformed_json: "The body is not valid JSON.",
    duplicate_json_key: "The body names the same field twice.",
    unknown_field: "A field is not known here. Remove it or check its spelling.",
    missing_field: "A field is required and missing.",
    invalid_field: "A field has a wrong type or value.",
    invalid_characters: "A string holds a control character (U+0000, U+001E, U+001F) or half of a surrogate pair. Remove it.",
    unsupported_media_type: "Send the body as application/json in UTF-8.",
    invalid_amount: "The amount must be an integer of minor units between 1 and 999999999999.",
    invalid_currency: "The currency must be an ISO 4217 code in capital letters, e.g. INR.",
    invalid_card: "The card number, expiry or CVV is not valid.",
    expired_card: "The card has expired.",
    test_card_required:
      "Only published test card numbers are accepted here (docs/test-scenarios.md). Another card is typed into the gateway's own fields: GET /v1/payments/{id}/card-fields names them.",
    invalid_vpa: "The VPA must look like name@bank.",
    method_required: "confirm needs a payment method. Add method, and the field of its name.",
    unknown_api_version: "There is no such version of this API. Send one that the message names, or none to get that of the key.",
    invalid_idempotency_key: "The Idempotency-Key must be 1 to 255 printable ASCII characters.",
    invalid_url: "The URL must be absolute, http or https, and must not point into a private network.",
    invalid_signature: "The webhook's signature is missing, wrong or too old.",
  }),
  ...errors(401, {
    authentication_error: "Key or secret is missing, wrong or revoked. Send X-Api-Key and X-Api-Secret.",
    wrong_credentials: "The e-mail address, the password or the code is wrong.",
  }),
  ...errors(403, {
    permission_denied: "This key lacks the scope that the route needs.",
    cross_site_request: "Only the dashboard's own page may ask for this.",
    confirmation_required: "Show once more that it is you: POST /v1/session/confirm with your code, or with your password.",
    csrf_token_wrong: "X-Csrf-Token is missing, or is not this session's. GET /v1/session shows it.",
  }),
  ...errors(404, {
    not_found: "There is nothing with this id for this key.",
    route_not_found: "There is no such route. /v1/openapi.json lists all of them.",
  }),
  ...errors(405, { method_not_allowed: "This route does not take this method. The Allow header names those it takes." }),
  // The bank or the gateway said no while the caller waited.
  ...errors(402, {
    payment_failed: "The payment was not successful.",
    capture_failed: "The gateway did not capture the payment.",
    cancel_failed: "The gateway did not release the authorization.",
  }),
  // Refused for the moment; not stored, so that the same request may be sent again, but for payment_canceled.
  ...errors(409, {
    payment_canceled: "The payment was called off while it was under way. What was taken is being given back.",
    invalid_state: "The payment's status does not allow this.",
    order_busy: "Another payment of this order is under way or has succeeded.",
    payment_link_busy: "As many payments of this link as may succeed are under way. If one of them fails, another may begin.",
    payment_link_used_up: "This payment link has been paid as often as it may be.",
    link_ended: "This link was used, called off, or has ended. Ask for another one.",
    already_member: "Somebody with this e-mail address is in the team already.",
    last_owner: "A merchant keeps at least one owner. Make somebody else an owner first.",
    idempotency_in_progress: "The first request with this Idempotency-Key is still being written. Try again.",
    idempotency_key_expired: "This Idempotency-Key was used more than 24 hours ago; its payment exists.",
  }),
  // Final, and stored.
  ...errors(422, { idempotency_mismatch: "This Idempotency-Key was used for another request. Use a new key." }),
  // The request is well formed, and does not go with the payment or order as it stands. Not stored.
  ...errors(
    422,
    {
      amount_too_large: "The amount is more than is left to capture or refund.",
      order_mismatch: "The payment's amount and currency must be those of its order.",
      weak_password: "This password is easy to guess. Take another one, of 12 characters or more.",
      unknown_time_zone: "There is no such time zone. Send a name of the tz database, such as Asia/Kolkata or UTC.",
      conflicting_field: "A field is well formed, and does not go with what is stored. The message says why.",
    },
    "invalid_request_error",
  ),
  // The gateways can't express what was asked for. Refused before any attempt, and not stored.
  ...errors(
    422,
    {
      unsupported_method: "No enabled gateway account takes this payment method.",
      unsupported_currency: "No enabled gateway account that takes this payment method takes this currency.",
      unsupported_amount: "The gateway can't express this amount in this currency. The message says what it takes.",
    },
    "invalid_request_error",
  ),
  // The gateway said no to an account's credentials; not stored.
  ...errors(422, { credentials_refused: "The gateway does not accept these credentials. Nothing was saved." }, "invalid_request_error"),
  // From here on nothing was stored; the same request may be sent again.
  ...errors(413, { body_too_large: "The body is larger than the route takes: 64 KiB, 256 KiB for the webhooks of gateways." }),
  ...errors(429, {
    rate_limited: "Too many requests of this key. Wait as Retry-After says.",
    too_many_tries: "Too many wrong tries. Wait as Retry-After says.",
  }),
  ...errors(503, {
    overloaded: "We are busy or our database does not answer. Send the same request with the same Idempotency-Key again.",
    restore_mode: "The database was restored from a backup. No money moves before every gateway was asked what it has forgotten.",
    credentials_not_tested:
      "The gateway gave no answer by which the credentials could be tested. Nothing was saved. Send the request again, or with verify: false.",
  }),
  ...errors(500, { internal_error: "Something went wrong on our side. Send the same request with the same Idempotency-Key again." }),
};

function errors<Code extends string>(
  status: keyof typeof types,
  messages: Readonly<Record<Code, string>>,
  type: (typeof types)[keyof typeof types] = types[status],
) {
  const rows = Object.entries<string>(messages).map(([code, message]) => [code, { status, type, message }]);
  return Object.fromEntries(rows) as Readonly<Record<Code, { readonly status: number; readonly type: string; readonly message: string }>>;
}

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

/** The body of an error answer, as text: the same bytes are stored and replayed. Members that do not apply are left out. */
export function errorText(code: ErrorCode, details: ErrorDetails, requestId: string): string {
  const row = errorTable[code];
  return JSON.stringify({
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
  });
}

/** The code that Node, PostgreSQL or we ourselves gave an error; empty if it has none. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}
