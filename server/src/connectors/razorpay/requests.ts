/** What we send to Razorpay: bodies as data, and their evidence without what names the payer. */
import type { Attempt, ConnectorAccount } from "../../core/model.ts";
import type { Call } from "../../core/ports/connector.ts";
import { toWire } from "../../core/money.ts";
import { amountRules } from "../amounts.ts";
import { maskVpa } from "../exchange.ts";
import { receiptOf } from "./map.ts";
import { type MethodOptions, isForCheckout, methodBody, methodProblem } from "./methods.ts";
import { CAPTURES_WITHIN_MINUTES, currencies, HOLD_MINUTES } from "./tables.ts";

/** Why this charge can't be sent at all; null: it can. */
export function chargeProblem({ attempt, method, customer }: Call, options: MethodOptions): string | null {
  if (method === null) return "The attempt names no method.";
  const problem = methodProblem(method, attempt.currency, options);
  if (problem !== null) return problem;
  if (!isForCheckout(method) && (!customer?.email || !customer.phone)) return "Razorpay needs customer.email and customer.phone.";
  return amountProblem(attempt);
}

/** Razorpay counts as ISO 4217 does, so what can be sent is what we have. */
function amountProblem({ amount, currency, operation }: Attempt): string | null {
  if (!currencies.includes(currency)) return `Razorpay takes no ${currency} here.`;
  const expressed = toWire(amount, currency, amountRules.razorpay, operation);
  return expressed.ok ? null : expressed.message;
}

/** One order for each charge, found again by its receipt. `unique_receipt`: sent again, the same order comes back. */
export function orderBody({ attempt, account, captureMethod }: Call): object {
  const holds = { manual_expiry_period: HOLD_MINUTES, refund_speed: "normal" };
  const automatic = { automatic_expiry_period: CAPTURES_WITHIN_MINUTES, ...holds };
  return {
    amount: attempt.amount,
    currency: attempt.currency,
    receipt: receiptOf(attempt.gatewayKey),
    unique_receipt: true,
    payment: { capture: captureMethod, capture_options: captureMethod === "automatic" ? automatic : holds },
    notes: notes(attempt.gatewayKey, account, captureMethod),
  };
}

/** The payment of an order, after `chargeProblem` found none. */
export function paymentBody(call: Call, orderId: string): object {
  const { attempt, account, method, captureMethod, customer, returnUrl } = call;
  // What is undefined is left out of the JSON.
  return {
    amount: attempt.amount,
    currency: attempt.currency,
    order_id: orderId,
    email: customer?.email,
    contact: customer?.phone,
    ip: customer?.ip,
    user_agent: customer?.user_agent,
    referer: returnUrl ?? undefined,
    ...methodBody(method),
    callback_url: returnUrl ?? undefined,
    notes: notes(attempt.gatewayKey, account, captureMethod),
  };
}

export function refundBody({ attempt, account }: Call): object {
  return {
    amount: attempt.amount,
    speed: account.credentials["refund_speed"] === "optimum" ? "optimum" : "normal",
    receipt: receiptOf(attempt.gatewayKey),
    notes: notes(attempt.gatewayKey, account),
  };
}

/** What `notes` says, for Checkout, whose payments would have none: texts only. */
export function checkoutNotes({ attempt, account, captureMethod }: Call): Readonly<Record<string, string>> {
  return { tillway_key: attempt.gatewayKey, tillway_account: account.id, tillway_capture: captureMethod };
}

/** They come back in each entity and webhook: whose it is, and for a charge who captures. */
function notes(gatewayKey: string, account: ConnectorAccount, captureMethod?: string): object {
  return { tillway_key: gatewayKey, tillway_account: account.id, tillway_capture: captureMethod };
}

export function authorizationOf({ credentials }: ConnectorAccount): string {
  return `Basic ${Buffer.from(`${credentials["key_id"] ?? ""}:${credentials["key_secret"] ?? ""}`).toString("base64")}`;
}

/** A text of JSON up to its end: a quote may be in it, or it may have no end. */
const PERSONAL = /("(?:email|contact|customer_name|name|ip)"\s*:\s*")(?:[^"\\]|\\.)*"?/g;
const VPA = /("vpa"\s*:\s*")((?:[^"\\]|\\.)*)"?/g;

/** A body without what names the payer: enough is left to recognise a mix-up. */
export function withoutPayer(body: string): string {
  return body.replaceAll(PERSONAL, '$1***"').replaceAll(VPA, (_, head: string, vpa: string) => `${head}${maskVpa(vpa)}"`);
}
