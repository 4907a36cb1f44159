/** The payment methods. A new one is an entry here, and the ways in which connectors send it: see CONTRIBUTING.md, "How to add". */
import type { MethodEntry } from "./entry.ts";

/** Local part of letters, digits, dot, underscore, hyphen; one @; bank part of letters and digits, or a name below NPCI's own domain. */
const VPA = String.raw`^[A-Za-z0-9._-]{1,256}@[A-Za-z0-9]{1,64}((\.[A-Za-z0-9]{1,32})?\.npci)?$`;

export const methodTable = {
  card: {
    label: "Card",
    fields: {
      number: {
        label: "Card number",
        type: "digits",
        isRequired: false,
        pattern: "^[0-9]([ -]?[0-9]){12,18}$",
        help: "13 to 19 digits; spaces, hyphens and other typing marks are ignored. Test cards only. Exchanged for a token at once and never kept.",
        example: "4242 4242 4242 4242",
        code: "invalid_card",
        isSecret: true,
      },
      expiry_month: {
        label: "Month of expiry",
        type: "number",
        isRequired: false,
        minimum: 1,
        maximum: 12,
        help: "1 to 12.",
        example: 12,
        code: "invalid_card",
        isSecret: true,
      },
      expiry_year: {
        label: "Year of expiry",
        type: "number",
        isRequired: false,
        minimum: 0,
        maximum: 2_099,
        help: "Two or four digits.",
        example: 2035,
        code: "invalid_card",
        isSecret: true,
      },
      cvv: {
        label: "Security code",
        type: "digits",
        isRequired: false,
        pattern: "^[0-9]{3,4}$",
        help: "3 digits, 4 for American Express. Never kept.",
        example: "123",
        code: "invalid_card",
        isSecret: true,
      },
      holder_name: {
        label: "Name on the card",
        type: "text",
        isRequired: false,
        minLength: 1,
        maxLength: 200,
        help: "As it stands on the card. Never kept.",
        example: "Asha Rao",
        isSecret: true,
      },
      token: {
        label: "Token",
        type: "text",
        isRequired: false,
        minLength: 1,
        maxLength: 255,
        help: "A token instead of the fields above.",
        example: "tok_success",
        isSecret: true,
      },
      account: {
        label: "Account of the token",
        type: "text",
        isRequired: false,
        pattern: "^acc_[0-9A-HJKMNP-TV-Z]{26}$",
        help: "With a token: the connector account where alone it can be charged, as `card-fields` names it.",
        example: "acc_01KAJ0000000000000000000AB",
      },
    },
    either: { these: ["number", "expiry_month", "expiry_year", "cvv"], or: "token" },
    keeps: "token",
    actions: { redirect: "finish the challenge", card_fields: "type the card into the gateway's window" },
    declined: "card_declined",
  },
  upi: {
    label: "UPI",
    fields: {
      vpa: {
        label: "UPI ID",
        type: "text",
        isRequired: false,
        pattern: VPA,
        help: "name@bank, or account@IFSC.ifsc.npci. Left out: the shopper pays by a link, which comes in `next_action`; not every gateway can.",
        example: "shopper@okbank",
        code: "invalid_vpa",
        // An account number and its branch.
        looksLikeCard: /^\d{1,18}@[A-Z]{4}0[A-Z0-9]{6}\.ifsc\.npci$/i,
      },
    },
    keeps: "fields",
    without: { field: "vpa", kind: "upi_intent", said: "UPI without a VPA", when: "the shopper pays by a link" },
    actions: { upi_intent: "pay by the UPI link", redirect: "finish the challenge" },
    declined: "upi_declined",
  },
  netbanking: {
    label: "Net banking",
    fields: {
      bank: {
        label: "Bank",
        type: "text",
        isRequired: true,
        pattern: "^[A-Z][A-Z0-9_]{1,31}$",
        help: "The code of the shopper's bank, in capital letters. GET /v1/payment-methods lists those that your gateways take.",
        example: "HDFC",
      },
    },
    keeps: "fields",
    actions: { redirect: "pay on the bank's page" },
    declined: "bank_declined",
  },
} as const satisfies Readonly<Record<string, MethodEntry>>;
