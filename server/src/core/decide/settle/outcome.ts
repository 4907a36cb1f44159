/** The one place where a gateway's word becomes state, for all four operations and whoever brings the word. */
import { answerCasesOf, endJobs, none, openCase } from "../../change/parts.ts";
import { exchangeRows } from "../../change/rows.ts";
import { changeOf } from "../../change/write.ts";
import type { Change, Context, Deciding, Decision, Part } from "../../change.ts";
import { NOT_FOUND_NEEDED } from "../../constants.ts";
import type { FailureCode } from "../../errors.ts";
import type { Attempt, PaymentError, Snapshot } from "../../model.ts";
import { formatMoney } from "../../money.ts";
import { isTruth, type Definitive, type Outcome } from "../../outcome.ts";
import type { Evidence } from "../../ports/connector.ts";
import { attemptIsOpen, attemptMachine, assertMove } from "../../states.ts";
import { settlers } from "./settlers.ts";
import { keepOpen, patienceEnds } from "./keep-open.ts";
import { decideLate } from "./late.ts";
import { noteMethod, withMethodShown } from "./method.ts";

export interface OutcomeCommand {
  readonly attemptId: string;
  readonly outcome: Outcome;
  readonly exchanges: readonly Evidence[];
  /** Which send of the attempt brought this word (`Attempt.sends` of then); left out for questions and webhooks. */
  readonly send?: number;
  /** For the answer to a question: `Attempt.notFound` when it was put. Two questions at once are one observation, not two. */
  readonly notFoundBefore?: number;
}

/**
 * What follows from a gateway's word about an attempt: the attempt is closed and its payment or refund moves; or it stays open and its
 * job goes on; or, if it was closed before, the late truth is kept beside it. The exchanges that brought the word go with any of them; those of
 * a send also alone, where others have said meanwhile what became of it. (Questions about what is closed have no bound, so theirs do not.)
 */
export function decideOutcome(snapshot: Snapshot, command: OutcomeCommand, context: Context): Decision {
  const attempt = attemptOf(snapshot, command.attemptId);
  if (attempt.status === "queued") return { nothing: true };
  const change = judge({ snapshot, context }, attempt, command);
  const exchanges = change || command.send !== undefined ? exchangeRows(attempt, command.exchanges, context) : [];
  if (change) return { change: { ...change, exchanges } };
  return exchanges.length > 0 ? { change: { merchantId: attempt.merchantId, mode: attempt.mode, exchanges } } : { nothing: true };
}

/**
 * It never arrived: our repeated question proved it, since the gateway said each time that it does not know the request. This holds
 * only as long as the attempt is as it was when it was concluded: a webhook may have said more meanwhile.
 */
export function decideNotSent(snapshot: Snapshot, attemptId: string, context: Context): Decision {
  const attempt = attemptOf(snapshot, attemptId);
  const stillNotFound = attempt.status === "unknown" && attempt.gatewayReference === null && attempt.notFound >= NOT_FOUND_NEEDED;
  if (!stillNotFound) return { nothing: true };
  return { change: close({ snapshot, context }, attempt, { kind: "not_sent", reason: "the gateway does not know this request" }) };
}

function attemptOf(snapshot: Snapshot, id: string): Attempt {
  const attempt = snapshot.attempts.find((row) => row.id === id);
  if (!attempt) throw new Error(`attempt ${id} is not in the snapshot of ${snapshot.payment.id}`);
  return attempt;
}

function judge(at: Deciding, attempt: Attempt, command: OutcomeCommand): Change | null {
  const mismatch = mismatchOf(attempt, command.outcome);
  if (!attemptIsOpen(attempt.status)) {
    if (mismatch) return noteMismatch(at, attempt, mismatch);
    return decideLate(at, attempt, command.outcome) ?? noteMethod(at, attempt, command.outcome);
  }
  if (mismatch) return refuseAnswer(at, attempt, mismatch);
  const outcome = asSafe(attempt, command);
  const end = isDefinitive(attempt, outcome) ? outcome : patienceEnds(at, attempt, outcome);
  if (end) return close(at, attempt, end);
  // By the evidence itself: past their bound no exchange becomes a row.
  const askedAt = command.exchanges.at(-1)?.startedAt ?? at.context.now;
  return keepOpen(at, attempt, { outcome, isSend: command.send !== undefined, askedAt, notFoundBefore: command.notFoundBefore });
}

