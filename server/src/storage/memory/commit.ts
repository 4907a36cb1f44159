/** `commit` and `create` of the in-memory store: all checks first, then all writes. */
import { applied } from "../../core/change/write.ts";
import type { Change, CommitResult, Creation, JobMove } from "../../core/change.ts";
import type { Case, InboxRow, Job, Payment, Scope } from "../../core/model.ts";
import type { OwedAgain } from "../../core/ports/store.ts";
import { jsonText } from "../json.ts";
import { attempts, deliveries, inbox, payments, refunds, type Table } from "../tables.ts";
import { checkAttemptInsert, checkAttemptUpdate, checkEvent, checkFixed, checkPayment, checkTry } from "./rules.ts";
import { isLinkFull } from "./payment-links.ts";
import { ConstraintError, keyOf, listsOf, ofPayment, openCase, orderKey, owned, type Tables } from "./tables.ts";

export function createIn(tables: Tables, creation: Creation): CommitResult {
  const { payment, event, job, idempotency } = creation;
  if (idempotency && tables.idempotency.has(keyOf(idempotency))) return "duplicate";
  checkPayment(payment, undefined);
  if (payment.orderId !== null && payment.status === "pending" && isLinkFull(tables, payment, payment.orderId)) return "link_full";
  if (tables.payments.has(payment.id)) throw new ConstraintError("payments_pkey", payment.id);
  if (idempotency) tables.idempotency.set(keyOf(idempotency), idempotency);
  const order = payment.orderId === null || payment.status !== "pending" ? null : orderKey(payment, payment.orderId);
  if (order !== null && tables.live.has(order)) return "order_busy";
  if (order !== null) tables.live.set(order, payment.id);
  tables.payments.set(payment.id, payment);
  tables.events.set(event.id, event);
  listsOf(tables, payment.id).events.push(event.id);
  tables.jobs.set(job.id, job);
  return "applied";
}

export function commitIn(tables: Tables, change: Change): CommitResult {
  const guard = guardOf(tables, change);
  if (guard !== "applied") return guard;
  checkRows(tables, change);
  if (change.idempotency) tables.idempotency.set(keyOf(change.idempotency), change.idempotency);
  writeMoney(tables, change);
  writeRest(tables, change);
  writeJobs(tables, change);
  return "applied";
}

function guardOf(tables: Tables, change: Change): CommitResult {
  const { payment, delivery, job, takeOrder } = change;
  if (payment && delivery) throw new TypeError("a change moves a payment or a delivery, not both");
  if (payment && !isAsRead(tables.payments, change, payment.before, ["status", "version", "attempt"])) return "stale";
  if (delivery && !isAsRead(tables.deliveries, change, delivery.before, ["status", "tries", "scheduleStart"])) return "stale";
  if (change.case && tables.cases.get(change.case.before.id)?.status !== "open") return "stale";
  if (job && tables.jobs.get(job.id)?.leaseToken !== job.token) return "stale";
  const isKnown = ({ accountId, gatewayEventId }: InboxRow): boolean =>
    [...tables.inbox.values()].some((other) => other.accountId === accountId && other.gatewayEventId === gatewayEventId);
  if (change.inbox?.insert?.some(isKnown)) return "duplicate";
  if (change.idempotency && tables.idempotency.has(keyOf(change.idempotency))) return "duplicate";
  if (takeOrder === undefined) return "applied";
  if (tables.live.has(orderKey(change, takeOrder))) return "order_busy";
  return isLinkFull(tables, change, takeOrder) ? "link_full" : "applied";
}

export function oweAgainIn(
  tables: Tables,
  { deliveries: moves, jobs, idempotency, actions, ...scope }: OwedAgain,
): "applied" | "stale" | "duplicate" {
  if (idempotency && tables.idempotency.has(keyOf(idempotency))) return "duplicate";
  if (!moves.every(({ before }) => isAsRead(tables.deliveries, scope, before, ["status", "tries", "scheduleStart"]))) return "stale";
  if (idempotency) tables.idempotency.set(keyOf(idempotency), idempotency);
  written(
    tables.deliveries,
    moves.map(({ after }) => after),
  );
  for (const job of jobs) if (!tables.jobs.has(job.id)) tables.jobs.set(job.id, job);
  written(tables.actions, actions);
  return "applied";
}

type Rows<Row> = Map<string, Row>;
type Identified = Scope & { readonly id: string };

function isAsRead<Row extends Identified>(rows: Rows<Row>, scope: Scope, before: Row, guards: readonly (keyof Row)[]): boolean {
  const stored = owned(rows.get(before.id), scope);
  return stored !== null && guards.every((field) => stored[field] === before[field]);
}

