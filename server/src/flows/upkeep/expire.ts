import type { Context, Decision } from "../../core/change.ts";
import { AUTHORIZATION_MARGIN_MS, CREATED_EXPIRES_AFTER_MS, QUESTION_LAST_GAP_MS, VOID_PATIENCE_MS } from "../../core/constants.ts";
import { decideCancel } from "../../core/decide/cancel.ts";
import { openCase } from "../../core/decide/rows.ts";
import { currentCharge, openAttempt } from "../../core/decide/snapshot.ts";
import type { Attempt, Job, Ms, Payment, Snapshot } from "../../core/model.ts";
import { callGateway } from "../attempt.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../handled.ts";
import { settle } from "../settle.ts";

/** Ends what waited too long: a created payment, an authorization before it lapses. Acts only when the payment itself is due. */
export async function expirePayment(deps: Deps, job: Job): Promise<Handled> {
  const subject = { ...job, paymentId: job.subject };
  const snapshot = await deps.store.load(subject, subject.paymentId);
  const dueAt = snapshot && expiresAt(snapshot.payment);
  if (!snapshot || dueAt === null) return obsolete;
  const now = deps.clock.now();
  if (dueAt > now) return { outcome: "retry", at: dueAt };
  if (openAttempt(snapshot)) return { outcome: "retry", at: now + VOID_PATIENCE_MS };
  if (snapshot.attempts.some((attempt) => isRefusedVoid(attempt, snapshot.payment))) return askAboutHold(deps, snapshot);
  const expired = await decideAndCommit(deps, subject, (fresh, context) =>
    fresh.payment.status === snapshot.payment.status
      ? decideCancel(fresh, { by: "expiry", idempotency: null }, context)
      : { nothing: true as const },
  );
  const ended = expired.result === "applied" && expired.decision.change.jobs?.remove?.includes(job.id);
  return ended ? done : { outcome: "retry", at: now + VOID_PATIENCE_MS };
}

/** The gateway itself said no; a void that never reached it is simply tried again. */
function isRefusedVoid(attempt: Attempt, payment: Payment): boolean {
  return attempt.operation === "void" && attempt.subject === payment.id && (attempt.status === "declined" || attempt.status === "rejected");
}

/** Only these two wait for an expiry; null: the job has nothing to say about this payment any more. */
function expiresAt(payment: Payment): Ms | null {
  if (payment.status === "created") return payment.createdAt + CREATED_EXPIRES_AFTER_MS;
  if (payment.status === "authorized") return (payment.lapsesAt ?? payment.createdAt) - AUTHORIZATION_MARGIN_MS;
  return null;
}

/** The gateway refused to release the hold: a person is told, and the gateway is asked daily what became of it. */
async function askAboutHold(deps: Deps, snapshot: Snapshot): Promise<Handled> {
  const charge = currentCharge(snapshot);
  const { payment } = snapshot;
  await decideAndCommit(deps, { ...payment, paymentId: payment.id }, reportRefusal);
  if (charge?.gatewayReference) await ask(deps, payment, charge);
  return { outcome: "retry", at: deps.clock.now() + QUESTION_LAST_GAP_MS };
}

async function ask(deps: Deps, payment: Payment, charge: Attempt): Promise<void> {
  const reply = await callGateway(deps, payment, charge, (connector, call) => connector.retrieve(call, charge.gatewayReference!));
  await settle(deps, { attempt: charge, outcome: reply.outcome, exchanges: reply.exchanges });
}

function reportRefusal(snapshot: Snapshot, context: Context): Decision {
  const { payment } = snapshot;
  if (payment.status !== "authorized") return { nothing: true };
  const summary = "An authorization is about to lapse and the gateway refused to release it. We ask it daily what became of it.";
  const open = openCase(snapshot, { kind: "overdue", subject: payment.id, summary, evidence: { lapses_at: payment.lapsesAt } }, context);
  if (open.length === 0) return { nothing: true };
  return { change: { merchantId: payment.merchantId, mode: payment.mode, payment: { before: payment, after: payment }, cases: { open } } };
}
