/** From the sandbox's words to outcomes: tables first, readers of answers below them, webhooks last. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { Attempt, ConnectorAccount, Operation } from "../../core/model.ts";
import type { DeclineCode, Outcome } from "../../core/outcome.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { aboutAnother, isObject, redactWord, unknown, parse, type Dialect, type Shown } from "../exchange.ts";

/** The last moment that a Date can hold (ECMA-262). */
const TIME_MAX_MS = 8.64e15;

type StatusReader = (shown: Shown, reference: string) => Outcome;

const statusTable: Readonly<Record<string, StatusReader>> = {
  succeeded: (shown, reference) => ({ kind: "succeeded", reference, figures: figures(shown) }),
  authorized: (shown, reference) => ({
    kind: "authorized",
    reference,
    figures: figures(shown),
    lapsesAt: wholeOrNull(shown["lapses_at"]),
  }),
  requires_action: (shown, reference) => challengeOf(shown, reference),
  processing: (_, reference) => ({ kind: "pending", reference }),
  pending: (_, reference) => ({ kind: "pending", reference }),
  declined: (shown, reference) => ({ kind: "declined", reference, ...declineTable[declineCode(shown)]! }),
  canceled: (_, reference) => ({ kind: "canceled", reference }),
};

const declineTable: Readonly<Record<DeclineCode, { readonly declineCode: DeclineCode; readonly message: string }>> = Object.fromEntries(
  Object.entries({
    card_declined: "The bank declined the payment.",
    insufficient_funds: "The account does not hold enough.",
    fraud_suspected: "The payment was blocked as risky.",
    expired_card: "The card has expired.",
    incorrect_cvc: "The card's CVC is wrong.",
    lost_card: "The card was reported lost.",
    stolen_card: "The card was reported stolen.",
    limit_exceeded: "The card's limit is reached.",
    authentication_failed: "The authentication failed or was not completed.",
    upi_declined: "The payer refused.",
    upi_expired: "The payer did not answer in time.",
    operation_refused: "The gateway refused the operation.",
    technical_decline: "The bank could not be reached.",
  } satisfies Record<DeclineCode, string>).map(([declineCode, message]) => [declineCode, { declineCode, message }]),
) as Record<DeclineCode, { declineCode: DeclineCode; message: string }>;

/** How to read the sandbox's answers. */
export const dialect: Dialect = {
  shown: mapShown,
  refusal: (body, status) => {
    const error = isObject(body["error"]) ? body["error"] : {};
    const { code, message, reference } = error;
    return {
      // Both are stored and shown to people, so card numbers are hidden.
      code: typeof code === "string" ? redactWord(code, 64) : `status_${status}`,
      message: typeof message === "string" ? redactWord(message, 200) : "The gateway refused the request.",
      reference: typeof reference === "string" && reference !== "" ? redactWord(reference, 128) : null,
      isStored: error["stored"] === true,
    };
  },
  meanings: {
    key_in_use: "at_work",
    key_canceled: "called_off",
    not_found: "not_found",
    key_reused: "there_already",
    already_captured: "there_already",
    already_voided: "there_already",
    already_refunded: "there_already",
  },
};

/** Reads a shown operation, which must be this attempt's. */
function mapShown(shown: Shown, attempt: Pick<Attempt, "gatewayKey" | "accountId">): Outcome {
  for (const [what, wanted] of [
    ["key", attempt.gatewayKey],
    ["account", attempt.accountId],
  ] as const) {
    const given = shown[what];
    if (typeof given !== "string") return unknown(`the answer names no ${what}`);
    if (given !== wanted) return aboutAnother(what, given, wanted);
  }
  return readShown(shown);
}

