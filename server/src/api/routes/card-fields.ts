/** The card fields of a payment: what a page needs to let the shopper type a card that only the gateway sees. */
import { Type } from "typebox";
import type { Scope } from "../../core/model.ts";
import { representPayment } from "../../core/represent.ts";
import { cardFieldsFor } from "../../flows/payments/card-fields.ts";
import { shopperReturned } from "../../flows/payments/returned.ts";
import type { App } from "../../http/app.ts";
import { pathId, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, idParams, nullable, shows, strict } from "../schemas/common.ts";

export function cardFieldsRoutes(api: App, deps: ApiDeps): void {
  returnedRoute(api, deps);
  const schema = {
    operationId: "getCardFields",
    summary: "Get the card fields of a payment",
    description:
      "Which gateway's own card fields a page shows for this payment, and what it needs for them: no secret is in it, so it may go to the shopper's " +
      "browser. The shopper's card goes to the gateway alone; what the fields give, `token` and `account`, is sent as `card` to confirm. " +
      "Of a payment that is `created`. The account is the one that routing would choose at this moment; nothing is written.",
    tags: ["Payments"],
    params: idParams,
    querystring: Type.Object({}),
    response: {
      200: shows("CardFields", "The fields."),
      ...errorAnswers("get", ["not_found", "invalid_state", "unsupported_method", "unsupported_currency", "unsupported_amount"]),
    },
  };
  api.get("/v1/payments/:id/card-fields", { onRequest: api.guard("payments.read"), schema }, async (request, reply) => {
    const paymentId = pathId(request, "pay");
    return sendText(reply, 200, await cardFieldsText(deps, scopeOf(request), paymentId));
  });
}

/** The answer about a payment's card fields. Throws `TillwayError` as the flow does. */
export async function cardFieldsText(deps: ApiDeps, scope: Scope, paymentId: string): Promise<string> {
  const byConnector = new Map([...deps.tokenizers].flatMap(([name, { fields }]) => (fields ? [[name, fields]] : [])));
  const { fields, config, account } = await cardFieldsFor(deps.flows, scope, paymentId, byConnector);
  const { script, frame, connect } = fields.csp;
  return JSON.stringify({
    object: "card_fields",
    payment_id: paymentId,
    adapter: fields.adapter,
    script_url: fields.scriptUrl,
    config,
    account,
    csp: { script_src: script, frame_src: frame, connect_src: connect },
  });
}

/** Names and values that a gateway signs: three short ones at Razorpay. */
const PROOF_FIELDS_MAX = 10;

export const proofBody = strict({
  proof: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 500 }), {
    maxProperties: PROOF_FIELDS_MAX,
    description: "`proof` of what `act` of the card fields gave, unchanged.",
  }),
});

function returnedRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "reportReturn",
    summary: "Bring what the gateway signed for the shopper's browser",
    description:
      "After `next_action` of type `card_fields`: the gateway's signature is checked, and then the gateway is asked what became of the payment. " +
      "What the browser brings is never believed, and nothing is lost without it: the gateway is asked anyway, a little later.",
    tags: ["Payments"],
    params: idParams,
    body: proofBody,
    response: { 200: shows("Payment", "The payment as it is now."), ...errorAnswers("write", ["not_found", "conflicting_field"]) },
  };
  api.post("/v1/payments/:id/returned", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const found = await shopperReturned(deps.flows, scopeOf(request), pathId(request, "pay"), request.body.proof);
    return sendText(reply, 200, JSON.stringify(representPayment(found.payment, found)));
  });
}

const origins = (description: string) => Type.Array(Type.String({ examples: ["https://js.stripe.com"] }), { description });

export const cardFieldsSchema = component("CardFields", {
  object: Type.Literal("card_fields"),
  payment_id: Type.String(),
  adapter: Type.String({ description: "The browser code that shows them; `@tillway/sdk/fields` has it.", examples: ["stripe"] }),
  script_url: nullable(
    Type.String({ description: "The gateway's own script. null: none is needed.", examples: ["https://js.stripe.com/v3/"] }),
  ),
  config: Type.Record(Type.String(), Type.String(), {
    description: "For the adapter. Public values only.",
    examples: [{ publishable_key: "pk_test_5Yx8Qd2mW7aKcT1nRbVhJz3e" }],
  }),
  account: nullable(
    Type.String({
      description:
        "Sent back as `card.account`: a token of these fields can be charged there and nowhere else. null: anywhere at its gateway.",
      examples: ["acc_01KAJ0000000000000000000AB"],
    }),
  ),
  csp: strict({
    script_src: origins("Of scripts."),
    frame_src: origins("Of frames."),
    connect_src: origins("Of requests by script."),
  }),
});
