/** What a shop's page and the checkout in its frame say to each other: docs/decisions/0055-a-checkout-is-a-listener-with-a-secret-of-its-own.md. */

/** How a checkout ended. Word of the browser only: anybody can make it up, so the shop's server asks the API, or waits for the webhook. */
export interface CheckoutResult {
  /** `closed`: the shopper left, and a payment may still be under way. */
  readonly status: "succeeded" | "failed" | "canceled" | "expired" | "closed";
  readonly paymentId: string | null;
  readonly error: CheckoutProblem | null;
}

export interface CheckoutProblem {
  /** For programs: stays as it is. */
  readonly code: string;
  readonly message: string;
}

export type CheckoutMode = "modal" | "inline";

/** From the shop, first of all. */
export interface OpenMessage {
  readonly type: "open";
  readonly key: string;
  readonly orderId: string;
  /** Missing if the shop has the order's id only. */
  readonly clientSecret?: string;
  readonly sessionId?: string;
  readonly locale?: string;
  /** `inline`: the checkout is a part of the shop's page, so it has nothing to close. */
  readonly mode: CheckoutMode;
}

export type FromFrame =
  | { readonly type: "ready"; readonly nonce: string }
  | { readonly type: "height"; readonly px: number }
  | ({ readonly type: "result" } & CheckoutResult)
  | { readonly type: "close"; readonly typed: boolean };

/** The one message that goes by `window.postMessage`, together with the port. */
export interface Handshake {
  readonly tillway: 1;
  readonly nonce: string;
}

const statuses: readonly unknown[] = ["succeeded", "failed", "canceled", "expired", "closed"];

/** Null for what is none: a port's other end may be of another version. */
export function resultOf(data: unknown): CheckoutResult | null {
  const { status, paymentId, error } = fieldsOf(data);
  if (!statuses.includes(status)) return null;
  const { code, message } = fieldsOf(error);
  return {
    status: status as CheckoutResult["status"],
    paymentId: typeof paymentId === "string" ? paymentId : null,
    error: typeof code === "string" ? { code, message: typeof message === "string" ? message : code } : null,
  };
}

/** Of anything that came as a message. */
export function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}
