import { Type, type Static } from "typebox";
import { METADATA_MAX } from "../../core/constants.ts";
import { failureTable, type FailureCode } from "../../core/errors.ts";
import { nextActions, type NextActionType } from "../../core/methods/actions.ts";
import { methodTypes } from "../../core/methods/method.ts";
import type { PaymentFilter } from "../../core/ports/reads.ts";
import { paymentMachine, refundMachine, type PaymentStatus, type RefundStatus } from "../../core/states.ts";
import {
  amount,
  amountIn,
  amountQuery,
  amountsOf,
  ANY_TEXT,
  component,
  currencyIn,
  idPattern,
  listOf,
  LOCALE,
  nullable,
  pageQuery,
  strict,
  timestamp,
  wordsIn,
  wordsOf,
} from "./common.ts";
import { methodConditions, methodFields, methodShown } from "./method.ts";

const statuses = Object.keys(paymentMachine.states) as PaymentStatus[];
const refundStatuses = Object.keys(refundMachine.states) as RefundStatus[];

export const ORDER_ID = "^[!-~]{1,64}$";
/** One address, and nothing that a mail program would read as several, as a name or as a comment. */
export const EMAIL = String.raw`^[^\s@,;:<>()"\[\]\\]+@[^\s@,;:<>()"\[\]\\]+$`;
/** The same with ASCII before the `@`: in a header of a message it stands also where the mail server knows no other. */
export const ASCII_EMAIL = String.raw`^[!#-'*+\-./0-9=?A-Z^-~]+@[^\s@,;:<>()"\[\]\\]+$`;
export const PHONE = String.raw`^\+?([ ().\-]*[0-9]){1,15}[ ().\-]*$`;

const metadataNames = {
  maxProperties: METADATA_MAX,
  // A name that JavaScript gives a meaning of its own is refused in every body.
  propertyNames: { minLength: 1, maxLength: 40, pattern: "^(?!__proto__$)" },
};

/** Metadata of a request; its texts are searched for card numbers. */
export const metadataIn = Type.Record(Type.String(), Type.String({ maxLength: 500 }), {
  ...metadataNames,
  description: "Up to 50 texts of yours, names up to 40 characters, values up to 500. No card numbers.",
});

export const customerIn = strict({
  email: Type.Optional(Type.String({ minLength: 3, maxLength: 254, pattern: EMAIL })),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  phone: Type.Optional(Type.String({ minLength: 3, maxLength: 32, pattern: PHONE, description: "At most 15 digits." })),
  country: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1. Routing rules may look at it." })),
  locale: Type.Optional(
    Type.String({ maxLength: 35, pattern: LOCALE, description: "A language tag, e.g. de-AT: what e-mails to the shopper are in." }),
  ),
  ip: Type.Optional(
    Type.String({ pattern: "^[0-9a-fA-F:.]{2,45}$", description: "The address of the shopper's device. Some gateways ask for it." }),
  ),
  user_agent: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: "The header of the shopper's browser. Some gateways ask for it." }),
  ),
});

export const customerShown = nullable(
  Type.Object({
    email: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    phone: Type.Optional(Type.String()),
    country: Type.Optional(Type.String()),
    locale: Type.Optional(Type.String()),
    ip: Type.Optional(Type.String()),
    user_agent: Type.Optional(Type.String()),
  }),
);

export const createPaymentBody = Type.Object(
  {
    amount: amountIn("In minor units: 50000 is 500.00 INR."),
    currency: currencyIn(),
    ...methodFields,
    capture_method: Type.Optional(Type.Enum(["automatic", "manual"], { default: "automatic" })),
    confirm: Type.Optional(
      Type.Boolean({
        description: "Left out: charged in the background. false: kept as created. true: charged now, the answer waits up to 10 s.",
      }),
    ),
    order_id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, pattern: ORDER_ID, description: "At most one payment of an order is live." }),
    ),
    description: Type.Optional(Type.String({ maxLength: 1_000 })),
    metadata: Type.Optional(metadataIn),
    customer: Type.Optional(customerIn),
  },
  {
    additionalProperties: false,
    ...methodConditions,
    examples: [
      {
        amount: 50_000,
        currency: "INR",
        method: "card",
        card: { number: "4111 1111 1111 1111", expiry_month: 12, expiry_year: 2030, cvv: "123" },
      },
      { amount: 50_000, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" }, order_id: "order-1" },
    ],
  },
);

