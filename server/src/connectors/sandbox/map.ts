/** From the sandbox's words to outcomes: tables first, readers below them. */
import type { Attempt } from "../../core/model.ts";
import type { DeclineCode, Outcome } from "../../core/outcome.ts";
import { aboutAnother, isObject, redactWord, unknown, type Dialect, type Shown } from "../exchange.ts";

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
