/**
 * Every state that a shopper can see, as data: what the server answers, and what the shopper does to get there. The tests walk this list in
 * a browser, in both languages, widths and colours, and the pictures in docs/screenshots are of it.
 */
import type { Payment, View } from "./contract.ts";
import { action, cardFields, declined, examplePayment, exampleView, inUpi, longView, testInputs as test, withPayment } from "./examples.ts";
import type { LinkScreen, LinkView } from "./link/contract.ts";
import { exampleLink, openLink } from "./link/examples.ts";
import type { Screen } from "./state.ts";

export type Act =
  | { readonly click: string }
  | { readonly type: string; readonly text: string }
  | { readonly choose: string; readonly option: string }
  | { readonly passMs: number }
  /** Closes the bank's window. */
  | { readonly closes: "bank" };

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
}

/** What an attempt meets. `drop`: the connection breaks; `silence`: no answer comes. */
export type PayAnswer = Payment | "drop" | "silence" | Refusal;

export interface Scene {
  readonly name: string;
  readonly screen: Screen | LinkScreen;
  /** null: the connection breaks. `silence`: no answer comes. 401: the link is refused. */
  readonly view: View | null | "silence" | 401;
  readonly pay?: PayAnswer;
  /** What becomes of the card's token, where it is refused. */
  readonly token?: Refusal;
  /** The gateway's own card fields of the payment; without them there are none. */
  readonly cardFields?: object;
  readonly acts?: readonly Act[];
  /** Where, if not at its own address: in a shop's page, over it or within; or where a bank's page comes back to. */
  readonly at?: "modal" | "inline" | "return" | "link";
  /** At `link`: what the payment link is. null: the connection breaks. 404: there is none. */
  readonly link?: LinkView | null | 404;
  /** What must be there, beside the screen. */
  readonly shows?: string;
}

const fillCard: readonly Act[] = [
  { type: "#card-number", text: "4242424242424242" },
  { type: "#card-expiry", text: "1234" },
  { type: "#card-cvv", text: "123" },
  { type: "#card-name", text: "Asha Rao" },
];
const press: Act = { click: "button[type=submit]" };
const chooseMethod = (type: string): Act => ({ click: `input[value=${type}]` });

const bank = action("redirect", "https://bank.example/challenge");
const challenge = withPayment("requires_action", bank);
const goToBank: Act = { click: ".panel .primary" };
/** A checkout session's last 90 seconds. */
const ending: View = { ...exampleView, expires_at: "2026-11-28T10:01:30.000Z" };
const testView: View = { ...exampleView, mode: "test", test };

const typing: readonly Scene[] = [
  { name: "card", screen: "form", view: exampleView },
  { name: "card-filled", screen: "form", view: exampleView, acts: fillCard, shows: ".network" },
  { name: "card-errors", screen: "form", view: exampleView, acts: [press], shows: ".notice-bad li" },
  {
    name: "card-not-of-tests",
    screen: "form",
    view: testView,
    token: { status: 422, code: "test_card_required", message: "In test mode only test cards are taken.", param: "card.number" },
    acts: [...fillCard, press],
    shows: "#card-number-fault",
  },
  { name: "upi", screen: "form", view: exampleView, acts: [chooseMethod("upi")], shows: "#upi-vpa" },
  {
    name: "upi-errors",
    screen: "form",
    view: exampleView,
    acts: [chooseMethod("upi"), { type: "#upi-vpa", text: "asha" }, press],
    shows: "#upi-vpa-fault",
  },
  { name: "netbanking", screen: "form", view: exampleView, acts: [chooseMethod("netbanking")], shows: "#netbanking-bank" },
  {
    name: "netbanking-errors",
    screen: "form",
    view: exampleView,
    acts: [chooseMethod("netbanking"), press],
    shows: "#netbanking-bank-fault",
  },
  {
    name: "gateway-fields",
    screen: "form",
    view: { ...exampleView, card: "fields" },
    pay: examplePayment("created"),
    cardFields,
    shows: ".gateway-fields iframe",
  },
  {
    name: "gateway-fields-missing",
    screen: "form",
    view: { ...exampleView, card: "fields" },
    pay: examplePayment("created"),
    shows: ".notice-bad",
  },
  { name: "test-mode", screen: "form", view: testView, shows: ".test .chip" },
  { name: "test-mode-all", screen: "form", view: testView, acts: [{ click: ".test summary" }], shows: ".test details[open]" },
  { name: "last-minutes", screen: "form", view: ending, shows: "[role=timer]" },
  { name: "long-words", screen: "form", view: longView },
  { name: "nothing-to-pay-with", screen: "nothing", view: { ...exampleView, methods: [], card: null } },
];

