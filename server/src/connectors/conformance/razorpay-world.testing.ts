/** Razorpay's far side as a world of the conformance suite, in one process with a clock of its own. For tests only. */
import { createRazorpayFarSide, inProcessTransport, razorpaySignature } from "@tillway/sandbox";
import { manualClock } from "../../../../sandbox/src/desk.testing.ts";
import type { PaymentMethod } from "../../core/model.ts";
import { createRazorpayConnector } from "../razorpay/connector.ts";
import { receiptOf } from "../razorpay/map.ts";
import { inTime, nobody, warningLog, type World } from "./world.testing.ts";
import { wireTo } from "./wire.testing.ts";

const account = {
  merchantId: "mer_1",
  mode: "test",
  id: "acc_conformance",
  connector: "razorpay",
  priority: 1,
  status: "enabled",
  credentials: { key_id: "rzp_test_conformance", key_secret: "a-key-secret-of-the-suite", webhook_secret: "a-webhook-secret-of-the-suite" },
  createdAt: 0,
} as const;

const card = (name: string): PaymentMethod => ({
  type: "card",
  connector: "razorpay",
  token: `token_${name}`,
  network: "visa",
  last4: "0000",
});
const upi = (name: string): PaymentMethod => ({ type: "upi", vpa: `${name}@razorpay` });

/** What Razorpay's reference does not have. */
const lacks: World["lacks"] = {
  storedErrorAfter: {
    why: "no idempotency keys for payments, so no answer is stored under one",
    source: "https://razorpay.com/docs/api/payments/",
  },
  idempotency_keys: {
    why: "no idempotency keys for payments: an order's payments are looked at before one is sent",
    source: "docs/decisions/0046-an-order-stands-for-the-key.md",
  },
  void: { why: "a hold can't be released: it lapses by itself", source: "https://razorpay.com/docs/payments/payments/capture-settings/" },
  canceling: { why: "neither orders nor payments can be canceled", source: "https://razorpay.com/docs/api/orders/" },
  partial_capture: { why: "a payment is captured whole", source: "https://razorpay.com/docs/api/payments/capture/" },
  signed_time: { why: "a webhook's signature covers its body only", source: "https://razorpay.com/docs/webhooks/validate-test/" },
};

const methods: World["methods"] = {
  approved: card("AbroadSuccess"),
  approvedUpi: upi("success"),
  card_declined: card("AbroadDeclined"),
  insufficient_funds: card("AbroadInsufficient"),
  fraud_suspected: card("AbroadRisk"),
  declinedUpi: upi("failure"),
  netbanking: { type: "netbanking", bank: "HDFC" },
  challenge: card("VisaSuccess"),
  pending: upi("slow"),
  pendingThenApproved: upi("slow"),
  timeoutBefore: upi("timeout-before"),
  timeoutAfter: upi("timeout-after"),
  resetAfter: upi("reset-after"),
  cutAfter: upi("cut-after"),
  plainErrorBefore: upi("error-before"),
  htmlAfter: upi("html-after"),
  throttledOnce: upi("throttled"),
  wrongAmount: upi("wrong-amount"),
  unknownStatus: upi("unknown-status"),
  captureRefused: card("AbroadCaptureFails"),
  refundRefused: card("AbroadRefundFails"),
  declinedThenCaptured: upi("late-success"),
};

export async function razorpayWorld(): Promise<World> {
  const clock = manualClock();
  // A payer who answers at once, so that the first answer shows the outcome.
  const farSide = createRazorpayFarSide({ clock, http: null, publicUrl: "http://razorpay.test", upiAfterMs: 0 });
  const http = inProcessTransport(farSide);
  const wire = wireTo(http);
  const { log, warnings } = warningLog();
  const deps = { baseUrl: "http://razorpay.test", clock, upiCollect: true, log };
  const sign: World["sign"] = (body, secret) => ({
    headers: { "x-razorpay-signature": razorpaySignature(body, secret) },
    body: Buffer.from(body),
  });
  const world: World = {
    connector: createRazorpayConnector({ ...deps, http: wire }),
    unreachable: createRazorpayConnector({ ...deps, http: nobody }),
    account,
    methods,
    lacks,
    forgetsRefusals: true,
    wire,
    warnings,
    async shopper(page, does) {
      const body = `answer=${does === "pays" ? "success" : "failure"}`;
      await farSide.handle({ method: "POST", path: new URL(page).pathname, headers: {}, body });
    },
    // Of another request on the same order: it has no keys for payments.
    inUse: { status: 409, body: { error: { code: "BAD_REQUEST_ERROR", description: "Another request is in progress" } } },
    takesMoney: ({ method, url }) => method === "POST" && url.includes("/payments/create"),
    strangeEvent: { entity: "event", event: "payment.dispute.created", contains: [], payload: {} },
    ...inTime(clock),
    taken: (gatewayKey) => farSide.taken(receiptOf(gatewayKey)),
    charges: (gatewayKey) => [...farSide.books.payments.values()].filter(({ order }) => order.receipt === receiptOf(gatewayKey)).length,
    sign,
    async webhook(call) {
      farSide.webhooks.mode = "hold";
      await world.run(world.connector.send(call));
      await clock.advance(60_000);
      await farSide.handle({ method: "GET", path: "/health", headers: {}, body: null });
      const owed = farSide.webhooks.owed.find(({ event, body }) => event === "payment.captured" && body.includes(call.attempt.gatewayKey))!;
      return sign(owed.body, account.credentials.webhook_secret, clock.now());
    },
    async stranger() {
      const { key_id: keyId, key_secret: keySecret } = account.credentials;
      const authorization = `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString("base64")}`;
      const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
        const headers = { authorization, "content-type": "application/json" };
        const reply = await farSide.handle({ method: "POST", path, headers, body: JSON.stringify(body) });
        return JSON.parse(reply.body) as Record<string, unknown>;
      };
      const money = { amount: 70_000, currency: "INR" };
      const { id } = await post("/v1/orders", money);
      const payer = { email: "asha@example.com", contact: "+919999999999" };
      await post("/v1/payments/create/json", { ...money, ...payer, order_id: id, method: "card", token: "token_AbroadSuccess" });
    },
    close: () => farSide.close(),
  };
  return world;
}
