/** `commit` and `create` of the in-memory store: all checks first, then all writes. */
import { applied } from "../../core/change/write.ts";
import type { Change, CommitResult, Creation, JobMove } from "../../core/change.ts";
import type { IdempotencyRow, Job, Scope } from "../../core/model.ts";
import { attempts, deliveries, inbox, payments, refunds } from "../tables.ts";
import { checkAttemptInsert, checkAttemptUpdate, checkEvent, checkFixed, checkPayment, checkTry } from "./rules.ts";
import { ConstraintError, idempotencyKey, ofPayment, openCase, orderKey, sameScope, type Tables } from "./tables.ts";

export function createIn(tables: Tables, creation: Creation): CommitResult {
  const { payment, event, job, idempotency } = creation;
  const key = idempotency && idempotencyKey(idempotency, idempotency.audience, idempotency.key);
  if (key && tables.idempotency.has(key)) return "duplicate";
  checkPayment(payment, undefined);
  if (tables.payments.has(payment.id)) throw new ConstraintError("payments_pkey", payment.id);
  if (key) tables.idempotency.set(key, idempotency);
  const order = payment.orderId === null || payment.status !== "pending" ? null : orderKey(payment, payment.orderId);
  if (order !== null && tables.live.has(order)) return "order_busy";
  if (order !== null) tables.live.set(order, payment.id);
  tables.payments.set(payment.id, payment);
  tables.events.set(event.id, event);
  ofPayment(tables, payment.id).events.push(event.id);
  tables.jobs.set(job.id, job);
  return "applied";
}

export function commitIn(tables: Tables, change: Change): CommitResult {
  const guard = guardOf(tables, change);
  if (guard !== "applied") return guard;
  checkRows(tables, change);
  if (change.idempotency) tables.idempotency.set(keyOf(change.idempotency), change.idempotency);
  if (change.takeOrder !== undefined && change.payment) tables.live.set(orderKey(change, change.takeOrder), change.payment.after.id);
  const released = change.releaseOrder === undefined ? null : orderKey(change, change.releaseOrder);
  if (released !== null && tables.live.get(released) === change.payment?.after.id) tables.live.delete(released);
  const regained = change.regainOrder === undefined ? null : orderKey(change, change.regainOrder);
  if (regained !== null && !tables.live.has(regained)) tables.live.set(regained, change.payment!.before.id);
  writeMoney(tables, change);
  writeRest(tables, change);
  writeJobs(tables, change);
  return "applied";
}

function guardOf(tables: Tables, change: Change): CommitResult {
  if (change.payment && change.delivery) throw new TypeError("a change moves a payment or a delivery, not both");
  if (change.payment && !isAsRead(tables.payments, change, change.payment.before, ["status", "version", "attempt"])) return "stale";
  if (change.delivery && !isAsRead(tables.deliveries, change, change.delivery.before, ["status", "tries", "scheduleStart"])) return "stale";
  if (change.case && tables.cases.get(change.case.before.id)?.status !== "open") return "stale";
  if (change.job && tables.jobs.get(change.job.id)?.leaseToken !== change.job.token) return "stale";
  for (const row of change.inbox?.insert ?? []) {
    for (const other of tables.inbox.values())
      if (other.accountId === row.accountId && other.gatewayEventId === row.gatewayEventId) return "duplicate";
  }
  if (change.idempotency && tables.idempotency.has(keyOf(change.idempotency))) return "duplicate";
  return change.takeOrder !== undefined && tables.live.has(orderKey(change, change.takeOrder)) ? "order_busy" : "applied";
}

function isAsRead<Row extends Scope & { readonly id: string }>(
  rows: ReadonlyMap<string, Row>,
  scope: Scope,
  before: Row,
  guards: readonly (keyof Row)[],
): boolean {
  const stored = rows.get(before.id);
  return stored !== undefined && sameScope(stored, scope) && guards.every((field) => stored[field] === before[field]);
}

function keyOf(row: IdempotencyRow): string {
  return idempotencyKey(row, row.audience, row.key);
}