const waiting: readonly Scene[] = [
  { name: "loading", screen: "loading", view: "silence" },
  { name: "sending", screen: "processing", view: exampleView, pay: "silence", acts: [...fillCard, press] },
  { name: "processing", screen: "processing", view: withPayment("processing") },
  { name: "processing-upi", screen: "processing", view: withPayment("processing", inUpi) },
  { name: "slow", screen: "processing", view: withPayment("processing"), acts: [{ passMs: 16_000 }] },
  { name: "slow-upi", screen: "processing", view: withPayment("processing", inUpi), acts: [{ passMs: 16_000 }] },
  { name: "away-processing", screen: "processing", view: exampleView, pay: "drop", acts: [...fillCard, press], shows: ".panel-bad" },
  { name: "away", screen: "away", view: null },
  { name: "challenge", screen: "challenge", view: challenge },
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
];

const ends: readonly Scene[] = [
  { name: "success", screen: "success", view: { ...withPayment("succeeded"), status: "complete" }, shows: ".panel-good" },
  {
    name: "success-going-back",
    screen: "success",
    view: exampleView,
    pay: examplePayment("succeeded"),
    acts: [...fillCard, press],
    shows: ".panel-good [role=status]",
  },
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
  { name: "canceling", screen: "canceling", view: withPayment("processing", { ...inUpi, cancel: "requested" }) },
  { name: "canceled-late", screen: "canceling", view: withPayment("succeeded", { ...inUpi, cancel: "refund_pending" }) },
  {
    name: "canceled-late-kept",
    screen: "canceling",
    view: withPayment("succeeded", { ...inUpi, cancel: "refund_failed" }),
    shows: ".panel-bad",
  },
  { name: "payment-refunded", screen: "form", view: withPayment("succeeded", { ...inUpi, cancel: "refunded" }), shows: ".notice-quiet" },
  { name: "expired", screen: "expired", view: { ...exampleView, status: "expired" } },
  { name: "canceled", screen: "canceled", view: { ...exampleView, status: "canceled" } },
  { name: "unusable", screen: "unusable", view: 401 },
  { name: "return", screen: "returned", view: null, at: "return" },
];

/** In a shop's page, where the checkout can be left and the bank has a window of its own. */
const embedded: readonly Scene[] = [
  { name: "modal", screen: "form", view: exampleView, at: "modal" },
  { name: "inline", screen: "form", view: testView, at: "inline" },
  { name: "modal-leave", screen: "form", view: exampleView, at: "modal", acts: [...fillCard, { click: ".close" }], shows: "dialog[open]" },
  { name: "modal-challenge", screen: "challenge", view: challenge, at: "modal" },
  { name: "modal-challenge-open", screen: "challenge", view: challenge, at: "modal", acts: [goToBank], shows: ".note" },
  {
    name: "modal-challenge-closed",
    screen: "challenge",
    view: challenge,
    at: "modal",
    acts: [goToBank, { closes: "bank" }],
    shows: ".note-bad",
  },
  { name: "modal-success", screen: "success", view: { ...withPayment("succeeded"), status: "complete" }, at: "modal" },
  { name: "modal-expired", screen: "expired", view: { ...exampleView, status: "expired" }, at: "modal" },
  { name: "modal-away", screen: "away", view: null, at: "modal" },
  { name: "modal-unusable", screen: "unusable", view: 401, at: "modal" },
];

const ofLink = (name: string, screen: LinkScreen, link: LinkView | null | 404, more: Partial<Scene> = {}): Scene => ({
  name,
  screen,
  view: null,
  at: "link",
  link,
  ...more,
});

/** The page of a payment link, before there is an order. */
const links: readonly Scene[] = [
  ofLink("link", "link", exampleLink),
  ofLink("link-open-amount", "link", openLink, { shows: "#link-amount-hint" }),
  ofLink("link-open-amount-wrong", "link", openLink, { acts: [{ type: "#link-amount", text: "٩٩" }, press], shows: "#link-amount-fault" }),
  ofLink("link-test-mode", "link", { ...exampleLink, mode: "test", description: null }, { shows: ".note" }),
  ofLink("link-used-up", "link_used_up", { ...exampleLink, status: "used_up" }),
  ofLink("link-expired", "link_expired", { ...exampleLink, status: "expired" }),
  ofLink("link-deactivated", "link_deactivated", { ...openLink, status: "deactivated" }),
  ofLink("link-unknown", "unusable", 404),
  ofLink("link-away", "away", null),
  { name: "link-paid-by-others", screen: "used_up", view: { ...exampleView, status: "used_up", description: exampleLink.description } },
  {
    name: "link-busy",
    screen: "form",
    view: { ...exampleView, description: exampleLink.description },
    pay: { status: 409, code: "payment_link_busy", message: "Others are paying." },
    acts: [...fillCard, press],
    shows: ".notice-bad",
  },
];

export const scenes: readonly Scene[] = [...typing, ...waiting, ...ends, ...embedded, ...links];
