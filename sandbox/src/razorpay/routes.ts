/** Razorpay's paths, for one merchant. */
import type { FarRequest } from "../far-side.ts";
import type { Ms } from "../ports.ts";
import type { Payment } from "./books.ts";
import { collection, orderEntity, paymentEntity, paymentWithCard, refundEntity } from "./entities.ts";
import { jsonOf, listed, pageOf } from "./input.ts";
import { createOrder, listOrders, paymentsOf } from "./orders.ts";
import { capturePayment, createPayment, refundPayment, type Counter } from "./payments.ts";
import { isRefused, noSuchId, notFound, type Refused } from "./refusals.ts";

/** The API. What is another merchant's is as unknown as what is nobody's. */
export function route(counter: Counter, request: FarRequest, now: Ms): object | Refused {
  const [path = "", query = ""] = request.path.split("?");
  const [version, kind = "", id = "", part = "", last = ""] = path.slice(1).split("/");
  if (version !== "v1") return notFound;
  const search = new URLSearchParams(query);
  if (request.method === "POST") return post(counter, request, { kind, id, part }, now);
  if (request.method !== "GET") return notFound;
  if (kind === "orders" && id === "") return listOrders(counter.books, counter.merchant, search);
  if (kind === "orders") return getOrder(counter, id, part);
  if (kind === "payments") return getPayment(counter, { id, part, last }, search);
  return kind === "refunds" ? getRefund(counter, id, search) : notFound;
}

interface Target {
  readonly kind: string;
  readonly id: string;
  readonly part: string;
}

function post(counter: Counter, request: FarRequest, { kind, id, part }: Target, now: Ms): object | Refused {
  const fields = jsonOf(request.body);
  if (isRefused(fields)) return fields;
  if (kind === "orders" && id === "") return createOrder(counter.books, counter.merchant, fields, now);
  if (kind !== "payments") return notFound;
  if (id === "create" && part === "json") return createPayment(counter, fields, now);
  const payment = ownPayment(counter, id);
  if (payment === undefined) return noSuchId;
  if (part === "capture") return capturePayment(counter, payment, fields, now);
  const key = request.headers["x-refund-idempotency"];
  return part === "refund" ? refundPayment(counter, payment, { fields, body: request.body ?? "", key }, now) : notFound;
}

function ownPayment({ books, merchant }: Counter, id: string): Payment | undefined {
  const payment = books.payments.get(id);
  return payment?.order.keyId === merchant.keyId ? payment : undefined;
}

function getOrder({ books, merchant }: Counter, id: string, part: string): object | Refused {
  const order = books.orders.get(id);
  if (order?.keyId !== merchant.keyId) return noSuchId;
  if (part === "") return orderEntity(order);
  return part === "payments" ? paymentsOf(order) : notFound;
}

function getPayment(
  counter: Counter,
  { id, part, last }: { id: string; part: string; last: string },
  search: URLSearchParams,
): object | Refused {
  const page = pageOf(search);
  if (isRefused(page)) return page;
  const show = search.getAll("expand[]").includes("card") ? paymentWithCard : paymentEntity;
  if (id === "") {
    const own = [...counter.books.payments.values()].filter(({ order }) => order.keyId === counter.merchant.keyId);
    return collection(listed(own, page).map(show));
  }
  const payment = ownPayment(counter, id);
  if (payment === undefined) return noSuchId;
  if (part === "") return show(payment);
  if (part !== "refunds") return notFound;
  if (last === "") return collection(listed(payment.refunds, page).map(refundEntity));
  const refund = payment.refunds.find((one) => one.id === last);
  return refund === undefined ? noSuchId : refundEntity(refund);
}

function getRefund({ books, merchant }: Counter, id: string, search: URLSearchParams): object | Refused {
  const page = pageOf(search);
  if (isRefused(page)) return page;
  const own = [...books.refunds.values()].filter(({ payment }) => payment.order.keyId === merchant.keyId);
  if (id === "") return collection(listed(own, page).map(refundEntity));
  const refund = own.find((one) => one.id === id);
  return refund === undefined ? noSuchId : refundEntity(refund);
}
