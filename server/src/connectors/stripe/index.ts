/** Stripe as one of the gateways. */
import type { Entry, Gateway, GatewayContext } from "../exchange.ts";
import { STRIPE_API, stripeFields, stripeTokens } from "./cards.ts";
import { createStripeConnector } from "./connector.ts";

export const stripe: Entry = { title: "Stripe", url: STRIPE_API, open: openStripe };

function openStripe(context: GatewayContext): Gateway | null {
  const place = context.places["stripe"];
  if (place === undefined) return null;
  const deps = { ...context, http: place.http ?? context.http, baseUrl: place.baseUrl };
  return { connector: createStripeConnector(deps), tokenizer: { ...stripeTokens, fields: stripeFields(deps.baseUrl) } };
}
