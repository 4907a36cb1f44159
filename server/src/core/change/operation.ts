/** Planning an operation at the gateway: its attempt with its job. The caller reserves the amount in the same change. */
import type { Deciding, Part } from "../change.ts";
import { PENDING_CASE_AFTER_MS } from "../constants.ts";
import type { Attempt, Refund } from "../model.ts";
import type { Route } from "../routing.ts";
import { newAttempt, newJob } from "./rows.ts";

export interface Planned {
  readonly attempt: Attempt;
  readonly part: Part;
}

/** The next charge attempt of a payment. The payment's own job sends it. */
export function planCharge({ snapshot, context }: Deciding, route: Route): Attempt {
  const { payment } = snapshot;
  const { connector, accountId, routing } = route;
  const { amount, id: subject } = payment;
  return newAttempt(
    snapshot,
    { operation: "charge", subject, refundId: null, connector, accountId, amount, parentReference: null, routing },
    context,
  );
}

/** What a capture, void or refund acts on: a charge, by the gateway's own id of it. */
export interface Target {
  readonly charge: Attempt;
  readonly reference: string;
}

/** The charge as a target; null while the gateway's reference is not known. */
export function targetOf(charge: Attempt | undefined): Target | null {
  return charge && charge.gatewayReference !== null ? { charge, reference: charge.gatewayReference } : null;
}

export function planCapture(at: Deciding, target: Target, amount: number, reason: string): Planned {
  return planned(at, target, { operation: "capture", subject: at.snapshot.payment.id, refundId: null, amount, reason });
}

/** A void of what the payment's charge still holds. */
export function planVoid(at: Deciding, target: Target, reason: string): Planned {
  const { id, amountAuthorized, amountCaptured } = at.snapshot.payment;
  return planned(at, target, { operation: "void", subject: id, refundId: null, amount: amountAuthorized - amountCaptured, reason });
}

/** A void of a charge that the gateway holds although its attempt is closed. It works on that attempt, not on the payment. */
export function planReversingVoid(at: Deciding, target: Target, reason: string): Planned {
  const { charge } = target;
  return planned(at, target, { operation: "void", subject: charge.id, refundId: null, amount: charge.amount, reason });
}

/** A refund row with its attempt. */
export function planRefund(at: Deciding, target: Target, wanted: Pick<Refund, "kind" | "reverses" | "amount" | "reason">): Planned {
  const { payment } = at.snapshot;
  const refund: Refund = {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: at.context.id("rfnd"),
    paymentId: payment.id,
    kind: wanted.kind,
    reverses: wanted.reverses,
    amount: wanted.amount,
    reason: wanted.reason,
    status: "pending",
    error: null,
    createdAt: at.context.now,
    processedAt: null,
  };
  const { id: refundId, amount } = refund;
  const reason = wanted.reason ?? wanted.kind;
  const { attempt, part } = planned(at, target, { operation: "refund", subject: refundId, refundId, amount, reason });
  return { attempt, part: { ...part, refunds: { insert: [refund] } } };
}

interface OperationPlan extends Pick<Attempt, "subject" | "refundId" | "amount"> {
  readonly operation: "capture" | "void" | "refund";
  readonly reason: string;
}

function planned({ snapshot, context }: Deciding, { charge, reference }: Target, { reason, ...plan }: OperationPlan): Planned {
  const { connector, accountId } = charge;
  const routing = { rule: "follows the charge", reason };
  const attempt = newAttempt(snapshot, { ...plan, connector, accountId, parentReference: reference, routing }, context);
  const queue = plan.operation === "refund" ? "refund-queue" : "payment-queue";
  const deadlineAt = context.now + PENDING_CASE_AFTER_MS;
  const job = { queue, kind: plan.operation, subject: attempt.paymentId, attemptId: attempt.id, lane: accountId, deadlineAt } as const;
  return { attempt, part: { attempts: { insert: [attempt] }, jobs: { insert: [newJob(attempt, job, context)] } } };
}
