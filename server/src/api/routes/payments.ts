import { Type } from "typebox";
import { TillwayError, type ErrorCode } from "../../core/errors.ts";
import { representPayment } from "../../core/represent.ts";
import { cancelPayment } from "../../flows/payments/cancel.ts";
import { capturePayment } from "../../flows/payments/capture.ts";
import { confirmPayment } from "../../flows/payments/confirm.ts";
import { createPayment } from "../../flows/payments/create.ts";
import type { Guards } from "../actor.ts";
import { pageOf, pathId, scopeOf, sendAnswer, sendText } from "../answers.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { callerOf } from "../idempotency.ts";
import { readCreateInput, readReturnUrl, readTraceparent } from "../payment-input.ts";
import { readMethod } from "../payment-method.ts";
import { renderList, renderListedPayment } from "../render.ts";
import { emptyBody, errorAnswers, idParams, idempotencyHeader, shows } from "../schemas/common.ts";
import { confirmPaymentBody, createPaymentBody, listPaymentsQuery } from "../schemas/payment.ts";

/** Create, confirm, capture, cancel, get, list. */
export function paymentRoutes(api: Api, deps: ApiDeps, guards: Guards): void {
  createRoute(api, deps, guards);
  confirmRoute(api, deps, guards);
  captureRoute(api, deps, guards);
  cancelRoute(api, deps, guards);
  getRoute(api, deps, guards);
  listRoute(api, deps, guards);
}

const tags = ["Payments"];
const cardCodes: readonly ErrorCode[] = [
  "invalid_card",
  "expired_card",
  "test_card_required",
  "invalid_vpa",
  "invalid_url",
  "method_required",
  "payment_failed",
  "order_busy",
];

function createRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "createPayment",
    summary: "Create a payment",
    description:
      "Without `confirm` the payment is charged in the background; watch it by webhook or by asking. With `confirm: true` the answer waits.",
    tags,
    headers: idempotencyHeader,
    body: createPaymentBody,
    response: {
      201: shows("Payment", "The payment, accepted or already charged."),
      ...errorAnswers("post", ["invalid_amount", "invalid_currency", ...cardCodes]),
    },
  };
  api.post("/v1/payments", { onRequest: guards("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    const input = readCreateInput(deps, request.body, readTraceparent(request.headers.traceparent));
    return sendAnswer(reply, await createPayment(deps.flows, caller, input));
  });
}

function confirmRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "confirmPayment",
    summary: "Charge a payment that was only created",
    description: "The answer waits for the outcome, 10 s at most; `processing` then means that it goes on.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: confirmPaymentBody,
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("post", ["not_found", "invalid_state", ...cardCodes]) },
  };
  api.post("/v1/payments/:id/confirm", { onRequest: guards("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    const paymentId = pathId(request, "pay");
    const input = { paymentId, method: readMethod(deps, request.body), returnUrl: readReturnUrl(request.body.return_url) };
    return sendAnswer(reply, await confirmPayment(deps.flows, caller, input));
  });
}

function captureRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "capturePayment",
    summary: "Capture all that is authorized",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: {
      200: shows("Payment", "The payment."),
      ...errorAnswers("post", ["not_found", "invalid_state", "capture_failed"]),
    },
  };
  api.post("/v1/payments/:id/capture", { onRequest: guards("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    return sendAnswer(reply, await capturePayment(deps.flows, caller, { paymentId: pathId(request, "pay") }));
  });
}

function cancelRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "cancelPayment",
    summary: "Call a payment off",
    description: "Nothing sent yet: canceled at once. A call under way: no further attempt, and what it takes is given back.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("post", ["not_found", "invalid_state", "cancel_failed"]) },
  };
  api.post("/v1/payments/:id/cancel", { onRequest: guards("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    return sendAnswer(reply, await cancelPayment(deps.flows, caller, { paymentId: pathId(request, "pay") }));
  });
}

function getRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "getPayment",
    summary: "Get a payment with its attempts",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/payments/:id", { onRequest: guards("payments.read"), schema }, async (request, reply) => {
    const found = await deps.reads.payment(scopeOf(request), pathId(request, "pay"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, JSON.stringify(representPayment(found.payment, found.attempts)));
  });
}

function listRoute(api: Api, deps: ApiDeps, guards: Guards): void {
  const schema = {
    operationId: "listPayments",
    summary: "List payments, newest first",
    tags,
    querystring: listPaymentsQuery,
    response: { 200: shows("PaymentList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/payments", { onRequest: guards("payments.read"), schema }, async (request, reply) => {
    const { status, order_id: orderId } = request.query;
    const page = await deps.reads.payments(scopeOf(request), { ...pageOf(request.query, "pay"), status, orderId });
    return sendText(reply, 200, renderList(page, renderListedPayment));
  });
}
