/** Orders: made once for each receipt if that is asked for, listed, and found by their receipt. */
import type { Ms } from "../ports.ts";
import { newId, type Books, type Merchant, type Order } from "./books.ts";
import { collection, orderEntity, paymentEntity } from "./entities.ts";
import { extraFields, isWhole, listed, missing, notesIn, pageOf, type Fields } from "./input.ts";
import { badRequest, isRefused, type Refused } from "./refusals.ts";

type Shown = Readonly<Record<string, unknown>>;

const FIELDS = ["amount", "currency", "receipt", "notes", "unique_receipt", "partial_payment", "payment"];
const RECEIPT_MAX = 40;
const RECEIPT_TAKEN = "Order receipt should be unique.";
const MINUTE_MS = 60_000;
/** Razorpay's own limits and defaults, in minutes. */
const AUTOMATIC_MIN = 12;
const HOLD_MAX = 7_200;

export function createOrder(books: Books, merchant: Merchant, fields: Fields, now: Ms): Shown | Refused {
  const wrong = extraFields(fields, FIELDS) ?? missing(fields, ["amount", "currency"]) ?? amountProblem(fields);
  if (wrong !== null) return wrong;
  const { receipt, unique_receipt: isUnique } = fields;
  if (receipt !== undefined && receipt !== null && (typeof receipt !== "string" || receipt.length > RECEIPT_MAX))
    return badRequest(`The receipt may have ${RECEIPT_MAX} characters.`, { field: "receipt" });
  const notes = notesIn(fields["notes"]);
  if (isRefused(notes)) return notes;
  const capture = captureOf(fields["payment"]);
  if (isRefused(capture)) return capture;
  const earlier = typeof receipt === "string" ? merchant.receipts.get(receipt) : undefined;
  if (isUnique === true && earlier !== undefined) {
    const isSame = earlier.amount === fields["amount"] && earlier.currency === fields["currency"];
    return isSame ? orderEntity(earlier) : badRequest(RECEIPT_TAKEN, { field: "receipt" });
  }
  const order: Order = {
    id: newId(books, "order"),
    keyId: merchant.keyId,
    amount: fields["amount"] as number,
    currency: fields["currency"] as string,
    receipt: receipt ?? null,
    notes,
    ...capture,
    createdAt: now,
    status: "created",
    amountPaid: 0,
    payments: [],
  };
  books.orders.set(order.id, order);
  if (order.receipt !== null) merchant.receipts.set(order.receipt, order);
  return orderEntity(order);
}

const LAST_DIGIT_ZERO = new Set(["BHD", "JOD", "KWD", "OMR", "TND"]);

function amountProblem({ amount, currency }: Fields): Refused | null {
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency)) return badRequest("Currency is not supported", { field: "currency" });
  if (!isWhole(amount)) return badRequest("The amount must be an integer.", { field: "amount" });
  if (amount < (currency === "INR" ? 100 : 1))
    return badRequest("Order amount less than minimum amount allowed", { field: "amount", reason: "amount_less_than_minimum_amount" });
  return LAST_DIGIT_ZERO.has(currency) && amount % 10 !== 0
    ? badRequest("The last digit of the amount must be 0", { field: "amount" })
    : null;
}

function captureOf(payment: unknown): Pick<Order, "capture" | "automaticMs" | "holdMs"> | Refused {
  const { capture = "manual", capture_options: options = {} } = (payment ?? {}) as Fields;
  const { automatic_expiry_period: automatic = HOLD_MAX, manual_expiry_period: hold = HOLD_MAX } = options as Fields;
  if (capture !== "automatic" && capture !== "manual") return badRequest("The capture must be automatic or manual.", { field: "payment" });
  const isFitting = isWhole(automatic) && isWhole(hold) && automatic >= AUTOMATIC_MIN && hold >= AUTOMATIC_MIN && hold <= HOLD_MAX;
  if (!isFitting) return badRequest(`An expiry period is ${AUTOMATIC_MIN} to ${HOLD_MAX} minutes.`, { field: "payment" });
  return { capture, automaticMs: automatic * MINUTE_MS, holdMs: hold * MINUTE_MS };
}

export function listOrders(books: Books, merchant: Merchant, query: URLSearchParams): Shown | Refused {
  const page = pageOf(query);
  if (isRefused(page)) return page;
  const receipt = query.get("receipt");
  const own = [...books.orders.values()].filter(
    (order) => order.keyId === merchant.keyId && (receipt === null || order.receipt === receipt),
  );
  const withPayments = query.getAll("expand[]").includes("payments");
  return collection(
    listed(own, page).map((order) => ({
      ...orderEntity(order),
      ...(withPayments && { payments: collection(order.payments.map(paymentEntity)) }),
    })),
  );
}

export function paymentsOf(order: Order): Shown {
  return collection(order.payments.map(paymentEntity));
}
