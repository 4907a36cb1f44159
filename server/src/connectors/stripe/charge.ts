/**
 * A charge at Stripe takes two requests under two keys: an intent is created, which moves nothing, and then confirmed. All that can go
 * wrong between them is decided here, by what the intent says:
 *
 * - Until our process has the intent's id, nobody can have confirmed it: no intent, no charge.
 * - An intent can succeed once, and a confirm under the same key has one effect, however often it arrives.
 * - An intent that was not begun is never "not charged", as a confirm may be on its way: it is confirmed again under the same key, or
 *   canceled, after which no confirm has an effect.
 */
import { GATEWAY_MAX_LIST_BYTES, SEND_WITHIN_MS } from "../../core/constants.ts";
import type { Ms } from "../../core/model.ts";
import { toWire } from "../../core/money.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Evidence } from "../../core/ports/connector.ts";
import { amountRules } from "../amounts.ts";
import { declineMessages } from "../declines.ts";
import { isObject, unknown, type Shown } from "../exchange.ts";
import type { Answer, Form, Talk } from "./client.ts";
import { declined, idIn, KEY_FIELD, keyIn, readCharge } from "./read.ts";
import { ours, wordsOf } from "./words.ts";

export const INTENTS = "/v1/payment_intents";

/** The hold's end and what blocked a payment stand in the charge. */
export const EXPAND = { "expand[0]": "latest_charge" } as const;

export function intentPath(id: string, verb?: "confirm" | "capture" | "cancel"): string {
  return `${INTENTS}/${encodeURIComponent(id)}${verb === undefined ? "" : `/${verb}`}`;
}

/** First send, or again under the same keys: the create then answers with the intent that is there, the confirm with what became of it. */
export async function sendCharge(talk: Talk): Promise<Outcome> {
  const { attempt, captureMethod, sendBefore } = talk.call;
  const amount = toWire(attempt.amount, attempt.currency, amountRules.stripe);
  if (!amount.ok) return { kind: "rejected", code: `invalid_${amount.field}`, message: amount.message };
  const kind = attempt.sends > 1 ? "resend" : "send";
  const created = await talk.say({
    kind,
    method: "POST",
    path: INTENTS,
    idempotencyKey: attempt.gatewayKey,
    notAfter: sendBefore,
    form: {
      amount: amount.wire,
      currency: attempt.currency.toLowerCase(),
      capture_method: captureMethod,
      // Other methods would send the shopper elsewhere, and need a return_url that this payment may not have.
      "allowed_payment_method_types[0]": "card",
      ...ours(talk.call),
      ...wordsOf(talk.call),
    },
  });
  if (created.kind !== "object") return created.outcome;
  const id = idIn(created.body);
  return id === null ? unknown("the answer names no intent") : confirm(talk, id, { kind, notAfter: sendBefore });
}

async function confirm(talk: Talk, id: string, send: { kind: Evidence["kind"]; notAfter: Ms | null }): Promise<Outcome> {
  const { attempt, method, returnUrl } = talk.call;
  const answer = await talk.say({
    ...send,
    method: "POST",
    path: intentPath(id, "confirm"),
    idempotencyKey: `${attempt.gatewayKey}-confirm`,
    form: {
      payment_method: method?.type === "card" ? method.token : undefined,
      return_url: returnUrl ?? undefined,
      // Nobody could come back from the bank's page: declined at once rather than left waiting.
      error_on_requires_action: returnUrl === null ? true : undefined,
      ...EXPAND,
    },
  });
  const said = saidOf(talk, answer);
  if (said !== null) return said;
  if (answer.kind === "refusal" && answer.status === 402) return declined(answer.error, id);
  return answer.kind === "object" ? about(unknown("confirmed and not begun"), id) : about(answer.outcome, id);
}

/** Asks by the intent's id, which is the truth at once. */
export async function retrieveCharge(talk: Talk, id: string): Promise<Outcome> {
  const askedAt = talk.now();
  const answer = await talk.say({ kind: "question", method: "GET", path: intentPath(id), form: EXPAND });
  if (answer.kind !== "object") return answer.kind === "silence" ? about(answer.outcome, id) : answer.outcome;
  const shown = readCharge(answer.body, talk.call.attempt);
  if (shown.kind !== "not_begun") return shown;
  if (talk.call.mayFinish === true) return confirm(talk, id, { kind: "resend", notAfter: askedAt + SEND_WITHIN_MS });
  const end = await cancelIntent(talk, id);
  // Called off since nothing had begun, not because anybody wanted it: another account may be tried.
  return end.kind === "canceled"
    ? { kind: "declined", reference: id, declineCode: "technical_decline", message: declineMessages.technical_decline }
    : end;
}

/** If it is too late, the answer is what the charge is by now. */
export async function cancelIntent(talk: Talk, id: string): Promise<Outcome> {
  const { gatewayKey, questions } = talk.call.attempt;
  const answer = await talk.say({
    kind: "cancel",
    method: "POST",
    path: intentPath(id, "cancel"),
    // Each question has a key of its own: a stored 5xx must not answer the next one.
    idempotencyKey: `${gatewayKey}-cancel-${questions}`,
    form: { cancellation_reason: "abandoned", ...EXPAND },
  });
  const said = saidOf(talk, answer);
  if (said !== null) return said;
  return answer.kind === "object" ? about(unknown("canceled and not begun"), id) : about(answer.outcome, id);
}

