/** Checkout sessions: a page of ours on which a shopper pays an order. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import {
  type CheckoutSession,
  checkoutStatuses,
  CHECKOUT_LASTS_S,
  CHECKOUT_LASTS_S_MAX,
  CHECKOUT_LASTS_S_MIN,
} from "../../core/checkout.ts";
import { methodTypes } from "../../core/methods/method.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { cancelCheckout } from "../../flows/checkout/cancel.ts";
import { checkoutOf, createCheckoutSession, type FoundCheckout, representSession } from "../../flows/checkout/sessions.ts";
import type { App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import { withMembers } from "../client-secrets.ts";
import { readCredentials } from "../credentials.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { readCustomer, readLocale, readWebUrl } from "../payment-input.ts";
import {
  component,
  emptyBody,
  errorAnswers,
  idempotencyHeader,
  idParams,
  idPattern,
  LOCALE,
  nullable,
  shows,
  strict,
  timestamp,
  WEB_URL,
} from "../schemas/common.ts";
import { customerIn, customerShown } from "../schemas/payment.ts";

export function checkoutSessionRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  cancelRoute(api, deps);
  getRoute(api, {
    noun: "CheckoutSession",
    tag: "Checkout",
    path: "/v1/checkout/sessions/:id",
    prefix: "cs",
    permission: "payments.read",
    description: "As it is now. Whether it was paid, its order says, and its order's payments.",
    read: ({ merchantId, mode }, id) => sessionOf(deps, { merchantId, mode }, id),
    text: (found, request) => textOf(deps, request, found),
  });
}

interface Session extends FoundCheckout {
  readonly session: CheckoutSession;
}

async function sessionOf({ flows }: ApiDeps, scope: Scope, id: string): Promise<Session | null> {
  const found = await checkoutOf(flows, scope, id);
  return found?.session ? { ...found, session: found.session } : null;
}

/** As it is now. */
function textOf(deps: ApiDeps, request: FastifyRequest, found: Session): string {
  return withLink(deps, request, JSON.stringify(representSession(found, deps.flows.clock.now())), found.session.id);
}

const webUrl = (description: string) => Type.Optional(Type.String({ maxLength: 2_048, pattern: WEB_URL, description }));

const createBody = strict({
  order_id: Type.String({
    pattern: idPattern("ord"),
    description: "The order that is to be paid. Its amount and currency are the checkout's.",
  }),
  methods: Type.Optional(
    Type.Array(Type.Enum([...methodTypes]), {
      minItems: 1,
      maxItems: methodTypes.length,
      description: "What the shopper may choose of. Left out: all that your accounts take.",
    }),
  ),
  return_url: webUrl("Where the shopper goes on after the payment. http or https. Left out: the page stays and says that it is paid."),
  cancel_url: webUrl("Where the shopper goes who does not want to pay. http or https."),
  locale: Type.Optional(
    Type.String({
      maxLength: 35,
      pattern: LOCALE,
      description: "The page's language, as a tag of BCP 47. Left out: the browser's.",
      examples: ["hi"],
    }),
  ),
  customer: Type.Optional(customerIn),
  expires_in: Type.Optional(
    Type.Integer({
      minimum: CHECKOUT_LASTS_S_MIN,
      maximum: CHECKOUT_LASTS_S_MAX,
      default: CHECKOUT_LASTS_S,
      description: "Seconds from now on in which it can be paid. A payment under way then goes on.",
    }),
  ),
});

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createCheckoutSession",
    summary: "Create a checkout session",
    description:
      "A page on which a shopper pays your order: send the shopper's browser to `url`, or open the session in a frame with the SDK by its " +
      "`client_secret`. An order may have several; at most one of its payments is live at a time. Wait for the webhook, not for the shopper to come back.",
    tags: ["Checkout"],
    headers: idempotencyHeader,
    body: createBody,
    response: {
      201: shows("CheckoutSession", "The session."),
      ...errorAnswers("write", ["not_found", "invalid_state", "invalid_url"]),
    },
  };
  api.post("/v1/checkout/sessions", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const { order_id: orderId, methods = null, locale, customer, expires_in: lastsS = CHECKOUT_LASTS_S, ...urls } = request.body;
    const answer = await createCheckoutSession(deps.flows, callerOf(deps, request), {
      orderId,
      methods: methods && [...new Set(methods)],
      locale: readLocale(locale, "locale"),
      customer: readCustomer(customer),
      returnUrl: readWebUrl(urls.return_url, "return_url"),
      cancelUrl: readWebUrl(urls.cancel_url, "cancel_url"),
      expiresInMs: lastsS * 1_000,
    });
    if (answer.status >= 400) return sendAnswer(reply, answer);
    const { id } = JSON.parse(answer.body) as { readonly id: string };
    return sendAnswer(reply, { ...answer, body: withLink(deps, request, answer.body, id) });
  });
}

function cancelRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "cancelCheckoutSession",
    summary: "Cancel a checkout session",
    description:
      "Its page says so and takes no payment any more. A payment that waits for its shopper is called off; one that is with the bank goes " +
      "on, and its outcome says whether the order is paid. Again is the same.",
    tags: ["Checkout"],
    params: idParams,
    headers: idempotencyHeader,
    body: emptyBody,
    response: { 200: shows("CheckoutSession", "The session."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  };
  api.post("/v1/checkout/sessions/:id/cancel", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const [scope, id] = [scopeOf(request), pathId(request, "cs")];
    const found = await sessionOf(deps, scope, id);
    if (found === null) throw new TillwayError("not_found");
    if (found.order.status === "paid")
      throw new TillwayError("invalid_state", { message: "Its order is paid already. Give the money back by a refund." });
    await cancelCheckout(deps.flows, callerOf(deps, request), found);
    return sendText(reply, 200, textOf(deps, request, (await sessionOf(deps, scope, id)) ?? found));
  });
}

/** The fragment is sent to no server. */
function withLink({ secrets, checkoutUrl }: ApiDeps, request: FastifyRequest, text: string, id: string): string {
  const secret = secrets.of(scopeOf(request), id);
  const { key } = readCredentials(request)!;
  return withMembers(text, { client_secret: secret, url: `${checkoutUrl}/c/${id}#${secret}&key=${key}` });
}

export const checkoutSessionSchema = component("CheckoutSession", {
  id: Type.String({ examples: ["cs_01KAJ0000000000000000000AB"] }),
  object: Type.Literal("checkout_session"),
  status: Type.Enum([...checkoutStatuses], {
    description: "`complete`: its order is paid. `used_up`: its order is of a payment link that others have paid as often as it may be.",
  }),
  order_id: Type.String({ examples: ["ord_01KAJ0000000000000000000AB"] }),
  methods: nullable(Type.Array(Type.Enum([...methodTypes]), { description: "null: all that your accounts take." })),
  return_url: nullable(Type.String()),
  cancel_url: nullable(Type.String()),
  locale: nullable(Type.String({ description: "null: the browser's." })),
  customer: customerShown,
  expires_at: timestamp("Until when it can be paid."),
  created_at: timestamp("When it was created."),
  client_secret: Type.String({
    description: "Opens this session in the shopper's browser. Give it to that shopper alone, and keep it out of logs.",
  }),
  url: Type.String({ description: "The page. It holds the secret, behind `#`." }),
});
