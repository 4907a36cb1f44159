/** One answer per idempotency key, whatever the request was about: the stored text, or the one that an event gives. */
import { actionBy, type AdminAction, type By, type Deed } from "../core/admin-actions.ts";
import { newId } from "../core/ids.ts";
import { COME_AGAIN_MS, IDEMPOTENCY_ANSWER_MS } from "../core/constants.ts";
import { errorText, errorTable, TillwayError, type ErrorCode, type ErrorDetails } from "../core/errors.ts";
import type { EventType } from "../core/events.ts";
import type { Audience, IdempotencyRow, MoneyEvent, PaymentError, Scope } from "../core/model.ts";
import type { FoundIdempotent } from "../core/ports/store.ts";
import { eventIn, type ApiVersion } from "../core/ports/versions.ts";
import type { Deps } from "./deps.ts";

/** The caller of a request: whose scope, which request, which idempotency key. */
export interface Caller {
  readonly scope: Scope;
  readonly audience: Audience;
  readonly requestId: string;
  /** As the record of admin actions names them. Left out: nobody whose actions are noted. */
  readonly by?: By;
  /** In which it sees the API. */
  readonly apiVersion: ApiVersion;
  /** Of the trace that the request belongs to; what it makes belongs to it as well. */
  readonly traceparent?: string;
  /** `requestHash`: HMAC over method, path and canonical JSON of the body. */
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
}

/** What goes back: final bytes. Refusals that are not stored are thrown as `TillwayError` instead. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** These bytes were stored by an earlier request with the same key. */
  readonly replayed: boolean;
  /** The version in whose form the bytes are. Left out: the current one, and the API shows them in the caller's. */
  readonly apiVersion?: ApiVersion;
}

/**
 * What was stored under the caller's key; null if the key is free. An answer lives for a day: then a create's key is refused without
 * end, since the gateway knows its payment by it, and any other is free again. Throws if key and request do not fit.
 */
export async function storedAnswer(
  deps: Deps,
  caller: Caller,
): Promise<{ readonly answer: Answer | null; readonly row: IdempotencyRow } | null> {
  if (!caller.idempotency) return null;
  const found = await deps.store.findIdempotent(caller.scope, caller.audience, caller.idempotency.key);
  if (!found) return null;
  // A create that found its order taken, and died before it freed the key.
  if (found.row.creates && !found.subjectExists) {
    await deps.store.forgetKey(found.row);
    return null;
  }
  const answer = finalAnswer(deps, found);
  // What is still under way has no answer that could be a day old: its key goes on naming it.
  const answeredAt = found.answer?.createdAt ?? found.row.createdAt;
  const isExpired = answer !== null && deps.clock.now() - answeredAt > IDEMPOTENCY_ANSWER_MS;
  if (isExpired && !found.row.creates) {
    // The clean-up comes by once an hour; a request meanwhile must not find what it would have removed.
    await deps.store.forgetKey(found.row);
    return null;
  }
  if (found.row.requestHash !== caller.idempotency.requestHash) throw new TillwayError("idempotency_mismatch");
  if (isExpired) throw new TillwayError("idempotency_key_expired", { paymentId: found.row.subject ?? undefined });
  return { answer, row: found.row };
}

function finalAnswer(deps: Deps, { row, answer }: FoundIdempotent): Answer | null {
  if (answer) return { ...answerOfEvent(deps, answer, row), replayed: true };
  const { status, answerBody: body, apiVersion } = row;
  return body === null ? null : { status: status ?? 200, body, replayed: true, apiVersion };
}

const failures: Partial<Record<EventType, ErrorCode>> = {
  "payment.failed": "payment_failed",
  "payment.capture_failed": "capture_failed",
  "payment.cancel_failed": "cancel_failed",
  "payment.charged_after_cancel": "payment_canceled",
};

/**
 * The event's own text in the version of the first request, or for a failure that the caller waited for a 402 built from it: the same bytes
 * for every caller.
 */
export function answerOfEvent(
  { versions }: Pick<Deps, "versions">,
  event: Pick<MoneyEvent, "type" | "apiVersion" | "body">,
  row: Pick<IdempotencyRow, "status" | "answerCloses" | "requestId" | "apiVersion">,
): Answer {
  const { apiVersion } = row;
  const code = row.answerCloses === null ? undefined : failures[event.type];
  if (!code) return { status: row.status ?? 200, body: eventIn(versions, event, apiVersion).body, replayed: false, apiVersion };
  const shown = JSON.parse(event.body) as {
    id: string;
    error: PaymentError | null;
    attempts: { id: string; error: PaymentError | null }[];
  };
  const error = shown.attempts.find((attempt) => attempt.id === row.answerCloses)?.error ?? shown.error;
  const details: ErrorDetails = {
    message: error?.message,
    declineCode: error?.decline_code,
    source: error?.source,
    step: error?.step,
    reason: error?.reason,
    paymentId: shown.id,
  };
  return { status: errorTable[code].status, body: errorText(code, details, row.requestId), replayed: false, apiVersion };
}

/** What the caller did, for the record of admin actions. */
export function deeds(
  deps: Pick<Deps, "clock" | "random">,
  { scope, by }: Pick<Caller, "scope" | "by">,
  done: readonly Deed[],
): readonly AdminAction[] {
  if (!by) return [];
  const now = deps.clock.now();
  return done.map((deed) => actionBy(by, scope, now, { id: newId("act", now, deps.random.bytes(16)), ...deed }));
}

/** Likewise of money, which a person moves: what a key did is shown by its request and the events. */
export function deedsOfPeople(deps: Pick<Deps, "clock" | "random">, caller: Caller, deed: Deed): readonly AdminAction[] {
  return caller.by === undefined || caller.by.kind === "key" || caller.by.kind === "system" ? [] : deeds(deps, caller, [deed]);
}

/** The key is taken and its first request is still being written. */
export function inProgress(): never {
  throw new TillwayError("idempotency_in_progress", { retryAfterMs: COME_AGAIN_MS });
}

/** An idempotency row for a request on an existing payment; undefined if the caller sent no key. @param answer with its text in the current version */
export function rowFor(
  deps: Deps,
  caller: Caller,
  answer: Pick<IdempotencyRow, "subject"> & Partial<IdempotencyRow>,
): IdempotencyRow | undefined {
  if (!caller.idempotency) return undefined;
  const { current } = deps.versions;
  const { answerBody = null } = answer;
  return {
    merchantId: caller.scope.merchantId,
    mode: caller.scope.mode,
    audience: caller.audience,
    key: caller.idempotency.key,
    requestHash: caller.idempotency.requestHash,
    requestId: caller.requestId,
    creates: false,
    status: 200,
    answerEvent: null,
    answerCloses: null,
    createdAt: deps.clock.now(),
    ...answer,
    answerBody: answerBody && deps.versions.shown(answerBody, current, caller.apiVersion),
    apiVersion: caller.apiVersion,
  };
}