/** What the intent of this answer says, be it the answer itself or what a refusal shows; null: nothing yet. */
function saidOf(talk: Talk, answer: Answer): Outcome | null {
  const intent = intentOf(answer);
  if (intent === null) return null;
  const shown = readCharge(intent, talk.call.attempt);
  return shown.kind === "not_begun" ? null : shown;
}

function intentOf(answer: Answer): Shown | null {
  if (answer.kind === "object") return answer.body;
  const intent = answer.kind === "refusal" ? answer.error["payment_intent"] : null;
  return isObject(intent) ? intent : null;
}

/** The same outcome with the intent's id, so that the next question is a retrieve. */
function about(outcome: Outcome, reference: string): Outcome {
  return (outcome.kind === "unknown" && outcome.mismatch === undefined) || outcome.kind === "pending"
    ? { ...outcome, reference: outcome.reference ?? reference }
    : outcome;
}

/** Pages of the list that one question reads, and how long it may read: a question has to end within its lease. */
const PAGES_MAX = 10;
const READING_MS = 20_000;
const PAGE = 100;
/** Our clock and Stripe's may differ by this, and by as much more as an answer shows. */
const CLOCKS_DIFFER_MS = 60_000;
/** "Updates can be up to an hour behind during outages": https://docs.stripe.com/search. */
const SEARCH_LAG_MAX_MS = 3_600_000;

type Located = { readonly id: string } | { readonly outcome: Outcome };

/**
 * The intent under our key. The search knows it a minute later, and merchants in India have no search; the list of the time in which it was sent
 * knows it at once, but may be too long to be read. "Not found" is only said if one of the two can know.
 */
export async function locateIntent(talk: Talk): Promise<Located> {
  const { attempt } = talk.call;
  const startedAt = talk.now();
  const query = `metadata['${KEY_FIELD}']:'${attempt.gatewayKey}'`;
  const answer = await talk.say({ kind: "question", method: "GET", path: `${INTENTS}/search`, form: { query, limit: 10 } });
  if (answer.kind === "silence") return { outcome: answer.outcome };
  const found = answer.kind === "object" ? oneOf(listIn(answer.body), talk) : null;
  if (found !== null) return found;
  const lastSentAt = attempt.lastSentAt ?? attempt.createdAt;
  const searchKnows = answer.kind === "object" && Array.isArray(answer.body["data"]) && startedAt - lastSentAt > SEARCH_LAG_MAX_MS;
  return searchKnows
    ? { outcome: { kind: "not_found" } }
    : scan(talk, { startedAt, driftMs: answer.saidAt === null ? 0 : answer.saidAt - talk.now() });
}

/** @param driftMs how far Stripe's clock is ahead of ours now. It may have been so when the request was sent, or not yet. */
async function scan(talk: Talk, { startedAt, driftMs }: { readonly startedAt: Ms; readonly driftMs: number }): Promise<Located> {
  const { firstSentAt, lastSentAt, createdAt } = talk.call.attempt;
  const from = (firstSentAt ?? createdAt) + Math.min(0, driftMs) - CLOCKS_DIFFER_MS;
  const until = (lastSentAt ?? createdAt) + SEND_WITHIN_MS + Math.max(0, driftMs) + CLOCKS_DIFFER_MS;
  const range: Form = { "created[gte]": Math.floor(from / 1_000), "created[lte]": Math.ceil(until / 1_000), limit: PAGE };
  let after: string | undefined;
  for (let pages = 0; pages < PAGES_MAX && talk.now() - startedAt < READING_MS; pages++) {
    const answer = await talk.say({
      kind: "question",
      method: "GET",
      path: INTENTS,
      form: { ...range, starting_after: after },
      maxBytes: GATEWAY_MAX_LIST_BYTES,
    });
    if (answer.kind !== "object") return { outcome: answer.outcome };
    const rows = listIn(answer.body);
    const found = oneOf(rows, talk);
    if (found !== null) return found;
    if (answer.body["has_more"] === false) return { outcome: { kind: "not_found" } };
    after = (rows.length > 0 && idIn(rows.at(-1)!)) || undefined;
    if (after === undefined) return { outcome: unknown("the list does not say how it goes on") };
  }
  return { outcome: unknown("too many intents to look through; the search will know it") };
}

export function listIn({ data }: Shown): Shown[] {
  return Array.isArray(data) ? data.filter(isObject) : [];
}

/** Two intents under one key: Stripe had forgotten the key between two sends. A person must look at both. */
function oneOf(rows: readonly Shown[], talk: Talk): Located | null {
  const key = talk.call.attempt.gatewayKey;
  const ids = new Set(rows.filter((row) => keyIn(row) === key).flatMap((row) => idIn(row) ?? []));
  if (ids.size > 1) return { outcome: { ...unknown("more than one intent"), mismatch: `intents ${[...ids].join(" and ")} under one key` } };
  const [id] = ids;
  return id === undefined ? null : { id };
}
