/** From Stripe's objects to outcomes. What an object says is compared with the attempt before it is believed. */
import type { Attempt } from "../../core/model.ts";
import { fromWire } from "../../core/money.ts";
import type { Figures, MethodShown, Outcome } from "../../core/outcome.ts";
import { amountRules } from "../amounts.ts";
import { declineMessages } from "../declines.ts";
import { isObject, redactWord, unknown, type Shown } from "../exchange.ts";
import { declineCodes, intentStates, NEVER_AGAIN, refundStates } from "./tables.ts";

/** The intent is there and no confirm has had an effect yet: one may still be on its way, so this is never "not charged". */
const notBegun = { kind: "not_begun" } as const;

export type Charge = Outcome | typeof notBegun;

/** Is ours in Stripe's metadata: the gateway key of the attempt that made the object. Stripe copies it from the intent to its charge. */
export const KEY_FIELD = "tillway_key";
/** The account of ours: one at Stripe may serve several, and sends the events of each to all. */
export const ACCOUNT_FIELD = "tillway_account";

/** What an intent says of the charge of this attempt. */
export function readCharge(intent: Shown, attempt: Attempt): Charge {
  return strangerOf(intent, attempt) ?? chargeIn(intent);
}

/** The same without an attempt to compare it with: a webhook's. */
export function chargeIn(intent: Shown): Charge {
  const reference = idIn(intent);
  if (reference === null) return unknown("the answer names no intent");
  const error = isObject(intent["last_payment_error"]) ? intent["last_payment_error"] : null;
  switch (intentStates.get(intent["status"])) {
    case "not_begun":
      return notBegun;
    case "begun_or_declined":
      return error === null ? notBegun : { ...declined(error, reference, isBlocked(intent)), method: methodIn(intent) };
    case "requires_action":
      return actionIn(intent, reference);
    case "authorized":
      return {
        kind: "authorized",
        reference,
        figures: figures(intent, "amount_capturable"),
        ...holdIn(intent["latest_charge"]),
        method: methodIn(intent),
      };
    case "succeeded":
      return { kind: "succeeded", reference, figures: figures(intent, "amount_received"), method: methodIn(intent) };
    case "canceled":
      return { kind: "canceled", reference };
    // A word that nobody documented is never taken for a failure: the money may still move.
    default:
      return { kind: "pending", reference };
  }
}

/** What the charge's intent says of a capture. Stripe keeps no object of a capture: what is still held was not captured. */
export function readCapture(intent: Shown, attempt: Attempt): Outcome {
  const other = mismatchOf(idIn(intent), attempt.parentReference, "reference");
  if (other) return other;
  const reference = idIn(intent);
  switch (intentStates.get(intent["status"])) {
    case "succeeded":
      return { kind: "succeeded", reference: reference!, figures: figures(intent, "amount_received") };
    case "authorized":
      return { kind: "not_found" };
    case "canceled":
      return { kind: "declined", reference, declineCode: "operation_refused", message: "Stripe holds nothing any more." };
    default:
      return { kind: "pending", reference };
  }
}

/** What the charge's intent says of a void: it is its cancel. */
export function readVoid(intent: Shown, attempt: Attempt): Outcome {
  const other = mismatchOf(idIn(intent), attempt.parentReference, "reference");
  if (other) return other;
  const reference = idIn(intent);
  switch (intentStates.get(intent["status"])) {
    case "canceled":
      return { kind: "succeeded", reference: reference!, figures: figures(intent, "amount") };
    case "authorized":
      return { kind: "not_found" };
    case "succeeded":
      return { kind: "declined", reference, declineCode: "operation_refused", message: "Stripe has captured the charge." };
    default:
      return { kind: "pending", reference };
  }
}

/** What a refund object says of the refund of this attempt. */
export function readRefund(refund: Shown, attempt: Attempt): Outcome {
  return strangerOf(refund, attempt) ?? refundIn(refund);
}

export function refundIn(refund: Shown): Outcome {
  const reference = idIn(refund);
  if (reference === null) return unknown("the answer names no refund");
  switch (refundStates.get(refund["status"])) {
    case "succeeded":
      return { kind: "succeeded", reference, figures: figures(refund, "amount") };
    case "declined":
      return { kind: "declined", reference, declineCode: "operation_refused", message: declineMessages.operation_refused };
    case "canceled":
      return { kind: "canceled", reference };
    default:
      return { kind: "pending", reference };
  }
}

/** A card error: of a refused request, or the last one of an intent. */
export function declined(error: Shown, reference: string | null, isBlockedAsRisky = false): Extract<Outcome, { kind: "declined" }> {
  const { code, decline_code: word, advice_code: advice } = error;
  const known = isBlockedAsRisky ? "fraud_suspected" : (declineCodes.get(word) ?? declineCodes.get(code) ?? "card_declined");
  // What is technical may be tried elsewhere; this may not.
  const declineCode = known === "technical_decline" && advice === NEVER_AGAIN ? "card_declined" : known;
  return { kind: "declined", reference, declineCode, message: declineMessages[declineCode] };
}

