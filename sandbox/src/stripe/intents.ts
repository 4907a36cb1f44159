/** PaymentIntents: created, confirmed, captured, canceled. */
import { actionRefused, approve, declined, process, refusedOperation, release, take, tell } from "./bank.ts";
import { cardOfToken } from "./cards.ts";
import { refusalOfAmount, refusalOfEnd } from "./currencies.ts";
import { type Answer, conflict, invalid, type Json, missing, ok } from "./errors.ts";
import { announce, type Desk } from "./events.ts";
import type { Given } from "./params.ts";
import { type Intent, type IntentStatus, type Metadata, type Method, newId } from "./state.ts";
import { chargeView, type Expand, intentView } from "./views.ts";

/** Members that are answered as they were given. */
const echoed = [
  "allowed_payment_method_types",
  "confirmation_method",
  "description",
  "receipt_email",
  "setup_future_usage",
  "shipping",
  "statement_descriptor",
  "statement_descriptor_suffix",
];

export function createIntent(desk: Desk, given: Given, expand: Expand): Answer {
  const currency = (given["currency"] as string).toLowerCase();
  const refusal = refusalOfAmount(given["amount"] as number, currency);
  if (refusal !== null) return refusal;
  if (given["customer"] !== undefined) return missing("customer", given["customer"] as string, "customer");
  const method = methodOf(desk, given);
  if (method !== null && "stored" in method) return method;
  if (given["confirm"] === true && method === null) return noMethod(true);
  const needsUrl = refusalOfReturnUrl(given, given);
  if (given["confirm"] === true && needsUrl !== null) return needsUrl;
  const intent = newIntent(desk, given, { currency, method });
  desk.state.intents.set(intent.id, intent);
  tell(desk, intent, "created");
  if (given["confirm"] === true) return attempt(desk, intent, given, expand);
  return ok(intentView(intent, desk.settings, expand));
}

