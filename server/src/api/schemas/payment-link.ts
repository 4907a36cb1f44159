import { Type, type Static } from "typebox";
import { methodTypes } from "../../core/methods/method.ts";
import { LINK_USES_MAX, linkStatuses } from "../../core/payment-links.ts";
import { amount, amountIn, component, currencyIn, listOf, nullable, strict, TIME, timestamp, WEB_URL } from "./common.ts";
import { metadataIn } from "./payment.ts";

/** Shapes of payment links. */
const openAmountIn = strict({
  minimum: Type.Optional(amountIn("The least that a shopper may pay, in minor units.")),
  maximum: Type.Optional(amountIn("The most that a shopper may pay. Not below `minimum`.")),
  suggested: Type.Optional(amountIn("What the page shows at first. Within the bounds.")),
});

export const createLinkBody = Type.Object(
  {
    amount: Type.Optional(amountIn("In minor units: 50000 is 500.00 INR. Left out with `open_amount`.")),
    open_amount: Type.Optional({
      ...openAmountIn,
      description: "In the place of `amount`: the shopper says how much. All bounds may be left out.",
    }),
    currency: currencyIn(),
    description: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: "What it is for. Shoppers see it, and each payment has it. No card numbers.",
      }),
    ),
    uses: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 1,
          maximum: LINK_USES_MAX,
          description: "How many shoppers may pay by it. Only payments that succeed count. null or left out: any number.",
        }),
      ),
    ),
    expires_at: Type.Optional(
      Type.String({
        maxLength: 40,
        pattern: TIME,
        description: "Until when it can be paid. A payment under way then goes on. Left out: until you deactivate it. ISO 8601, UTC.",
        examples: ["2027-01-31T12:00:00Z"],
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.Enum([...methodTypes]), {
        minItems: 1,
        maxItems: methodTypes.length,
        description: "What the shopper may choose of. Left out: all that your accounts take.",
      }),
    ),
    locale: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        description: "The page's language, as a tag of BCP 47. Left out: the browser's.",
        examples: ["hi"],
      }),
    ),
    return_url: Type.Optional(
      Type.String({
        maxLength: 2_048,
        pattern: WEB_URL,
        description: "Where the shopper goes on after the payment. http or https. Left out: the page stays and says that it is paid.",
      }),
    ),
    metadata: Type.Optional(metadataIn),
  },
  {
    additionalProperties: false,
    if: { required: ["amount"], properties: { amount: {}, open_amount: false }, additionalProperties: true },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, and nobody awaits a schema
    then: { properties: { amount: {}, open_amount: false }, additionalProperties: true },
    else: { required: ["open_amount"], properties: { amount: false, open_amount: {} }, additionalProperties: true },
    examples: [
      { amount: 50_000, currency: "INR", description: "Pottery class, 12 December", uses: 1 },
      { open_amount: { minimum: 10_000, suggested: 50_000 }, currency: "INR", description: "Donation" },
    ],
  },
);

export type CreateLinkBody = Static<typeof createLinkBody>;

export const paymentLinkSchema = component("PaymentLink", {
  id: Type.String({ examples: ["plink_01KAJ0000000000000000000AB"] }),
  object: Type.Literal("payment_link"),
  status: Type.Enum([...linkStatuses], {
    description: "`used_up`: as many orders of it are paid as may be. `expired`: its time is over. Only an `active` one can be paid.",
  }),
  url: Type.String({ description: "What to send to shoppers.", examples: ["https://pay.example.com/l/7k3m9q2x5v8w1t4r6y0z"] }),
  qr_url: Type.String({
    description: "The same address as a picture of a QR code (SVG), for pages and e-mails.",
    examples: ["https://pay.example.com/l/7k3m9q2x5v8w1t4r6y0z/qr.svg"],
  }),
  amount: nullable(amount()),
  open_amount: nullable(
    Type.Object(
      { minimum: nullable(amount()), maximum: nullable(amount()), suggested: nullable(amount()) },
      { additionalProperties: false, description: "The shopper says how much, within these. null: `amount` is fixed." },
    ),
  ),
  currency: Type.String(),
  description: nullable(Type.String()),
  uses: nullable(Type.Integer({ description: "How many shoppers may pay by it. null: any number." })),
  times_paid: Type.Integer({ description: "How many orders of it are paid. One that was refunded counts." }),
  methods: nullable(Type.Array(Type.Enum([...methodTypes]), { description: "null: all that your accounts take." })),
  return_url: nullable(Type.String()),
  locale: nullable(Type.String({ description: "null: the browser's." })),
  metadata: Type.Record(Type.String(), Type.String()),
  expires_at: nullable(timestamp("Until when it can be paid.")),
  deactivated_at: nullable(timestamp("When it was deactivated.")),
  created_at: timestamp("When it was created."),
});

export const paymentLinkListSchema = listOf("PaymentLinkList", "PaymentLink");