/** For people: what an object says in a word that we do not know, else null. */
export function unknownWord(shown: Shown): string | null {
  const states = shown["object"] === "payment_intent" ? intentStates : shown["object"] === "refund" ? refundStates : null;
  if (states === null) return null;
  const status = shown["status"];
  if (!states.has(status)) return `unknown status ${JSON.stringify(redactWord(String(status), 40))}`;
  if (status !== "requires_action" || states !== intentStates || redirectIn(shown) !== null) return null;
  const action = shown["next_action"];
  const type = isObject(action) ? String(action["type"]) : "none";
  return `unknown next action ${JSON.stringify(redactWord(type, 40))}`;
}

/** Our key in the metadata of an intent, charge or refund; null: it is none of ours. */
export function keyIn({ metadata }: Shown): string | null {
  return textIn(metadata, KEY_FIELD);
}

export function accountIn({ metadata }: Shown): string | null {
  return textIn(metadata, ACCOUNT_FIELD);
}

function textIn(metadata: unknown, name: string): string | null {
  const text = isObject(metadata) ? metadata[name] : null;
  return typeof text === "string" && text !== "" ? text : null;
}

export function idIn({ id }: Shown): string | null {
  return typeof id === "string" && id !== "" ? redactWord(id, 128) : null;
}

/** An amount that can't be read becomes -1, which equals no amount: such an answer is never applied. */
export function figures(shown: Shown, field: string): Figures {
  const currency = String(shown["currency"]).toUpperCase();
  const wire = shown[field];
  return { amount: (typeof wire === "number" ? fromWire(wire, currency, amountRules.stripe) : null) ?? -1, currency };
}

function strangerOf(shown: Shown, { gatewayKey, accountId }: Attempt) {
  return mismatchOf(keyIn(shown), gatewayKey, "key") ?? mismatchOf(accountIn(shown), accountId, "account");
}

/** What is not this attempt's is never applied and opens a case. */
function mismatchOf(given: string | null, wanted: string | null, what: string): Extract<Outcome, { kind: "unknown" }> | null {
  if (given === null) return unknown(`the answer names no ${what}`);
  if (given === wanted) return null;
  return { ...unknown(`the answer is about another ${what}`), mismatch: `${what} ${redactWord(given, 64)} instead of ${wanted}` };
}

/** Only a page that we can send the shopper to; anything else waits, and the log warns. */
function actionIn(intent: Shown, reference: string): Outcome {
  const url = redirectIn(intent);
  return url === null ? { kind: "pending", reference } : { kind: "requires_action", reference, nextAction: { type: "redirect", url } };
}

function redirectIn({ next_action: action }: Shown): string | null {
  const redirect = isObject(action) ? action["redirect_to_url"] : null;
  const url = isObject(redirect) ? redirect["url"] : null;
  return typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url) ? url : null;
}

/** Stripe's own rules blocked it: the bank's word beside it says less. The charge is there only if the request expanded it. */
function isBlocked({ latest_charge: charge }: Shown): boolean {
  const outcome = isObject(charge) ? charge["outcome"] : null;
  return isObject(outcome) && outcome["type"] === "blocked";
}

/** The last second that a Date can hold (ECMA-262). */
const TIME_MAX_S = 8.64e12;

/** When a charge's hold ends. Null: Stripe named no time, and the default lifetime counts. */
export function holdIn(charge: unknown): { readonly lapsesAt: number | null } {
  const at = cardIn(charge)?.["capture_before"];
  return { lapsesAt: typeof at === "number" && Number.isInteger(at) && at > 0 && at <= TIME_MAX_S ? at * 1_000 : null };
}

function cardIn(charge: unknown): Shown | null {
  const details = isObject(charge) ? charge["payment_method_details"] : null;
  return isObject(details) && isObject(details["card"]) ? details["card"] : null;
}

/** What an intent shows of its card: in its charge if that was expanded, else in the error that refused it. */
export function methodIn({ latest_charge: charge, last_payment_error: error }: Shown): MethodShown | undefined {
  const method = isObject(error) ? error["payment_method"] : null;
  const refused = isObject(method) && isObject(method["card"]) ? method["card"] : null;
  const card = cardIn(charge) ?? refused;
  if (card === null) return undefined;
  const { network, brand, last4 } = card;
  const name = [network, brand].find((word) => typeof word === "string" && word !== "unknown" && NETWORK.test(word));
  return {
    ...(name !== undefined && { network: name as string }),
    ...(typeof last4 === "string" && LAST4.test(last4) && { last4 }),
  };
}

const NETWORK = /^[a-z_]{1,30}$/;
const LAST4 = /^\d{4}$/;
