/**
 * Every state that a shopper can see, as data: what the server answers, and what the shopper does to get there. The tests walk this list in
 * a browser, in both languages, widths and colours, and the pictures in docs/screenshots are of it.
 */
import type { Method, NextAction, Payment, View } from "./contract.ts";
import type { Screen } from "./state.ts";

export type Act =
  | { readonly click: string }
  | { readonly type: string; readonly text: string }
  | { readonly choose: string; readonly option: string }
  | { readonly passMs: number };

/** What an attempt meets. `drop`: the connection breaks; `silence`: no answer comes. */
export type PayAnswer =
  | Payment
  | "drop"
  | "silence"
  | { readonly status: number; readonly code: string; readonly message: string; readonly param?: string };

export interface Scene {
  readonly name: string;
  readonly screen: Screen;
  /** null: nobody answers. 401: the link is refused. */
  readonly view: View | null | 401;
  readonly pay?: PayAnswer;
  readonly acts?: readonly Act[];
  /** In a shop's page, where the bank has a window of its own. */
  readonly isEmbedded?: boolean;
  /** What must be there, beside the screen. */
  readonly shows?: string;
}

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

const test: View["test"] = {
  cards: [
    { number: "4242424242424242", outcome: "succeeded", label: "Approved" },
    { number: "4000000000009995", outcome: "failed", label: "Insufficient funds" },
    { number: "4000002500003155", outcome: "requires_action", label: "Asks for 3-D Secure" },
    { number: "4000000000000127", outcome: "failed", label: "Wrong security code" },
    { number: "378282246310005", outcome: "succeeded", label: "American Express" },
  ],
  vpas: [
    { vpa: "success@sandbox", outcome: "succeeded", label: "UPI approved" },
    { vpa: "failure@sandbox", outcome: "failed", label: "UPI declined" },
    { vpa: "pending@sandbox", outcome: "processing", label: "UPI after 10 seconds" },
    { vpa: "timeout@sandbox", outcome: "failed", label: "UPI never answered" },
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
    updated_at: "2026-11-28T10:00:05.000Z",
    ...more,
  };
}

const withPayment = (status: Payment["status"], more: Partial<Payment> = {}): View => ({
  ...exampleView,
  payment: examplePayment(status, more),
});
const action = (type: NextAction["type"], url: string): Partial<Payment> => ({ next_action: { type, url } });
const declined = (code: string, more: Partial<Payment> = {}): Payment =>
  examplePayment("failed", { error: { code: "payment_failed", decline_code: code, message: "Declined." }, ...more });
const inUpi: Partial<Payment> = { method: "upi", card: null };

const fillCard: readonly Act[] = [
  { type: "#card-number", text: "4242424242424242" },
  { type: "#card-expiry", text: "1234" },
  { type: "#card-cvv", text: "123" },
  { type: "#card-name", text: "Asha Rao" },
];
const press: Act = { click: "button[type=submit]" };
const chooseMethod = (type: string): Act => ({ click: `input[value=${type}]` });

export const scenes: readonly Scene[] = [
  { name: "card", screen: "form", view: exampleView },
  { name: "card-filled", screen: "form", view: exampleView, acts: fillCard, shows: ".network" },
  { name: "card-errors", screen: "form", view: exampleView, acts: [press], shows: ".notice-bad li" },
  { name: "upi", screen: "form", view: exampleView, acts: [chooseMethod("upi")], shows: "#upi-vpa" },
  {
    name: "upi-errors",
    screen: "form",
    view: exampleView,
    acts: [chooseMethod("upi"), { type: "#upi-vpa", text: "asha" }, press],
    shows: "#upi-vpa-fault",
  },
  { name: "netbanking", screen: "form", view: exampleView, acts: [chooseMethod("netbanking")], shows: "#netbanking-bank" },
  { name: "test-mode", screen: "form", view: { ...exampleView, mode: "test", test }, shows: ".test .chip" },
  {
    name: "test-mode-all",
    screen: "form",
    view: { ...exampleView, mode: "test", test },
    acts: [{ click: ".test summary" }],
    shows: ".test details[open]",
  },
  { name: "last-minutes", screen: "form", view: { ...exampleView, expires_at: "2026-11-28T10:01:30.000Z" }, shows: "[role=timer]" },
  { name: "sending", screen: "processing", view: exampleView, pay: "silence", acts: [...fillCard, press] },
  { name: "processing", screen: "processing", view: withPayment("processing") },
  { name: "processing-upi", screen: "processing", view: withPayment("processing", inUpi) },
  { name: "slow", screen: "processing", view: withPayment("processing"), acts: [{ passMs: 16_000 }] },
  { name: "away-processing", screen: "processing", view: exampleView, pay: "drop", acts: [...fillCard, press], shows: ".panel-bad" },
  { name: "away", screen: "away", view: null },
  { name: "challenge", screen: "challenge", view: withPayment("requires_action", action("redirect", "https://bank.example/challenge")) },
  {
    name: "upi-qr",
    screen: "upi",
    view: withPayment("requires_action", {
      ...inUpi,
      ...action("upi_intent", "upi://pay?pa=shop@okbank&pn=Chai%20%26%20Chapters&am=1299.00&cu=INR&tr=T1"),
    }),
    shows: ".code svg",
  },
  {
    name: "gateway-window",
    screen: "window",
    view: withPayment("requires_action", action("card_fields", "https://gateway.example/window.js")),
  },
  { name: "success", screen: "success", view: { ...withPayment("succeeded"), status: "complete" }, shows: ".panel-good" },
  {
    name: "declined",
    screen: "form",
    view: exampleView,
    pay: declined("insufficient_funds"),
    acts: [...fillCard, press],
    shows: ".notice-bad",
  },
  { name: "declined-upi", screen: "form", view: { ...exampleView, payment: declined("upi_declined", inUpi) }, shows: ".notice-bad" },
  {
    name: "refused",
    screen: "form",
    view: exampleView,
    pay: { status: 422, code: "unsupported_method", message: "No gateway takes this method for this amount." },
    acts: [...fillCard, press],
    shows: ".notice-bad",
  },
  { name: "payment-canceled", screen: "form", view: withPayment("canceled"), shows: ".notice-quiet" },
  { name: "expired", screen: "expired", view: { ...exampleView, status: "expired" } },
  { name: "canceled", screen: "canceled", view: { ...exampleView, status: "canceled" } },
  { name: "unusable", screen: "unusable", view: 401 },
];