function checkRows(tables: Tables, change: Change): void {
  const updates = change.attempts?.update ?? [];
  if (change.payment) checkPayment(change.payment.after, tables.payments.get(change.payment.before.id));
  for (const attempt of updates) checkAttemptUpdate(tables, attempt);
  if (change.payment) checkFixed(payments, tables.payments.get(change.payment.before.id), change.payment.after);
  if (change.delivery) checkFixed(deliveries, tables.deliveries.get(change.delivery.before.id), change.delivery.after);
  for (const attempt of updates) checkFixed(attempts, tables.attempts.get(attempt.id), attempt);
  for (const refund of change.refunds?.update ?? []) checkFixed(refunds, tables.refunds.get(refund.id), refund);
  for (const row of change.inbox?.update ?? []) checkFixed(inbox, tables.inbox.get(row.id), row);
  for (const attempt of change.attempts?.insert ?? []) checkAttemptInsert(tables, attempt, updates);
  for (const event of change.events ?? []) checkEvent(tables, event);
  for (const entry of change.deliveryTries ?? []) checkTry(tables, entry);
}

/** The rows of the payment as `applied` says: the same that flows go on with. */
function writeMoney(tables: Tables, change: Change): void {
  for (const event of change.events ?? []) {
    tables.events.set(event.id, event);
    ofPayment(tables, event.paymentId).events.push(event.id);
  }
  if (!change.payment) return;
  const before = change.payment.before;
  const lists = ofPayment(tables, before.id);
  const attempts = lists.attempts.map((id) => tables.attempts.get(id)!);
  const refunds = lists.refunds.map((id) => tables.refunds.get(id)!);
  const after = applied({ payment: before, attempts, refunds, endpointIds: [], accounts: [], cases: [] }, change);
  tables.payments.set(before.id, after.payment);
  lists.attempts = written(tables.attempts, after.attempts);
  lists.refunds = written(tables.refunds, after.refunds);
}

function written<Row extends { readonly id: string }>(table: Map<string, Row>, rows: readonly Row[]): string[] {
  for (const row of rows) table.set(row.id, row);
  return rows.map((row) => row.id);
}

function writeRest(tables: Tables, change: Change): void {
  for (const exchange of change.exchanges ?? []) tables.exchanges.set(exchange.id, exchange);
  for (const delivery of change.deliveries?.insert ?? []) tables.deliveries.set(delivery.id, delivery);
  if (change.delivery) tables.deliveries.set(change.delivery.before.id, change.delivery.after);
  tables.tries.push(...(change.deliveryTries ?? []));
  for (const row of [...(change.inbox?.insert ?? []), ...(change.inbox?.update ?? [])]) tables.inbox.set(row.id, row);
  if (change.case) tables.cases.set(change.case.before.id, change.case.after);
  for (const end of change.cases?.resolve ?? []) {
    const open = openCase(tables, change, end);
    if (open) tables.cases.set(open.id, { ...open, status: "resolved", resolvedAt: end.resolvedAt, resolvedBy: "answer" });
  }
  for (const next of change.cases?.open ?? []) if (!openCase(tables, next, next)) tables.cases.set(next.id, next);
}

function writeJobs(tables: Tables, change: Change): void {
  const moves = change.jobs?.move ?? [];
  if (change.job && !moves.some((move) => move.id === change.job!.id)) tables.jobs.delete(change.job.id);
  for (const id of change.jobs?.remove ?? []) tables.jobs.delete(id);
  for (const move of moves) {
    const job = tables.jobs.get(move.id);
    if (job && (move.token === undefined || move.token === (job.leaseToken ?? ""))) tables.jobs.set(job.id, moved(job, move));
  }
  for (const job of change.jobs?.insert ?? []) if (!tables.jobs.has(job.id)) tables.jobs.set(job.id, job);
}

function moved(job: Job, move: JobMove): Job {
  return {
    ...job,
    kind: move.kind ?? job.kind,
    attemptId: move.attemptId === undefined ? job.attemptId : move.attemptId,
    lane: move.lane ?? job.lane,
    runAt: move.runAt ?? job.runAt,
    tries: move.tries ?? job.tries,
    deadlineAt: move.deadlineAt === undefined ? job.deadlineAt : move.deadlineAt,
    leaseToken: move.release ? null : job.leaseToken,
  };
}
