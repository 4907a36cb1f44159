/** From the sandbox's words to outcomes: tables first, one reader below them. */
import type { Attempt } from "../../core/model.ts";
import type { DeclineCode, Outcome } from "../../core/outcome.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { RETRY_AFTER_MAX_MS } from "../../core/constants.ts";
import { redactWord } from "../redact.ts";

/** An outcome, and for people what was odd about the answer. */
export interface Mapped {
  readonly outcome: Outcome;
  readonly note: string | null;
}

/** An operation as the far side shows it, read with care: nothing in it is trusted to be there. */
export type Shown = Readonly<Record<string, unknown>>;

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

/** 4xx of the far side that are not simply "our request is wrong". */
const errorTable: Readonly<Record<string, (asked: Asked) => Outcome>> = {
  key_in_use: () => ({ kind: "pending", reference: null }),
  key_canceled: () => ({ kind: "canceled", reference: null }),
  not_found: (asked) =>
    asked === "question"
      ? { kind: "not_found" }
      : { kind: "rejected", code: "not_found", message: "The gateway does not know the charge." },
};

/** `money`: something was to be done. `question`: somebody only asked. */
export type Asked = "money" | "question";

/**
 * Reads what came back about this attempt. Only a first request that was refused, throttled or never left proves that nothing was
 * taken; where an earlier one may have arrived (`questions` were asked since), or where somebody only asked, it proves nothing.
 */
export function mapResult(result: HttpResult, attempt: Attempt, asked: Asked): Mapped {
  const provesNothing = refusalProvesNothing(attempt, asked);
  if (result.kind === "not_sent")
    return plain(provesNothing ? unknown(`not sent: ${result.reason}`) : { kind: "not_sent", reason: result.reason });
  if (result.kind === "unknown") return plain(unknown(result.reason));
  const body = parse(result.body);
  if (result.status === 429)
    return plain(provesNothing ? unknown("throttled") : { kind: "throttled", retryAfterMs: retryAfterMs(result.headers["retry-after"]) });
  if (result.status >= 500) return plain(unknown(`status ${result.status}`, storedFlag(body)));
  if (body === null) return plain(unknown(`status ${result.status}, not JSON`));
  if (result.status >= 400) return plain(mapRefusal(body, { asked, provesNothing, status: result.status }));
  if (result.status < 200 || result.status >= 300) return plain(unknown(`status ${result.status}`));
  return mapShown(body, attempt);
}

/** True where "refused" or "not sent" is about this exchange only, since an earlier request may have arrived. */
export function refusalProvesNothing(attempt: Pick<Attempt, "questions">, asked: Asked): boolean {
  return asked === "question" || attempt.questions > 0;
}

/** Reads a shown operation, which must be this attempt's. */
export function mapShown(shown: Shown, attempt: Pick<Attempt, "gatewayKey" | "accountId">): Mapped {
  for (const [what, wanted] of [
    ["key", attempt.gatewayKey],
    ["account", attempt.accountId],
  ] as const) {
    const given = shown[what];
    if (typeof given !== "string") return plain(unknown(`the answer names no ${what}`));
    if (given !== wanted) return plain(aboutAnother(what, given, wanted));
  }
  return readShown(shown);
}

/** Reads a shown operation without an attempt to compare it with: a webhook's. */
export function readShown(shown: Shown): Mapped {
  const { status, reference } = shown;
  if (status === "canceled" && reference === null) return plain({ kind: "canceled", reference: null });
  if (typeof reference !== "string" || reference === "") return plain(unknown("the answer names no reference"));
  const read = typeof status === "string" && Object.hasOwn(statusTable, status) ? statusTable[status] : undefined;
  // A word nobody documented is never taken for a failure: the money may still move.
  if (read === undefined)
    return { outcome: { kind: "pending", reference }, note: `unknown status ${JSON.stringify(redactWord(String(status), 40))}` };
  return plain(read(shown, reference));
}

function mapRefusal(body: Shown, { asked, provesNothing, status }: { asked: Asked; provesNothing: boolean; status: number }): Outcome {
  const error = isObject(body["error"]) ? body["error"] : {};
  // Both are shown to people and kept: whatever a gateway puts there, no card number passes.
  const code = typeof error["code"] === "string" ? redactWord(error["code"], 64) : `status_${status}`;
  const message = typeof error["message"] === "string" ? redactWord(error["message"], 200) : "The gateway refused the request.";
  const special = Object.hasOwn(errorTable, code) ? errorTable[code] : undefined;
  const outcome: Outcome = special?.(asked) ?? { kind: "rejected", code, message };
  return provesNothing && outcome.kind === "rejected" ? unknown(`refused: ${code}`) : outcome;
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

/** What is no number becomes one that equals no amount: such an answer is never applied. */
function figures(shown: Shown): { amount: number; currency: string } {
  return { amount: numberOrNull(shown["amount"]) ?? -1, currency: String(shown["currency"]) };
}

function plain(outcome: Outcome): Mapped {
  return { outcome, note: null };
}

export function unknown(reason: string, storedError = false): Outcome {
  return { kind: "unknown", reason, reference: null, storedError };
}

/** Never applied, and a person is told. What stands there goes to people, so no card number passes. */
function aboutAnother(what: string, given: string, wanted: string): Outcome {
  const mismatch = `${what} ${redactWord(given, 64)} instead of ${wanted}`;
  return { kind: "unknown", reason: `the answer is about another ${what}`, reference: null, storedError: false, mismatch };
}

function storedFlag(body: Shown | null): boolean {
  return isObject(body?.["error"]) && body["error"]["stored"] === true;
}

/** Seconds, as the far side sends it; a date is not understood and means "no time named". */
function retryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Math.min(Number(header) * 1_000, RETRY_AFTER_MAX_MS) : null;
}

export function parse(text: string): Shown | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A time that could not be kept is none: the default lifetime counts then. */
function wholeOrNull(value: unknown): number | null {
  return Number.isInteger(value) && Math.abs(value as number) <= TIME_MAX_MS ? (value as number) : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