function newIntent({ state, now }: Desk, given: Given, { currency, method }: { currency: string; method: Method | null }): Intent {
  const id = newId(state, "pi_");
  const automatic = given["automatic_payment_methods"] as Json | undefined;
  const types = given["allowed_payment_method_types"];
  const shown = Object.fromEntries(echoed.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
  return {
    id,
    clientSecret: newId(state, `${id}_secret_`, 25),
    createdAt: now,
    amount: given["amount"] as number,
    currency,
    captureMethod: (given["capture_method"] as string | undefined) ?? "automatic_async",
    shown: {
      ...shown,
      automatic_payment_methods: types === undefined ? { allow_redirects: "always", enabled: true, ...automatic } : null,
    },
    metadata: (given["metadata"] as Metadata | undefined) ?? {},
    status: method === null ? "requires_payment_method" : "requires_confirmation",
    method,
    lastError: null,
    returnUrl: null,
    challenge: null,
    latestCharge: null,
    charges: [],
    capturable: 0,
    received: 0,
    canceledAt: null,
    cancellationReason: null,
    multicapture: asksMulticapture(given),
    lockedUntil: 0,
  };
}

const confirmable: readonly IntentStatus[] = ["requires_payment_method", "requires_confirmation", "requires_action"];

export function confirmIntent(desk: Desk, intent: Intent, given: Given, expand: Expand): Answer {
  if (!confirmable.includes(intent.status))
    return unexpected(desk, intent, `You cannot confirm this PaymentIntent because it ${stateWords(intent)}.`);
  const method = methodOf(desk, given);
  if (method !== null && "stored" in method) return method;
  intent.method = method ?? intent.method;
  if (intent.method === null) return noMethod(false);
  const needsUrl = refusalOfReturnUrl(given, intent.shown);
  if (needsUrl !== null) return needsUrl;
  intent.captureMethod = (given["capture_method"] as string | undefined) ?? intent.captureMethod;
  intent.multicapture ||= asksMulticapture(given);
  return attempt(desk, intent, given, expand);
}

/** The bank is asked, or the shopper. */
function attempt(desk: Desk, intent: Intent, given: Given, expand: Expand): Answer {
  const { behaviour } = intent.method!;
  intent.returnUrl = (given["return_url"] as string | undefined) ?? intent.returnUrl;
  intent.lastError = null;
  intent.challenge = null;
  if (behaviour.confirm === "decline") return declined(desk, intent, behaviour.decline ?? "generic_decline");
  if (behaviour.confirm === "challenge") {
    if (given["off_session"] !== undefined && given["off_session"] !== false) return declined(desk, intent, "authentication_required");
    if (given["error_on_requires_action"] === true) return actionRefused(desk, intent);
    intent.status = "requires_action";
    intent.challenge = newId(desk.state, "", 32);
    tell(desk, intent, "requires_action");
  } else if (behaviour.confirm === "process") {
    process(desk, intent);
  } else {
    approve(desk, intent);
  }
  return ok(intentView(intent, desk.settings, expand));
}

export function captureIntent(desk: Desk, intent: Intent, given: Given, expand: Expand): Answer {
  const charge = intent.latestCharge;
  if (intent.status !== "requires_capture" || charge === null)
    return unexpected(desk, intent, `This PaymentIntent could not be captured because it ${stateWords(intent)}.`);
  const amount = (given["amount_to_capture"] as number | undefined) ?? intent.capturable;
  const isFinal = given["final_capture"] !== false;
  if (amount < 1) return invalid("This value must be greater than or equal to 1.", "amount_to_capture", "parameter_invalid_integer");
  const end = refusalOfEnd(amount, intent.currency, "amount_to_capture");
  if (end !== null) return end;
  if (amount > intent.capturable) {
    const message = `The specified amount_to_capture (${amount}) is greater than the authorized amount (${intent.capturable}).`;
    return conflict("amount_too_large", message, { param: "amount_to_capture" });
  }
  if (!isFinal && !intent.multicapture)
    return invalid(
      "This payment is not eligible for multicapture: request it with payment_method_options[card][request_multicapture].",
      "final_capture",
    );
  if (intent.method?.behaviour.quirk === "capture_refused") return refusedOperation(desk, intent, charge);
  intent.metadata = { ...intent.metadata, ...(given["metadata"] as Metadata | undefined) };
  const isOver = take(charge, amount, isFinal);
  announce(desk, "charge.captured", chargeView(charge, desk.settings));
  tell(desk, intent, isOver ? "succeeded" : "amount_capturable_updated");
  return ok(intentView(intent, desk.settings, expand));
}

const cancelable: readonly IntentStatus[] = [...confirmable, "requires_capture"];

export function cancelIntent(desk: Desk, intent: Intent, given: Given, expand: Expand): Answer {
  if (!cancelable.includes(intent.status))
    return unexpected(desk, intent, `You cannot cancel this PaymentIntent because it ${stateWords(intent)}.`);
  const { latestCharge: charge } = intent;
  if (charge !== null && intent.method?.behaviour.quirk === "cancel_refused") return refusedOperation(desk, intent, charge);
  release(desk, intent, (given["cancellation_reason"] as string | undefined) ?? null);
  return ok(intentView(intent, desk.settings, expand));
}

/** A test token becomes a payment method of its own, as at Stripe. Null: none was named. */
function methodOf(desk: Desk, given: Given): Method | Answer | null {
  const token = given["payment_method"] as string | undefined;
  if (token === undefined) return null;
  return desk.state.methods.get(token) ?? methodOfToken(desk, token) ?? missing("PaymentMethod", token, "payment_method");
}

/** A payment method of this token; null: there is no such token. */
export function methodOfToken({ state, now }: Desk, token: string): Method | null {
  const card = cardOfToken(token);
  if (card === null) return null;
  const { face, behaviour } = card;
  const method = { id: newId(state, "pm_"), createdAt: now, card: face, behaviour, billing: noBilling, metadata: {} };
  state.methods.set(method.id, method);
  return method;
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
export const noBilling: Json = { address: noAddress, email: null, name: null, phone: null, tax_id: null };

function asksMulticapture(given: Given): boolean {
  const options = given["payment_method_options"] as { readonly card?: { readonly request_multicapture?: string } } | undefined;
  return options?.card?.request_multicapture === "if_available";
}

/** Methods of the dashboard may send the shopper elsewhere: then Stripe wants to know the way back before it confirms. */
function refusalOfReturnUrl(given: Given, members: Json): Answer | null {
  const automatic = members["automatic_payment_methods"] as
    | { readonly enabled?: boolean; readonly allow_redirects?: string }
    | null
    | undefined;
  const redirects =
    members["allowed_payment_method_types"] === undefined && automatic?.enabled !== false && automatic?.allow_redirects !== "never";
  if (!redirects || given["return_url"] !== undefined) return null;
  return invalid(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
  );
}

function noMethod(isCreate: boolean): Answer {
  const message =
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
  return isCreate ? invalid(message, "payment_method", "parameter_missing") : conflict("payment_intent_unexpected_state", message);
}

function unexpected(desk: Desk, intent: Intent, message: string): Answer {
  return conflict("payment_intent_unexpected_state", message, { payment_intent: intentView(intent, desk.settings) });
}

function stateWords({ status }: Intent): string {
  if (status === "succeeded") return "has already succeeded after being previously confirmed";
  return `has a status of ${status}`;
}
