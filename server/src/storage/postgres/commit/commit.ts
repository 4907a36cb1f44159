import type { Change, CommitResult } from "../../../core/change.ts";
import { batcher } from "../batcher.ts";
import type { Database } from "../connect.ts";
import { indexes } from "../create.ts";
import { brokenConstraint } from "../failures.ts";
import { jobIdsOf } from "./jobs.ts";
import { batchStatement } from "./statement.ts";

/** Writes changes, each whole or not at all, many in one statement. Throws `StoreUnavailable`, or an Error that names the constraint. */
export function committer(database: Database): (change: Change) => Promise<CommitResult> {
  return batcher<Change, CommitResult>({ run: (changes) => commitAll(database, changes), keysOf });
}

function keysOf(change: Change): string[] {
  const keys = jobIdsOf(change);
  if (change.payment) keys.push(change.payment.before.id);
  if (change.idempotency) keys.push(change.idempotency.requestId);
  if (change.takeOrder !== undefined) keys.push(`${change.merchantId} ${change.takeOrder}`);
  if (change.delivery) keys.push(change.delivery.before.id);
  return keys;
}

async function commitAll(database: Database, changes: readonly Change[]): Promise<CommitResult[]> {
  for (const change of changes)
    if (change.payment && change.delivery) throw new TypeError("a change moves a payment or a delivery, not both");
  const order = lockOrder(changes);
  const sorted = order.map((position) => changes[position]!);
  const { statement, values } = batchStatement(sorted);
  const run = () => database.query(statement, values);
  const [row] = await run().catch((error: unknown) => {
    // Another process took the order in between: now it is seen. In a batch the others come with it, so that runs singly first.
    if (changes.length === 1 && brokenConstraint(error) === "live_payments_pkey") return run();
    throw error;
  });
  const results = sorted.map(resultsIn(row!));
  const inTheirOrder: CommitResult[] = [];
  order.forEach((position, index) => (inTheirOrder[position] = results[index]!));
  return inTheirOrder;
}

/** Every process locks payments, deliveries and jobs in the order of their ids, so that two batches seldom wait for each other in a circle. */
function lockOrder(changes: readonly Change[]): number[] {
  const idOf = (change: Change): string => change.payment?.before.id ?? change.delivery?.before.id ?? change.job?.id ?? "";
  const ids = changes.map(idOf);
  return ids.map((_, position) => position).sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : 0));
}

function resultsIn(row: Readonly<Record<string, unknown>>): (change: Change, i: number) => CommitResult {
  const applied = indexes(row.applied);
  const candidates = indexes(row.candidates);
  const orders = indexes(row.order_claim);
  const takenKeys = indexes(row.taken_keys);
  return (change, i) => {
    if (applied.has(i)) return "applied";
    if (!candidates.has(i)) return "stale";
    return change.takeOrder !== undefined && !orders.has(i) && !takenKeys.has(i) ? "order_busy" : "duplicate";
  };
}
