/** What happened, as events, and the webhooks that are owed for them. */
import { createHmac } from "node:crypto";
import type { Ms } from "../ports.ts";
import type { Json } from "./errors.ts";
import { type Endpoint, type EventRecord, newId, type State } from "./state.ts";
import type { Shown } from "./views.ts";

export const STRIPE_SIGNATURE_HEADER = "stripe-signature";

/** How webhooks leave from now on. */
export interface WebhookMode {
  /** `held`: until `releaseWebhooks`. `lost`: never. `late`: by `lateMs`. `reordered`: of two, the second first. */
  readonly mode: "prompt" | "held" | "lost" | "late" | "reordered";
  readonly lateMs?: number;
  /** Each one so many times, at once. */
  readonly copies?: number;
}

/** One webhook to one endpoint. */
export interface Delivery {
  readonly event: EventRecord;
  readonly endpoint: Endpoint;
  /** Infinity while it is held. */
  dueAt: Ms;
  tries: number;
}

export interface StripeSettings extends Shown {
  readonly searchLagMs: number | null;
  /** How long a payment stays in processing, and after how long a refund changes by itself. */
  readonly laterMs: number;
}

/** One request at work: what it reads and changes, and who asked. */
export interface Desk {
  readonly state: State;
  readonly settings: StripeSettings;
  readonly now: Ms;
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
  /** Called with each event; what it owes is the caller's matter. */
  readonly announced: (event: EventRecord) => void;
}

/** Stripe lists events of 30 days. */
export const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;
/** Under load the oldest ones go before: each holds a whole object. */
const EVENTS_MAX = 20_000;

/** Keeps the object as it is now, whatever becomes of it. */
export function announce(desk: Desk, type: string, object: Json): void {
  const { state, now, requestId, idempotencyKey } = desk;
  const event = { id: newId(state, "evt_"), type, createdAt: now, object: JSON.stringify(object), requestId, idempotencyKey, pending: 0 };
  state.events.set(event.id, event);
  for (const { id, createdAt } of state.events.values()) {
    if (createdAt > now - EVENTS_KEPT_MS && state.events.size <= EVENTS_MAX) break;
    state.events.delete(id);
  }
  desk.announced(event);
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, one `v1` for each secret. */
export function stripeSignature(secrets: readonly string[], body: string, nowMs: Ms): string {
  const t = Math.floor(nowMs / 1_000);
  const signed = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`);
  return [`t=${t}`, ...signed].join(",");
}

/** What an event owes under this mode. `earlier`: what is owed already; a reordered webhook waits for the next one. */
export function owedFor(state: State, event: EventRecord, { mode, lateMs = 60_000, copies = 1 }: WebhookMode): Delivery[] {
  const wanted = [...state.endpoints.values()].filter(({ events }) => events.includes("*") || events.includes(event.type));
  event.pending = wanted.length;
  if (mode === "lost") return [];
  const swapped = mode === "reordered" && state.events.size % 2 === 1;
  const dueAt = mode === "held" ? Infinity : event.createdAt + (mode === "late" ? lateMs : swapped ? REORDER_MS : 0);
  return wanted.flatMap((endpoint) => Array.from({ length: copies }, () => ({ event, endpoint, dueAt, tries: 0 })));
}

/** Longer than the next event of the same request takes. */
const REORDER_MS = 2_000;
