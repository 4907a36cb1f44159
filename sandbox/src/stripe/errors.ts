/** Errors in Stripe's shape. */
/** An object of Stripe's, as it goes out. */
export type Json = Readonly<Record<string, unknown>>;

export interface StripeError {
  readonly type: "card_error" | "invalid_request_error" | "api_error" | "idempotency_error";
  readonly code?: string;
  readonly message: string;
  readonly param?: string;
  readonly [member: string]: unknown;
}

/** An answer before it meets a fault. `stored`: execution had begun, so it is kept under the idempotency key. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly stored: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorText(error: StripeError): string {
  const { code } = error;
  const help = code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` };
  return JSON.stringify({ error: { ...error, ...help } });
}

export function ok(object: Json): Answer {
  return { status: 200, body: JSON.stringify(object), stored: true };
}

/** Refused before anything was carried out: a later request under the same key starts afresh. */
export function invalid(message: string, param?: string, code?: string): Answer {
  return { status: 400, body: errorText({ type: "invalid_request_error", code, message, param }), stored: false };
}

/** Refused because of what the object is by now: kept under the key. */
export function conflict(code: string | undefined, message: string, more: Json = {}): Answer {
  return { status: 400, body: errorText({ type: "invalid_request_error", code, message, ...more }), stored: true };
}

export function missing(what: string, id: string, param: string): Answer {
  const error: StripeError = { type: "invalid_request_error", code: "resource_missing", message: `No such ${what}: '${id}'`, param };
  return { status: 404, body: errorText(error), stored: false };
}
