/** When the job of an attempt that stays open goes on, and with what. */
import type { Change, Context, JobMove } from "../change.ts";
import { ACTION_EXPIRES_AFTER_MS, QUICKLY_ASKED_SENDS_MAX } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Job, Ms, Payment, Snapshot } from "../model.ts";
import { nextQuestionAt } from "../schedules.ts";
import { askedSubject } from "./question.ts";
import { deadlineOf } from "./rows.ts";

/** The attempt stays `calling`; its job is the operation again, so that whoever runs it notes the send before it leaves. */
export function sendAgainAt(snapshot: Snapshot, attempt: Attempt, at: Ms): Change {
  const { payment } = snapshot;
  const kind: Job["kind"] = attempt.operation;
  return {
    merchantId: payment.merchantId,
    mode: payment.mode,
    payment: { before: payment, after: payment },
    jobs: { move: [{ id: jobIdOf(askedSubject(attempt)), kind, attemptId: attempt.id, runAt: at, tries: 0, release: true }] },
  };
}

/** Never before the gateway has settled what was just sent: an early "not found" would be worth nothing. */
export function askLater(
  attempt: Attempt,
  { payment, sure }: { readonly payment: Payment; readonly sure: boolean },
  context: Context,
): JobMove {
  const settleTimeMs = context.capabilities(attempt.connector)?.settleTimeMs ?? 0;
  const givenUp = attempt.createdAt + ACTION_EXPIRES_AFTER_MS;
  const patienceEnds = payment.status === "requires_action" && givenUp > context.now ? givenUp : Infinity;
  return {
    id: jobIdOf(askedSubject(attempt)),
    kind: "ask",
    attemptId: attempt.id,
    lane: attempt.accountId,
    runAt: sure
      ? context.now
      : Math.max(
          context.now + settleTimeMs,
          Math.min(nextQuestionAt(context.now, attempt.questions, pacedFrom(attempt) ?? context.now), patienceEnds),
        ),
    tries: 0,
    deadlineAt: deadlineOf(attempt, context),
    release: true,
  };
}

/** The first few re-sends ask quickly again, for each is a request as young as the first; were all to do so, sends would have no bound. */
function pacedFrom(attempt: Attempt): Ms | null {
  return attempt.sends <= QUICKLY_ASKED_SENDS_MAX ? attempt.lastSentAt : attempt.firstSentAt;
}
