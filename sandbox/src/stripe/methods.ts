/** Payment methods made of card fields: published test numbers only. Any other number is refused and kept nowhere. */
import { cardOfNumber } from "./cards.ts";
import { type Answer, errorText, type Json, missing, ok } from "./errors.ts";
import type { Desk } from "./events.ts";
import { methodOfToken, noBilling } from "./intents.ts";
import type { Given } from "./params.ts";
import { type Metadata, type Method, newId } from "./state.ts";
import { methodView } from "./views.ts";

interface CardFields {
  readonly number: string;
  readonly exp_month: number;
  readonly exp_year: number;
}

export function createMethod(desk: Desk, given: Given): Answer {
  const { number, exp_month: month, exp_year: year } = given["card"] as CardFields;
  const known = cardOfNumber(number.replaceAll(/[ -]/g, ""));
  if (known === null) return refusedNumber();
  const { now } = desk;
  if (month < 1 || month > 12) return cardError("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  const thisYear = new Date(now).getUTCFullYear();
  const isPast = year < thisYear || (year === thisYear && month < new Date(now).getUTCMonth() + 1);
  if (isPast || year > thisYear + 50) return cardError("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  const billing = billingOf(given["billing_details"] as Json | undefined);
  const method: Method = {
    id: newId(desk.state, "pm_"),
    createdAt: now,
    card: { ...known.face, expMonth: month, expYear: year },
    behaviour: known.behaviour,
    billing,
    metadata: (given["metadata"] as Metadata | undefined) ?? {},
  };
  desk.state.methods.set(method.id, method);
  return ok(methodView(method, desk.settings));
}

/** A token of a test card is found as well. */
export function retrieveMethod(desk: Desk, id: string): Answer {
  const method = desk.state.methods.get(id) ?? methodOfToken(desk, id);
  return method === null ? missing("PaymentMethod", id, "payment_method") : ok(methodView(method, desk.settings));
}

function billingOf(given: Json | undefined): Json {
  const address = { ...(noBilling["address"] as Json), ...(given?.["address"] as Json | undefined) };
  return { ...noBilling, ...given, address };
}

/** Stripe's words for a real number in test mode, without the number. */
function refusedNumber(): Answer {
  return cardError(
    "card_declined",
    "Your card was declined. Your request was in test mode, but used a card that is no test card.",
    "number",
    {
      decline_code: "test_mode_live_card",
    },
  );
}

function cardError(code: string, message: string, param: string, more: Json = {}): Answer {
  return { status: 402, body: errorText({ type: "card_error", code, message, param, ...more }), stored: false };
}
