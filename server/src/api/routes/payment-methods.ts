/** How the merchant's shoppers can pay: what a checkout makes its form of. */
import { Type } from "typebox";
import { nextActions, type NextActionType } from "../../core/methods/actions.ts";
import { methodTypes } from "../../core/methods/method.ts";
import { offersOf, type Gateway, type MethodOffer, type OfferedField } from "../../core/methods/offers.ts";
import type { Scope } from "../../core/model.ts";
import type { Capabilities } from "../../core/ports/connector.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers, listOf, resource, shows, strict } from "../schemas/common.ts";

export function paymentMethodRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listPaymentMethods",
    summary: "List payment methods",
    description:
      "Each method that an enabled connector account of yours takes, in the mode of the key that asks: its fields, as a form asks for them, and what the shopper may have to do next.",
    tags: ["Payments"],
    querystring: Type.Object({}),
    response: { 200: shows("PaymentMethodList", "Methods that your shoppers can pay with."), ...errorAnswers("get", []) },
  };
  api.get("/v1/payment-methods", { onRequest: api.guard("payments.read"), schema }, async (request, reply) => {
    const data = (await offersFor(deps, scopeOf(request))).map(methodShown.render);
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: false }));
  });
}

/** What the merchant's enabled accounts take, of those gateways that `suits` lets through. */
export async function offersFor(
  deps: ApiDeps,
  scope: Scope,
  suits: (gateway: Capabilities) => boolean = () => true,
): Promise<readonly MethodOffer[]> {
  const accounts = await deps.flows.settings.accounts(scope);
  const enabled = accounts.filter(({ status, connector }) => {
    const gateway = deps.flows.connectors.get(connector)?.capabilities;
    return status === "enabled" && gateway !== undefined && suits(gateway);
  });
  return offersOf(enabled, (connector) => gatewayOf(deps, connector));
}

function gatewayOf({ flows, tokenizers }: ApiDeps, connector: string): Gateway | undefined {
  const capabilities = flows.connectors.get(connector)?.capabilities;
  return capabilities && { ...capabilities, exchanges: tokenizers.get(connector)?.tokenize !== undefined };
}

const limit = (description: string) => Type.Optional(Type.Integer({ description: `${description} Left out: none.` }));

const field = strict({
  name: Type.String({ description: "In the object that has the method's name.", examples: ["vpa"] }),
  label: Type.String({ description: "For people.", examples: ["UPI ID"] }),
  type: Type.Enum(["text", "digits", "number"], {
    description: "digits: a text of digits, for which phones show their number pad; number: an integer.",
  }),
  is_secret: Type.Boolean({ description: "True: never keep or log it. Tillway shows it to nobody." }),
  pattern: Type.Optional(Type.String({ description: "A regular expression that all of it fits. Left out: any text." })),
  min_length: limit("Characters."),
  max_length: limit("Characters."),
  minimum: limit("Of a number."),
  maximum: limit("Of a number."),
  help: Type.String({ description: "For people: what it must look like." }),
  // Not "example": linters take an object with a type and an example for a schema.
  placeholder: Type.String({ description: "A value that would do.", examples: ["shopper@okbank"] }),
  options: Type.Optional(
    Type.Array(strict({ value: Type.String({ examples: ["HDFC"] }), label: Type.String({ examples: ["HDFC Bank"] }) }), {
      description: "What can be chosen, by what your gateways take. Left out: any value that fits.",
    }),
  ),
});

const account = strict({
  id: Type.String({ description: "A connector account." }),
  connector: Type.String({ description: "The gateway." }),
  forms: Type.Array(Type.Array(Type.String()), {
    description: "Fields that are sent together, one list for each way to pay. An empty list: the gateway asks for nothing.",
    examples: [[["vpa"], []]],
  }),
});

function shownField({ name, label, type, isSecret = false, example, options, ...more }: OfferedField): Record<string, unknown> {
  const { pattern, minLength, maxLength, minimum, maximum, help } = more;
  return {
    name,
    label,
    type,
    is_secret: isSecret,
    pattern,
    min_length: minLength,
    max_length: maxLength,
    minimum,
    maximum,
    help,
    placeholder: String(example),
    options: options === null ? undefined : Object.entries(options).map(([value, of]) => ({ value, label: of })),
  };
}

export const methodShown = resource<MethodOffer>("PaymentMethod", {
  type: [Type.Enum([...methodTypes], { description: "What a payment names as its `method`." }), ({ type }) => type],
  object: [Type.Literal("payment_method"), () => "payment_method"],
  label: [Type.String({ description: "For people.", examples: ["UPI"] }), ({ label }) => label],
  fields: [Type.Array(field), ({ fields }) => fields.map(shownField)],
  next_actions: [
    Type.Array(Type.Enum(Object.keys(nextActions) as NextActionType[]), {
      description: "Which `next_action` a payment by it may have; it may have none.",
    }),
    ({ actions }) => actions,
  ],
  accounts: [
    Type.Array(account, { description: "Who takes it, by priority. Routing rules may choose another order." }),
    ({ accounts }) => accounts,
  ],
});

export const paymentMethodListSchema = listOf("PaymentMethodList", "PaymentMethod");
