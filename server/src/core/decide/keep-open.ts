import type { Change, Context } from "../change.ts";
import { EXCHANGES_PER_ATTEMPT_MAX, NOT_FOUND_NEEDED, RETRY_AFTER_MAX_MS, THROTTLED_GAP_MS } from "../constants.ts";
import type { Attempt, Exchange, Ms, Payment, Snapshot } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { chooseRoute } from "../routing.ts";
import { nextSendAt } from "../schedules.ts";
import { attemptMachine } from "../states/attempt.ts";
import { assertMove } from "../states/machine.ts";
import { announce } from "./announce.ts";
import { withAttempts } from "./snapshot.ts";
import { escalate } from "./question.ts";
import { askLater, sendAgainAt } from "./reschedule.ts";
import { settle } from "./settle.ts";

export interface OpenWord {
  readonly outcome: Outcome;
  readonly exchanges: readonly Exchange[];
  /** The word, or the silence, of a send: a request of ours was on its way until just now. */
  readonly isSend: boolean;
  /** When the question, or the send, left us. */
  readonly askedAt: Ms;
  /** "Not found" answers that counted when this question was put; left out where nobody asked. */
  readonly notFoundBefore?: number;
}

/** What is not known yet: the attempt stays open and its job says when to go on. */
export function keepOpen(snapshot: Snapshot, attempt: Attempt, given: OpenWord, context: Context): Change {
  const { outcome, exchanges } = given;
  if (outcome.kind === "not_sent") return { ...notSent(snapshot, attempt, outcome, context), exchanges };
  if (outcome.kind === "throttled") return { ...throttled(snapshot, attempt, outcome.retryAfterMs, context), exchanges };
  return { ...waitAndAsk(snapshot, given.isSend ? justSent(attempt, context) : attempt, given, context), exchanges };
}

/** No byte left: another account at once, or the same request again later, until patience ends. */
function notSent(snapshot: Snapshot, attempt: Attempt, outcome: Extract<Outcome, { kind: "not_sent" }>, context: Context): Change {
  const elsewhere = attempt.operation === "charge" && chooseRoute(snapshot, null, context) !== null;
  const canceled = attempt.operation === "charge" && snapshot.payment.cancelRequestedAt !== null;
  // Nobody waits for a refund, and giving up would leave the money there.
  const patience = attempt.operation === "refund" && attempt.sends < EXCHANGES_PER_ATTEMPT_MAX ? context.now + RETRY_AFTER_MAX_MS : null;
  const at = elsewhere || canceled ? null : (nextSendAt(context.now, attempt.sends) ?? patience);
  return at === null ? settle(snapshot, attempt, outcome, context) : sendAgainAt(snapshot, attempt, at);
}

function throttled(snapshot: Snapshot, attempt: Attempt, retryAfterMs: number | null, context: Context): Change {
  // Nothing was taken and nothing will be: whoever wanted it called off need not wait for the gateway's time.
  if (attempt.operation === "charge" && snapshot.payment.cancelRequestedAt !== null)
    return settle(snapshot, attempt, { kind: "canceled", reference: null }, context);
  if (attempt.sends >= EXCHANGES_PER_ATTEMPT_MAX) {
    return settle(
      snapshot,
      attempt,
      { kind: "rejected", code: "gateway_throttled", message: "The gateway took no request for too long." },
      context,
    );
  }
  return sendAgainAt(snapshot, attempt, context.now + Math.min(retryAfterMs ?? THROTTLED_GAP_MS, RETRY_AFTER_MAX_MS));
}

function waitAndAsk(snapshot: Snapshot, attempt: Attempt, word: OpenWord, context: Context): Change {
  const { outcome } = word;
  const next = noted(attempt, word, context);
  const before = snapshot.payment;
  const shown = attempt.operation === "charge" ? shownTo(before, outcome) : before;
  const asks = shown.status === "requires_action" && before.status !== "requires_action";
  const told = asks
    ? announce(snapshot, shown, { type: "payment.requires_action", closes: null, attempts: withAttempts(snapshot, next) }, context)
    : null;
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: told?.payment ?? shown },
    attempts: { update: [next] },
    events: told ? [told.event] : undefined,
    deliveries: told ? { insert: told.deliveries } : undefined,
    cases: { open: escalate(snapshot, next, context) },
    jobs: { insert: told?.jobs, move: [askLater(next, { payment: shown, sure: nowSure(attempt, next) }, context)] },
  };
}

/** Whatever the gateway did not find before, it may find now. */
function justSent(attempt: Attempt, context: Context): Attempt {
  return { ...attempt, notFound: 0, lastSentAt: context.now };
}

function noted(attempt: Attempt, { outcome, askedAt, notFoundBefore }: OpenWord, context: Context): Attempt {
  switch (outcome.kind) {
    case "pending":
    case "requires_action":
      return moved(attempt, outcome.kind, outcome.reference);
    case "not_found":
      return acknowledged(attempt)
        ? attempt
        : {
            ...moved(attempt, "unknown", null),
            notFound: settled(attempt, askedAt, context) ? countedNotFound(attempt, notFoundBefore ?? attempt.notFound) : attempt.notFound,
          };
    case "unknown":
      return { ...noNews(attempt, outcome.reference), storedError: attempt.storedError || outcome.storedError };
    default:
      return noNews(attempt, null);
  }
}

/** One more than when the question was put, and never fewer than by now: two who asked at the same time have seen the same thing. */
function countedNotFound(attempt: Attempt, before: number): number {
  return Math.max(attempt.notFound, Math.min(attempt.notFound, before) + 1);
}

/** The gateway has spoken of it before: that it arrived is certain, and a later "not found" is a gap in the gateway's own books. */
function acknowledged(attempt: Attempt): boolean {
  return attempt.gatewayReference !== null || attempt.status === "pending" || attempt.status === "requires_action";
}

/** A question that brought nothing does not undo what the gateway said before. */
function noNews(attempt: Attempt, reference: string | null): Attempt {
  return attempt.status === "pending" || attempt.status === "requires_action"
    ? { ...attempt, gatewayReference: reference ?? attempt.gatewayReference }
    : moved(attempt, "unknown", reference);
}

/** "Not found" means nothing where the gateway was asked while it may still have been taking the request in. */
function settled(attempt: Attempt, askedAt: Ms, context: Context): boolean {
  const settleTimeMs = context.capabilities(attempt.connector)?.settleTimeMs ?? Infinity;
  return attempt.lastSentAt !== null && askedAt - attempt.lastSentAt >= settleTimeMs;
}

function moved(attempt: Attempt, status: "unknown" | "pending" | "requires_action", reference: string | null): Attempt {
  if (attempt.status !== status) assertMove(attemptMachine, attempt.status, status);
  return { ...attempt, status, gatewayReference: reference ?? attempt.gatewayReference };
}

function shownTo(payment: Payment, outcome: Outcome): Payment {
  if (outcome.kind === "requires_action") return { ...payment, status: "requires_action", nextAction: outcome.nextAction };
  if (outcome.kind === "pending" && payment.status === "requires_action") return { ...payment, status: "processing", nextAction: null };
  return payment;
}

/** This answer made "not found" count: what follows from it need not wait for another gap. */
function nowSure(attempt: Attempt, next: Attempt): boolean {
  return next.status === "unknown" && next.notFound === NOT_FOUND_NEEDED && attempt.notFound < NOT_FOUND_NEEDED;
}
