/** Razorpay's error bodies. Nearly all of them have one code; the reason and the sentence differ. */
import type { PaymentError } from "./books.ts";

export interface Refused {
  readonly status: number;
  readonly error: Readonly<Record<string, unknown>>;
}

export function badRequest(description: string, more: { readonly field?: string; readonly reason?: string } = {}): Refused {
  const { field, reason = "input_validation_failed" } = more;
  const error = { code: "BAD_REQUEST_ERROR", description, source: "business", step: "payment_initiation", reason, metadata: {}, field };
  return { status: 400, error };
}

/** Razorpay answers 400 for an id that it does not know. */
export const noSuchId: Refused = badRequest("The id provided does not exist");

export const unauthorized: Refused = {
  status: 401,
  error: { code: "BAD_REQUEST_ERROR", description: "Authentication failed", source: "NA", step: "NA", reason: "NA", metadata: {} },
};

export const notFound: Refused = {
  status: 404,
  error: {
    code: "BAD_REQUEST_ERROR",
    description: "The requested URL was not found on the server.",
    source: "NA",
    step: "NA",
    reason: "NA",
    metadata: {},
  },
};

export const keyInUse: Refused = {
  status: 409,
  error: {
    code: "BAD_REQUEST_ERROR",
    description: "Request failed because another request with the same idempotency key is in progress or had another body",
    source: "business",
    step: "NA",
    reason: "NA",
    metadata: {},
  },
};

/** In the way of a payment that the bank refused. */
const sources: Readonly<Record<string, readonly [source: string, step: string, description: string]>> = {
  insufficient_funds: ["customer", "payment_authorization", "Your payment could not be completed due to insufficient account balance."],
  card_declined: ["issuer_bank", "payment_authorization", "Your payment was declined by the bank."],
  payment_cancelled: ["customer", "payment_authentication", "The payment was cancelled by the customer."],
  payment_timed_out: ["customer", "payment_authentication", "The payment was not completed on time."],
  incorrect_otp: ["customer", "payment_authentication", "payment processing failed because of incorrect otp"],
  gateway_technical_error: ["gateway", "payment_authorization", "The payment failed because of a technical error at the gateway."],
};

export function bankError(reason: string): PaymentError {
  const [source, step, description] = sources[reason] ?? [
    "customer",
    "payment_authorization",
    `The payment failed: ${reason.replaceAll("_", " ")}.`,
  ];
  return { code: source === "gateway" ? "GATEWAY_ERROR" : "BAD_REQUEST_ERROR", description, source, step, reason };
}

export function isRefused(value: object): value is Refused {
  return "error" in value && "status" in value && typeof value.status === "number";
}
