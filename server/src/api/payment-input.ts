import { TillwayError } from "../core/errors.ts";
import type { Customer } from "../core/model.ts";
import { currencies } from "../core/money.ts";
import type { CreatePaymentInput } from "../flows/payments/create.ts";
import type { ApiDeps } from "./deps.ts";
import { holdsCardNumber } from "../core/card-number.ts";
import { fieldPath } from "../http/field-names.ts";
import { readMethod } from "./payment-method.ts";
import { EMAIL, ORDER_ID, PHONE, type CreatePaymentBody } from "./schemas/payment.ts";

/** What the schema cannot say, and the exchange of the card for a token. Throws `TillwayError`. */
export async function readCreateInput(deps: ApiDeps, body: CreatePaymentBody, traceparent: string | null): Promise<CreatePaymentInput> {
  if (!currencies.has(body.currency)) throw new TillwayError("invalid_currency", { param: "currency" });
  if (body.order_id !== undefined && !new RegExp(ORDER_ID).test(body.order_id)) {
    throw new TillwayError("invalid_field", {
      param: "order_id",
      message: "order_id must be 1 to 64 printable ASCII characters without spaces.",
    });
  }
  refuseCardNumbers("description", body.description);
  for (const [name, value] of Object.entries(body.metadata ?? {})) {
    refuseCardNumbers(fieldPath(["metadata", name]), name);
    refuseCardNumbers(`metadata.${name}`, value);
  }
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
    traceparent,
    // Last, so that a card is looked at only in a request that is right otherwise.
    method: requiredMethod(await readMethod(deps, body), body.confirm),
  };
}

/** Absolute, http or https, no credentials in it. Nobody here opens it; the shopper's browser does. Throws invalid_url. */
export function readReturnUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new TillwayError("invalid_url", {
      param: "return_url",
      message: "return_url must be an absolute http or https URL without user name and password.",
    });
  }
  refuseCardNumbers("return_url", text);
  refuseCardNumbers("return_url", decoded(text));
  return text;
}

/** As it reads with its ASCII escapes resolved. One by one, so that a wrong escape does not hide the rest. */
function decoded(text: string): string {
  return text.replaceAll("+", " ").replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A W3C trace context header, or null where it is none. */
export function readTraceparent(header: string | string[] | undefined): string | null {
  return typeof header === "string" && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header) ? header : null;
}

function requiredMethod(method: CreatePaymentInput["method"], confirm: boolean | undefined): CreatePaymentInput["method"] {
  if (confirm === true && method === null) throw new TillwayError("method_required", { param: "method" });
  return method;
}

const PHONE_DIGITS_MAX = 15;

function readCustomer(customer: Customer | undefined): Customer | null {
  if (customer === undefined) return null;
  refuseCardNumbers("customer.email", customer.email);
  refuseCardNumbers("customer.name", customer.name);
  if (customer.email !== undefined && !new RegExp(EMAIL).test(customer.email))
    throw invalidCustomer("email", "must look like name@example.com");
  if (customer.phone !== undefined && !new RegExp(PHONE).test(customer.phone))
    throw invalidCustomer("phone", "may hold digits, spaces and + ( ) . -");
  // With a plus it is a phone number, whatever its check digit says (one German mobile number in ten would pass for a card).
  if (customer.phone !== undefined && !customer.phone.startsWith("+")) refuseCardNumbers("customer.phone", customer.phone);
  if (customer.phone !== undefined && customer.phone.replaceAll(/\D/g, "").length > PHONE_DIGITS_MAX)
    throw invalidCustomer("phone", "may hold at most 15 digits; card numbers must not be sent here");
  return customer;
}

function invalidCustomer(name: string, cure: string): TillwayError {
  return new TillwayError("invalid_field", { param: `customer.${name}`, message: `customer.${name} ${cure}.` });
}

/** What lies in free text is stored, shown and sent on, so a card number must not be there. */
export function refuseCardNumbers(param: string, text: string | undefined): void {
  if (text !== undefined && holdsCardNumber(text)) {
    throw new TillwayError("invalid_field", {
      param,
      message: `${param} looks as if it held a card number. Card numbers must not be sent here: only card.number takes them. A number of another kind goes into order_id, or gets a letter among its digits.`,
    });
  }
}
