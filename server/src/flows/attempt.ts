import { applied } from "../core/change/write.ts";
import { BUSY_PAYMENT_GAP_MS } from "../core/constants.ts";
import type { Context } from "../core/change.ts";
import { decideBegin, type Beginning } from "../core/decide/begin.ts";
import type { Job, Ms, Snapshot } from "../core/model.ts";
import { nextQuestionAt } from "../core/schedules.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import { decideForJob } from "./commit.ts";
import type { Deps } from "./deps.ts";
import { consult } from "./gateway.ts";
import { done, obsolete, retryAt, type Handled } from "./jobs/handled.ts";
import { repeatHeldUntil } from "./repeats.ts";

/** Carries out one charge, capture, void or refund: commit the attempt, call the gateway, settle its answer. */
export async function runAttempt(deps: Deps, job: Job): Promise<Handled> {
  let heldUntil: Ms | null = null;
  const remembered = deps.keeping?.snapshotOf(job);
  const begin = (snapshot: Snapshot, own: Job, context: Context): Beginning => {
    heldUntil = repeatHeld(deps, snapshot, own);
    const decided = heldUntil === null ? decideBegin(snapshot, own, context) : none;
    // A payment fails for want of an account by the rows only: the account may be younger than what is remembered.
    return snapshot === remembered && !("send" in decided) ? none : decided;
  };
  const begun = await decideForJob(deps, job, begin, remembered);
  if (heldUntil !== null) return retryAt(heldUntil);
  // Others settle this payment right now, or the lease was lost: then this answer changes nothing.
  if (begun === null) return retryAt(deps.clock.now() + BUSY_PAYMENT_GAP_MS);
  if (begun.result === "nothing") return isOver(begun.snapshot, job) ? obsolete : done;
  if (begun.result !== "applied") return obsolete;
  if (!("send" in begun.decision)) return done;
  const { send: attempt, change } = begun.decision;
  const snapshot = applied(begun.snapshot, change);
  try {
    await consult(deps, snapshot, attempt, {
      talk: (connector, call) => connector.send(call),
      word: { send: attempt.sends },
      traceparent: job.traceparent,
    });
    return done;
  } catch (error) {
    // The job is an ask by now: it finds out what became of the call.
    deps.log.error(
      { attempt_id: attempt.id, payment_id: attempt.paymentId, error: String(error) },
      "an outcome could not be settled; the gateway will be asked",
    );
    return retryAt(nextQuestionAt(deps.clock.now(), 0, deps.clock.now()));
  }
}

const none = { nothing: true } as const;

/** A cancel need not wait: it sends nothing. */
function repeatHeld(deps: Deps, { payment, attempts }: Snapshot, job: Job): Ms | null {
  const attempt = attempts.find(({ id }) => id === job.attemptId);
  const isRepeat = attempt?.status === "calling" && attempt.sends > 0;
  return isRepeat && payment.cancelRequestedAt === null ? repeatHeldUntil(deps, attempt) : null;
}

/** Otherwise the row is somebody's ask by now, and must stay. */
function isOver(snapshot: Snapshot, job: Job): boolean {
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  return attempt ? !attemptIsOpen(attempt.status) : paymentIsTerminal(snapshot.payment.status);
}
