import { openCase } from "../change/parts.ts";
import { canVoid } from "../change/rows.ts";
import { currentCharge, openAttempt, changeOf } from "../change/write.ts";
import type { Change, Context, Deciding, Decision } from "../change.ts";
import {
  ACTION_EXPIRES_AFTER_MS,
  AUTHORIZATION_MARGIN_MS,
  CREATED_EXPIRES_AFTER_MS,
  QUESTION_LAST_GAP_MS,
  VOID_PATIENCE_MS,
} from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Job, Ms, Payment, Snapshot } from "../model.ts";
import { decideCancel } from "./operations.ts";

/**
 * What the expiry job of a payment does. `retryAt`: when it looks again; null: the job has ended, or has nothing to do any more.
 * `ask`: the gateway refused to release this charge and is asked what became of it.
 */
export type Expiry = Decision & { readonly retryAt: Ms | null; readonly ask?: Attempt };

/** Ends what waited too long: a created payment, or an authorization before it lapses. Acts only when the payment itself is due. */
export function decideExpiry(snapshot: Snapshot, context: Context): Expiry {
  const at = { snapshot, context };
  const { now } = context;
  const dueAt = expiresAt(snapshot.payment);
  if (dueAt === null || dueAt > now) return { nothing: true, retryAt: dueAt };
  if (openAttempt(snapshot)) return { nothing: true, retryAt: now + VOID_PATIENCE_MS };
  if (snapshot.attempts.some((attempt) => isRefusedVoid(attempt, snapshot.payment))) return askAboutHold(at);
  const charge = currentCharge(snapshot);
  if (snapshot.payment.status === "authorized" && charge && !canVoid(charge, context)) return letLapse(charge, context);
  const ended = decideCancel(snapshot, "expiry", context);
  const endsJob = "change" in ended && ended.change.jobs?.remove?.includes(jobIdOf(snapshot.payment.id));
  return { ...ended, retryAt: endsJob ? null : now + VOID_PATIENCE_MS };
}

/** Only these two wait for an expiry. */
function expiresAt(payment: Payment): Ms | null {
  if (payment.status === "created") return payment.createdAt + CREATED_EXPIRES_AFTER_MS;
  if (payment.status === "authorized") return (payment.lapsesAt ?? payment.createdAt) - AUTHORIZATION_MARGIN_MS;
  return null;
}

/** The gateway itself said no; a void that never reached it is simply tried again. */
function isRefusedVoid(attempt: Attempt, payment: Payment): boolean {
  return attempt.operation === "void" && attempt.subject === payment.id && (attempt.status === "declined" || attempt.status === "rejected");
}

/** Where no hold can be released, it lapses: the gateway is asked until it says so. */
function letLapse(charge: Attempt, { now }: Context): Expiry {
  return { nothing: true, retryAt: now + VOID_PATIENCE_MS, ask: charge.gatewayReference === null ? undefined : charge };
}

/** The gateway refused to release the hold: a person should know, and the gateway is asked daily what became of it. */
function askAboutHold(at: Deciding): Expiry {
  const { payment } = at.snapshot;
  const summary = "An authorization is about to lapse and the gateway refused to release it. Tillway asks daily what became of it.";
  const opened = openCase(at, { kind: "hold_not_released", subject: payment.id, summary, evidence: { lapses_at: payment.lapsesAt } });
  const decision: Decision = opened.cases ? { change: changeOf(at, {}, opened) } : { nothing: true };
  const charge = currentCharge(at.snapshot);
  return { ...decision, retryAt: at.context.now + QUESTION_LAST_GAP_MS, ask: charge?.gatewayReference ? charge : undefined };
}

/** A shopper who does not come back within 15 minutes: the charge is called off, as a cancel would. The asker holds the job already. */
export function decideShopperGone(
  snapshot: Snapshot,
  job: Job,
  context: Context,
): { readonly change: Change } | { readonly nothing: true } {
  const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
  const waits = snapshot.payment.status === "requires_action" && snapshot.payment.cancelRequestedAt === null;
  if (!attempt || !waits || context.now - attempt.createdAt < ACTION_EXPIRES_AFTER_MS) return { nothing: true };
  const canceled = decideCancel(snapshot, "expiry", context);
  return "change" in canceled ? canceled : { nothing: true };
}
