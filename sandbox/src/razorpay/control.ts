/** The control path of the simulated Razorpay: for whoever tests, on this machine only. It moves what a bank, a shopper or a bad day would. */
import type { Connection, FaultName } from "../faults.ts";
import { effects } from "../faults.ts";
import type { FarRequest } from "../far-side.ts";
import type { Ms } from "../ports.ts";
import type { Books, Merchant } from "./books.ts";
import { amountRefunded } from "./books.ts";
import { isWhole, jsonOf, type Fields } from "./input.ts";
import { authorizeLate, decideAtBank, fail, giveBack, type Life } from "./life.ts";
import { badRequest, isRefused, noSuchId, notFound, type Refused } from "./refusals.ts";
import { release, webhookModes, type Release, type WebhookDesk, type WebhookMode } from "./webhooks.ts";

/** One that waits for a request whose path contains `path`. */
export interface PlannedFault {
  readonly path: string;
  readonly fault: FaultName;
  readonly delayMs: number;
  times: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly fault: FaultName;
  readonly connection: Connection;
}

export interface Controls {
  readonly books: Books;
  readonly desk: WebhookDesk;
  readonly faults: PlannedFault[];
  readonly calls: Call[];
  readonly merchantOf: (keyId: string, keySecret: string) => Merchant | null;
  readonly life: Life;
}

type Shown = Readonly<Record<string, unknown>>;

/** `POST /_webhooks`, `/_webhooks/release`, `/_faults`, `/_payments/{id}/{act}`; `GET /_books`. */
export function handleControl(controls: Controls, request: FarRequest, now: Ms): Shown | Refused {
  const path = request.path.replace(/\?.*$/, "");
  if (request.method === "GET" && path === "/_books") return shownBooks(controls);
  const fields = jsonOf(request.body);
  if (isRefused(fields)) return fields;
  if (request.method !== "POST") return notFound;
  if (path === "/_webhooks") return setWebhooks(controls, fields);
  if (path === "/_webhooks/release") {
    release(controls.desk, now, fields as Release);
    return { ok: true };
  }
  if (path === "/_faults") return addFault(controls, fields);
  const [, id = "", act = ""] = /^\/_payments\/(\w+)\/(\w+)$/.exec(path) ?? [];
  return id === "" ? notFound : movePayment(controls, { id, act, fields }, now);
}

function setWebhooks({ desk, merchantOf }: Controls, fields: Fields): Shown | Refused {
  const { key_id: keyId, key_secret: keySecret, url, secret, mode, delay_ms: delayMs } = fields;
  if (mode !== undefined && !webhookModes.includes(mode as WebhookMode)) return badRequest(`mode is one of ${webhookModes.join(", ")}`);
  if (mode !== undefined) desk.mode = mode as WebhookMode;
  if (isWhole(delayMs)) desk.delayMs = delayMs;
  if (url === undefined) return { ok: true };
  const merchant = merchantOf(String(keyId), String(keySecret));
  if (merchant === null || typeof url !== "string" || !URL.canParse(url) || typeof secret !== "string" || secret === "")
    return badRequest("key_id, key_secret, url and secret are needed, and the secret must be the one of that key");
  merchant.webhook = { url, secret };
  return { ok: true };
}

function addFault({ faults }: Controls, { path = "/", fault, times = 1, delay_ms: delayMs = 0 }: Fields): Shown | Refused {
  if (typeof fault !== "string" || !Object.hasOwn(effects, fault)) return badRequest(`fault is one of ${Object.keys(effects).join(", ")}`);
  if (!isWhole(times) || !isWhole(delayMs)) return badRequest("times and delay_ms are whole numbers");
  faults.push({ path: String(path), fault: fault as FaultName, times, delayMs });
  return { ok: true };
}

function movePayment(
  { books, life }: Controls,
  { id, act, fields }: { id: string; act: string; fields: Fields },
  now: Ms,
): Shown | Refused {
  const payment = books.payments.get(id);
  if (payment === undefined) return noSuchId;
  if (act === "approve") decideAtBank(life, payment, now);
  else if (act === "fail" && payment.status === "created") fail(life, payment, reasonIn(fields), now);
  else if (act === "authorize") authorizeLate(life, payment, now);
  // As if the time had come in which a hold is given back.
  else if (act === "lapse") giveBack(life, payment, now);
  else return badRequest("A payment can be told to approve, fail, authorize or lapse");
  return { id, status: payment.status };
}

function reasonIn({ reason }: Fields): string {
  return typeof reason === "string" ? reason : "payment_declined";
}

function shownBooks({ books, desk, calls }: Controls): Shown {
  return {
    payments: [...books.payments.values()].map((payment) => ({
      id: payment.id,
      order: payment.order.id,
      receipt: payment.order.receipt,
      status: payment.status,
      amount: payment.amount,
      captured: payment.captured ? payment.amount : 0,
      refunded: payment.captured ? amountRefunded(payment) : 0,
    })),
    orders: books.orders.size,
    webhooks_owed: desk.owed.length,
    webhooks_sent: desk.sent,
    calls,
  };
}
