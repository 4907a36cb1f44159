/** A shopper's payments of one order. Every rule about money is that of the flows. */
import { Type } from "typebox";
import { scopeOf, sendAnswer, sendText } from "../api/caller.ts";
import { withMembers } from "../api/client-secrets.ts";
import { readCard } from "../api/card-input.ts";
import { readMethod } from "../api/method-input.ts";
import { cardFieldsText, proofBody } from "../api/routes/card-fields.ts";
import { readAndAct } from "../api/routes/payments.ts";
import { emptyBody, strict } from "../api/schemas/common.ts";
import { methodConditions, methodFields } from "../api/schemas/method.ts";
import { payingAt } from "../core/checkout.ts";
import { TillwayError } from "../core/errors.ts";
import type { PaymentMethod } from "../core/model.ts";
import type { FoundCheckout } from "../flows/checkout/sessions.ts";
import type { Answer } from "../flows/idempotency.ts";
import { createPayment, type CreatePaymentInput } from "../flows/payments/create.ts";
import { cancelPayment, confirmPayment } from "../flows/payments/operations.ts";
import { shopperReturned } from "../flows/payments/returned.ts";
import type { App } from "../http/app.ts";
import { begunPayments, namingNoOther } from "./begun.ts";
import type { CheckoutDeps } from "./deps.ts";
import { opened, paymentOf, refuseUnlessOpen, shopperOf, type Opened } from "./opened.ts";
import { checkoutPayment, forShopper } from "./payment.ts";

const { return_url: _, ...ownFields } = methodFields;
const methodBody = Type.Object(ownFields, { additionalProperties: false, ...methodConditions });
type Bounded = ReturnType<typeof begunPayments>;
type MethodBody = Parameters<typeof readMethod>[1];

export function paymentRoutes(app: App, deps: CheckoutDeps): void {
  tokenRoute(app, deps);
  const bounded = begunPayments(deps);
  createRoute(app, deps, bounded);
  confirmRoute(app, deps, bounded);
  cardFieldsRoutes(app, deps);
  app.get(
    "/v1/checkout/payments/:id",
    { onRequest: app.guard("payments.read"), schema: { querystring: Type.Object({}) } },
    async (request, reply) =>
      sendText(reply, 200, JSON.stringify(checkoutPayment(await paymentOf(deps, request, await opened(deps, request, "payment"))))),
  );
  app.post(
    "/v1/checkout/payments/:id/cancel",
    { onRequest: app.guard("payments.write"), schema: { body: emptyBody }, config: { load: "critical" } },
    async (request, reply) => {
      const found = await opened(deps, request, "payment");
      const { payment } = await paymentOf(deps, request, found);
      const answer = await cancelPayment(deps.flows, shopperOf(deps, request, found), { paymentId: payment.id, by: "shopper" });
      return sendAnswer(reply, await forShopper(deps, scopeOf(request), answer));
    },
  );
}

/** Only published test cards become tokens here: a real card is typed into its gateway's own fields. */
function tokenRoute(app: App, deps: CheckoutDeps): void {
  const schema = { body: strict({ card: methodFields.card }) };
  app.post("/v1/checkout/tokens", { onRequest: app.guard("payments.write"), schema }, async (request, reply) => {
    const { card } = request.body;
    if (card === undefined) throw new TillwayError("missing_field", { param: "card", message: "card is required." });
    if (card.token !== undefined)
      throw new TillwayError("invalid_field", { param: "card.token", message: "Send the card's fields: a token needs no other." });
    const method = await readCard(deps, card);
    if (method.type !== "card") throw new Error("a card became another method");
    const { token, network, last4 } = method;
    return sendText(reply, 200, JSON.stringify({ object: "card_token", token, network, last4 }));
  });
}

