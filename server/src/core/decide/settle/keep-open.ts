/** An attempt whose outcome is not known yet: it stays open, and its job says when to go on. */
import { escalate, askAt, sendAgainAt } from "../../change/parts.ts";
import { changeOf } from "../../change/write.ts";
import type { Change, Context, Deciding, Part } from "../../change.ts";
import {
  ACTION_EXPIRES_AFTER_MS,
  EXCHANGES_PER_ATTEMPT_MAX,
  NOT_FOUND_GAP_MS,
  NOT_FOUND_NEEDED,
  QUICKLY_ASKED_SENDS_MAX,
  RETRY_AFTER_MAX_MS,
  THROTTLED_GAP_MS,
} from "../../constants.ts";
import type { Attempt, Ms, Payment } from "../../model.ts";
import type { Definitive, Outcome } from "../../outcome.ts";
import { chooseRoute } from "../../routing/choose.ts";
import { nextQuestionAt, nextSendAt } from "../../schedules.ts";
import { attemptMachine, assertMove } from "../../states.ts";

export interface OpenWord {
  readonly outcome: Outcome;
  /** The word, or the silence, of a send: a request of ours was on its way until just now. */
  readonly isSend: boolean;
  /** When the question, or the send, left us. */
  readonly askedAt: Ms;
  /** "Not found" answers that counted when this question was put; left out if nobody asked. */
  readonly notFoundBefore?: number;
}

/** How the attempt ends if its request never left, or met a throttling gateway, and is not to be sent again; null: it stays open. */
export function patienceEnds(at: Deciding, attempt: Attempt, outcome: Outcome): Definitive | null {
  const calledOff = attempt.operation === "charge" && at.snapshot.payment.cancelRequestedAt !== null;
  if (outcome.kind === "not_sent") {
    const elsewhere = attempt.operation === "charge" && chooseRoute(at.snapshot, null, at.context) !== null;
    return elsewhere || calledOff || sendsAgainAt(attempt, outcome, at.context.now) === null ? outcome : null;
  }
  if (outcome.kind !== "throttled") return null;
  // Nothing was taken and nothing will be: a cancel need not wait for the gateway's time.
  if (calledOff) return { kind: "canceled", reference: null };
  if (attempt.sends < EXCHANGES_PER_ATTEMPT_MAX) return null;
  return { kind: "rejected", code: "gateway_throttled", message: "The gateway took no request for too long." };
}

/** When the same request is sent again; null if it has been tried often enough. */
function sendsAgainAt(attempt: Attempt, outcome: Extract<Outcome, { kind: "not_sent" | "throttled" }>, now: Ms): Ms | null {
  if (outcome.kind === "throttled") return now + Math.min(outcome.retryAfterMs ?? THROTTLED_GAP_MS, RETRY_AFTER_MAX_MS);
  // Nobody waits for a refund, and giving up would leave the money there.
  const patience = attempt.operation === "refund" && attempt.sends < EXCHANGES_PER_ATTEMPT_MAX ? now + RETRY_AFTER_MAX_MS : null;
  return nextSendAt(now, attempt.sends) ?? patience;
}

/** Nothing is settled: the attempt is sent again or asked about, and what the gateway said so far is noted and shown. */
export function keepOpen(at: Deciding, attempt: Attempt, word: OpenWord, ...parts: Part[]): Change {
  const { outcome } = word;
  if (outcome.kind === "not_sent" || outcome.kind === "throttled")
    return changeOf(at, {}, sendAgainAt(attempt, sendsAgainAt(attempt, outcome, at.context.now)!, outcome.kind), ...parts);
  const before = at.snapshot.payment;
  // What the gateway did not find before a send it may find now.
  const sent = word.isSend ? { ...attempt, notFound: 0, lastSentAt: at.context.now } : attempt;
  const next = noted(sent, word, at.context);
  const after = attempt.operation === "charge" ? shownTo(before, outcome) : before;
  const mustAct = after.status === "requires_action" && before.status !== "requires_action";
  return changeOf(
    at,
    { after, event: mustAct ? { type: "payment.requires_action", closes: null } : undefined },
    { attempts: { update: [next] } },
    escalate(at, next),
    askAt(next, asksAt(sent, next, after, at.context), at.context.now),
    ...parts,
  );
}

/**
 * At once if this answer made "not found" count: what follows from it need not wait. Soon, however old the attempt is, after the "not
 * found" before it, which needs its second, and after the one that a cancel was answered with. Never before the gateway has settled
 * what was just sent, since an early "not found" would be worth nothing.
 */
function asksAt(sent: Attempt, next: Attempt, payment: Payment, context: Context): Ms {
  const { now } = context;
  if (next.status === "unknown" && next.notFound === NOT_FOUND_NEEDED && sent.notFound < NOT_FOUND_NEEDED) return now;
  const settleTimeMs = context.capabilities(next.connector)?.settleTimeMs ?? 0;
  const givenUp = next.createdAt + ACTION_EXPIRES_AFTER_MS;
  const shopperHasUntil = payment.status === "requires_action" && givenUp > now ? givenUp : Infinity;
  // The first few sends restart the fast schedule; later ones follow the attempt's age, or it could be re-sent without bound.
  const pacedFrom = next.sends <= QUICKLY_ASKED_SENDS_MAX ? next.lastSentAt : next.firstSentAt;
  const scheduled = nextQuestionAt(now, next.questions, pacedFrom ?? now);
  const confirmedAt = next.notFound > sent.notFound && next.notFound <= NOT_FOUND_NEEDED + 1 ? now + NOT_FOUND_GAP_MS : Infinity;
  // By its own id the gateway says at once what is true.
  const settledAt = next.gatewayReference === null ? now + settleTimeMs : now;
  return Math.max(settledAt, Math.min(scheduled, shopperHasUntil, confirmedAt));
}

function noted(attempt: Attempt, { outcome, askedAt, notFoundBefore }: OpenWord, context: Context): Attempt {
  switch (outcome.kind) {
    case "pending":
    case "requires_action":
      return moved(attempt, outcome.kind, outcome.reference);
    case "not_found": {
      // Once the gateway has spoken of it, it has arrived: a later "not found" is a gap in the gateway's own books.
      if (attempt.gatewayReference !== null || isAcknowledged(attempt)) return attempt;
      const counts = afterSettleTime(attempt, askedAt, context);
      const notFound = counts ? countedNotFound(attempt, notFoundBefore ?? attempt.notFound) : attempt.notFound;
      return { ...moved(attempt, "unknown", null), notFound };
    }
    case "unknown":
      return { ...noNews(attempt, outcome.reference), storedError: attempt.storedError || outcome.storedError };
    default:
      return noNews(attempt, null);
  }
}

/** One more than when the question was put, and never fewer than by now: two that asked at the same time have seen the same thing. */
function countedNotFound(attempt: Attempt, before: number): number {
  return Math.max(attempt.notFound, Math.min(attempt.notFound, before) + 1);
}

function isAcknowledged({ status }: Attempt): boolean {
  return status === "pending" || status === "requires_action";
}

/** A question that brought nothing does not undo what the gateway said before. */
function noNews(attempt: Attempt, reference: string | null): Attempt {
  return isAcknowledged(attempt)
    ? { ...attempt, gatewayReference: reference ?? attempt.gatewayReference }
    : moved(attempt, "unknown", reference);
}

/** "Not found" means nothing if the gateway was asked while it may still have been taking the request in. */
function afterSettleTime(attempt: Attempt, askedAt: Ms, context: Context): boolean {
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
