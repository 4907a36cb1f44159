/** Finding rows in a snapshot, and the snapshot after a change. */
import type { Change } from "../change.ts";
import type { Attempt, CaseMark, Operation, Refund, Snapshot } from "../model.ts";
import { attemptIsOpen } from "../states/attempt.ts";

/** The charge attempt whose outcome moves the payment. */
export function currentCharge({ attempts, payment }: Snapshot): Attempt | undefined {
  return attempts.find((attempt) => attempt.operation === "charge" && attempt.n === payment.attempt);
}

/** An attempt on the payment itself that has no definitive outcome yet. Refunds work on their own subject. */
export function openAttempt({ attempts, payment }: Snapshot): Attempt | undefined {
  return attempts.find((attempt) => attempt.subject === payment.id && attemptIsOpen(attempt.status));
}

export function nextN({ attempts }: Snapshot, operation: Operation): number {
  return attempts.reduce((n, attempt) => (attempt.operation === operation ? Math.max(n, attempt.n) : n), 0) + 1;
}

export function refundOf({ refunds }: Snapshot, attempt: Attempt): Refund {
  const refund = refunds.find((row) => row.id === attempt.refundId);
  if (!refund) throw new Error(`refund attempt ${attempt.id} has no refund`);
  return refund;
}

/** `rows` with these in place of their older selves; new ones stand at the end. */
export function replaced<Row extends { readonly id: string }>(rows: readonly Row[], changed: readonly Row[] = []): readonly Row[] {
  if (changed.length === 0) return rows;
  const fresh = new Map(changed.map((row) => [row.id, row]));
  const known = rows.map((row) => {
    const next = fresh.get(row.id);
    fresh.delete(row.id);
    return next ?? row;
  });
  return [...known, ...fresh.values()];
}

/**
 * The snapshot as an applied change leaves it: what the store would load next, as long as nobody else writes. Endpoints and accounts
 * are not a change's business and stay as they were.
 */
export function applied(snapshot: Snapshot, change: Change): Snapshot {
  return {
    ...snapshot,
    payment: change.payment ? { ...change.payment.after, version: change.payment.before.version + 1 } : snapshot.payment,
    attempts: replaced(replaced(snapshot.attempts, change.attempts?.update), change.attempts?.insert),
    refunds: replaced(replaced(snapshot.refunds, change.refunds?.update), change.refunds?.insert),
    cases: casesAfter(snapshot.cases, change.cases),
  };
}

/** What the answer ended is gone; what a person resolved stays. */
export function casesAfter(cases: Snapshot["cases"], { open = [], resolve = [] }: Change["cases"] = {}): Snapshot["cases"] {
  if (open.length + resolve.length === 0) return cases;
  const ended = (row: CaseMark) =>
    row.status === "open" && resolve.some(({ kind, subject }) => kind === row.kind && subject === row.subject);
  return [...cases.filter((row) => !ended(row)), ...open];
}