export const confirmPaymentBody = Type.Object(methodFields, {
  additionalProperties: false,
  ...methodConditions,
  examples: [{ method: "upi", upi: { vpa: "success@sandbox" } }, {}],
});

export const updatePaymentBody = strict({
  description: Type.Optional(nullable(Type.String({ maxLength: 1_000, description: "null removes it." }))),
  metadata: Type.Optional(
    Type.Record(Type.String(), nullable(Type.String({ maxLength: 500 })), {
      ...metadataNames,
      description: "Added to what is there: a name that is there gets the new text, null removes it, the others stay. No card numbers.",
    }),
  ),
});

export const capturePaymentBody = strict({
  amount: Type.Optional(amountIn("Left out: all that is held.")),
  final: Type.Optional(Type.Boolean({ default: false, description: "No more is captured after this: what it leaves is released." })),
});

export type CreatePaymentBody = Static<typeof createPaymentBody>;
export type MethodFields = Static<typeof confirmPaymentBody>;

/** What payments are picked by. */
export const paymentFilterQuery = {
  status: wordsIn(statuses, "Those with this status."),
  method: Type.Optional(Type.Enum([...methodTypes])),
  ...amountQuery,
  customer_email: Type.Optional(Type.String({ maxLength: 254, pattern: ANY_TEXT, description: "Of the customer, whatever its capitals." })),
  last4: Type.Optional(Type.String({ pattern: "^[0-9]{4}$", description: "The last digits of the card." })),
  connector_account: Type.Optional(
    Type.String({ maxLength: 64, pattern: idPattern("acc"), description: "Those whose last charge was sent over this account." }),
  ),
  order_id: Type.Optional(Type.String({ maxLength: 64 })),
};

export const listPaymentsQuery = Type.Object({ ...pageQuery("pay"), ...paymentFilterQuery });

/** The same as the port takes it. */
export function paymentFilterOf(query: Static<typeof listPaymentsQuery>): PaymentFilter {
  const statuses = wordsOf<PaymentStatus>(query.status);
  return {
    ...(statuses?.length === 1 ? { status: statuses[0] } : { statuses }),
    orderId: query.order_id,
    method: query.method,
    ...amountsOf(query),
    email: query.customer_email,
    last4: query.last4,
    accountId: query.connector_account,
  };
}

const problem = Type.Object({
  code: Type.Enum(Object.keys(failureTable) as FailureCode[], {
    description: Object.entries(failureTable)
      .map(([code, meaning]) => `\`${code}\`: ${meaning}`)
      .join("\n\n"),
  }),
  message: Type.String(),
  decline_code: Type.Optional(Type.String()),
  source: Type.String(),
  step: Type.String(),
  reason: Type.Optional(Type.String()),
});

const attempt = strict({
  id: Type.String(),
  object: Type.Literal("attempt"),
  operation: Type.Enum(["charge", "capture", "void", "refund"]),
  n: Type.Integer(),
  status: Type.String(),
  connector: Type.String(),
  account_id: Type.String(),
  amount: amount(),
  gateway_key: Type.String({ description: "Under which the gateway knows this attempt." }),
  gateway_reference: nullable(Type.String()),
  routing: Type.Object({ rule: Type.String(), reason: Type.String() }),
  error: nullable(problem),
  late: Type.Optional(
    Type.Object({ status: Type.String(), reference: nullable(Type.String()), at: nullable(timestamp("When it arrived.")) }),
  ),
  created_at: timestamp("When it was written, before the call."),
  closed_at: nullable(timestamp("When its outcome was known.")),
});

