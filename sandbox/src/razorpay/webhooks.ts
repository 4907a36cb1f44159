/** Webhooks of the simulated Razorpay: written when something happens, signed when they are sent, and held, doubled or lost if a test wants that. */
import { createHmac } from "node:crypto";
import type { Clock, HttpPort, Ms } from "../ports.ts";
import { WEBHOOK_RETRY_GAPS_MS } from "../sender.ts";
import { newId, type Books, type Merchant, type Payment, type Refund } from "./books.ts";
import { orderEntity, paymentWithCard, refundEntity } from "./entities.ts";
import type { EventName } from "./life.ts";

/** `hold`: until they are released. `drop`: lost. `twice`: each is sent two times at once. */
export const webhookModes = ["auto", "hold", "drop", "twice"] as const;
export type WebhookMode = (typeof webhookModes)[number];

export interface Owed {
  readonly id: string;
  readonly merchant: Merchant;
  readonly event: EventName;
  readonly body: string;
  dueAt: Ms;
  tries: number;
}

export interface WebhookDesk {
  mode: WebhookMode;
  /** Each leaves so much later. */
  delayMs: number;
  /** In the order in which they were written. */
  readonly owed: Owed[];
  readonly sent: { readonly id: string; readonly event: EventName; readonly status: number | null }[];
}

export function openDesk(): WebhookDesk {
  return { mode: "auto", delayMs: 0, owed: [], sent: [] };
}

interface About {
  readonly payment: Payment;
  readonly refund?: Refund;
}

export function owe(desk: WebhookDesk, books: Books, { event, about, at }: { event: EventName; about: About; at: Ms }): void {
  const merchant = books.merchants.get(about.payment.order.keyId)!;
  if (desk.mode === "drop") return;
  const body = bodyOf(event, about, at);
  const dueAt = desk.mode === "hold" ? Infinity : at + desk.delayMs;
  const id = newId(books, "evt");
  for (let n = 0; n < (desk.mode === "twice" ? 2 : 1); n++) desk.owed.push({ id, merchant, event, body, dueAt, tries: 0 });
}

function bodyOf(event: EventName, { payment, refund }: About, at: Ms): string {
  const parts = event === "order.paid" ? { payment, order: payment.order } : refund === undefined ? { payment } : { refund, payment };
  const payload = {
    ...("refund" in parts && refund !== undefined && { refund: { entity: refundEntity(refund) } }),
    payment: { entity: paymentWithCard(payment) },
    ...("order" in parts && { order: { entity: orderEntity(payment.order) } }),
  };
  const created_at = Math.floor(at / 1_000);
  return JSON.stringify({ entity: "event", account_id: "acc_TFarSide000001", event, contains: Object.keys(parts), payload, created_at });
}

/** Lower-case hex over the raw body; there is no time in it. */
export function signatureOf(body: string, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

export interface Release {
  /** `reversed`: the last one first. */
  readonly order?: "written" | "reversed";
  readonly twice?: boolean;
}

/** Lets held webhooks go. */
export function release(desk: WebhookDesk, now: Ms, { order = "written", twice = false }: Release = {}): void {
  const held = desk.owed.filter(({ dueAt }) => dueAt === Infinity);
  if (order === "reversed") held.reverse();
  // In this order even if a clock has only whole milliseconds.
  held.forEach((one, n) => (one.dueAt = now + n));
  if (twice) desk.owed.push(...held.map((one) => ({ ...one })));
  desk.owed.sort((a, b) => a.dueAt - b.dueAt);
}

export interface SendDeps {
  readonly desk: WebhookDesk;
  readonly clock: Clock;
  readonly http: HttpPort;
}

/** Sends what is due, one after the other. A refused one comes again, by the sandbox's schedule. Never rejects. */
export async function sendDue({ desk, clock, http }: SendDeps): Promise<void> {
  for (;;) {
    const index = desk.owed.findIndex(({ dueAt }) => dueAt <= clock.now());
    const one = desk.owed[index];
    if (one === undefined) return;
    desk.owed.splice(index, 1);
    const hook = one.merchant.webhook;
    if (hook === null) continue;
    const result = await http.send({
      method: "POST",
      url: hook.url,
      headers: {
        "content-type": "application/json",
        "x-razorpay-signature": signatureOf(one.body, hook.secret),
        "x-razorpay-event-id": one.id,
      },
      body: one.body,
      connectTimeoutMs: 2_000,
      totalTimeoutMs: 5_000,
      maxBytes: 65_536,
    });
    const status = result.kind === "answer" ? result.status : null;
    desk.sent.push({ id: one.id, event: one.event, status });
    const gap = WEBHOOK_RETRY_GAPS_MS[one.tries];
    if ((status === null || status < 200 || status > 299) && gap !== undefined)
      desk.owed.push({ ...one, tries: one.tries + 1, dueAt: clock.now() + gap });
  }
}
