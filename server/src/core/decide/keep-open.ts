import type { Change, Context, JobMove } from "../change.ts";
import { EXCHANGES_PER_ATTEMPT_MAX, RETRY_AFTER_MAX_MS, THROTTLED_GAP_MS, UNKNOWN_CASE_AFTER_MS } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Exchange, Job, Ms, Payment, Snapshot } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { chooseRoute } from "../routing.ts";
import { nextQuestionAt, nextSendAt } from "../schedules.ts";
import { attemptMachine } from "../states/attempt.ts";
import { assertMove } from "../states/machine.ts";
import { announce, scopeOf, withAttempts } from "./parts.ts";
import { askedSubject, escalate } from "./question.ts";
import { settle } from "./settle.ts";

/** What is not known yet: the attempt stays open and its job says when to go on. */
export function keepOpen(snapshot: Snapshot, attempt: Attempt, given: { outcome: Outcome; exchanges: readonly Exchange[] }, context: Context): Change {
  const { outcome, exchanges } = given;
  if (outcome.kind === "not_sent") return { ...notSent(snapshot, attempt, outcome, context), exchanges };
  if (outcome.kind === "throttled" && attempt.questions === 0) return { ...throttled(snapshot, attempt, outcome.retryAfterMs, context), exchanges };
  return { ...waitAndAsk(snapshot, attempt, outcome, context), exchanges };
}

/** No byte left: another account at once, or the same request again later, until patience ends. */
function notSent(snapshot: Snapshot, attempt: Attempt, outcome: Extract<Outcome, { kind: "not_sent" }>, context: Context): Change {
  const elsewhere = attempt.operation === "charge" && chooseRoute(snapshot, null, context) !== null;
  const canceled = attempt.operation === "charge" && snapshot.payment.cancelRequestedAt !== null;
  const at = elsewhere || canceled ? null : nextSendAt(context.now, attempt.sends);
  return at === null ? settle(snapshot, attempt, outcome, context) : sendAgainAt(snapshot, attempt, at);
}

function throttled(snapshot: Snapshot, attempt: Attempt, retryAfterMs: number | null, context: Context): Change {
  if (attempt.sends >= EXCHANGES_PER_ATTEMPT_MAX) {
    return settle(snapshot, attempt, { kind: "rejected", code: "gateway_throttled", message: "The gateway took no request for too long." }, context);
  }
  return sendAgainAt(snapshot, attempt, context.now + Math.min(retryAfterMs ?? THROTTLED_GAP_MS, RETRY_AFTER_MAX_MS));
}

/** The attempt stays `calling`; its job is the operation again, so that whoever runs it notes the send before it leaves. */
function sendAgainAt(snapshot: Snapshot, attempt: Attempt, at: Ms): Change {
  const { payment } = snapshot;
  const kind: Job["kind"] = attempt.operation;
  return {
    ...scopeOf(payment),
    payment: { before: payment, after: payment },
    jobs: { move: [{ id: jobIdOf(askedSubject(attempt)), kind, attemptId: attempt.id, runAt: at, tries: 0, release: true }] },
  };
}

function waitAndAsk(snapshot: Snapshot, attempt: Attempt, outcome: Outcome, context: Context): Change {
  const next = noted(attempt, outcome, context);
  const before = snapshot.payment;
  const shown = attempt.operation === "charge" ? shownTo(before, outcome) : before;
  const asks = shown.status === "requires_action" && before.status !== "requires_action";
  const told = asks ? announce(snapshot, shown, { type: "payment.requires_action", closes: null, attempts: withAttempts(snapshot, next) }, context) : null;
  return {
    ...scopeOf(before),
    payment: { before, after: told?.payment ?? shown },
    attempts: { update: [next] },
    events: told ? [told.event] : undefined,
    deliveries: told ? { insert: told.deliveries } : undefined,
    cases: { open: escalate(snapshot, next, context) },
    jobs: { insert: told?.jobs, move: [askLater(next, context)] },
  };
}

function noted(attempt: Attempt, outcome: Outcome, context: Context): Attempt {
  switch (outcome.kind) {
    case "pending":
    case "requires_action":
      return moved(attempt, outcome.kind, outcome.reference);
    case "not_found":
      return { ...moved(attempt, "unknown", null), notFound: attempt.notFound + (settled(attempt, context) ? 1 : 0), gatewayReference: null };
    case "unknown":
      return { ...moved(attempt, "unknown", outcome.reference), storedError: attempt.storedError || outcome.storedError };
    default:
      return moved(attempt, "unknown", null);
  }
}

/** "Not found" means nothing while the gateway may still be taking it in. */
function settled(attempt: Attempt, context: Context): boolean {
  const settleTimeMs = context.capabilities(attempt.connector)?.settleTimeMs ?? Infinity;
  return attempt.firstSentAt !== null && context.now - attempt.firstSentAt >= settleTimeMs;
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

/** Never before the gateway has settled what was just sent: an early "not found" would be worth nothing. */
function askLater(attempt: Attempt, context: Context): JobMove {
  const settleTimeMs = context.capabilities(attempt.connector)?.settleTimeMs ?? 0;
  return {
    id: jobIdOf(askedSubject(attempt)),
    kind: "ask",
    attemptId: attempt.id,
    lane: attempt.accountId,
    runAt: Math.max(nextQuestionAt(context.now, attempt.questions), context.now + settleTimeMs),
    tries: 0,
    deadlineAt: attempt.firstSentAt === null ? null : attempt.firstSentAt + UNKNOWN_CASE_AFTER_MS,
    release: true,
  };
}
