/** The rules that PostgreSQL repeats as CHECKs, unique indexes and triggers, for the in-memory tables. All run before anything is written. */
import { isAmount } from "../../core/money.ts";
import { replaced } from "../../core/change/write.ts";
import type { Attempt, DeliveryTry, MoneyEvent, Payment } from "../../core/model.ts";
import { attemptIsOpen, attemptMachine, closedWithoutCharge, mayMove, paymentIsTerminal, paymentMachine } from "../../core/states.ts";
import { attempts as attemptColumns, type Table } from "../tables.ts";
import { ConstraintError, ofPayment, type Tables } from "./tables.ts";

function refuse(isBroken: boolean, constraint: string, detail: string): void {
  if (isBroken) throw new ConstraintError(constraint, detail);
}

export function checkPayment(next: Payment, before: Payment | undefined): void {
  const { id, amount, amountAuthorized, amountCaptured, captureReserved, amountRefunded, refundReserved } = next;
  const amounts = [amountAuthorized, amountCaptured, captureReserved, amountRefunded, refundReserved];
  const sane = isAmount(amount) && next.currency.length === 3 && amounts.every((each) => Number.isInteger(each) && each >= 0);
  refuse(!sane, "payments_amounts", id);
  refuse(amountCaptured + captureReserved > amountAuthorized || amountAuthorized > amount, "payments_capture_bound", id);
  refuse(amountRefunded + refundReserved > amountCaptured, "payments_refund_bound", id);
  if (!before || before.status === next.status) return;
  const move = `${before.status} → ${next.status}`;
  refuse(paymentIsTerminal(before.status), "payments_terminal", move);
  refuse(!mayMove(paymentMachine, before.status, next.status), "payments_moves", move);
}

export function checkAttemptUpdate(tables: Tables, next: Attempt): void {
  const before = tables.attempts.get(next.id);
  if (!before) throw new ConstraintError("attempts_pkey", `no attempt ${next.id}`);
  if (attemptIsOpen(before.status)) {
    const mayStand = before.status === next.status || mayMove(attemptMachine, before.status, next.status);
    refuse(!mayStand, "attempts_moves", `${before.status} → ${next.status}`);
  } else {
    const ended = attemptColumns.columns.filter((column) => column.change !== "evenClosed");
    refuse(!ended.every((column) => same(column.of(before), column.of(next))), "attempts_closed", next.id);
  }
}

/** @param updates rows of the same change, already in place of their older selves */
export function checkAttemptInsert(tables: Tables, next: Attempt, updates: readonly Attempt[]): void {
  const mayHaveCharged = ({ operation, status }: Attempt) => operation === "charge" && !closedWithoutCharge.includes(status);
  // Of whichever merchant: two may have one account at the gateway.
  for (const other of tables.attempts.values()) refuse(other.gatewayKey === next.gatewayKey, "attempts_gateway_key", next.id);
  for (const other of replaced(ofPayment(tables, next.paymentId).attempts, updates)) {
    refuse(other.operation === next.operation && other.n === next.n, "attempts_n", next.id);
    const bothOpen = attemptIsOpen(other.status) && attemptIsOpen(next.status);
    refuse(other.subject === next.subject && bothOpen, "attempts_one_open", next.id);
    refuse(mayHaveCharged(other) && mayHaveCharged(next), "attempts_one_charge", next.id);
  }
}

export function checkEvent(tables: Tables, next: MoneyEvent): void {
  refuse(tables.events.has(next.id), "events_append_only", next.id);
  if (next.paymentId === null) return;
  const isTaken = ofPayment(tables, next.paymentId).events.some((other) => other.sequence === next.sequence);
  refuse(isTaken, "events_sequence", `${next.paymentId} ${next.sequence}`);
}

/** The log of a delivery has each number once. */
export function checkTry(tables: Tables, next: DeliveryTry): void {
  const isTaken = tables.tries.some((other) => other.deliveryId === next.deliveryId && other.n === next.n);
  refuse(isTaken, "delivery_tries_pkey", `${next.deliveryId} ${next.n}`);
}

/** Only the columns that are declared as mutable change: PostgreSQL would not write another, so a decision that counts on it is wrong. */
export function checkFixed<Row extends { readonly id: string }>(table: Table<Row>, before: Row | undefined, after: Row): void {
  const changed = before && table.columns.find((column) => column.change === null && !same(column.of(before), column.of(after)));
  if (changed) throw new ConstraintError(`${table.name}_fixed`, `${after.id} ${changed.field}`);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
