/** Fields of a payment → input of a flow. The card number and CVV end here: they go to the tokenizer and nowhere else. */
import { holdsCardInGroups, holdsCardNumber, cardNetwork, readCardNumber, typedDigits } from "../core/card-number.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import type { Customer, Ms, PaymentMethod } from "../core/model.ts";
import { currencies } from "../core/money.ts";
import type { CardFields } from "../core/ports/connector.ts";
import type { CreatePaymentInput } from "../flows/payments/create.ts";
import { fieldPath } from "../http/field-names.ts";
import type { ApiDeps } from "./deps.ts";
import { EMAIL, ORDER_ID, PHONE, VPA, type CreatePaymentBody, type MethodFields } from "./schemas/payment.ts";

/** Checks what the schema cannot express, and exchanges the card for a token. Throws `TillwayError`. */
export async function readCreateInput(deps: ApiDeps, body: CreatePaymentBody): Promise<CreatePaymentInput> {
  if (!currencies.has(body.currency)) throw refusal("invalid_currency", "currency");
  if (body.order_id !== undefined && !patterns.orderId.test(body.order_id))
    throw invalidField("order_id", "must be 1 to 64 printable ASCII characters without spaces");
  refuseCardsIn({ description: body.description }, { metadata: body.metadata });
  return {
    amount: body.amount,
    currency: body.currency,
    captureMethod: body.capture_method ?? "automatic",
    confirm: body.confirm ?? null,
    orderId: body.order_id ?? null,
    description: body.description ?? null,
    metadata: body.metadata ?? {},
    customer: readCustomer(body.customer),
    returnUrl: readReturnUrl(body.return_url),
    // Last, so that a card is read only in a request that is valid otherwise.
    method: await readMethodOfCreate(deps, body),
  };
}

/** Texts by their field, and maps of texts by theirs. Throws invalid_field if one looks as if it held a card number. */
export function refuseCardsIn(
  texts: Readonly<Record<string, string | undefined>>,
  maps: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>,
): void {
  for (const [field, text] of Object.entries(texts)) refuseCardNumbers(field, text);
  for (const [field, map] of Object.entries(maps)) {
    for (const [name, value] of Object.entries(map ?? {})) {
      refuseCardNumbers(fieldPath([field, name]), name);
      refuseCardNumbers(`${field}.${name}`, value);
    }
    if (holdsCardInGroups(Object.values(map ?? {}))) refuseCardNumber(field);
  }
}

/** A payment may be created without a method, but not confirmed. */
async function readMethodOfCreate(deps: ApiDeps, body: CreatePaymentBody): Promise<PaymentMethod | null> {
  const method = await readMethod(deps, body);
  if (body.confirm === true && method === null) throw refusal("method_required", "method");
  return method;
}

/** Absolute, http or https, no credentials in it. Only the shopper's browser opens it. Throws invalid_url. */
export function readReturnUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw refusal("invalid_url", "return_url", "return_url must be an absolute http or https URL without user name and password.");
  refuseCardNumbers("return_url", text);
  refuseCardNumbers("return_url", decoded(text));
  return text;
}

