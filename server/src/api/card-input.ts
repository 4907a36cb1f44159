/** The fields of a card → a token. The card number and CVV end here: they go to the tokenizer and nowhere else. */
import { cardNetwork, holdsCardNumber, readCardNumber, typedDigits } from "../core/card-number.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import type { MethodInput } from "../core/methods/method.ts";
import type { Ms, PaymentMethod } from "../core/model.ts";
import type { CardFields } from "../core/ports/connector.ts";
import type { ApiDeps } from "./deps.ts";

type Card = MethodInput<"card">;

/** Exchanges a card, or knows the token that came in its place. Throws `TillwayError`, never with a value of the card in it. */
export function readCard(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  return card.token === undefined ? exchangeCard(deps, card) : knownToken(deps, card);
}

function refusal(code: ErrorCode, param: string, message?: string): TillwayError {
  return new TillwayError(code, { param, message });
}

async function exchangeCard(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  if (card.account !== undefined) throw refusal("invalid_field", "card.account", "card.account goes with card.token only.");
  const fields = checkedCard(card, deps.flows.clock.now());
  const taker = [...deps.tokenizers].find(([, { tokenize }]) => tokenize !== undefined);
  const result = await taker?.[1].tokenize?.(fields);
  if (taker === undefined || result === undefined)
    throw refusal("invalid_card", "card.number", `No gateway here takes card numbers. ${HOSTED}`);
  const [connector] = taker;
  if (result.ok) return { type: "card", connector, token: result.token, network: result.network, last4: result.last4 };
  throw refusal(result.code === "not_a_test_card" ? "test_card_required" : "invalid_card", "card.number");
}

const HOSTED = "Send card.token: the shopper types the card into the gateway's own fields, which GET /v1/payments/{id}/card-fields names.";

async function knownToken(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  const token = card.token!;
  const beside = Object.keys(card).find((name) => !["token", "account", "holder_name"].includes(name));
  if (beside !== undefined) throw refusal("invalid_field", `card.${beside}`, "Send either card.token or the card's fields.");
  for (const [connector, tokenizer] of holdsCardNumber(token) ? [] : deps.tokenizers) {
    const shown = await tokenizer.describe(token);
    if (shown !== null) return { type: "card", connector, token, ...(card.account !== undefined && { account: card.account }), ...shown };
  }
  throw refusal("invalid_card", "card.token", "This is no token of ours.");
}

function checkedCard(card: Card, now: Ms): CardFields {
  for (const name of ["number", "expiry_month", "expiry_year", "cvv"] as const) {
    if (card[name] === undefined) throw refusal("missing_field", `card.${name}`, `card.${name} is required.`);
  }
  const number = readCardNumber(card.number!);
  if (number === null)
    throw refusal("invalid_card", "card.number", "The card number is not valid: 13 to 19 digits with a correct check digit.");
  const expiryMonth = wholeNumber(card.expiry_month);
  if (expiryMonth === null || expiryMonth < 1 || expiryMonth > 12)
    throw refusal("invalid_card", "card.expiry_month", "The expiry month must be 1 to 12.");
  const expiryYear = fullYear(card.expiry_year);
  if (expiryYear === null) throw refusal("invalid_card", "card.expiry_year", "The expiry year must have two or four digits.");
  // Valid to the end of its month anywhere on Earth (UTC-12); the bank has the last word.
  if (now >= endOfMonth(expiryYear, expiryMonth)) throw refusal("expired_card", "card.expiry_year");
  const cvvDigits = cardNetwork(number) === "amex" ? 4 : 3;
  const cvv = typedDigits(card.cvv!);
  if (cvv?.length !== cvvDigits) throw refusal("invalid_card", "card.cvv", `The CVV must have ${cvvDigits} digits.`);
  return { number, expiryMonth, expiryYear, cvv, holderName: card.holder_name ?? null };
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
