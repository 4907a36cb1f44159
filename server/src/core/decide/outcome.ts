/** The one place where a gateway's word becomes state, for all four operations and whoever brings the word. */
import type { Change, Context, Decision } from "../change.ts";
import { NOT_FOUND_NEEDED } from "../constants.ts";
import type { Attempt, Exchange, Ms, Snapshot } from "../model.ts";
import type { Definitive, Outcome } from "../outcome.ts";
import type { Evidence } from "../ports/connector.ts";
import { attemptIsOpen } from "../states/attempt.ts";
import { decideLate } from "./late.ts";
import { keepOpen } from "./keep-open.ts";
import { exchangeRows, openCase } from "./rows.ts";
import { settle } from "./settle.ts";

export interface OutcomeCommand {
  readonly attemptId: string;
  readonly outcome: Outcome;
  readonly exchanges: readonly Evidence[];
  /** Which send of the attempt brought this word (`Attempt.sends` of then); left out for questions and webhooks. */
  readonly send?: number;
  /** For the answer to a question: `Attempt.notFound` when it was put. Two questions at once are one observation, not two. */
  readonly notFoundBefore?: number;
  /** A "not sent" that was concluded from the gateway's own repeated "not found", not from a failed connect. */
  readonly proven?: boolean;
}

export function decideOutcome(snapshot: Snapshot, command: OutcomeCommand, context: Context): Decision {
  const attempt = snapshot.attempts.find((row) => row.id === command.attemptId);
  if (!attempt) throw new Error(`attempt ${command.attemptId} is not in the snapshot of ${snapshot.payment.id}`);
  if (attempt.status === "queued") return { nothing: true };
  const exchanges = exchangeRows(attempt, command.exchanges, context);
  const mismatch = mismatchOf(attempt, command.outcome);
  if (!attemptIsOpen(attempt.status))
    return mismatch
      ? contradict(snapshot, attempt, { mismatch, exchanges }, context)
      : decideLate(snapshot, attempt, { outcome: command.outcome, exchanges }, context);
  if (mismatch) return refuseAnswer(snapshot, attempt, { mismatch, exchanges }, context);
  if (command.proven)
    return stillNotFound(attempt)
      ? { change: withExchanges(settle(snapshot, attempt, neverArrived, context), exchanges) }
      : { nothing: true };
  const outcome = asSafe(attempt, command);
  if (!isDefinitive(attempt, outcome))
    return {
      change: keepOpen(
        snapshot,
        attempt,
        {
          outcome,
          exchanges,
          isSend: command.send !== undefined,
          askedAt: askedAt(command, context),
          notFoundBefore: command.notFoundBefore,
        },
        context,
      ),
    };
  return { change: withExchanges(settle(snapshot, attempt, outcome, context), exchanges) };
}

/** By the evidence itself: past their bound no exchange becomes a row. */
function askedAt(command: OutcomeCommand, context: Context): Ms {
  return command.exchanges.at(-1)?.startedAt ?? context.now;
}

/** What our repeated question proves where the gateway says each time that it does not know the request. */
export const neverArrived = { kind: "not_sent", reason: "the gateway does not know this request" } as const;

/** The conclusion holds only for the attempt it was drawn from: a webhook may have said more meanwhile. */
function stillNotFound(attempt: Attempt): boolean {
  return attempt.status === "unknown" && attempt.gatewayReference === null && attempt.notFound >= NOT_FOUND_NEEDED;
}

/**
 * "Not sent", "come back later" and "your request is wrong" speak of one request. They prove something about the attempt only where
 * they answer its newest send and no earlier one may have arrived; said of a question or a re-send they prove nothing.
 */
function asSafe(attempt: Attempt, command: OutcomeCommand): Outcome {
  const { outcome } = command;
  if (outcome.kind !== "not_sent" && outcome.kind !== "throttled" && outcome.kind !== "rejected") return outcome;
  const aboutAll = attempt.status === "calling" && attempt.questions === 0 && command.send === attempt.sends;
  if (aboutAll) return outcome;
  const reason = outcome.kind === "throttled" ? "throttled" : outcome.kind === "rejected" ? `refused: ${outcome.code}` : outcome.reason;
  return { kind: "unknown", reason, reference: null, storedError: false };
}

function isDefinitive(attempt: Attempt, outcome: Outcome): outcome is Definitive {
  if (outcome.kind === "not_sent") return false; // keepOpen tries again and closes it when patience ends
  if (outcome.kind === "authorized") return attempt.operation === "charge";
  return outcome.kind === "succeeded" || outcome.kind === "declined" || outcome.kind === "rejected" || outcome.kind === "canceled";
}

function mismatchOf(attempt: Attempt, outcome: Outcome): string | null {
  // Account and key are known to the connector only.
  if (outcome.kind === "unknown") return outcome.mismatch ?? null;
  if (outcome.kind !== "succeeded" && outcome.kind !== "authorized") return null;
  const { amount, currency } = outcome.figures;
  if (amount !== attempt.amount) return `amount ${amount} instead of ${attempt.amount}`;
  if (currency !== attempt.currency) return `currency ${currency} instead of ${attempt.currency}`;
  const sameCharge = attempt.gatewayReference === null || attempt.gatewayReference === outcome.reference;
  return sameCharge ? null : `reference ${outcome.reference} instead of ${attempt.gatewayReference}`;
}

/** An answer about something else is never applied: the attempt is unknown, a person is told, the questions go on. */
function refuseAnswer(
  snapshot: Snapshot,
  attempt: Attempt,
  given: { mismatch: string; exchanges: readonly Exchange[] },
  context: Context,
): Decision {
  const outcome = { kind: "unknown", reason: `mismatch: ${given.mismatch}`, reference: null, storedError: false } as const;
  const change = keepOpen(snapshot, attempt, { outcome, exchanges: given.exchanges, isSend: false, askedAt: context.now }, context);
  return {
    change: {
      ...change,
      cases: { ...change.cases, open: [...(change.cases?.open ?? []), ...mismatchCase(snapshot, attempt, given.mismatch, context)] },
    },
  };
}

function contradict(
  snapshot: Snapshot,
  attempt: Attempt,
  { mismatch, exchanges }: { mismatch: string; exchanges: readonly Exchange[] },
  context: Context,
): Decision {
  const open = mismatchCase(snapshot, attempt, mismatch, context);
  if (open.length === 0) return { nothing: true };
  const { payment } = snapshot;
  return {
    change: {
      merchantId: payment.merchantId,
      mode: payment.mode,
      payment: { before: payment, after: payment },
      exchanges,
      cases: { open },
    },
  };
}

function mismatchCase(snapshot: Snapshot, attempt: Attempt, mismatch: string, context: Context) {
  const summary = `${attempt.connector} answered ${attempt.operation} ${attempt.n} with another ${mismatch}. It was not applied.`;
  return openCase(
    snapshot,
    { kind: "mismatched_answer", subject: attempt.id, summary, evidence: { gateway_key: attempt.gatewayKey, mismatch } },
    context,
  );
}

function withExchanges(change: Change, exchanges: readonly Exchange[]): Change {
  return { ...change, exchanges };
}