/** The text with its ASCII escapes resolved, one by one, so that a wrong escape does not hide the rest. */
function decoded(text: string): string {
  return text.replaceAll("+", " ").replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Built once; the schemas say the same for the document. */
const patterns = { orderId: new RegExp(ORDER_ID), email: new RegExp(EMAIL), phone: new RegExp(PHONE), vpa: new RegExp(VPA) };
const PHONE_CHARACTERS = /^\+?[0-9 ().-]+$/;

function readCustomer(customer: Customer | undefined): Customer | null {
  if (customer === undefined) return null;
  const { email, name, phone } = customer;
  refuseCardNumbers("customer.email", email);
  refuseCardNumbers("customer.name", name);
  if (email !== undefined && !patterns.email.test(email)) throw invalidField("customer.email", "must look like name@example.com");
  if (phone === undefined) return customer;
  if (!PHONE_CHARACTERS.test(phone)) throw invalidField("customer.phone", "may hold digits, spaces and + ( ) . -");
  // With a plus it is a phone number, whatever its check digit is (one German mobile number in ten would pass for a card).
  if (!phone.startsWith("+")) refuseCardNumbers("customer.phone", phone);
  if (!patterns.phone.test(phone))
    throw invalidField("customer.phone", "must hold at least one digit and may hold at most 15 digits; card numbers must not be sent here");
  return customer;
}

function refusal(code: ErrorCode, param: string, message?: string): TillwayError {
  return new TillwayError(code, { param, message });
}

/** @param cure ends the sentence that the field's name begins */
function invalidField(param: string, cure: string): TillwayError {
  return refusal("invalid_field", param, `${param} ${cure}.`);
}

/** Free text is stored, shown and sent on, so it must not hold a card number. Throws invalid_field. */
export function refuseCardNumbers(param: string, text: string | undefined): void {
  if (text !== undefined && holdsCardNumber(text)) refuseCardNumber(param);
}

function refuseCardNumber(param: string): never {
  const advice = "A number of another kind goes into order_id, or gets a letter among its digits";
  throw invalidField(
    param,
    `looks as if it held a card number. Card numbers must not be sent here: only card.number takes them. ${advice}`,
  );
}

type Card = NonNullable<MethodFields["card"]>;

/** The method of a body, or null if it names none. Throws `TillwayError`, never with a value of the card in it. */
export async function readMethod(deps: ApiDeps, { method, card, upi }: MethodFields): Promise<PaymentMethod | null> {
  if (method === undefined) {
    if (card === undefined && upi === undefined) return null;
    throw refusal("missing_field", "method", `Add method: "${card === undefined ? "upi" : "card"}".`);
  }
  const other = method === "card" ? "upi" : "card";
  if ((method === "card" ? upi : card) !== undefined) throw invalidField(other, `does not go with method "${method}"`);
  if (method === "upi") {
    if (upi === undefined) throw refusal("missing_field", "upi", 'method "upi" needs upi: {"vpa": …}.');
    return { type: "upi", vpa: checkedVpa(upi.vpa) };
  }
  if (card === undefined)
    throw refusal("missing_field", "card", 'method "card" needs card: {"number": …, "expiry_month": …, "expiry_year": …, "cvv": …}.');
  return card.token === undefined ? exchangeCard(deps, card) : knownToken(deps, card);
}

/** `account number@IFSC.ifsc.npci`: an account number may look like a card's. */
const ACCOUNT_VPA = /^\d{1,18}@[A-Z]{4}0[A-Z0-9]{6}\.ifsc\.npci$/i;

function checkedVpa(vpa: string): string {
  if (!patterns.vpa.test(vpa)) throw refusal("invalid_vpa", "upi.vpa");
  if (holdsCardNumber(vpa) && !ACCOUNT_VPA.test(vpa))
    throw refusal("invalid_vpa", "upi.vpa", "upi.vpa looks as if it held a card number, which must not be sent here.");
  return vpa;
}

async function exchangeCard(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  const fields = checkedCard(card, deps.flows.clock.now());
  const [first] = deps.tokenizers;
  if (first === undefined) throw refusal("invalid_card", "card.number", "No gateway here takes card numbers. Send card.token.");
  const [connector, tokenizer] = first;
  const result = await tokenizer.tokenize(fields);
  if (result.ok) return { type: "card", connector, token: result.token, network: result.network, last4: result.last4 };
  throw refusal(result.code === "not_a_test_card" ? "test_card_required" : "invalid_card", "card.number");
}

async function knownToken(deps: ApiDeps, card: Card): Promise<PaymentMethod> {
  const token = card.token!;
  const beside = Object.keys(card).find((name) => name !== "token" && name !== "holder_name");
  if (beside !== undefined) throw refusal("invalid_field", `card.${beside}`, "Send either card.token or the card's fields.");
  for (const [connector, tokenizer] of holdsCardNumber(token) ? [] : deps.tokenizers) {
    const shown = await tokenizer.describe(token);
    if (shown !== null) return { type: "card", connector, token, ...shown };
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
