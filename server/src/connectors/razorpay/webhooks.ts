/**
 * Razorpay's webhooks and the signature of its Checkout. A webhook carries no time, and its id stands in a header that is not signed: that each
 * signed body is kept once is the defence against replays, and nobody can take the place of an event that is still to come.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ConnectorAccount } from "../../core/model.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { isObject, parse, type Shown } from "../exchange.ts";
import { captureMethodOf, chargeOutcome, keyOf, notesOf, refundOutcome, textOf } from "./map.ts";

const SIGNATURE = "x-razorpay-signature";

type Readable = Extract<WebhookVerdict, { ok: true }>;
type About = Omit<Readable, "ok" | "gatewayEventId">;

/**
 * Checks the hex HMAC of the raw body in constant time. While the account's secret is being replaced, the one before
 * (`previous_webhook_secret`) proves an event as well: Razorpay signs what it sends again with the secret of then.
 */
export function verifyWebhook(raw: RawWebhook, account: ConnectorAccount): WebhookVerdict {
  const given = raw.headers[SIGNATURE] ?? "";
  if (!/^[0-9a-f]{64}$/.test(given)) return { ok: false, reason: "signature missing or malformed" };
  const secrets = ["webhook_secret", "previous_webhook_secret"]
    .map((name) => account.credentials[name] ?? "")
    .filter((each) => each !== "");
  if (secrets.length === 0) return { ok: false, reason: "the account has no webhook secret" };
  const isBy = (secret: string): boolean =>
    timingSafeEqual(createHmac("sha256", secret).update(raw.body).digest(), Buffer.from(given, "hex"));
  // Each is tried, so that the time does not show which one fits.
  if (!secrets.map(isBy).includes(true)) return { ok: false, reason: "signature wrong" };
  const verdict = readWebhookBody(Buffer.from(raw.body).toString("utf8"), account.id);
  return verdict.ok ? verdict : { ...verdict, isAuthentic: true };
}

/** Says nothing about an attempt of ours. */
const nothing: About = { gatewayKey: null, reference: null, operation: null, outcome: null };

/**
 * The body is named by its digest. All endpoints of one Razorpay account get all its
 * events, and a refusal would have Razorpay switch the endpoint off after a day: an event of another account says nothing.
 */
export function readWebhookBody(body: string, accountId: string): WebhookVerdict {
  const event = parse(body);
  if (event === null || typeof event["event"] !== "string") return { ok: false, reason: "not an event" };
  const gatewayEventId = `digest-${createHash("sha256").update(body).digest("hex").slice(0, 40)}`;
  return { ok: true, gatewayEventId, ...(accountOf(event) === accountId ? aboutOf(event) : nothing) };
}

const aboutPayments = new Set(["payment.authorized", "payment.captured", "payment.failed", "order.paid"]);

function aboutOf(event: Shown): About {
  const type = String(event["event"]);
  const { payment, order, refund } = entitiesOf(event);
  if (type.startsWith("refund.")) {
    const key = refund && keyOf(refund);
    if (refund && key) return { gatewayKey: key, reference: textOf(refund["id"]), operation: "refund", outcome: refundOutcome(refund) };
    // A refund that is none of ours: Razorpay gave a hold back, or somebody refunded in its dashboard.
    return payment?.["status"] === "refunded" ? aboutPayment(payment, order) : nothing;
  }
  return aboutPayments.has(type) && payment ? aboutPayment(payment, order) : nothing;
}

function aboutPayment(payment: Shown, order: Shown | null): About {
  const gatewayKey = keyOf(payment) ?? (order && keyOf(order));
  if (gatewayKey === null) return nothing;
  const outcome = chargeOutcome(payment, { captureMethod: captureMethodOf(payment), nextAction: null, now: null });
  return { gatewayKey, reference: textOf(payment["order_id"]), operation: "charge", outcome };
}

function entitiesOf(event: Shown): Readonly<Record<"payment" | "order" | "refund", Shown | null>> {
  const payload = isObject(event["payload"]) ? event["payload"] : {};
  const entity = (name: string): Shown | null => {
    const wrapped = payload[name];
    return isObject(wrapped) && isObject(wrapped["entity"]) ? wrapped["entity"] : null;
  };
  return { payment: entity("payment"), order: entity("order"), refund: entity("refund") };
}

/** The account of ours that the event names; events about nothing of ours name none. */
function accountOf(event: Shown): string | null {
  const entities = Object.values(entitiesOf(event));
  return entities.map((entity) => entity && textOf(notesOf(entity)["tillway_account"])).find((id) => id) ?? null;
}

export interface CheckoutResult {
  /** The one that we stored, never the one that the browser sent. */
  readonly orderId: string;
  readonly paymentId: string;
  readonly signature: string;
}

/**
 * Checks what Razorpay's Checkout hands to the shopper's browser: hex HMAC of `order|payment` by the key secret. It proves that the payment
 * belongs to the order, not that it was captured: ask for that.
 */
export function isCheckoutSignature({ orderId, paymentId, signature }: CheckoutResult, keySecret: string): boolean {
  if (keySecret === "" || !/^[0-9a-f]{64}$/.test(signature)) return false;
  const wanted = createHmac("sha256", keySecret).update(`${orderId}|${paymentId}`).digest();
  return timingSafeEqual(wanted, Buffer.from(signature, "hex"));
}
