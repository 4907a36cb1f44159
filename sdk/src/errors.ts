/** Where a failed call stood: what support asks for, and what a repetition needs. */
export interface ErrorContext {
  /** The status of the answer; absent if there was none. */
  readonly status?: number;
  /** Under which the request was sent. Sending the same again with it is safe. */
  readonly idempotencyKey?: string;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Everything that this package throws, but for wrong arguments (`TypeError`) and the reason of your own `AbortSignal`. */
export class TillwayError extends Error {
  override readonly name: string = "TillwayError";
  /** What a program should look at. Never changes. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** No answer came, or none that can be understood. Whether the request was done is not known. */
export class ConnectionError extends TillwayError {
  override readonly name: string = "ConnectionError";
  readonly idempotencyKey?: string;

  constructor(code: string, message: string, { idempotencyKey, cause }: ErrorContext = {}) {
    super(code, message, cause);
    this.idempotencyKey = idempotencyKey;
  }
}

/** No whole answer came within `timeoutMs`. Whether the request was done is not known. */
export class TimeoutError extends ConnectionError {
  override readonly name = "TimeoutError";
}

/** Tillway's answer was no. Each `type` of error has its class. */
export class ResponseError extends TillwayError {
  override readonly name: string = "ResponseError";
  readonly type: string;
  readonly status: number;
  /** The field that is wrong, e.g. `card.number`. */
  readonly param?: string;
  readonly declineCode?: string;
  /** Who said no: gateway, bank, merchant or tillway. */
  readonly source?: string;
  readonly step?: string;
  readonly reason?: string;
  /** The page about this code, as an absolute address. */
  readonly docUrl?: string;
  /** Names this request in Tillway's logs. */
  readonly requestId?: string;
  readonly paymentId?: string;
  readonly idempotencyKey?: string;
  readonly retryAfterMs?: number;

  constructor(body: ErrorBody, { status = 0, idempotencyKey, retryAfterMs }: ErrorContext = {}) {
    super(body.code, body.message);
    this.type = body.type;
    this.status = status;
    this.param = body.param;
    this.declineCode = body.decline_code;
    this.source = body.source;
    this.step = body.step;
    this.reason = body.reason;
    this.docUrl = body.doc_url;
    this.requestId = body.request_id;
    this.paymentId = body.payment_id;
    this.idempotencyKey = idempotencyKey;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The `error` of an answer. */
export interface ErrorBody {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly source?: string;
  readonly step?: string;
  readonly reason?: string;
  readonly doc_url?: string;
  readonly request_id?: string;
  readonly payment_id?: string;
}

/** A field is wrong. Change the request. */
export class InvalidRequestError extends ResponseError {
  override readonly name = "InvalidRequestError";
}
/** Key or secret is missing, wrong or revoked. */
export class AuthenticationError extends ResponseError {
  override readonly name = "AuthenticationError";
}
/** The key lacks the scope that the route needs. */
export class PermissionError extends ResponseError {
  override readonly name = "PermissionError";
}
/** There is nothing with this id for this key. */
export class NotFoundError extends ResponseError {
  override readonly name = "NotFoundError";
}
/** The payment, capture or release was refused. The shopper may pay otherwise; `declineCode` says why. */
export class CardError extends ResponseError {
  override readonly name = "CardError";
}
/** The state does not allow it. Read the payment again before anything else. */
export class ConflictError extends ResponseError {
  override readonly name = "ConflictError";
}
/** The key was used for another request. */
export class IdempotencyError extends ResponseError {
  override readonly name = "IdempotencyError";
}
/** Too many requests. `retryAfterMs` says how long to wait. */
export class RateLimitError extends ResponseError {
  override readonly name = "RateLimitError";
}
/** Something is wrong or too busy at Tillway. The same request may be sent again with the same key. */
export class ApiError extends ResponseError {
  override readonly name = "ApiError";
}

/** A type that is not here, from a newer Tillway, is an `ApiError` from status 500 on, and else an `InvalidRequestError`. */
const classes: Readonly<Record<string, new (body: ErrorBody, context: ErrorContext) => ResponseError>> = {
  invalid_request_error: InvalidRequestError,
  authentication_error: AuthenticationError,
  permission_error: PermissionError,
  not_found_error: NotFoundError,
  card_error: CardError,
  conflict_error: ConflictError,
  idempotency_error: IdempotencyError,
  rate_limit_error: RateLimitError,
  api_error: ApiError,
};

export function responseError(body: ErrorBody, context: ErrorContext): ResponseError {
  const known = Object.hasOwn(classes, body.type) ? classes[body.type] : undefined;
  const Class = known ?? ((context.status ?? 0) >= 500 ? ApiError : InvalidRequestError);
  return new Class(body, context);
}
