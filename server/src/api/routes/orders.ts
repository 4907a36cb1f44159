/** Orders: create, get, list. */
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import type { Order, Scope } from "../../core/model.ts";
import { currencies } from "../../core/money.ts";
import type { Page } from "../../core/ports/reads.ts";
import { representOrder } from "../../core/represent.ts";
import { orderMachine, type OrderStatus } from "../../core/states.ts";
import { createOrder } from "../../flows/orders/create.ts";
import type { App } from "../../http/app.ts";
import { callerOf, scopeOf, sendAnswer, sendText } from "../caller.ts";
import { withMembers } from "../client-secrets.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { listText } from "../lists.ts";
import { refuseCardsIn } from "../payment-input.ts";
import {
  amount,
  amountIn,
  amountQuery,
  amountsOf,
  component,
  currencyIn,
  errorAnswers,
  idempotencyHeader,
  idPattern,
  listOf,
  nullable,
  pageQuery,
  shows,
  strict,
  timestamp,
  wordsIn,
  wordsOf,
} from "../schemas/common.ts";
import { metadataIn } from "../schemas/payment.ts";

export function orderRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  getRoute(api, {
    noun: "Order",
    tag: "Orders",
    path: "/v1/orders/:id",
    prefix: "ord",
    permission: "payments.read",
    description: "As it is now. Its payments: `GET /v1/payments?order_id=…`.",
    read: deps.reads.order,
    text: (row) => JSON.stringify(shownOrder(deps, row)),
  });
  listRoute(api, deps);
}

const tags = ["Orders"];
const statuses = Object.keys(orderMachine.states) as OrderStatus[];
const receipt = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });

const createOrderBody = strict({
  amount: amountIn("In minor units: 50000 is 500.00 INR."),
  currency: currencyIn(),
  receipt: Type.Optional(receipt("Your own number of it. No card numbers.")),
  notes: Type.Optional(metadataIn),
});

const listOrdersQuery = Type.Object({
  ...pageQuery("ord"),
  status: wordsIn(statuses, "Those with this status."),
  ...amountQuery,
  receipt: Type.Optional(receipt("Those with this receipt.")),
  payment_link_id: Type.Optional(
    Type.String({ maxLength: 64, pattern: idPattern("plink"), description: "Those that shoppers made from this payment link." }),
  ),
});

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createOrder",
    summary: "Create an order",
    description:
      "What is to be paid. Pay it with a payment of the same amount and currency whose `order_id` is the order's id: at most one of them is live at a time.",
    tags,
    headers: idempotencyHeader,
    body: createOrderBody,
    response: { 201: shows("Order", "The order."), ...errorAnswers("write", ["invalid_amount", "invalid_currency"]) },
  };
  api.post("/v1/orders", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const { amount: wanted, currency, receipt: own, notes } = request.body;
    if (!currencies.has(currency)) throw new TillwayError("invalid_currency", { param: "currency" });
    refuseCardsIn({ receipt: own }, { notes });
    const answer = await createOrder(deps.flows, caller, { amount: wanted, currency, receipt: own ?? null, notes: notes ?? {} });
    return sendAnswer(reply, answer.status < 400 ? { ...answer, body: withSecret(deps, caller.scope, answer.body) } : answer);
  });
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listOrders",
    summary: "List orders, newest first",
    description: "By time of creation. All that is given must hold.",
    tags,
    querystring: listOrdersQuery,
    response: { 200: shows("OrderList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/orders", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { status, receipt: own, payment_link_id: paymentLinkId } = request.query;
    const filter = { statuses: wordsOf<OrderStatus>(status), receipt: own, paymentLinkId, ...amountsOf(request.query) };
    const read = (page: Page) => deps.reads.orders(scopeOf(request), { ...page, ...filter });
    return sendText(reply, 200, await listText(request.query, { prefix: "ord", read, render: (row) => shownOrder(deps, row) }));
  });
}

function shownOrder({ secrets }: ApiDeps, row: Order): Record<string, unknown> {
  return { ...representOrder(row), client_secret: secrets.of(row, row.id) };
}

/** What is stored for repeats of the request holds no secret. */
function withSecret({ secrets }: ApiDeps, scope: Scope, text: string): string {
  const { id } = JSON.parse(text) as { readonly id: string };
  return withMembers(text, { client_secret: secrets.of(scope, id) });
}

/** As `core/represent.ts` renders it, with its secret. */
export const orderSchema = component("Order", {
  id: Type.String({ examples: ["ord_01KAJ0000000000000000000AB"] }),
  object: Type.Literal("order"),
  status: Type.Enum(statuses),
  amount: amount(),
  amount_paid: amount(),
  amount_due: amount(),
  currency: Type.String(),
  receipt: nullable(Type.String()),
  notes: Type.Record(Type.String(), Type.String()),
  payment_link_id: nullable(Type.String({ description: "The payment link that a shopper made it from. null: you made it." })),
  created_at: timestamp("When it was created."),
  client_secret: Type.String({
    description:
      "Opens this order to a shopper's browser, to see it and to pay it. Give it to that shopper alone, and keep it out of logs.",
  }),
});

export const orderListSchema = listOf("OrderList", "Order");
