/** What each situation must be read as. `taken`: the far side took the money. For tests only. */
import type { Operation } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Situation } from "./world.testing.ts";

type Wanted = Partial<Outcome> | { readonly [field: string]: unknown };

export const chargeCases: readonly (readonly [situation: Situation, wanted: Wanted, taken: 0 | 1])[] = [
  ["approved", { kind: "succeeded", figures: { amount: 4_500 } }, 1],
  ["approvedUpi", { kind: "succeeded", figures: { amount: 4_500 } }, 1],
  ["card_declined", { kind: "declined", declineCode: "card_declined" }, 0],
  ["insufficient_funds", { kind: "declined", declineCode: "insufficient_funds" }, 0],
  ["fraud_suspected", { kind: "declined", declineCode: "fraud_suspected" }, 0],
  ["declinedUpi", { kind: "declined", declineCode: "upi_declined" }, 0],
  ["challenge", { kind: "requires_action", nextAction: { type: "redirect" } }, 0],
  ["pending", { kind: "pending" }, 0],
  ["unknownStatus", { kind: "pending" }, 0],
  ["throttledOnce", { kind: "throttled", retryAfterMs: 1_000 }, 0],
  ["timeoutBefore", { kind: "unknown", storedError: false }, 0],
  ["timeoutAfter", { kind: "unknown", storedError: false }, 1],
  ["resetAfter", { kind: "unknown", storedError: false }, 1],
  ["cutAfter", { kind: "unknown", storedError: false }, 1],
  ["plainErrorBefore", { kind: "unknown", storedError: false }, 0],
  ["storedErrorAfter", { kind: "unknown", storedError: true }, 1],
  ["htmlAfter", { kind: "unknown", storedError: false }, 1],
  // The connector reports the gateway's own figures; that they differ is for the core to see.
  ["wrongAmount", { kind: "succeeded", figures: { amount: 4_600 } }, 1],
];

/** `left`: share of the charge that the merchant has in the end. */
export const operationCases: readonly (readonly [operation: Operation, situation: Situation, wanted: Outcome["kind"], left: 0 | 1])[] = [
  ["capture", "approved", "succeeded", 1],
  ["capture", "captureRefused", "declined", 0],
  ["void", "approved", "succeeded", 0],
  ["void", "voidRefused", "declined", 0],
  ["refund", "approved", "succeeded", 0],
  ["refund", "refundRefused", "declined", 1],
];