/** Reads a shown operation without an attempt to compare it with: a webhook's. */
export function readShown(shown: Shown): Outcome {
  const { status, reference } = shown;
  if (status === "canceled" && reference === null) return { kind: "canceled", reference: null };
  if (typeof reference !== "string" || reference === "") return unknown("the answer names no reference");
  // A word that nobody documented is never taken for a failure: the money may still move.
  return readerOf(status)?.(shown, reference) ?? { kind: "pending", reference };
}

function readerOf(status: unknown): StatusReader | undefined {
  return typeof status === "string" && Object.hasOwn(statusTable, status) ? statusTable[status] : undefined;
}

/** For people: the status of a shown operation if we do not know that word, else null. */
export function unknownWord(shown: Shown | null, outcome: Outcome): string | null {
  if (shown === null || outcome.kind !== "pending" || typeof shown["reference"] !== "string" || readerOf(shown["status"])) return null;
  return `unknown status ${JSON.stringify(redactWord(String(shown["status"]), 40))}`;
}

function challengeOf(shown: Shown, reference: string): Outcome {
  const action = shown["next_action"];
  const url = isObject(action) ? action["url"] : null;
  return typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url)
    ? { kind: "requires_action", reference, nextAction: { type: "redirect", url } }
    : { kind: "pending", reference };
}

function declineCode(shown: Shown): DeclineCode {
  const code = shown["code"];
  if (typeof code === "string" && Object.hasOwn(declineTable, code)) return code as DeclineCode;
  return shown["object"] === "charge" ? "card_declined" : "operation_refused";
}

/** A missing amount becomes -1, which equals no amount: such an answer is never applied. */
function figures(shown: Shown): { amount: number; currency: string } {
  return { amount: numberOrNull(shown["amount"]) ?? -1, currency: String(shown["currency"]) };
}

/** Null for a time that cannot be stored; the default lifetime counts then. */
function wholeOrNull(value: unknown): number | null {
  return Number.isInteger(value) && Math.abs(value as number) <= TIME_MAX_MS ? (value as number) : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

const HEADER = "sandbox-signature";
const operations: ReadonlySet<string> = new Set<Operation>(["charge", "capture", "void", "refund"]);

/** Checks `t=<unix s>,v1=<hex>` over `t.body` in constant time; older or newer than the tolerance is refused. */
export function verify(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict {
  const signed = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(raw.headers[HEADER] ?? "");
  if (signed === null) return { ok: false, reason: "signature missing or malformed" };
  const [, seconds = "", given = ""] = signed;
  const secret = account.credentials["webhook_secret"] ?? "";
  if (secret === "") return { ok: false, reason: "the account has no webhook secret" };
  const wanted = createHmac("sha256", secret).update(`${seconds}.`).update(raw.body).digest();
  if (!timingSafeEqual(wanted, Buffer.from(given, "hex"))) return { ok: false, reason: "signature wrong" };
  if (Math.abs(nowMs - Number(seconds) * 1_000) > SIGNATURE_TOLERANCE_MS) return { ok: false, reason: "signature too old or too new" };
  const body = Buffer.from(raw.body).toString("utf8");
  const verdict = read(body);
  if (!verdict.ok) return verdict;
  return parse(body)?.["account"] === account.id ? verdict : { ok: false, reason: "the event is another account's" };
}

/** Reads a body whose signature was checked before. */
export function read(body: string): WebhookVerdict {
  const event = parse(body);
  const id = event?.["id"];
  if (event === null || typeof id !== "string" || id === "") return { ok: false, reason: "not an event" };
  const data = isObject(event["data"]) ? event["data"] : null;
  const key = data?.["key"];
  const operation = data?.["object"];
  if (data === null || typeof key !== "string" || typeof operation !== "string" || !operations.has(operation)) {
    return { ok: true, gatewayEventId: id, gatewayKey: null, reference: null, operation: null, outcome: null };
  }
  const reference = typeof data["reference"] === "string" ? data["reference"] : null;
  return { ok: true, gatewayEventId: id, gatewayKey: key, reference, operation: operation as Operation, outcome: readShown(data) };
}
