/** The status of an operation at a moment, and its money: read from the plans, so nothing has to wake up. */
import type { DeclineCode } from "./ports.ts";
import { kindOfSource, stepsOf, type Account, type Ledger, type OperationRecord } from "./ledger.ts";

/** An authorization not captured by then lapses. */
export const AUTHORIZATION_LIFETIME_MS = 604_800_000;

export type OperationStatus =
  | "processing"
  | "pending"
  | "requires_action"
  | "held_for_review"
  | "authorized"
  | "succeeded"
  | "declined"
  | "canceled";

export interface StatusAt {
  readonly status: OperationStatus;
  readonly code: DeclineCode | null;
  /** Since when. */
  readonly at: number;
}

/** @param planOnly leaves out statuses from outside the plan, as the first answer did */
export function statusOf(record: OperationRecord, now: number, planOnly = false): StatusAt {
  if (!planOnly && record.tail !== null && now >= record.tail.at) return resolve(record, record.tail);
  if (now < record.dueAt) return { status: "processing", code: null, at: record.receivedAt };
  const steps = stepsOf(record);
  let current = steps[0]!;
  for (let i = 1; i < steps.length && record.dueAt + steps[i]!.afterMs <= now; i++) current = steps[i]!;
  const planned = resolve(record, { at: record.dueAt + current.afterMs, status: current.status, code: current.code ?? null });
  const lapsed = planned.status === "authorized" && now >= planned.at + AUTHORIZATION_LIFETIME_MS && record.children.length === 0;
  return lapsed ? { status: "canceled", code: null, at: planned.at + AUTHORIZATION_LIFETIME_MS } : planned;
}

function resolve(record: OperationRecord, { at, status, code }: NonNullable<OperationRecord["tail"]>): StatusAt {
  // Scenarios are written for cards: what has no card is declined by its bank.
  const isOfBank = code === "card_declined" && record.operation === "charge" && kindOfSource(record.source) === "other";
  if (status !== "approved") return { status, code: isOfBank ? "bank_declined" : code, at };
  return { status: record.operation === "charge" && !record.capture ? "authorized" : "succeeded", code, at };
}

/** Money of one charge, in minor units. */
export interface Position {
  readonly account: string;
  readonly key: string;
  readonly payment: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly status: OperationStatus;
  readonly captured: number;
  readonly refunded: number;
}

export function position(account: Account, charge: OperationRecord, now: number): Position {
  const { status } = statusOf(charge, now);
  let captured = status === "succeeded" ? charge.amount : 0;
  let refunded = 0;
  for (const key of charge.children) {
    const child = account.operations.get(key)!;
    if (statusOf(child, now).status !== "succeeded") continue;
    if (child.operation === "capture") captured += child.amount;
    else if (child.operation === "refund") refunded += child.amount;
  }
  return {
    account: account.id,
    key: charge.key,
    payment: charge.payment,
    currency: charge.currency,
    amount: charge.amount,
    status,
    captured,
    refunded,
  };
}

/** Every charge with its money, for an oracle. */
export function positions(ledger: Ledger, now: number): readonly Position[] {
  const found: Position[] = [];
  for (const account of ledger.accounts.values()) {
    for (const record of account.operations.values()) {
      if (record.operation === "charge") found.push(position(account, record, now));
    }
  }
  return found;
}
