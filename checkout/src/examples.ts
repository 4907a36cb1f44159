/** An order, its payments and what can be typed for it, as the server answers: for tests and for pictures. */
import type { Method, NextAction, Payment, View } from "./contract.ts";

const card: Method = {
  type: "card",
  label: "Card",
  fields: [],
  next_actions: ["redirect", "card_fields"],
  forms: [["number", "expiry_month", "expiry_year", "cvv"], ["token"]],
};
const upi: Method = {
  type: "upi",
  label: "UPI",
  fields: [
    {
      name: "vpa",
      label: "UPI ID",
      type: "text",
      pattern: String.raw`^[A-Za-z0-9._-]{1,256}@[A-Za-z0-9]{1,64}((\.[A-Za-z0-9]{1,32})?\.npci)?$`,
      placeholder: "shopper@okbank",
    },
  ],
  next_actions: ["upi_intent", "redirect"],
  forms: [["vpa"]],
};
const netbanking: Method = {
  type: "netbanking",
  label: "Net banking",
  fields: [
    {
      name: "bank",
      label: "Bank",
      type: "text",
      pattern: "^[A-Z][A-Z0-9_]{1,31}$",
      options: [
        { value: "SANDBOX", label: "Sandbox Bank" },
        { value: "SANDBOX_SLOW", label: "Slow Sandbox Bank" },
      ],
    },
  ],
  next_actions: ["redirect"],
  forms: [["bank"]],
};

export const exampleView: View = {
  status: "open",
  mode: "live",
  merchant: { name: "Chai & Chapters", color: "#0f766e", logo: null },
  order: { id: "ord_01KAJ5T2M8Q4W6ZB7C9D1E3F5G", amount: 1_299_00, currency: "INR", status: "open" },
  locale: null,
  methods: [card, upi, netbanking],
  card: "tokens",
  payment: null,
  return_url: "https://shop.example/thanks",
  cancel_url: "https://shop.example/basket",
  expires_at: null,
  server_time: "2026-11-28T10:00:00.000Z",
  test: null,
};

export const testInputs: View["test"] = {
  cards: [
    { number: "4242424242424242", outcome: "succeeded", label: "Success" },
    { number: "4000000000009995", outcome: "failed", label: "Insufficient funds" },
    { number: "4000002500003155", outcome: "requires_action", label: "Challenge" },
    { number: "4000000000000127", outcome: "failed", label: "Wrong security code" },
    { number: "378282246310005", outcome: "succeeded", label: "American Express" },
  ],
  vpas: [
    { vpa: "success@sandbox", outcome: "succeeded", label: "Success" },
    { vpa: "failure@sandbox", outcome: "failed", label: "Failure" },
    { vpa: "pending@sandbox", outcome: "processing", label: "Pending" },
    { vpa: "timeout@sandbox", outcome: "failed", label: "Timeout" },
  ],
};

export function examplePayment(status: Payment["status"], more: Partial<Payment> = {}): Payment {
  return {
    id: "pay_01KAJ5V9N2R4T6Y8Z0B1C3D5F7",
    status,
    method: "card",
    next_action: null,
    error: null,
    card: { network: "visa", last4: "4242" },
    cancel: null,
    updated_at: "2026-11-28T10:00:05.000Z",
    ...more,
  };
}

export const withPayment = (status: Payment["status"], more: Partial<Payment> = {}): View => ({
  ...exampleView,
  payment: examplePayment(status, more),
});
export const action = (type: NextAction["type"], url: string): Partial<Payment> => ({ next_action: { type, url } });
export const declined = (code: string, more: Partial<Payment> = {}): Payment =>
  examplePayment("failed", { error: { code: "payment_failed", decline_code: code, message: "Declined." }, ...more });
export const inUpi: Partial<Payment> = { method: "upi", card: null };

/** What a merchant of many words and a currency of many digits make of the page. */
export const longView: View = {
  ...exampleView,
  merchant: {
    name: "Gemeinnützige Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    color: "#ffe600",
    logo: null,
  },
  order: { ...exampleView.order, amount: 999_999_999_999, currency: "HUF" },
};

/** Of a gateway whose fields stand in a frame of its own, whose address is put in by who serves it. */
export const cardFields = {
  adapter: "sandbox",
  script_url: null,
  config: {},
  account: "acc_01KAJ5V9N2R4T6Y8Z0B1C3D5F7",
  csp: { script_src: [], frame_src: [], connect_src: [] },
};
