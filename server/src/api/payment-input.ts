/** Fields of a payment → input of a flow. */
import { isIP } from "node:net";
import { holdsCardInGroups, holdsCardNumber } from "../core/card-number.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import type { Customer, PaymentMethod } from "../core/model.ts";
import { currencies } from "../core/money.ts";
import type { CreatePaymentInput } from "../flows/payments/create.ts";
import { fieldPath } from "../http/field-names.ts";
import type { ApiDeps } from "./deps.ts";
import { readMethod } from "./method-input.ts";
import { LOCALE, WEB_URL } from "./schemas/common.ts";
import { EMAIL, ORDER_ID, PHONE, type CreatePaymentBody } from "./schemas/payment.ts";

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
  return readWebUrl(text, "return_url");
}

/** The same, of another field. */
export function readWebUrl(text: string | undefined, param: string): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw refusal("invalid_url", param, `${param} must be an absolute http or https URL without user name and password.`);
  if (!patterns.webUrl.test(text))
    throw refusal("invalid_url", param, `${param} must be written in ASCII: percent-encode other characters, spaces and backslashes.`);
  refuseCardNumbers(param, text);
  refuseCardNumbers(param, decoded(text));
  return text;
}

/** The text with its ASCII escapes resolved, one by one, so that a wrong escape does not hide the rest. */
function decoded(text: string): string {
  return text.replaceAll("+", " ").replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Built once; the schemas say the same for the document. */
const patterns = {
  webUrl: new RegExp(WEB_URL),
  locale: new RegExp(LOCALE),
  orderId: new RegExp(ORDER_ID),
  email: new RegExp(EMAIL),
  phone: new RegExp(PHONE),
};
const COUNTRY = /^[A-Z]{2}$/;
const PHONE_CHARACTERS = /^\+?[0-9 ().-]+$/;

/** A language tag. Throws invalid_field. */
export function readLocale(text: string | undefined, param: string): string | null {
  if (text !== undefined && !patterns.locale.test(text)) throw invalidField(param, "must be a language tag such as en or de-AT");
  return text ?? null;
}

/** Throws invalid_field. */
export function readCustomer(customer: Customer | undefined): Customer | null {
  if (customer === undefined) return null;
  const { email, name, phone, country, ip, user_agent: userAgent } = customer;
  readLocale(customer.locale, "customer.locale");
  refuseCardNumbers("customer.email", email);
  refuseCardNumbers("customer.name", name);
  refuseCardNumbers("customer.user_agent", userAgent);
  if (email !== undefined && !patterns.email.test(email)) throw invalidField("customer.email", "must look like name@example.com");
  if (country !== undefined && !COUNTRY.test(country))
    throw invalidField("customer.country", "must be two capital letters of ISO 3166-1, e.g. IN");
  if (ip !== undefined && isIP(ip) === 0) throw invalidField("customer.ip", "must be an IPv4 or IPv6 address");
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
