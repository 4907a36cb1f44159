/** Razorpay's Checkout in the shopper's browser, as data: where its script is, and what it needs. */
import type { HostedFields } from "../../core/ports/hosted-fields.ts";

export const RAZORPAY_API = "https://api.razorpay.com";
const CHECKOUT = "https://checkout.razorpay.com";
/** Of the script that watches for fraud, which Checkout loads. */
const CDN = "https://cdn.razorpay.com";

export function checkoutScript(baseUrl: string): string {
  return `${baseUrl === RAZORPAY_API ? CHECKOUT : baseUrl}/v1/checkout.js`;
}

/** Its frame is on the API's own host; it reports to `lumberjack`. The order that is paid is this account's. */
export function razorpayFields(baseUrl: string): HostedFields {
  const isReal = baseUrl === RAZORPAY_API;
  const { origin } = new URL(baseUrl);
  return {
    adapter: "razorpay",
    scriptUrl: checkoutScript(baseUrl),
    csp: {
      script: isReal ? [CHECKOUT, CDN] : [origin],
      frame: isReal ? [RAZORPAY_API, CHECKOUT] : [origin],
      connect: isReal ? [RAZORPAY_API, "https://lumberjack.razorpay.com"] : [origin],
    },
    // Nowhere does Razorpay say that its script lives with them.
    trustedTypes: false,
    credentials: ["key_id"],
    tokens: "account",
  };
}
