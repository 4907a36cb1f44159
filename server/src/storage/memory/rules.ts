/** The rules that PostgreSQL repeats as CHECKs, unique indexes and triggers, for the in-memory tables. All run before anything is written. */
import { currencies, isAmount } from "../../core/money.ts";
import type { Attempt, DeliveryTry, MoneyEvent, Payment } from "../../core/model.ts";
import { attemptIsOpen, attemptMachine, closedWithoutCharge, mayMove, paymentIsTerminal, paymentMachine } from "../../core/states.ts";
import { attempts as attemptColumns, type Table } from "../tables.ts";
import { ConstraintError, ofPayment, type Tables } from "./tables.ts";

export function checkPayment(next: Payment, before: Payment | undefined): void {
  const sane = isAmount(next.amount) && currencies.has(next.currency);
  const amounts = [next.amountAuthorized, next.amountCaptured, next.captureReserved, next.amountRefunded, next.refundReserved];
  if (!sane || amounts.some((amount) => !Number.isInteger(amount) || amount < 0)) throw new ConstraintError("payments_amounts", next.id);
  if (next.amountCaptured + next.captureReserved > next.amountAuthorized || next.amountAuthorized > next.amount)
    throw new ConstraintError("payments_capture_bound", next.id);
  if (next.amountRefunded + next.refundReserved > next.amountCaptured) throw new ConstraintError("payments_refund_bound", next.id);
  if (!before || before.status === next.status) return;
  if (paymentIsTerminal(before.status)) throw new ConstraintError("payments_terminal", `${before.status} → ${next.status}`);
  if (!mayMove(paymentMachine, before.status, next.status))
    throw new ConstraintError("payments_moves", `${before.status} → ${next.status}`);
}

export function checkAttemptUpdate(tables: Tables, next: Attempt): void {
  const before = tables.attempts.get(next.id);
  if (!before) throw new ConstraintError("attempts_pkey", `no attempt ${next.id}`);
  if (attemptIsOpen(before.status)) {
    if (before.status !== next.status && !mayMove(attemptMachine, before.status, next.status))
      throw new ConstraintError("attempts_moves", `${before.status} → ${next.status}`);
    return;
  }
  for (const column of attemptColumns.columns)
    if (column.change !== "evenClosed" && !same(column.of(before), column.of(next))) throw new ConstraintError("attempts_closed", next.id);
}

/** @param updates rows of the same change, already in place of their older selves */
export function checkAttemptInsert(tables: Tables, next: Attempt, updates: readonly Attempt[]): void {
  const changed = new Map(updates.map((attempt) => [attempt.id, attempt]));
  for (const id of ofPayment(tables, next.paymentId).attempts) {
    const other = changed.get(id) ?? tables.attempts.get(id)!;
    if (other.operation === next.operation && other.n === next.n) throw new ConstraintError("attempts_n", next.id);
    if (other.gatewayKey === next.gatewayKey) throw new ConstraintError("attempts_gateway_key", next.id);
    if (other.subject === next.subject && attemptIsOpen(other.status) && attemptIsOpen(next.status))
      throw new ConstraintError("attempts_one_open", next.id);
    const bothCharges = other.operation === "charge" && next.operation === "charge";
    if (bothCharges && !closedWithoutCharge.includes(other.status) && !closedWithoutCharge.includes(next.status))
      throw new ConstraintError("attempts_one_charge", next.id);
  }
}

export function checkEvent(tables: Tables, next: MoneyEvent): void {
  if (tables.events.has(next.id)) throw new ConstraintError("events_append_only", next.id);
  for (const id of ofPayment(tables, next.paymentId).events) {
    if (tables.events.get(id)!.sequence === next.sequence)
      throw new ConstraintError("events_sequence", `${next.paymentId} ${next.sequence}`);
  }
}

/** The log of a delivery has each number once. */
export function checkTry(tables: Tables, next: DeliveryTry): void {
  if (tables.tries.some((other) => other.deliveryId === next.deliveryId && other.n === next.n))
    throw new ConstraintError("delivery_tries_pkey", `${next.deliveryId} ${next.n}`);
}

/** Only the columns that are declared as mutable change: PostgreSQL would not write another, so a decision that counts on it is wrong. */
export function checkFixed<Row extends { readonly id: string }>(table: Table<Row>, before: Row | undefined, after: Row): void {
  const changed = before && table.columns.find((column) => column.change === null && !same(column.of(before), column.of(after)));
  if (changed) throw new ConstraintError(`${table.name}_fixed`, `${after.id} ${changed.field}`);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
