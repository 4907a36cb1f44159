/** What the bank and the shopper do to an intent, and its charges. */
import { declines, type DeclineName } from "./cards.ts";
import { type Answer, errorText, type StripeError } from "./errors.ts";
import { announce, type Desk } from "./events.ts";
import { type Charge, type Intent, newId } from "./state.ts";
import { chargeView, intentView, methodView } from "./views.ts";

/** A hold of a card payment lapses after seven days. */
const HOLD_MS = 7 * 24 * 3_600_000;

/** The bank agrees: the money is held, or taken at once. */
export function approve(desk: Desk, intent: Intent, pending: Charge | null = null): void {
  const charge = pending ?? newCharge(desk, intent, "succeeded");
  charge.status = "succeeded";
  if (intent.captureMethod === "manual") {
    intent.status = "requires_capture";
    intent.capturable = intent.amount;
    announce(desk, "charge.succeeded", chargeView(charge, desk.settings));
    tell(desk, intent, "amount_capturable_updated");
    const lapse = (now: number): void =>
      void (charge.captured || intent.status !== "requires_capture" || release({ ...ofItself(desk), now }, intent, "automatic"));
    desk.state.later.push({ at: charge.captureBefore, happen: lapse });
    return;
  }
  take(charge, intent.amount, true);
  announce(desk, "charge.succeeded", chargeView(charge, desk.settings));
  tell(desk, intent, "succeeded");
}

/** The bank or Stripe's rules refuse: the intent is open for another payment method. */
export function declined(desk: Desk, intent: Intent, name: DeclineName, pending: Charge | null = null): Answer {
  const { code, declineCode, message, adviceCode } = declines[name];
  const charge = pending ?? newCharge(desk, intent, "failed");
  charge.status = "failed";
  const advice = adviceCode === null ? {} : { advice_code: adviceCode };
  charge.failure = { code, decline_code: declineCode, message };
  return refused(desk, intent, { type: "card_error", code, decline_code: declineCode, ...advice, message, charge: charge.id }, charge);
}

/** The shopper did not pass the authentication: no bank was asked for money. */
export function authenticationFailed(desk: Desk, intent: Intent): void {
  const message =
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.";
  refused(desk, intent, { type: "card_error", code: "payment_intent_authentication_failure", message }, null);
}

export function actionRefused(desk: Desk, intent: Intent): Answer {
  const message = "This payment required an authentication action to complete, but `error_on_requires_action` was set.";
  return refused(desk, intent, { type: "card_error", code: "payment_intent_action_required", message }, null);
}

function refused(desk: Desk, intent: Intent, error: StripeError, charge: Charge | null): Answer {
  const { method } = intent;
  const about = method === null ? {} : { payment_method: methodView(method, desk.settings) };
  intent.status = "requires_payment_method";
  intent.lastError = { ...error, ...about };
  intent.method = null;
  if (charge !== null) announce(desk, "charge.failed", chargeView(charge, desk.settings));
  tell(desk, intent, "payment_failed");
  const body = errorText({ ...error, ...about, payment_intent: intentView(intent, desk.settings) });
  return { status: 402, body, stored: true };
}

/** The bank takes its time. */
export function process(desk: Desk, intent: Intent): void {
  const charge = newCharge(desk, intent, "pending");
  const { decline } = intent.method!.behaviour;
  intent.status = "processing";
  announce(desk, "charge.pending", chargeView(charge, desk.settings));
  tell(desk, intent, "processing");
  const happen = (now: number): void => {
    const later = { ...ofItself(desk), now };
    if (decline === undefined) approve(later, intent, charge);
    else declined(later, intent, decline, charge);
  };
  // A status that nobody knows stays.
  if (intent.method!.behaviour.quirk !== "unknown_status") desk.state.later.push({ at: desk.now + desk.settings.laterMs, happen });
}

/** Captures a part. The last one releases the rest, which Stripe counts as refunded. @returns whether it was the last */
export function take(charge: Charge, amount: number, isFinal: boolean): boolean {
  const { intent } = charge;
  charge.amountCaptured += amount;
  intent.received += amount;
  const rest = intent.amount - charge.amountCaptured;
  const isOver = isFinal || rest === 0;
  intent.capturable = isOver ? 0 : rest;
  if (!isOver) return false;
  charge.captured = true;
  charge.released = rest;
  charge.amountRefunded += rest;
  intent.status = "succeeded";
  return true;
}

/** A hold is let go, by a cancel or because it lapsed. What was captured in parts before stays captured. */
export function release(desk: Desk, intent: Intent, reason: string | null): void {
  const { latestCharge: charge } = intent;
  if (intent.status === "requires_capture" && charge !== null) {
    charge.released = intent.amount - charge.amountCaptured;
    charge.amountRefunded += charge.released;
    announce(desk, reason === "automatic" ? "charge.expired" : "charge.refunded", chargeView(charge, desk.settings));
  }
  intent.status = intent.received > 0 ? "succeeded" : "canceled";
  intent.capturable = 0;
  if (intent.status === "canceled") {
    intent.canceledAt = desk.now;
    intent.cancellationReason = reason;
  }
  tell(desk, intent, intent.status);
}

/** The bank refuses what is done with a hold; the hold stays. */
export function refusedOperation(desk: Desk, intent: Intent, charge: Charge): Answer {
  const { code, declineCode, message } = declines.generic_decline;
  const error = { type: "card_error", code, decline_code: declineCode, message, charge: charge.id } as const;
  return { status: 402, body: errorText({ ...error, payment_intent: intentView(intent, desk.settings) }), stored: true };
}

function newCharge({ state, now }: Desk, intent: Intent, status: Charge["status"]): Charge {
  const id = newId(state, "ch_");
  const amounts = { captured: false, amountCaptured: 0, amountRefunded: 0, released: 0 };
  const charge = { id, createdAt: now, intent, method: intent.method!, status, ...amounts, failure: null, captureBefore: now + HOLD_MS };
  state.charges.set(id, charge);
  intent.charges.push(charge);
  intent.latestCharge = charge;
  return charge;
}

export function tell(desk: Desk, intent: Intent, what: string): void {
  announce(desk, `payment_intent.${what}`, intentView(intent, desk.settings));
}

/** What happens by itself was asked for by no request. */
export function ofItself(desk: Desk): Desk {
  return { ...desk, requestId: null, idempotencyKey: null };
}
