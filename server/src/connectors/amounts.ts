/** How gateways count money, where they differ from ISO 4217. One table for each, whether its connector exists already or not. */
import type { AmountRule, AmountRules } from "../core/money.ts";

/**
 * Three decimals on the wire of which the last must be 0: the card networks' partners take two. Stripe names five currencies, Razorpay
 * says "such as KWD, BHD and OMR"; the other two of ISO 4217 are held to the same, since an amount that is refused here costs nobody money.
 */
const lastOfThreeIsZero = each("BHD IQD JOD KWD LYD OMR TND", { multipleOf: 10 });

/** The sandbox stands for a gateway without peculiarities. */
const sandbox: AmountRules = {};

/**
 * Source: Stripe's page "Supported currencies", its special cases, and minimum and maximum amounts. ISK and UGX are sent with two decimals
 * that must be 00, MGA without any; HUF and TWD have two for charges. The smallest charges are those of Stripe's settlement currencies; an
 * account that settles in another one may be refused more, by Stripe.
 */
const stripe: AmountRules = {
  all: { most: 99_999_999 },
  byCurrency: {
    ...lastOfThreeIsZero,
    ...each("ISK UGX", { exponent: 2, multipleOf: 100 }),
    ...each("MGA", { exponent: 0 }),
    ...each("AUD BRL CAD CHF EUR INR NZD SGD USD", { least: 50 }),
    ...each("AED MYR PLN RON", { least: 200 }),
    ...each("NOK SEK", { least: 300 }),
    CZK: { least: 1_500 },
    DKK: { least: 250 },
    GBP: { least: 30 },
    HKD: { least: 400 },
    HUF: { least: 17_500 },
    IDR: { most: 999_999_999_999 },
    JPY: { least: 50 },
    MXN: { least: 1_000 },
    THB: { least: 1_000 },
  },
};

/** Source: Razorpay's pages on orders ("the last decimal number as 0"), payments and refunds ("The amount must be atleast INR 1.00"). */
const razorpay: AmountRules = { byCurrency: { ...lastOfThreeIsZero, INR: { least: 100, leastRefund: 100 } } };

/** Source: Adyen's page "Currency codes": CLP and ISK with two decimals, CVE and IDR with none. */
const adyen: AmountRules = { byCurrency: { ...each("CLP ISK", { exponent: 2 }), ...each("CVE IDR", { exponent: 0 }) } };

/** Decimal text. Source: PayPal's page "Currency codes": HUF, JPY and TWD without decimals. */
const paypal: AmountRules = { byCurrency: each("HUF JPY TWD", { exponent: 0 }) };

/** A JSON number of major units, with as many decimals as ISO 4217 has. Source: Cashfree's page "Supported currencies". */
const cashfree: AmountRules = {};

/** By connector; each has its table among its capabilities. */
export const amountRules = { sandbox, stripe, razorpay, adyen, paypal, cashfree };

function each(codes: string, rule: AmountRule): Readonly<Record<string, AmountRule>> {
  return Object.fromEntries(codes.split(" ").map((code) => [code, rule]));
}