/** Closes the attempt for good and moves what it works on. */
function close(at: Deciding, attempt: Attempt, outcome: Definitive): Change {
  assertMove(attemptMachine, attempt.status, outcome.kind);
  const reference = "reference" in outcome ? outcome.reference : null;
  const closed: Attempt = {
    ...attempt,
    status: outcome.kind,
    gatewayReference: reference ?? attempt.gatewayReference,
    error: errorOf(attempt, outcome),
    closedAt: at.context.now,
  };
  const settled = settlers[attempt.operation](at, closed, outcome);
  const after = withMethodShown(settled.after ?? at.snapshot.payment, attempt, outcome);
  // A charge's job is its payment's, and the settler says what it does next.
  const ownJob = attempt.operation === "charge" ? none : endJobs(closed.id);
  const happening = { after, event: settled.event };
  return changeOf(at, happening, { attempts: { update: [closed] } }, ownJob, ...answerCasesOf(at, closed), ...(settled.parts ?? []));
}

function errorOf(attempt: Attempt, outcome: Definitive): PaymentError | null {
  const step = attempt.operation;
  switch (outcome.kind) {
    case "declined": {
      const { declineCode, message } = outcome;
      return { code: declineCategory(declineCode), decline_code: declineCode, message, source: "bank", step, reason: declineCode };
    }
    case "rejected":
      return { code: "gateway_rejected", message: outcome.message, source: "gateway", step, reason: outcome.code };
    case "not_sent": {
      const message = "The gateway could not be reached; nothing was sent.";
      return { code: "gateway_unreachable", message, source: "gateway", step, reason: outcome.reason };
    }
    case "canceled":
      return { code: "canceled", message: "Called off at the gateway; nothing was taken.", source: "gateway", step };
    default:
      return null;
  }
}

/** The code merchants match on; the decline code says more. */
function declineCategory(declineCode: string): FailureCode {
  return declineCode === "fraud_suspected" || declineCode === "insufficient_funds" ? declineCode : "payment_declined";
}

/**
 * "Not sent", "come back later" and "your request is wrong" speak of one request. They prove something about the attempt only if they
 * answer its newest send and no earlier one may have arrived. As answers to a question or a re-send they prove nothing.
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
  if (outcome.kind === "authorized") return attempt.operation === "charge";
  return isTruth(outcome) || outcome.kind === "rejected";
}

function mismatchOf(attempt: Attempt, outcome: Outcome): string | null {
  // Account and key are known to the connector only.
  if (outcome.kind === "unknown") return outcome.mismatch ?? null;
  if (outcome.kind !== "succeeded" && outcome.kind !== "authorized") return null;
  const { amount, currency } = outcome.figures;
  if (amount !== attempt.amount)
    return `amount ${formatMoney(amount, currency)} instead of ${formatMoney(attempt.amount, attempt.currency)}`;
  if (currency !== attempt.currency) return `currency ${currency} instead of ${attempt.currency}`;
  const sameCharge = attempt.gatewayReference === null || attempt.gatewayReference === outcome.reference;
  return sameCharge ? null : `reference ${outcome.reference} instead of ${attempt.gatewayReference}`;
}

/** An answer about something else is never applied: the attempt is unknown, a case is opened, the questions go on. */
function refuseAnswer(at: Deciding, attempt: Attempt, mismatch: string): Change {
  const outcome = { kind: "unknown", reason: `mismatch: ${mismatch}`, reference: null, storedError: false } as const;
  return keepOpen(
    at,
    attempt,
    { outcome, isSend: false, askedAt: at.context.now },
    mismatchCase(at, attempt, mismatch, "Tillway goes on asking."),
  );
}

/** The same about an attempt that is closed: nothing but a case, and nothing if that is open. */
function noteMismatch(at: Deciding, attempt: Attempt, mismatch: string): Change | null {
  const opened = mismatchCase(at, attempt, mismatch, "The attempt was closed before and stays as it is.");
  return opened.cases ? changeOf(at, {}, opened) : null;
}

function mismatchCase(at: Deciding, attempt: Attempt, mismatch: string, goesOn: string): Part {
  const { connector, operation, n } = attempt;
  const summary = `${connector} answered ${operation} ${n} with ${mismatch}. The answer was not applied. ${goesOn}`;
  const evidence = { gateway_key: attempt.gatewayKey, mismatch };
  return openCase(at, { kind: "mismatched_answer", subject: attempt.id, summary, evidence });
}