/** It does not wait for the payment's end: the page follows it. */
function createRoute(app: App, deps: CheckoutDeps, bounded: Bounded): void {
  const schema = { body: methodBody };
  const config = { keepsRequest: true };
  app.post("/v1/checkout/payments", { onRequest: app.guard("payments.write"), schema, config }, async (request, reply) => {
    const found = await opened(deps, request, "opening");
    const caller = shopperOf(deps, request, found);
    const read = () => readWanted(deps, found, request.body);
    const said = { customer: payingAt(found.session, request.headers["accept-language"]), returnUrl: returnUrl(deps) };
    const create = () => readAndAct(deps, caller, read, (method) => createPayment(deps.flows, caller, wanted(found, { method, ...said })));
    const answer = await bounded(found, request.body.method !== undefined, () => namingNoOther(found, create));
    return sendAnswer(reply, withItsSecret(deps, found, await forShopper(deps, caller.scope, answer)));
  });
}

/** What does not follow from the order. */
type Chosen = Pick<CreatePaymentInput, "method" | "customer" | "returnUrl">;

function wanted({ order, link }: FoundCheckout, { method, customer, returnUrl }: Chosen): CreatePaymentInput {
  return {
    amount: order.amount,
    currency: order.currency,
    method,
    orderId: order.id,
    captureMethod: "automatic",
    // Without a method it waits for the card that a gateway's fields will give.
    confirm: method === null ? false : null,
    description: link?.description ?? null,
    metadata: link?.metadata ?? {},
    customer,
    returnUrl,
  };
}

/** Whoever began it without the order's secret follows this payment by a secret of its own, and no other one. */
function withItsSecret({ secrets }: CheckoutDeps, { by, order }: Opened, answer: Answer): Answer {
  if (by !== "opening" || answer.status >= 400) return answer;
  const { id } = JSON.parse(answer.body) as { readonly id: string };
  return { ...answer, body: withMembers(answer.body, { client_secret: secrets.of(order, id) }) };
}

/** The answer waits for the outcome, 10 s at most. */
function confirmRoute(app: App, deps: CheckoutDeps, bounded: Bounded): void {
  const options = { onRequest: app.guard("payments.write"), schema: { body: methodBody }, config: { load: "critical" } } as const;
  app.post("/v1/checkout/payments/:id/confirm", options, async (request, reply) => {
    const found = await opened(deps, request, "payment");
    const { payment } = await paymentOf(deps, request, found);
    const caller = shopperOf(deps, request, found);
    const read = () => readWanted(deps, found, request.body);
    const confirm = () =>
      readAndAct(deps, caller, read, (method) =>
        confirmPayment(deps.flows, caller, { paymentId: payment.id, method, returnUrl: returnUrl(deps) }),
      );
    const answer = await bounded(found, true, () => namingNoOther(found, confirm));
    return sendAnswer(reply, await forShopper(deps, caller.scope, answer));
  });
}

function cardFieldsRoutes(app: App, deps: CheckoutDeps): void {
  app.get(
    "/v1/checkout/payments/:id/card-fields",
    { onRequest: app.guard("payments.read"), schema: { querystring: Type.Object({}) } },
    async (request, reply) => {
      const { payment } = await paymentOf(deps, request, await opened(deps, request, "payment"));
      return sendText(reply, 200, await cardFieldsText(deps, scopeOf(request), payment.id));
    },
  );
  app.post(
    "/v1/checkout/payments/:id/returned",
    { onRequest: app.guard("payments.write"), schema: { body: proofBody } },
    async (request, reply) => {
      const { payment } = await paymentOf(deps, request, await opened(deps, request, "payment"));
      const after = await shopperReturned(deps.flows, scopeOf(request), payment.id, request.body.proof);
      return sendText(reply, 200, JSON.stringify(checkoutPayment(after)));
    },
  );
}

/** The method that the shopper chose, of those that the session leaves, while it is open. */
async function readWanted(deps: CheckoutDeps, found: FoundCheckout, body: MethodBody): Promise<PaymentMethod | null> {
  refuseUnlessOpen(found, deps.flows.clock.now());
  const method = await readMethod(deps, body);
  const { session } = found;
  if (method !== null && session?.methods?.includes(method.type) === false)
    throw new TillwayError("unsupported_method", {
      param: "method",
      message: `This checkout does not take ${method.type}. GET /v1/checkout says what it takes.`,
    });
  return method;
}

/** The bank's page comes back to a page of ours, which knows where the shopper's window waits. */
function returnUrl({ checkoutUrl }: CheckoutDeps): string {
  return `${checkoutUrl}/return`;
}
