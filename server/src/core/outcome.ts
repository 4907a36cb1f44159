/** What a gateway said, or failed to say, about one attempt. Every connector maps into these and nothing else. */
import type { NextAction } from "./methods/actions.ts";
import type { Ms } from "./scope.ts";

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

/** The gateway's own figures, compared with the attempt before anything is applied. */
export interface Figures {
  readonly amount: number;
  readonly currency: string;
}

/**
 * What a gateway shows of the method that was used, by the names under which a payment keeps it (`network`, `last4`, a field of the table of methods).
 * A token or a link shows nothing by itself.
 */
export type MethodShown = Readonly<Record<string, string>>;

export type Outcome =
  /** Money was taken (charge, capture), given back (refund) or released (void). */
  | { readonly kind: "succeeded"; readonly reference: string; readonly figures: Figures; readonly method?: MethodShown }
  | {
      readonly kind: "authorized";
      readonly reference: string;
      readonly figures: Figures;
      readonly lapsesAt: Ms | null;
      readonly method?: MethodShown;
    }
  | { readonly kind: "requires_action"; readonly reference: string; readonly nextAction: NextAction }
  /** The gateway works on it and will know later. */
  | { readonly kind: "pending"; readonly reference: string | null }
  /** The bank or gateway said no to this attempt; nothing was taken. */
  | {
      readonly kind: "declined";
      readonly reference: string | null;
      readonly declineCode: DeclineCode;
      readonly message: string;
      readonly method?: MethodShown;
    }
  /** Our request or configuration is wrong; nothing was taken. */
  | { readonly kind: "rejected"; readonly code: string; readonly message: string }
  /** No byte of the request left this machine. */
  | { readonly kind: "not_sent"; readonly reason: string }
  /** Asked to come back later; nothing was taken. */
  | { readonly kind: "throttled"; readonly retryAfterMs: number | null }
  /** Proven: nothing was taken and nothing will be. */
  | { readonly kind: "canceled"; readonly reference: string | null }
  /** Answer to a question only: the gateway does not know this key or reference (yet). */
  | { readonly kind: "not_found" }
  /**
   * Money may have moved. `storedError`: the gateway stored a 5xx under this key and would only repeat it. `mismatch`: the answer is
   * about something else, e.g. "account acc_2 instead of acc_1"; a person must look at it.
   */
  | {
      readonly kind: "unknown";
      readonly reason: string;
      readonly reference: string | null;
      readonly storedError: boolean;
      readonly mismatch?: string;
    };

/** What the gateway says of the money itself, whatever it was asked: it holds for the attempt, not just for one request. */
export type Truth = Extract<Outcome, { kind: "succeeded" | "authorized" | "declined" | "canceled" }>;

export function isTruth(outcome: Outcome): outcome is Truth {
  return ["succeeded", "authorized", "declined", "canceled"].includes(outcome.kind);
}

/** An outcome that ends an attempt: a truth, or what proves that no request of it had an effect. */
export type Definitive = Truth | Extract<Outcome, { kind: "rejected" | "not_sent" }>;
