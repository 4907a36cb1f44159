import { applied } from "../core/change/write.ts";
import { BUSY_PAYMENT_GAP_MS } from "../core/constants.ts";
import { decideBegin } from "../core/decide/begin.ts";
import type { Job, Snapshot } from "../core/model.ts";
import { nextQuestionAt } from "../core/schedules.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import { decideForJob } from "./commit.ts";
import type { Deps } from "./deps.ts";
import { consult } from "./gateway.ts";
import { done, obsolete, retryAt, type Handled } from "./jobs/handled.ts";

/** Carries out one charge, capture, void or refund: commit the attempt, call the gateway, settle its answer. */
export async function runAttempt(deps: Deps, job: Job): Promise<Handled> {
  const begun = await decideForJob(deps, job, decideBegin);
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

/** Otherwise the row is somebody's ask by now, and must stay. */
function isOver(snapshot: Snapshot, job: Job): boolean {
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  return attempt ? !attemptIsOpen(attempt.status) : paymentIsTerminal(snapshot.payment.status);
}
