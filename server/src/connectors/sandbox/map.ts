/** From the sandbox's words to outcomes: tables first, readers of answers below them, webhooks last. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { Attempt, ConnectorAccount, Operation } from "../../core/model.ts";
import type { DeclineCode, Outcome } from "../../core/outcome.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { declineMessages } from "../declines.ts";
import { isObject, redactWord, unknown, parse, type Dialect, type RefusalMeaning, type Shown } from "../exchange.ts";

/** The last moment that a Date can hold (ECMA-262). */
const TIME_MAX_MS = 8.64e15;

type StatusReader = (shown: Shown, reference: string) => Outcome;

const statuses: ReadonlyMap<unknown, StatusReader> = new Map<string, StatusReader>([
  ["succeeded", (shown, reference) => ({ kind: "succeeded", reference, figures: figures(shown) })],
  ["authorized", (shown, reference) => ({ kind: "authorized", reference, figures: figures(shown), lapsesAt: lapsesAt(shown) })],
  ["requires_action", challengeOf],
  ["processing", (_, reference) => ({ kind: "pending", reference })],
  ["pending", (_, reference) => ({ kind: "pending", reference })],
  ["declined", declined],
  ["canceled", (_, reference) => ({ kind: "canceled", reference })],
]);

const meanings: ReadonlyMap<unknown, RefusalMeaning> = new Map<string, RefusalMeaning>([
  ["key_in_use", "at_work"],
  ["key_canceled", "called_off"],
  ["not_found", "not_found"],
  ["key_reused", "there_already"],
  ["already_captured", "there_already"],
  ["already_voided", "there_already"],
  ["already_refunded", "there_already"],
]);

/** How to read the sandbox's answers. */
export const dialect: Dialect = {
  shown: mapShown,
  refusal: (body, status) => {
    if (!isObject(body["error"])) return null;
    const { code, message, reference, stored } = body["error"];
    return {
      // Both are stored and shown to people, so card numbers are hidden.
      code: typeof code === "string" ? redactWord(code, 64) : `status_${status}`,
      message: typeof message === "string" ? redactWord(message, 200) : "The gateway refused the request.",
      reference: typeof reference === "string" && reference !== "" ? redactWord(reference, 128) : null,
      isStored: stored === true,
      meaning: meanings.get(code),
    };
  },
};

/** Reads a shown operation. One that is not this attempt's is never applied and opens a case; people read its mismatch, so card numbers are hidden. */
function mapShown(shown: Shown, attempt: Pick<Attempt, "gatewayKey" | "accountId">): Outcome {
  for (const [what, wanted] of Object.entries({ key: attempt.gatewayKey, account: attempt.accountId })) {
    const given = shown[what];
    if (typeof given !== "string") return unknown(`the answer names no ${what}`);
    if (given !== wanted)
      return { ...unknown(`the answer is about another ${what}`), mismatch: `${what} ${redactWord(given, 64)} instead of ${wanted}` };
  }
  return readShown(shown);
}

/** Reads a shown operation without an attempt to compare it with: a webhook's. */
function readShown(shown: Shown): Outcome {
  const { status, reference } = shown;
  if (status === "canceled" && reference === null) return { kind: "canceled", reference: null };
  if (typeof reference !== "string" || reference === "") return unknown("the answer names no reference");
  // A word that nobody documented is never taken for a failure: the money may still move.
  return statuses.get(status)?.(shown, reference) ?? { kind: "pending", reference };
}

/** For people: the status of a shown operation if we do not know that word, else null. */
export function unknownWord(shown: unknown, outcome: Outcome): string | null {
  if (outcome.kind !== "pending" || !isObject(shown) || typeof shown["reference"] !== "string" || statuses.has(shown["status"]))
    return null;
  return `unknown status ${JSON.stringify(redactWord(String(shown["status"]), 40))}`;
}

function challengeOf(shown: Shown, reference: string): Outcome {
  const action = shown["next_action"];
  const url = isObject(action) ? action["url"] : null;
  return typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url)
    ? { kind: "requires_action", reference, nextAction: { type: "redirect", url } }
    : { kind: "pending", reference };
}

function declined({ code, object }: Shown, reference: string): Outcome {
  const isKnown = typeof code === "string" && Object.hasOwn(declineMessages, code);
  const declineCode = isKnown ? (code as DeclineCode) : object === "charge" ? "card_declined" : "operation_refused";
  return { kind: "declined", reference, declineCode, message: declineMessages[declineCode] };
}

/** A missing amount becomes -1, which equals no amount: such an answer is never applied. */
function figures(shown: Shown): { amount: number; currency: string } {
  return { amount: Number.isFinite(shown["amount"]) ? (shown["amount"] as number) : -1, currency: String(shown["currency"]) };
}

/** Null for a time that cannot be stored; the default lifetime counts then. */
function lapsesAt({ lapses_at: at }: Shown): number | null {
  return Number.isInteger(at) && Math.abs(at as number) <= TIME_MAX_MS ? (at as number) : null;
}

const HEADER = "sandbox-signature";
const operations: ReadonlySet<unknown> = new Set<Operation>(["charge", "capture", "void", "refund"]);

/**
 * Checks `t=<unix s>,v1=<hex>` over `t.body` in constant time; older or newer than the tolerance is refused. While the account's secret is
 * being replaced, the one before (`previous_webhook_secret`) proves an event as well.
 */
export function verify(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict {
  const signed = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(raw.headers[HEADER] ?? "");
  if (signed === null) return { ok: false, reason: "signature missing or malformed" };
  const [, seconds = "", given = ""] = signed;
  const secrets = ["webhook_secret", "previous_webhook_secret"]
    .map((name) => account.credentials[name] ?? "")
    .filter((each) => each !== "");
  if (secrets.length === 0) return { ok: false, reason: "the account has no webhook secret" };
  const isBy = (secret: string): boolean =>
    timingSafeEqual(createHmac("sha256", secret).update(`${seconds}.`).update(raw.body).digest(), Buffer.from(given, "hex"));
  // Each is tried, so that the time does not show which one fits.
  if (!secrets.map(isBy).includes(true)) return { ok: false, reason: "signature wrong" };
  if (Math.abs(nowMs - Number(seconds) * 1_000) > SIGNATURE_TOLERANCE_MS) return { ok: false, reason: "signature too old or too new" };
  const event = parse(Buffer.from(raw.body).toString("utf8"));
  const verdict = readEvent(event);
  if (!verdict.ok) return { ...verdict, isAuthentic: true };
  return event?.["account"] === account.id ? verdict : { ok: false, reason: "the event is another account's" };
}

/** Reads the parsed body of a webhook whose signature was checked before. */
export function readEvent(event: Shown | null): WebhookVerdict {
  const id = event?.["id"];
  if (event === null || typeof id !== "string" || id === "") return { ok: false, reason: "not an event" };
  const data = isObject(event["data"]) ? event["data"] : {};
  const { key, object: operation, reference } = data;
  if (typeof key !== "string" || !operations.has(operation))
    return { ok: true, gatewayEventId: id, gatewayKey: null, reference: null, operation: null, outcome: null };
  return {
    ok: true,
    gatewayEventId: id,
    gatewayKey: key,
    reference: typeof reference === "string" ? reference : null,
    operation: operation as Operation,
    outcome: readShown(data),
  };
}
