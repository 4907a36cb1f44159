/** Card and UPI fields → what may be kept. The card number and CVV end here: they go to the tokenizer and nowhere else. */
import { TillwayError } from "../core/errors.ts";
import type { Ms, PaymentMethod } from "../core/model.ts";
import type { CardFields } from "../core/ports/connector.ts";
import type { ApiDeps } from "./deps.ts";
import { VPA, type MethodFields } from "./schemas/payment.ts";
import { cardNetwork, holdsCardNumber, readCardNumber, typedDigits } from "../core/card-number.ts";

type Card = NonNullable<MethodFields["card"]>;

/** The method of a body, or null where it names none. Throws `TillwayError`, never with a value of the card in it. */
export async function readMethod(deps: ApiDeps, { method, card, upi }: MethodFields): Promise<PaymentMethod | null> {
  if (method === undefined) {
    if (card === undefined && upi === undefined) return null;
    throw new TillwayError("missing_field", { param: "method", message: `Add method: "${card === undefined ? "upi" : "card"}".` });
  }
  const other = method === "card" ? "upi" : "card";
  if ((method === "card" ? upi : card) !== undefined)
    throw new TillwayError("invalid_field", { param: other, message: `${other} does not go with method "${method}".` });
  if (method === "upi") {
    if (upi === undefined) throw new TillwayError("missing_field", { param: "upi", message: 'method "upi" needs upi: {"vpa": …}.' });
    return { type: "upi", vpa: checkedVpa(upi.vpa) };
  }
  if (card === undefined) throw missingCard();
  return card.token === undefined ? exchangeCard(deps, card) : knownToken(deps, card);
}

function missingCard(): TillwayError {
  const message = 'method "card" needs card: {"number": …, "expiry_month": …, "expiry_year": …, "cvv": …}.';
  return new TillwayError("missing_field", { param: "card", message });
}

const VPA_PATTERN = new RegExp(VPA);
/** `account number@IFSC.ifsc.npci`: an account number may look like a card's. */
const ACCOUNT_VPA = /^\d{1,18}@[A-Z]{4}0[A-Z0-9]{6}\.ifsc\.npci$/i;

function checkedVpa(vpa: string): string {
  if (!VPA_PATTERN.test(vpa)) throw new TillwayError("invalid_vpa", { param: "upi.vpa" });
  if (holdsCardNumber(vpa) && !ACCOUNT_VPA.test(vpa))
    throw new TillwayError("invalid_vpa", {
      param: "upi.vpa",
      message: "upi.vpa looks as if it held a card number, which must not be sent here.",
    });
  return vpa;
}

async function exchangeCard(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  const fields = checkedCard(card, deps.flows.clock.now());
  const [first] = deps.tokenizers;
  if (first === undefined)
    throw new TillwayError("invalid_card", { param: "card.number", message: "No gateway here takes card numbers. Send card.token." });
  const [connector, tokenizer] = first;
  const result = await tokenizer.tokenize(fields);
  if (result.ok) return { type: "card", connector, token: result.token, network: result.network, last4: result.last4 };
  throw new TillwayError(result.code === "not_a_test_card" ? "test_card_required" : "invalid_card", { param: "card.number" });
}

async function knownToken(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  const token = card.token!;
  const beside = Object.keys(card).find((name) => name !== "token" && name !== "holder_name");
  if (beside !== undefined)
    throw new TillwayError("invalid_field", { param: `card.${beside}`, message: "Send either card.token or the card's fields." });
  for (const [connector, tokenizer] of holdsCardNumber(token) ? [] : deps.tokenizers) {
    const shown = await tokenizer.describe(token);
    if (shown !== null) return { type: "card", connector, token, ...shown };
  }
  throw new TillwayError("invalid_card", { param: "card.token", message: "This is no token of ours." });
}

function checkedCard(card: Card, now: Ms): CardFields {
  for (const name of ["number", "expiry_month", "expiry_year", "cvv"] as const) {
    if (card[name] === undefined) throw new TillwayError("missing_field", { param: `card.${name}`, message: `card.${name} is required.` });
  }
  const number = readCardNumber(card.number!);
  if (number === null) throw invalid("card.number", "The card number is not valid: 13 to 19 digits with a correct check digit.");
  const expiryMonth = wholeNumber(card.expiry_month);
  if (expiryMonth === null || expiryMonth < 1 || expiryMonth > 12) throw invalid("card.expiry_month", "The expiry month must be 1 to 12.");
  const expiryYear = fullYear(card.expiry_year);
  if (expiryYear === null) throw invalid("card.expiry_year", "The expiry year must have two or four digits.");
  // Valid to the end of its month, as late as that is anywhere on Earth (UTC-12): the bank has the last word.
  if (now >= endOfMonth(expiryYear, expiryMonth)) throw new TillwayError("expired_card", { param: "card.expiry_year" });
  const cvvDigits = cardNetwork(number) === "amex" ? 4 : 3;
  const cvv = typedDigits(card.cvv!);
  if (cvv?.length !== cvvDigits) throw invalid("card.cvv", `The CVV must have ${cvvDigits} digits.`);
  return { number, expiryMonth, expiryYear, cvv, holderName: card.holder_name ?? null };
}

function invalid(param: string, message: string): TillwayError {
  return new TillwayError("invalid_card", { param, message });
}

function wholeNumber(value: string | number | undefined): number | null {
  const digits = typedDigits(String(value));
  return digits !== null && digits.length <= 4 ? Number(digits) : null;
}

function fullYear(value: string | number | undefined): number | null {
  const year = wholeNumber(value);
  if (year === null || typedDigits(String(value))!.length === 3) return null;
  if (year < 100) return year + 2_000;
  return year >= 2_000 && year <= 2_099 ? year : null;
}

const HALF_DAY_MS = 43_200_000;

function endOfMonth(year: number, month: number): Ms {
  return Date.UTC(year, month, 1) + HALF_DAY_MS;
}
