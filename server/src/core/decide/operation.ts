/** Inserting the attempt of a capture, void or refund, with its job and its reserved amount. */
import type { Context } from "../change.ts";
import { PENDING_CASE_AFTER_MS } from "../constants.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Job, Operation, Payment, Refund, Snapshot } from "../model.ts";
import { newAttempt, newJob } from "./rows.ts";

export interface PlannedOperation {
  readonly attempt: Attempt;
  readonly job: Job;
}

export interface OperationWish {
  readonly operation: Exclude<Operation, "charge">;
  readonly amount: number;
  /** The charge acted on: its account, its gateway's reference. */
  readonly charge: Attempt;
  readonly parentReference: string;
  readonly subject: string;
  readonly refundId: string | null;
  readonly reason: string;
}

export function planOperation(snapshot: Snapshot, wish: OperationWish, context: Context): PlannedOperation {
  const attempt = newAttempt(
    snapshot,
    {
      operation: wish.operation,
      subject: wish.subject,
      refundId: wish.refundId,
      connector: wish.charge.connector,
      accountId: wish.charge.accountId,
      amount: wish.amount,
      parentReference: wish.parentReference,
      routing: { rule: "follows the charge", reason: wish.reason },
    },
    context,
  );
  return { attempt, job: operationJob(attempt, context) };
}

/** A void of what the current charge holds. Null while the gateway's reference is not known. */
export function planVoid(snapshot: Snapshot, charge: Attempt, reason: string, context: Context): PlannedOperation | null {
  if (charge.gatewayReference === null) return null;
  const { payment } = snapshot;
  const wish = {
    operation: "void",
    amount: payment.amountAuthorized - payment.amountCaptured,
    charge,
    parentReference: charge.gatewayReference,
    subject: payment.id,
    refundId: null,
    reason,
  } as const;
  return planOperation(snapshot, wish, context);
}

export interface PlannedRefund extends PlannedOperation {
  readonly refund: Refund;
}

/** A refund row with its attempt. The caller reserves the amount, unless it is a reversal. */
export function planRefund(
  snapshot: Snapshot,
  wish: Pick<Refund, "kind" | "reverses" | "amount" | "reason"> & { charge: Attempt; parentReference: string },
  context: Context,
): PlannedRefund {
  const { payment } = snapshot;
  const refund: Refund = {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("rfnd"),
    paymentId: payment.id,
    kind: wish.kind,
    reverses: wish.reverses,
    amount: wish.amount,
    reason: wish.reason,
    status: "pending",
    error: null,
    createdAt: context.now,
    processedAt: null,
  };
  const planned = planOperation(
    snapshot,
    {
      operation: "refund",
      amount: wish.amount,
      charge: wish.charge,
      parentReference: wish.parentReference,
      subject: refund.id,
      refundId: refund.id,
      reason: wish.reason ?? wish.kind,
    },
    context,
  );
  return { ...planned, refund };
}

/** What the payment has reserved once the refund is planned. */
export function reserveRefund(payment: Payment, amount: number): Payment {
  return { ...payment, refundReserved: payment.refundReserved + amount };
}

function operationJob(attempt: Attempt, context: Context): Job {
  const queue = attempt.operation === "refund" ? "refund-queue" : "payment-queue";
  return newJob(
    attempt,
    {
      id: jobIdOf(attempt.id),
      queue,
      kind: attempt.operation as Job["kind"],
      subject: attempt.paymentId,
      attemptId: attempt.id,
      lane: attempt.accountId,
      deadlineAt: context.now + PENDING_CASE_AFTER_MS,
    },
    context,
  );
}