const openCase = strict({ id: Type.String(), kind: Type.String(), opened_at: timestamp("When it was opened.") });

const refundFields = {
  id: Type.String({ examples: ["rfnd_01KAJ0000000000000000000000"] }),
  object: Type.Literal("refund"),
  payment_id: Type.String(),
  status: Type.Enum(refundStatuses),
  amount: amount(),
  currency: Type.String(),
  kind: Type.Enum(["merchant", "cancel", "reversal"], {
    description:
      "`merchant`: you asked for it. `cancel`: the payment was called off and charged all the same. `reversal`: a charge that had failed was " +
      "taken after all; its amount is not part of the payment's.",
  }),
  reason: nullable(Type.String()),
  error: nullable(problem),
  created_at: timestamp("When it was accepted."),
  processed_at: nullable(timestamp("When the gateway had given the money back, or refused to.")),
};

/** A refund as `core/represent.ts` renders it, in answers and in webhook events. */
export const refundSchema = component("Refund", {
  ...refundFields,
  payment: Type.Optional(Type.Ref("Payment#", { description: "As the event left it. In events only." })),
});

export const refundListSchema = listOf("RefundList", "Refund");

export const createRefundBody = strict({
  payment_id: Type.String({ pattern: idPattern("pay"), description: "The payment that is given back." }),
  amount: Type.Optional(amountIn("Left out: all that was captured and is not given back yet.")),
  reason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1_000, description: "For you and whoever looks at it later. No card numbers." }),
  ),
});

export const listRefundsQuery = Type.Object({
  ...pageQuery("rfnd"),
  status: wordsIn(refundStatuses, "Those with this status."),
  payment_id: Type.Optional(Type.String({ pattern: idPattern("pay") })),
  ...amountQuery,
});

/** A payment as `core/represent.ts` renders it, in answers and in webhook events. */
export const paymentSchema = component("Payment", {
  id: Type.String({ examples: ["pay_01KAJ0000000000000000000000"] }),
  object: Type.Literal("payment"),
  status: Type.Enum(statuses),
  amount: amount(),
  amount_authorized: amount(),
  amount_captured: amount(),
  amount_refunded: amount(),
  currency: Type.String(),
  method: nullable(Type.Enum([...methodTypes])),
  ...methodShown,
  capture_method: Type.Enum(["automatic", "manual"]),
  order_id: nullable(Type.String()),
  description: nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  customer: customerShown,
  return_url: nullable(Type.String()),
  next_action: nullable(
    Type.Object({
      type: Type.Enum(Object.keys(nextActions) as NextActionType[], {
        description: Object.entries(nextActions)
          .map(([type, what]) => `${type}: ${what}.`)
          .join(" "),
      }),
      url: Type.String(),
      values: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Of `card_fields` only." })),
    }),
  ),
  cancel_requested_at: nullable(timestamp("When a cancel was asked for that the gateway has yet to confirm.")),
  processing_deadline_at: Type.Optional(
    nullable(timestamp("When its outcome is known, or a case was opened for a person, or the shopper's time is over. Left out in lists.")),
  ),
  finalized_at: nullable(timestamp("When it came to its final status.")),
  succeeded_attempt_id: Type.Optional(
    nullable(Type.String({ description: "The charge that took the money, or holds it. Left out in lists." })),
  ),
  open_cases: Type.Optional(
    Type.Array(openCase, {
      description: "What a person must look at, oldest first; docs/cases.md says what to do. Left out in lists.",
    }),
  ),
  attempts: Type.Optional(Type.Array(attempt, { description: "Oldest first. Left out in lists: get the payment to see them." })),
  refunds: Type.Optional(Type.Array(strict(refundFields), { description: "Oldest first. Left out in lists." })),
  error: nullable(problem),
  created_at: timestamp("When it was accepted."),
});

export const paymentListSchema = listOf("PaymentList", "Payment");
