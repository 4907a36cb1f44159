/** Stripe as a world of the conformance suite: its far side in this process, with a clock of its own. For tests only. */
import {
  createStripeFarSide,
  inProcessTransport,
  STRIPE_SIGNATURE_HEADER,
  STRIPE_TEST_KEY,
  stripeSignature,
  type StripeFarSide,
  type StripeFarSideOptions,
} from "@tillway/sandbox";
import { expect } from "vitest";
import { manualClock } from "../../../../sandbox/src/desk.testing.ts";
import { answerFaults, requestFaults } from "../../../../test/contracts/stripe.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { HttpPort } from "../../core/ports/http.ts";
import { stripeTokens } from "../stripe/cards.ts";
import { createStripeConnector } from "../stripe/connector.ts";
import { inTime, nobody, warningLog, type Lack, type Situation, type World } from "./world.testing.ts";
import { wireTo } from "./wire.testing.ts";

const BASE = "https://stripe.test";
const SECRET = "whsec_of_the_suite_0123456789abcdef";

const account = {
  merchantId: "mer_1",
  mode: "test",
  id: "acc_conformance",
  connector: "stripe",
  priority: 1,
  status: "enabled",
  credentials: { secret_key: STRIPE_TEST_KEY, webhook_secret: SECRET },
  createdAt: 0,
} as const;

const card = (token: string): PaymentMethod => ({ type: "card", connector: "stripe", token, network: null, last4: null });
const methods: Partial<Record<Situation, PaymentMethod>> = {
  approved: card("pm_card_visa"),
  card_declined: card("pm_card_visa_chargeDeclined"),
  insufficient_funds: card("pm_card_visa_chargeDeclinedInsufficientFunds"),
  fraud_suspected: card("pm_card_radarBlock"),
  challenge: card("pm_card_threeDSecure2Required"),
  pending: card("pm_sim_processing"),
  pendingThenApproved: card("pm_sim_processing"),
  timeoutBefore: card("pm_sim_fault_timeout_before"),
  timeoutAfter: card("pm_sim_fault_timeout_after"),
  resetAfter: card("pm_sim_fault_reset_after"),
  cutAfter: card("pm_sim_fault_cut_after"),
  plainErrorBefore: card("pm_sim_fault_error_before"),
  storedErrorAfter: card("pm_sim_fault_error_after"),
  htmlAfter: card("pm_sim_fault_html_after"),
  throttledOnce: card("pm_sim_fault_throttled"),
  wrongAmount: card("pm_sim_wrong_amount"),
  unknownStatus: card("pm_sim_unknown_status"),
  refundRefused: card("pm_sim_refund_refused"),
  captureRefused: card("pm_sim_capture_refused"),
  voidRefused: card("pm_sim_cancel_refused"),
};

/** In `test/contracts/stripe-openapi-subset.json` no request has a VPA: a payer is shown a page or a QR code (`upi_handle_redirect_or_display_qr_code`). */
const noUpi: Lack = { why: "Stripe's API takes no VPA", source: "test/contracts/stripe-openapi-subset.json" };
const noBanks: Lack = { why: "Stripe makes no PaymentMethod of Indian net banking", source: "test/contracts/stripe-openapi-subset.json" };
const declineIsFinal: Lack = {
  why: "an intent that was declined is charged again only if somebody confirms it again",
  source: "https://docs.stripe.com/payments/paymentintents/lifecycle",
};

export interface StripeWorld extends World {
  readonly farSide: StripeFarSide;
}

export async function stripeWorld(options: Partial<StripeFarSideOptions> = {}): Promise<StripeWorld> {
  const clock = manualClock();
  const webhook = { url: "http://us.test", secrets: [SECRET] };
  // Longer in processing than a question waits before it believes a "not found".
  const farSide = createStripeFarSide({ clock, http: null, webhook, laterMs: 45_000, ...options });
  const wire = wireTo(judged(inProcessTransport(farSide)));
  const { log, warnings } = warningLog();
  const connector = createStripeConnector({ http: wire, baseUrl: BASE, clock, log });
  const sign: World["sign"] = (body, secret, atMs) => ({
    headers: { [STRIPE_SIGNATURE_HEADER]: stripeSignature([secret], body, atMs) },
    body: Buffer.from(body),
  });
  return {
    farSide,
    connector,
    unreachable: createStripeConnector({ http: nobody, baseUrl: BASE, clock }),
    tokenizer: stripeTokens,
    account,
    methods,
    lacks: { approvedUpi: noUpi, declinedUpi: noUpi, netbanking: noBanks, declinedThenCaptured: declineIsFinal },
    wire,
    warnings,
    inUse: {
      status: 409,
      body: { error: { type: "invalid_request_error", code: "idempotency_key_in_use", message: "There is another request in progress." } },
    },
    takesMoney: ({ method, url }) => method === "POST" && url.endsWith("/confirm"),
    beginsFirst: true,
    forgetsRefusals: true,
    ...inTime(clock),
    taken(gatewayKey) {
      const book = farSide.book(gatewayKey);
      return book === null ? 0 : book.captured - book.refunded;
    },
    charges: (gatewayKey) => farSide.book(gatewayKey)?.charges.length ?? 0,
    async webhook(call) {
      const sent = connector.send(call);
      await clock.advance(50_000);
      expect((await sent).outcome.kind).toBe("pending");
      const owed = farSide.owed().find(({ type, body }) => type === "payment_intent.succeeded" && body.includes(call.attempt.gatewayKey));
      return sign(owed!.body, SECRET, clock.now());
    },
    sign,
    signByEach: (body, secrets, atMs) => ({
      headers: { [STRIPE_SIGNATURE_HEADER]: stripeSignature(secrets, body, atMs) },
      body: Buffer.from(body),
    }),
    async stranger() {
      const headers = { authorization: `Bearer ${STRIPE_TEST_KEY}`, "idempotency-key": "a-stranger" };
      const body = "amount=700&currency=usd&confirm=true&payment_method=pm_card_visa&return_url=https://shop.example/back";
      await farSide.handle({ method: "POST", path: "/v1/payment_intents", headers, body });
    },
    close: () => farSide.close(),
  };
}

/** Each request, and each answer that is whole, is held to Stripe's own description. */
function judged(http: HttpPort): HttpPort {
  return {
    async send(request) {
      const asked = { method: request.method, path: request.url.slice(BASE.length), body: request.body };
      expect(requestFaults(asked)).toEqual([]);
      const result = await http.send(request);
      if (result.kind === "answer" && result.body.startsWith("{") && !isOdd(result.body)) expect(answerFaults(asked, result)).toEqual([]);
      return result;
    },
  };
}

/** The far side answers with a status that Stripe's description does not know, where it is asked to. */
function isOdd(body: string): boolean {
  return /"status": ?"(?!canceled|processing|requires_|succeeded|pending|failed)/.test(body);
}