function checkRows(tables: Tables, change: Change): void {
  const updates = change.attempts?.update ?? [];
  if (change.payment) checkPayment(change.payment.after, tables.payments.get(change.payment.before.id));
  for (const attempt of updates) checkAttemptUpdate(tables, attempt);
  const unchanged = <Row extends Identified>(table: Table<Row>, rows: Rows<Row>, after: readonly Row[] = []): void =>
    after.forEach((row) => checkFixed(table, rows.get(row.id), row));
  unchanged(payments, tables.payments, change.payment && [change.payment.after]);
  unchanged(deliveries, tables.deliveries, change.delivery && [change.delivery.after]);
  unchanged(attempts, tables.attempts, updates);
  unchanged(refunds, tables.refunds, change.refunds?.update);
  unchanged(inbox, tables.inbox, change.inbox?.update);
  for (const attempt of change.attempts?.insert ?? []) checkAttemptInsert(tables, attempt, updates);
  for (const event of change.events ?? []) checkEvent(tables, event);
  for (const entry of change.deliveryTries ?? []) checkTry(tables, entry);
}

/** The rows of the payment as `applied` says: the same that flows go on with. */
function writeMoney(tables: Tables, change: Change): void {
  written(tables.events, change.events);
  for (const event of change.events ?? []) if (event.paymentId !== null) listsOf(tables, event.paymentId).events.push(event.id);
  if (!change.payment) return;
  const payment = change.payment.before;
  const before = ofPayment(tables, payment.id);
  const after = applied({ payment, ...before, endpoints: [], accounts: [], rules: [], cases: [] }, change);
  tables.payments.set(payment.id, after.payment);
  const lists = listsOf(tables, payment.id);
  lists.attempts = written(tables.attempts, after.attempts);
  lists.refunds = written(tables.refunds, after.refunds);
  writeOrder(tables.live, payment.id, change);
}

function writeOrder(live: Map<string, string>, paymentId: string, change: Change): void {
  const { takeOrder, releaseOrder, regainOrder } = change;
  if (takeOrder !== undefined) live.set(orderKey(change, takeOrder), paymentId);
  if (releaseOrder !== undefined && live.get(orderKey(change, releaseOrder)) === paymentId) live.delete(orderKey(change, releaseOrder));
  if (regainOrder !== undefined && !live.has(orderKey(change, regainOrder))) live.set(orderKey(change, regainOrder), paymentId);
}

/** @returns their ids */
function written<Row extends { readonly id: string }>(rows: Rows<Row>, changed: readonly Row[] = []): string[] {
  for (const row of changed) rows.set(row.id, row);
  return changed.map((row) => row.id);
}

function writeRest(tables: Tables, change: Change): void {
  written(tables.orders, change.orders?.insert);
  for (const { id, ...move } of change.orders?.move ?? []) {
    const order = owned(tables.orders.get(id), change);
    if (order && order.status !== "paid") tables.orders.set(id, { ...order, ...move });
  }
  written(tables.exchanges, change.exchanges);
  written(tables.deliveries, change.deliveries?.insert);
  written(tables.deliveries, change.delivery && [change.delivery.after]);
  tables.tries.push(...(change.deliveryTries ?? []));
  written(tables.inbox, change.inbox?.insert);
  written(tables.inbox, change.inbox?.update);
  written(tables.cases, change.case && [change.case.after]);
  written(tables.actions, change.actions);
  for (const end of change.cases?.resolve ?? []) {
    const open = openCase(tables, change, end);
    if (open) tables.cases.set(open.id, { ...open, status: "resolved", resolvedAt: end.resolvedAt, resolvedBy: "answer" });
  }
  for (const next of change.cases?.open ?? []) if (!openCase(tables, next, next)) tables.cases.set(next.id, asKept(next));
}

/** What is no text is kept as PostgreSQL keeps it. */
function asKept(row: Case): Case {
  return { ...row, evidence: JSON.parse(jsonText(row.evidence)) as Case["evidence"] };
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

function moved(job: Job, { release, ...move }: JobMove): Job {
  const named = Object.entries(move).filter(([name, value]) => name !== "token" && value !== undefined);
  return { ...job, ...Object.fromEntries(named), leaseToken: release ? null : job.leaseToken };
}

export function annotateIn(tables: Tables, before: Payment, { description, metadata }: Pick<Payment, "description" | "metadata">): boolean {
  const stored = owned(tables.payments.get(before.id), before);
  if (stored?.version !== before.version) return false;
  tables.payments.set(before.id, { ...stored, description, metadata, version: stored.version + 1 });
  return true;
}
