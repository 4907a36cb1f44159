import type { Context } from "../../../server/src/core/change.ts";
import type { CreateCommand } from "../../../server/src/core/decide/create.ts";
import type { Attempt, Snapshot } from "../../../server/src/core/model.ts";
import type { Outcome } from "../../../server/src/core/outcome.ts";
import type { Capabilities } from "../../../server/src/core/ports/connector.ts";
import { anAccount, aPayment, card, numberedId, scope } from "../../../server/src/core/rows.testing.ts";

/** Fixtures of flows and decisions; the rows themselves are those of all tests. */
export * from "../../../server/src/core/rows.testing.ts";

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** A gateway that can do all there is; a test takes away what it is about. */
export const ableGateway: Capabilities = {
  declineIsFinal: true,
  idempotencyHorizonMs: DAY,
  canResend: true,
  canFind: true,
  cancels: "by_key",
  settleTimeMs: 2 * SECOND,
  authorizationLifetimeMs: 7 * DAY,
  operations: ["charge", "capture", "void", "refund"],
  captures: "parts",
  methods: ["card", "upi"],
  currencies: "all",
  amounts: {},
};

/** A context at a time of the test's choosing; ids count up. */
export function contextAt(now: number, capabilities: Partial<Capabilities> = {}, from = 1_000): Context {
  let next = from;
  return {
    now,
    id: (prefix) => numberedId(prefix, next++),
    apiVersion: "2026-11-27",
    capabilities: () => ({ ...ableGateway, ...capabilities }),
    healthOf: () => "up",
  };
}

export function aCommand(given: Partial<CreateCommand> = {}): CreateCommand {
  return {
    scope,
    audience: "merchant",
    apiVersion: "2026-11-27",
    requestId: "req_1",
    idempotency: null,
    confirm: null,
    traceparent: null,
    amount: 1_000,
    currency: "INR",
    method: card,
    captureMethod: "automatic",
    orderId: null,
    description: null,
    metadata: {},
    customer: null,
    returnUrl: null,
    ...given,
  };
}

export function aSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return { payment: aPayment(), attempts: [], refunds: [], endpoints: [], accounts: [anAccount(1)], rules: [], cases: [], ...given };
}

/** Outcomes of a gateway, with the figures of the attempt they are about. */
export const says = {
  succeeded: (attempt: Attempt, reference = `ref_${attempt.gatewayKey.slice(0, 8)}`): Outcome => ({
    kind: "succeeded",
    reference,
    figures: figures(attempt),
  }),
  authorized: (attempt: Attempt, lapsesAt: number | null = null): Outcome => ({
    kind: "authorized",
    reference: `ref_${attempt.gatewayKey.slice(0, 8)}`,
    figures: figures(attempt),
    lapsesAt,
  }),
  requiresAction: (attempt: Attempt): Outcome => ({
    kind: "requires_action",
    reference: `ref_${attempt.gatewayKey.slice(0, 8)}`,
    nextAction: { type: "redirect", url: "https://bank.example/challenge" },
  }),
  pending: (attempt: Attempt): Outcome => ({ kind: "pending", reference: `ref_${attempt.gatewayKey.slice(0, 8)}` }),
  declined: (declineCode: Extract<Outcome, { kind: "declined" }>["declineCode"] = "insufficient_funds"): Outcome => ({
    kind: "declined",
    reference: null,
    declineCode,
    message: "The bank said no.",
  }),
  rejected: { kind: "rejected", code: "bad_request", message: "Our request is wrong." } satisfies Outcome,
  notSent: { kind: "not_sent", reason: "connection refused" } satisfies Outcome,
  throttled: (retryAfterMs: number | null = null): Outcome => ({ kind: "throttled", retryAfterMs }),
  canceled: { kind: "canceled", reference: null } satisfies Outcome,
  notFound: { kind: "not_found" } satisfies Outcome,
  unknown: { kind: "unknown", reason: "timeout", reference: null, storedError: false } satisfies Outcome,
  storedError: { kind: "unknown", reason: "status 500", reference: null, storedError: true } satisfies Outcome,
} as const;

function figures(attempt: Attempt) {
  return { amount: attempt.amount, currency: attempt.currency };
}
