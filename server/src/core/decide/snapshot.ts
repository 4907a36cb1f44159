/** Finding rows in a snapshot. */
import type { Attempt, Operation, Refund, Snapshot } from "../model.ts";
import { attemptIsOpen } from "../states/attempt.ts";

/** The charge attempt whose outcome moves the payment. */
export function currentCharge(snapshot: Snapshot): Attempt | undefined {
  return snapshot.attempts.find((attempt) => attempt.operation === "charge" && attempt.n === snapshot.payment.attempt);
}

/** An attempt on the payment itself that has no definitive outcome yet. Refunds work on their own subject. */
export function openAttempt(snapshot: Snapshot): Attempt | undefined {
  return snapshot.attempts.find((attempt) => attempt.subject === snapshot.payment.id && attemptIsOpen(attempt.status));
}

export function nextN(snapshot: Snapshot, operation: Operation): number {
  return snapshot.attempts.reduce((n, attempt) => (attempt.operation === operation ? Math.max(n, attempt.n) : n), 0) + 1;
}

export function refundOf(snapshot: Snapshot, attempt: Attempt): Refund {
  const refund = snapshot.refunds.find((row) => row.id === attempt.refundId);
  if (!refund) throw new Error(`refund attempt ${attempt.id} has no refund`);
  return refund;
}

/** The snapshot's attempts with these rows in place of their older selves. */
export function withAttempts(snapshot: Snapshot, ...changed: readonly Attempt[]): Attempt[] {
  const fresh = new Map(changed.map((attempt) => [attempt.id, attempt]));
  const known = snapshot.attempts.map((attempt) => {
    const next = fresh.get(attempt.id);
    fresh.delete(attempt.id);
    return next ?? attempt;
  });
  return [...known, ...fresh.values()];
}
