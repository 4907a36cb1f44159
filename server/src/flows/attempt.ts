import { decideBegin } from "../core/decide/begin.ts";
import type { Attempt, Job, Snapshot } from "../core/model.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import { SEND_WITHIN_MS } from "../core/constants.ts";
import { nextQuestionAt } from "../core/schedules.ts";
import { attemptIsOpen } from "../core/states/attempt.ts";
import { paymentIsTerminal } from "../core/states/payment.ts";
import { withAttempts } from "../core/decide/snapshot.ts";
import { Contended, decideAndCommit } from "./decide.ts";
import type { Deps } from "./deps.ts";
import { done, obsolete, type Handled } from "./handled.ts";
import { settle } from "./settle.ts";

/** Carries out one charge, capture, void or refund: commit the attempt, call the gateway, settle its answer. */
export async function runAttempt(deps: Deps, job: Job): Promise<Handled> {
  const begun = await begin(deps, job);
  if (begun?.result === "nothing") return isOver(begun.snapshot, job) ? obsolete : done;
  if (begun?.result !== "applied") return obsolete;
  if (!("send" in begun.decision)) return done;
  const attempt = begun.decision.send;
  const { before, after } = begun.decision.change.payment!;
  const snapshot = follow(begun.snapshot, { ...after, version: before.version + 1 }, attempt);
  try {
    const reply = await callGateway(deps, snapshot.payment, attempt, (connector, call) => connector.send(call));
    await settle(deps, { attempt, outcome: reply.outcome, exchanges: reply.exchanges, send: attempt.sends }, snapshot);
    return done;
  } catch (error) {
    // The job is an ask by now: it finds out what became of the call.
    deps.log.error(
      { attempt_id: attempt.id, payment_id: attempt.paymentId, error: String(error) },
      "an outcome could not be settled; the gateway will be asked",
    );
    return { outcome: "retry", at: nextQuestionAt(deps.clock.now(), 0, deps.clock.now()) };
  }
}

/** Otherwise the row is somebody's ask by now, and must stay. */
function isOver(snapshot: Snapshot, job: Job): boolean {
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  return attempt ? !attemptIsOpen(attempt.status) : paymentIsTerminal(snapshot.payment.status);
}

/** Null where the lease was lost: whoever holds the job now does the work. */
async function begin(deps: Deps, job: Job) {
  try {
    return await decideAndCommit(deps, { ...job, paymentId: job.subject }, (snapshot, context) => decideBegin(snapshot, job, context));
  } catch (error) {
    if (error instanceof Contended) return null;
    throw error;
  }
}

/** The snapshot as our own commit left it: saves the read before settling, and a stale guess only costs a reload. */
export function follow(snapshot: Snapshot, payment: Snapshot["payment"], attempt: Attempt): Snapshot {
  return { ...snapshot, payment, attempts: withAttempts(snapshot, attempt) };
}

/**
 * One conversation with the gateway, outside any transaction. Where the account or connector is missing, nothing was sent: it is tried
 * again, as any send that never left.
 */
export async function callGateway(
  deps: Deps,
  payment: Snapshot["payment"],
  attempt: Attempt,
  talk: (connector: Connector, call: Call) => Promise<Reply>,
): Promise<Reply> {
  const connector = deps.connectors.get(attempt.connector);
  const account = await deps.settings.account(attempt.accountId);
  if (!connector || !account) {
    return {
      outcome: { kind: "not_sent", reason: `account ${attempt.accountId} of ${attempt.connector} is not configured here` },
      exchanges: [],
    };
  }
  const sendBefore = attempt.lastSentAt === null ? null : attempt.lastSentAt + SEND_WITHIN_MS;
  return talk(connector, {
    attempt,
    account,
    method: payment.method,
    captureMethod: payment.captureMethod,
    returnUrl: payment.returnUrl,
    sendBefore,
  });
}
