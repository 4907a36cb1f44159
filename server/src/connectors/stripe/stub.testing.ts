/** A Stripe that answers as a test scripts it, and holds each request to Stripe's own description. For tests only. */
import qs from "qs";
import { expect } from "vitest";
import { readContract, requestFaults } from "../../../../test/contracts/stripe.ts";
import { GATEWAY_MAX_LIST_BYTES } from "../../core/constants.ts";
import type { Attempt } from "../../core/model.ts";
import type { Call, Connector } from "../../core/ports/connector.ts";
import type { HttpRequest, HttpResult } from "../../core/ports/http.ts";
import { anAccount, anAttempt, START } from "../../core/rows.testing.ts";
import type { Shown } from "../exchange.ts";
import { createStripeConnector } from "./connector.ts";

export const KEY = "abcdefghijklmnopqrstuvwxyz234567";
export const ID = "pi_1";
const { resources } = readContract<{ readonly resources: Readonly<Record<string, Shown>> }>("stripe-fixtures-subset.json");

export const ours = { tillway_key: KEY, tillway_account: anAccount(1).id };

/** Stripe's own example of an intent, made ours. */
export function anIntent(given: Shown = {}): Shown {
  const none = { last_payment_error: null, next_action: null, processing: null };
  return { ...resources["payment_intent"], ...none, id: ID, amount: 1_000, currency: "inr", metadata: ours, ...given };
}

export const succeeded = anIntent({ status: "succeeded", amount_received: 1_000 });
export const held = anIntent({ status: "requires_capture", capture_method: "manual", amount_capturable: 1_000 });
export const fresh = anIntent({ status: "requires_payment_method" });
export const canceled = anIntent({ status: "canceled" });
export const failed = anIntent({ last_payment_error: { type: "card_error", code: "card_declined", decline_code: "generic_decline" } });

export function aRefund(given: Shown = {}): Shown {
  return {
    ...resources["refund"],
    id: "re_1",
    amount: 1_000,
    currency: "inr",
    metadata: ours,
    payment_intent: ID,
    ...given,
  };
}

/** Stripe's own examples as they are. */
export const fixtures = resources;

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResult {
  return { kind: "answer", status: 200, headers, body: JSON.stringify(body), durationMs: 1 };
}

export function list(data: readonly Shown[], hasMore = false): HttpResult {
  return ok({ object: "list", url: "/v1/x", has_more: hasMore, data });
}

export function no(status: number, error: Shown | string, headers: Readonly<Record<string, string>> = {}): HttpResult {
  const body = typeof error === "string" ? error : JSON.stringify({ error });
  return { kind: "answer", status, headers, body, durationMs: 1 };
}

export const lost: HttpResult = { kind: "unknown", reason: "timeout", durationMs: 1 };
export const unsent: HttpResult = { kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 };

export interface Seen {
  /** `POST /v1/payment_intents` */
  readonly line: string;
  readonly form: Shown;
  readonly key: string | undefined;
  readonly notAfter: number | null | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The connector before this script; `seen`: what it sent. More requests than answers fail the test. */
export function stripeSaying(...answers: readonly HttpResult[]) {
  const seen: Seen[] = [];
  const warnings: string[] = [];
  const http = {
    send: async (request: HttpRequest): Promise<HttpResult> => {
      const answer = answers[seen.length];
      seen.push(seenOf(request));
      if (answer === undefined) throw new Error(`nobody expected ${seen.at(-1)!.line}`);
      return answer;
    },
  };
  const warn = (_: object, text?: string): void => void warnings.push(text ?? "");
  const log = { debug: warn, info: warn, warn, error: warn };
  const connector: Connector = createStripeConnector({
    http,
    baseUrl: "https://api.stripe.com",
    clock: { now: () => START, sleep: async () => {} },
    log,
  });
  return { connector, seen, warnings, lines: () => seen.map((one) => one.line) };
}

function seenOf(request: HttpRequest): Seen {
  const path = request.url.slice("https://api.stripe.com".length);
  expect(requestFaults({ method: request.method, path, body: request.body })).toEqual([]);
  expect(request.headers).toMatchObject({ "stripe-version": "2026-10-28.endive", authorization: "Bearer sk_test_1" });
  const [bare = "", query = ""] = path.split("?");
  // A page of a hundred does not fit the bound of a single object.
  if (query.includes("limit=100")) expect(request.maxBytes).toBe(GATEWAY_MAX_LIST_BYTES);
  return {
    line: `${request.method} ${bare}`,
    form: qs.parse(request.body ?? query),
    key: request.headers["idempotency-key"],
    notAfter: request.notAfter,
    headers: request.headers,
  };
}

export const account = anAccount(1, {
  connector: "stripe",
  credentials: { secret_key: "sk_test_1", webhook_secret: "whsec_dGVzdF9zZWNyZXRfZm9yX3ZlY3RvcnM" },
});

export function aCall(attempt: Partial<Attempt> = {}, given: Partial<Call> = {}): Call {
  return {
    attempt: anAttempt({ connector: "stripe", accountId: account.id, gatewayKey: KEY, ...attempt }),
    account,
    method: { type: "card", connector: "stripe", token: "pm_card_visa", network: "visa", last4: "4242" },
    captureMethod: "automatic",
    returnUrl: "https://shop.example/back",
    sendBefore: START + 10_000,
    ...given,
  };
}
