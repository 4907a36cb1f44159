/**
 * What people do to dead letters: work that Tillway could not finish. A replay makes it due again; a discard ends what may end, and
 * of work on money only says that somebody knows (docs/decisions/0042).
 */
import { newJob } from "../change/rows.ts";
import type { Context, Move, Refusal } from "../change.ts";
import { ACKNOWLEDGED_FOR_MS, BY_HAND_KEPT_MAX } from "../constants.ts";
import { deliveryJobKinds, parkedWork } from "../dead-letters.ts";
import type { Case, Delivery, Endpoint, InboxRow, Job, Ms } from "../model.ts";
import type { LetterMoves } from "../ports/store.ts";
import { assertMove, deliveryMachine } from "../states.ts";
import { decideResolve } from "./case.ts";
import { decideRetry, type Retried } from "./delivery.ts";

/** A delivery with the endpoint that it goes to by now, or a case with what it is about. What is gone is null. */
export type Letter =
  | { readonly delivery: Delivery; readonly endpoint: Endpoint | null; readonly mail?: Retried["mail"]; readonly row: null }
  | { readonly row: Case; readonly job: Job | null; readonly inbox: InboxRow | null; readonly delivery: Delivery | null };

export interface Hand {
  readonly action: "replay" | "discard";
  /** Who: a name, or the API key. */
  readonly by: string;
  /** Why: null only for a replay. */
  readonly reason: string | null;
}

export interface Handling {
  readonly outcome: "replayed" | "discarded" | "acknowledged";
  readonly moves: LetterMoves;
  /** Of what is acknowledged: until then the same failure is no news. */
  readonly quietUntil: Ms | null;
}

export type LetterDecision = Handling | { readonly refusal: Refusal };

/** @param runAt when what is replayed is due */
export function decideLetter(letter: Letter, hand: Hand, at: { readonly context: Context; readonly runAt: Ms }): LetterDecision {
  if (letter.row !== null) return ofCase(letter, hand, at);
  const { delivery: before, endpoint, mail } = letter;
  if (before.status !== "failed") return refused(`This delivery is no dead letter: it is ${before.status}.`);
  if (hand.action === "discard") return handling("discarded", { deliveries: [discarded(before, hand, at.context.now)] });
  const retry = decideRetry({ delivery: before, endpoint, mail }, at.context);
  if ("refusal" in retry) return retry;
  const after = { ...retry.after, nextTryAt: at.runAt, byHand: noted(before, "replayed", hand, at.context.now) };
  const insert = retry.change.jobs!.insert!.map((job) => ({ ...job, runAt: at.runAt }));
  return handling("replayed", { deliveries: [{ before, after }], insert });
}

function ofCase(letter: Extract<Letter, { row: Case }>, hand: Hand, at: { readonly context: Context; readonly runAt: Ms }): LetterDecision {
  const { row, job } = letter;
  const { now } = at.context;
  const word = hand.action === "discard" ? (hand.reason ?? "") : hand.reason === null ? "Replayed." : `Replayed: ${hand.reason}`;
  const decided = decideResolve(row, { reason: word, by: hand.by }, now);
  if ("refusal" in decided) return decided;
  const { case: resolved } = decided.change;
  const isHeld = job !== null && job.leaseToken !== null && job.runAt > now;
  if (hand.action === "replay") {
    if (isHeld) return busy;
    return replayed(letter, resolved, at);
  }
  // What the gateway said stays as it is until the clean-up; and there is nothing to lose of a job that is gone.
  if (job === null) return handling("discarded", { cases: [resolved] });
  if (!deliveryJobKinds.includes(job.kind)) {
    const quietUntil = now + ACKNOWLEDGED_FOR_MS;
    const cases = [{ before: resolved.before, after: { ...resolved.after, quietUntil } }];
    return { ...handling("acknowledged", { cases }), quietUntil };
  }
  if (isHeld) return busy;
  const owed = letter.delivery;
  const deliveries = owed?.status === "pending" ? [discarded(owed, hand, now)] : [];
  return handling("discarded", { cases: [resolved], deliveries, remove: [job] });
}

function replayed(
  { job, inbox }: Extract<Letter, { row: Case }>,
  resolved: Move<Case>,
  { context, runAt }: { readonly context: Context; readonly runAt: Ms },
): LetterDecision {
  if (job !== null) return handling("replayed", { cases: [resolved], restart: [{ job, runAt }] });
  if (inbox === null || inbox.status !== "unmatched") return gone;
  const plan = { ...parkedWork, subject: inbox.id, lane: inbox.accountId, runAt };
  const again: InboxRow = { ...inbox, status: "received", handledAt: null };
  return handling("replayed", { cases: [resolved], inbox: [again], insert: [newJob(inbox, plan, context)] });
}

function discarded(before: Delivery, hand: Hand, now: Ms): Move<Delivery> {
  assertMove(deliveryMachine, before.status, "canceled");
  const byHand = noted(before, "discarded", hand, now);
  return { before, after: { ...before, status: "canceled", nextTryAt: null, finishedAt: now, byHand } };
}

function noted({ byHand }: Delivery, action: "replayed" | "discarded", { by, reason }: Hand, at: Ms): Delivery["byHand"] {
  return [...(byHand ?? []), { action, by, reason, at }].slice(-BY_HAND_KEPT_MAX);
}

function handling(outcome: Handling["outcome"], moves: LetterMoves): Handling {
  return { outcome, moves, quietUntil: null };
}

function refused(message: string): { readonly refusal: Refusal } {
  return { refusal: { code: "invalid_state", message } };
}

const busy = refused("A worker is at this very work. Look at it again in a minute: it may have succeeded.");
const gone = refused("What it was about is gone, so there is nothing to replay. Discard the dead letter.");
