/** Stripe's tokens of cards. Cards are exchanged for them in the shopper's browser, by Stripe's own script: there is no way to do it here. */
import type { Tokenizer } from "../../core/ports/connector.ts";
import type { HostedFields } from "../../core/ports/hosted-fields.ts";

export const STRIPE_API = "https://api.stripe.com";

/** The tokens for tests that Stripe publishes, and the cards they stand for: https://docs.stripe.com/testing, "PaymentMethods". */
const testTokens: ReadonlyMap<string, readonly [network: string, last4: string]> = new Map([
  ["pm_card_visa", ["visa", "4242"]],
  ["pm_card_visa_debit", ["visa", "5556"]],
  ["pm_card_mastercard", ["mastercard", "4444"]],
  ["pm_card_mastercard_debit", ["mastercard", "8210"]],
  ["pm_card_mastercard_prepaid", ["mastercard", "5100"]],
  ["pm_card_amex", ["amex", "0005"]],
  ["pm_card_discover", ["discover", "1117"]],
  ["pm_card_diners", ["diners", "0004"]],
  ["pm_card_jcb", ["jcb", "0505"]],
  ["pm_card_unionpay", ["unionpay", "0005"]],
  ["pm_card_visa_chargeDeclined", ["visa", "0002"]],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", ["visa", "9995"]],
  ["pm_card_visa_chargeDeclinedLostCard", ["visa", "9987"]],
  ["pm_card_visa_chargeDeclinedStolenCard", ["visa", "9979"]],
  ["pm_card_chargeDeclinedExpiredCard", ["visa", "0069"]],
  ["pm_card_chargeDeclinedIncorrectCvc", ["visa", "0127"]],
  ["pm_card_chargeDeclinedProcessingError", ["visa", "0119"]],
  ["pm_card_visa_chargeDeclinedVelocityLimitExceeded", ["visa", "6975"]],
  ["pm_card_radarBlock", ["visa", "0019"]],
  ["pm_card_authenticationRequired", ["visa", "3184"]],
  ["pm_card_threeDSecure2Required", ["visa", "3220"]],
  ["pm_card_createDispute", ["visa", "0259"]],
  ["pm_card_pendingRefund", ["visa", "7726"]],
  ["pm_card_refundFail", ["visa", "5126"]],
  ["pm_card_bypassPending", ["visa", "0077"]],
  ["pm_card_chargeCustomerFail", ["visa", "0341"]],
]);

const TOKEN = /^pm_[A-Za-z0-9_]{1,100}$/;

/** What Stripe publishes for its script: https://docs.stripe.com/security/guide, "Content security policy". */
const published: Pick<HostedFields, "scriptUrl" | "csp"> = {
  scriptUrl: "https://js.stripe.com/v3/",
  csp: {
    script: ["https://js.stripe.com", "https://*.js.stripe.com"],
    frame: ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"],
    connect: [STRIPE_API],
  },
};

/** Stripe's script, or that of the far side that stands for it. A token belongs to the account of the publishable key. */
export function stripeFields(baseUrl: string): HostedFields {
  const origins = [new URL(baseUrl).origin];
  const own = { scriptUrl: `${baseUrl}/v3/`, csp: { script: origins, frame: origins, connect: origins } };
  const place = baseUrl === STRIPE_API ? published : own;
  return { adapter: "stripe", ...place, trustedTypes: true, credentials: ["publishable_key"], tokens: "account" };
}

/** Network and last digits of a real token are Stripe's to tell; they are not invented here. */
export const stripeTokens: Tokenizer = {
  async describe(token) {
    if (!TOKEN.test(token)) return null;
    const [network = null, last4 = null] = testTokens.get(token) ?? [];
    return { network, last4 };
  },
};
