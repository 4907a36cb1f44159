/** Razorpay as one of the gateways. */
import type { Tokenizer } from "../../core/ports/connector.ts";
import type { Entry, Gateway, GatewayContext } from "../exchange.ts";
import { createRazorpayConnector } from "./connector.ts";
import { RAZORPAY_API, razorpayFields } from "./fields.ts";
import { isCardToken } from "./methods.ts";

export const razorpay: Entry = {
  title: "Razorpay",
  url: RAZORPAY_API,
  switches: {
    UPI_COLLECT:
      "Lets payments ask a payer's VPA at Razorpay (UPI Collect), which Razorpay ended on 2026-02-28 but for a few kinds of business",
  },
  open: openRazorpay,
};

function openRazorpay(context: GatewayContext): Gateway | null {
  const place = context.places["razorpay"];
  if (place === undefined) return null;
  const deps = {
    ...context,
    http: place.http ?? context.http,
    baseUrl: place.baseUrl,
    upiCollect: place.switches?.["UPI_COLLECT"] ?? false,
  };
  return { connector: createRazorpayConnector(deps), tokenizer: { ...savedCards, fields: razorpayFields(place.baseUrl) } };
}

/** Cards are saved at Razorpay, by its own Checkout: only tokens come here, and they show nothing of a card. */
const savedCards: Tokenizer = {
  describe: (token) => Promise.resolve(isCardToken(token) ? { network: null, last4: null } : null),
};
