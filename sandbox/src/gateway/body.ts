/** Bodies as the gateway takes them: a few fields, and never a card number. */
import type { FarRequest } from "../far-side.ts";
import type { OperationKind } from "../ledger.ts";
import { AMOUNT_MAX } from "../ports.ts";
import { keyOfReference, type RefusalCode } from "./answers.ts";
import type { Order } from "./charges.ts";

const KEY = /^[A-Za-z0-9_-]{10,64}$/;
const CURRENCY = /^[A-Z]{3}$/;
/** Not inside a longer word: random ids sometimes hold long rows of digits. */
const LONG_DIGITS = /(?<![A-Za-z0-9])\d(?:[ .-]?\d){12,18}(?![A-Za-z0-9])/g;
/** More than a shop may name: Tillway adds the payment to its URL. */
const URL_MAX = 4_096;
const ID = /^[A-Za-z0-9_]{1,64}$/;
const known: ReadonlySet<string> = new Set([
  "key",
  "amount",
  "currency",
  "token",
  "vpa",
  "method",
  "scenario",
  "capture",
  "charge",
  "metadata",
  "account",
  "return_url",
]);

export function isKey(text: unknown): text is string {
  return typeof text === "string" && KEY.test(text);
}

/** The order in a request's body, or why there is none. @param charge the charge's reference if the path names it */
export function readOrder(request: FarRequest, operation: OperationKind, charge: string | null): Order | RefusalCode {
  const body = parseObject(request.body ?? "");
  if (body === null) return "malformed";
  for (const field in body) {
    if (!known.has(field)) return field === "card" || field === "number" ? "card_number_refused" : "malformed";
  }
  const { key, amount, currency } = body;
  if (!isKey(key) || !isAmount(amount) || typeof currency !== "string" || !CURRENCY.test(currency)) return "malformed";
  const header = request.headers["idempotency-key"];
  if (header !== undefined && header !== key) return "key_mismatch";
  const source = operation === "charge" ? methodOf(body) : keyOfCharge(charge ?? body["charge"]);
  if (source === null) return "malformed";
  if (holdsCardNumber(key) || (holdsCardNumber(source) && !ACCOUNT_VPA.test(source))) return "card_number_refused";
  const returnUrl = body["return_url"] ?? null;
  if (returnUrl !== null && !isWebUrl(returnUrl)) return "malformed";
  const capture = operation === "charge" && body["capture"] !== false;
  return { operation, key, amount, currency, source, capture, payment: paymentOf(body["metadata"]), returnUrl };
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** An account number and its branch: the number may pass for a card's. */
const ACCOUNT_VPA = /^\d{1,18}@[A-Z]{4}0[A-Z0-9]{6}\.ifsc\.npci$/i;

/**
 * Digits in a row that pass the check of card numbers: only tokens may come here, even by mistake. The rule is the gateway's own: it stands for
 * somebody else's system, and a check by our code would miss the same numbers.
 */
export function holdsCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(LONG_DIGITS)) {
    if (passesLuhn(run.replaceAll(/[ .-]/g, ""))) return true;
  }
  return false;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= AMOUNT_MAX;
}

function isWebUrl(value: unknown): value is string {
  return typeof value === "string" && value.length <= URL_MAX && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

const METHOD = /^[a-z_]{1,32}$/;

/** A card's token, a VPA, or the name of another method with the scenario that its connector picked. */
function methodOf({ token, vpa, method, scenario = "" }: Record<string, unknown>): string | null {
  if (method !== undefined) {
    const isAlone = token === undefined && vpa === undefined && typeof scenario === "string";
    return isAlone && typeof method === "string" && METHOD.test(method) ? `${method}:${scenario}` : null;
  }
  if (typeof token === "string" && vpa === undefined && !/[@:]/.test(token)) return token;
  return typeof vpa === "string" && token === undefined ? (vpa.includes("@") ? vpa : `${vpa}@`) : null;
}

function keyOfCharge(reference: unknown): string | null {
  return typeof reference === "string" ? keyOfReference(reference) : null;
}

function paymentOf(metadata: unknown): string | null {
  const payment: unknown = typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>)["payment_id"] : null;
  return typeof payment === "string" && ID.test(payment) ? payment : null;
}
