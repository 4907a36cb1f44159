/** Refunds: create, get, list. */
import type { Page } from "../../core/ports/reads.ts";
import { representRefund } from "../../core/represent.ts";
import type { RefundStatus } from "../../core/states.ts";
import { refundPayment } from "../../flows/payments/operations.ts";
import { actorOf, type App } from "../../http/app.ts";
import { callerOf, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { listText } from "../lists.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { amountsOf, errorAnswers, idempotencyHeader, shows, wordsOf } from "../schemas/common.ts";
import { createRefundBody, listRefundsQuery } from "../schemas/payment.ts";

export function refundRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  getRoute(api, {
    noun: "Refund",
    tag: "Refunds",
    description: "As it is now.",
    path: "/v1/refunds/:id",
    prefix: "rfnd",
    permission: "payments.read",
    read: deps.reads.refund,
    text: (row) => JSON.stringify(representRefund(row)),
  });
  listRoute(api, deps);
}

const tags = ["Refunds"];

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createRefund",
    summary: "Give captured money back, or a part of it",
    description:
      "Accepted at once, its amount reserved: all refunds of a payment together never exceed what was captured. A worker sends it; webhooks, or asking, say what became of it.",
    tags,
    headers: idempotencyHeader,
    body: createRefundBody,
    response: {
      201: shows("Refund", "The refund, accepted."),
      ...errorAnswers("write", [
        "not_found",
        "invalid_state",
        "amount_too_large",
        "invalid_amount",
        "unsupported_amount",
        "confirmation_required",
      ]),
    },
  };
  api.post("/v1/refunds", { onRequest: api.guard("refunds.write"), schema, config: { load: "critical" } }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const { payment_id: paymentId, amount, reason = null } = request.body;
    if (reason !== null) refuseCardNumbers("reason", reason);
    const isBounded = actorOf(request).person?.isConfirmed === false;
    const unconfirmedUpTo = isBounded ? await deps.flows.settings.refundLimits(caller.scope.merchantId) : undefined;
    return sendAnswer(reply, await refundPayment(deps.flows, caller, { paymentId, amount, reason, unconfirmedUpTo }));
  });
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listRefunds",
    summary: "List refunds, newest first",
    description: "By time of creation. All that is given must hold.",
    tags,
    querystring: listRefundsQuery,
    response: { 200: shows("RefundList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/refunds", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { payment_id: paymentId, status } = request.query;
    const filter = { statuses: wordsOf<RefundStatus>(status), paymentId, ...amountsOf(request.query) };
    const read = (page: Page) => deps.reads.refunds(scopeOf(request), { ...page, ...filter });
    return sendText(reply, 200, await listText(request.query, { prefix: "rfnd", read, render: (row) => representRefund(row) }));
  });
}
