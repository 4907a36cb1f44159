/** Stripe's events: is it Stripe's, and which attempt of ours does it speak of? https://docs.stripe.com/webhooks, /api/events/types. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { ConnectorAccount, Operation } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { isObject, parse, redactWord, type Shown } from "../exchange.ts";
import { accountIn, chargeIn, figures, holdIn, idIn, keyIn, methodIn, refundIn, type Charge } from "./read.ts";

const HEADER = "stripe-signature";
const HEADER_MAX = 4_096;

/**
 * `t=<unix s>,v1=<hex>[,v1=…]` over `t.body`; other schemes are no proof. Any `v1` by any of the account's secrets is enough: Stripe signs with both
 * while its secret is being replaced, and we take both while ours is. Older or newer than the tolerance is refused.
 */
export function verify(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict {
  const signed = readHeader(raw.headers[HEADER] ?? "");
  if (signed === null) return { ok: false, reason: "signature missing or malformed" };
  const secrets = ["webhook_secret", "previous_webhook_secret"]
    .map((name) => account.credentials[name] ?? "")
    .filter((each) => each !== "");
  if (secrets.length === 0) return { ok: false, reason: "the account has no webhook secret" };
  const fits = secrets.flatMap((secret) => {
    const wanted = createHmac("sha256", secret).update(`${signed.seconds}.`).update(raw.body).digest();
    return signed.signatures.map((given) => timingSafeEqual(wanted, given));
  });
  // Each was tried, so that the time does not show which one fits.
  if (!fits.includes(true)) return { ok: false, reason: "signature wrong" };
  if (Math.abs(nowMs - Number(signed.seconds) * 1_000) > SIGNATURE_TOLERANCE_MS)
    return { ok: false, reason: "signature too old or too new" };
  const body = Buffer.from(raw.body).toString("utf8");
  const verdict = readEvent(body, account.id);
  if (!verdict.ok) return { ...verdict, isAuthentic: true };
  const isLive = parse(body)?.["livemode"];
  if (typeof isLive === "boolean" && isLive !== (account.mode === "live")) return { ok: false, reason: "the event is of the other mode" };
  return verdict;
}

function readHeader(text: string): { readonly seconds: string; readonly signatures: readonly Buffer[] } | null {
  if (text.length > HEADER_MAX) return null;
  const parts = text.split(",").map((part) => part.trim());
  const [time, ...others] = parts.filter((part) => part.startsWith("t="));
  const seconds = /^t=(\d{1,12})$/.exec(time ?? "")?.[1];
  const signatures = parts.flatMap((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1] ?? []).map((hex) => Buffer.from(hex, "hex"));
  return seconds === undefined || others.length > 0 || signatures.length === 0 ? null : { seconds, signatures };
}

interface Said {
  readonly gatewayKey: string | null;
  readonly reference: string | null;
  readonly operation: Operation | null;
  readonly outcome: Outcome | null;
}

const nothing: Said = { gatewayKey: null, reference: null, operation: null, outcome: null };

/** @param requestKey the idempotency key of the request that caused the event; null: nobody's, or one from Stripe's dashboard */
type Reader = (object: Shown, requestKey: string | null) => Said;

/** By type. Events that are not here say nothing about an attempt: the others about an intent say what these say. */
const readers: ReadonlyMap<unknown, Reader> = new Map<string, Reader>([
  ["payment_intent.succeeded", intentSaid],
  ["payment_intent.processing", intentSaid],
  ["payment_intent.requires_action", intentSaid],
  ["payment_intent.amount_capturable_updated", intentSaid],
  ["payment_intent.payment_failed", intentSaid],
  ["payment_intent.canceled", canceledSaid],
  ["charge.succeeded", chargeSaid],
  ["charge.captured", capturedSaid],
  ["charge.expired", expiredSaid],
  ["charge.refunded", refundedSaid],
  ["refund.created", refundSaid],
  ["refund.updated", refundSaid],
  ["refund.failed", refundSaid],
  ["charge.refund.updated", refundSaid],
]);

/** Reads the body of an event whose signature was checked before. What another account of ours made is that one's matter. */
export function readEvent(body: string, accountId: string): WebhookVerdict {
  const event = parse(body);
  const id = event === null ? null : event["id"];
  if (event === null || typeof id !== "string" || id === "") return { ok: false, reason: "not an event" };
  const data = isObject(event["data"]) ? event["data"]["object"] : null;
  const reader = readers.get(event["type"]);
  const key = isObject(event["request"]) ? event["request"]["idempotency_key"] : null;
  const isOurs = isObject(data) && accountIn(data) === accountId;
  const said = reader && isOurs ? reader(data, typeof key === "string" ? key : null) : nothing;
  return { ok: true, gatewayEventId: redactWord(id, 255), ...said };
}

function intentSaid(intent: Shown, requestKey: string | null): Said {
  const isCaptured = intent["status"] === "succeeded" && intent["capture_method"] === "manual";
  if (isCaptured) return captureOf(intent, { reference: idIn(intent), captured: "amount_received" }, requestKey);
  return ofCharge(intent, chargeIn(intent));
}

/** A charge's own key, or nothing: other programs may use the same account at Stripe. */
function ofCharge(shown: Shown, outcome: Charge): Said {
  const gatewayKey = keyIn(shown);
  if (gatewayKey === null || outcome.kind === "not_begun" || outcome.kind === "unknown") return nothing;
  return { gatewayKey, reference: "reference" in outcome ? outcome.reference : null, operation: "charge", outcome };
}

/** The events of the intent say the same, but show no card. */
function chargeSaid(charge: Shown): Said {
  const reference = intentOf(charge);
  if (reference === null || charge["status"] !== "succeeded") return nothing;
  const method = methodIn({ latest_charge: charge });
  return charge["captured"] === true
    ? ofCharge(charge, { kind: "succeeded", reference, figures: figures(charge, "amount_captured"), method })
    : ofCharge(charge, { kind: "authorized", reference, figures: figures(charge, "amount"), ...holdIn(charge), method });
}

function capturedSaid(charge: Shown, requestKey: string | null): Said {
  return captureOf(charge, { reference: intentOf(charge), captured: "amount_captured" }, requestKey);
}

/**
 * A hold was captured: that is the word about our capture, and says nothing new of the charge, which was authorized. If somebody else captured all
 * of it, the charge's attempt must hear of it; a part would contradict every figure that we have, and is left to the settlement sweep.
 */
function captureOf(shown: Shown, { reference, captured }: { reference: string | null; captured: string }, requestKey: string | null): Said {
  const ours = operationKey(shown, requestKey);
  if (reference === null) return nothing;
  const outcome: Outcome = { kind: "succeeded", reference, figures: figures(shown, captured) };
  if (ours !== null) return { gatewayKey: ours, reference, operation: "capture", outcome };
  return shown[captured] === shown["amount"] ? ofCharge(shown, outcome) : nothing;
}

function canceledSaid(intent: Shown, requestKey: string | null): Said {
  const ours = operationKey(intent, requestKey);
  const reference = idIn(intent);
  if (ours === null || reference === null) return ofCharge(intent, chargeIn(intent));
  const outcome: Outcome = { kind: "succeeded", reference, figures: figures(intent, "amount") };
  return { gatewayKey: ours, reference, operation: "void", outcome };
}

function expiredSaid(charge: Shown): Said {
  const reference = intentOf(charge);
  return reference === null ? nothing : ofCharge(charge, { kind: "canceled", reference });
}

/** The charge itself names no refund; if it lists them, the newest is the one that the event is about. */
function refundedSaid(charge: Shown): Said {
  const list = isObject(charge["refunds"]) ? charge["refunds"]["data"] : null;
  const newest: unknown = Array.isArray(list) ? list[0] : null;
  return isObject(newest) ? refundSaid(newest) : nothing;
}

function refundSaid(refund: Shown): Said {
  const gatewayKey = keyIn(refund);
  const outcome = refundIn(refund);
  if (gatewayKey === null || outcome.kind === "unknown") return nothing;
  return { gatewayKey, reference: idIn(refund), operation: "refund", outcome };
}

/** Gateway keys as `core/ids.ts` makes them. */
const OUR_KEY = /^[a-z2-7]{32}$/;

/** The key of the capture or void that caused an event; null: it was no request of ours, or one of the charge itself. */
function operationKey(shown: Shown, requestKey: string | null): string | null {
  return requestKey !== null && OUR_KEY.test(requestKey) && requestKey !== keyIn(shown) ? requestKey : null;
}

function intentOf({ payment_intent: intent }: Shown): string | null {
  if (typeof intent === "string" && intent !== "") return redactWord(intent, 128);
  return isObject(intent) ? idIn(intent) : null;
}
