/** What must be true once faults have ended and everything has had its time. */
import type { Attempt, Case, Payment, Ms } from "../core/model.ts";
import { eventTypes } from "../core/events.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import { type Ledger, type OperationRecord, positions, statusOf } from "@tillway/sandbox";
import type { Tables } from "../storage/memory/index.ts";
import type { Oracle } from "./oracle.ts";
import type { Receiver } from "./receiver.ts";

export interface RestGiven {
  readonly tables: Tables;
  readonly ledger: Ledger;
  /** Gateway webhooks that we took, as `account/event`. */
  readonly taken: ReadonlySet<string>;
  readonly receiver: Receiver;
  /** The gateway can be asked by key: it tells every outcome, sooner or later. */
  readonly tells: boolean;
  readonly now: Ms;
  readonly blame: Oracle["blame"];
}

export function lookAtRest(given: RestGiven): void {
  for (const payment of given.tables.payments.values()) {
    const cases = [...given.tables.cases.values()].filter((row) => row.status === "open" && row.paymentId === payment.id);
    lookAtLiveness(given, payment, cases);
    lookAtTruth(given, payment, cases);
    lookAtEvents(given, payment);
  }
  lookAtDeliveries(given);
  lookAtCases(given);
  for (const [orderId, paymentId] of given.tables.live) {
    const status = given.tables.payments.get(paymentId)?.status;
    if (status === undefined || status === "failed" || status === "canceled")
      given.blame("I5", `order ${orderId} can never be paid: it is held by ${paymentId}, which is ${status ?? "gone"}`);
  }
  for (const row of given.tables.inbox.values())
    if (row.status === "received") given.blame("I5", `gateway event ${row.gatewayEventId} was taken and never looked at`);
}

/** I5: ended, or a person knows. */
function lookAtLiveness({ tables, ledger, tells, blame }: RestGiven, payment: Payment, cases: readonly Case[]): void {
  const kinds = cases.map((row) => row.kind).join(", ") || "no case";
  if (!paymentIsTerminal(payment.status) && cases.length === 0)
    blame("I5", `${payment.id} is still ${payment.status}, and nobody was told`);
  for (const attempt of attemptsOf(tables, payment)) {
    const open = attemptIsOpen(attempt.status) && !cases.some((row) => row.subject === attempt.id || row.subject === attempt.subject);
    if (open) blame("I5", `${attempt.operation} ${attempt.n} of ${payment.id} is still ${attempt.status} (${kinds})`);
    // A case does not excuse from asking on. Only an answer that is never about what was asked cannot be applied.
    const useless = ledger.accounts.get(attempt.accountId)?.operations.get(attempt.gatewayKey)?.scenario === "wrong-amount";
    if (attemptIsOpen(attempt.status) && tells && !useless)
      blame("I5", `${attempt.operation} ${attempt.n} of ${payment.id} is still ${attempt.status}, though the gateway would tell`);
  }
  for (const refund of tables.refunds.values()) {
    if (refund.paymentId !== payment.id || (refund.status !== "pending" && refund.status !== "processing")) continue;
    if (cases.length === 0) blame("I5", `refund ${refund.id} is still ${refund.status}, and nobody was told`);
  }
}

/** I6: our books and the gateway's tell the same story, or a person knows. */
function lookAtTruth(given: RestGiven, payment: Payment, cases: readonly Case[]): void {
  if (cases.length > 0 || !paymentIsTerminal(payment.status)) return;
  const mine = positions(given.ledger, given.now).filter((one) => one.payment === payment.id);
  const net = mine.reduce((sum, one) => sum + one.captured - one.refunded, 0);
  const expected = payment.status === "succeeded" ? payment.amountCaptured - payment.amountRefunded : 0;
  if (net !== expected && !untold(given, payment)) {
    given.blame("I6", `${payment.id} is ${payment.status} and should hold ${expected}, the gateway holds ${net}`);
  }
  const held = mine.filter((one) => one.status === "authorized" && one.captured === 0);
  if (held.length > 0 && !untold(given, payment))
    given.blame("I6", `${payment.id} is ${payment.status}, and the gateway still blocks the shopper's money`);
}

/**
 * The gateway took a definitive word back and its webhook never reached us: only a comparison of its list with our books could find
 * out, and that is not part of this program yet. What was told counts in full.
 */
function untold({ tables, ledger, taken, now }: RestGiven, payment: Payment): boolean {
  return attemptsOf(tables, payment).some((attempt) => {
    const record = ledger.accounts.get(attempt.accountId)?.operations.get(attempt.gatewayKey);
    return record !== undefined && tookBack(record, now) && !taken.has(`${attempt.accountId}/sev_${attempt.gatewayKey}_1`);
  });
}

function tookBack(record: OperationRecord, now: Ms): boolean {
  const flips = record.scenario === "captured-later" || (record.scenario === "refund-fails-later" && record.operation === "refund");
  return flips && record.tail === null && statusOf(record, now).status !== statusOf(record, record.dueAt).status;
}

/** I10: each end is told once, and the last word is the payment's state. */
function lookAtEvents({ tables, blame }: RestGiven, payment: Payment): void {
  const events = [...tables.events.values()].filter((row) => row.paymentId === payment.id).sort((a, b) => a.sequence - b.sequence);
  const ends = events.filter(
    (row) =>
      row.type === "payment.succeeded" ||
      row.type === "payment.charged_after_cancel" ||
      row.type === "payment.failed" ||
      row.type === "payment.canceled",
  );
  if (ends.length !== (paymentIsTerminal(payment.status) ? 1 : 0))
    blame("I10", `${payment.id} is ${payment.status} and has ${ends.length} events that say that it ended`);
  const last = events.at(-1);
  const shown = last && (JSON.parse(last.body) as { status: string }).status;
  if (paymentIsTerminal(payment.status) && shown !== payment.status)
    blame("I10", `the last event of ${payment.id} says ${shown}, the payment is ${payment.status}`);
  if (last && last.sequence !== payment.sequence) blame("I10", `${payment.id} counts ${payment.sequence} events and has ${last.sequence}`);
  const told = new Set([...tables.deliveries.values()].map((row) => row.eventId));
  // Also what happened while the endpoint was switched off.
  const wanted = [...tables.endpoints.values()].some((row) => row.merchantId === payment.merchantId);
  for (const event of events)
    if (wanted && eventTypes[event.type].webhook && !told.has(event.id)) blame("I10", `${event.type} of ${payment.id} is owed to nobody`);
}

/** I10: each delivery reached the merchant, or its log says why it was given up. */
function lookAtDeliveries({ tables, receiver, blame }: RestGiven): void {
  for (const row of tables.deliveries.values()) {
    const event = tables.events.get(row.eventId)!;
    const tries = tables.tries.filter((one) => one.deliveryId === row.id).length;
    const reached = receiver.book.get(row.eventId);
    if (row.status === "canceled") blame("I10", `${event.type} ${row.id} was called off, though the merchant has an endpoint`);
    if (row.status === "pending") blame("I10", `${event.type} ${row.id} was never delivered and never given up`);
    if (row.status === "succeeded" && !reached) blame("I10", `${event.type} ${row.id} counts as delivered, the merchant never got it`);
    if (row.status === "failed" && tries === 0) blame("I10", `${event.type} ${row.id} was given up without a try in its log`);
    if (reached?.some((body) => body !== event.body)) blame("I10", `${event.type} ${row.id} was sent with other bytes than those stored`);
  }
  for (const id of receiver.book.keys())
    if (!tables.events.has(id)) blame("I10", `the merchant was told of ${id}, which was never committed`);
}

/** I8: what was answered needs nobody any more. */
function lookAtCases({ tables, blame }: RestGiven): void {
  for (const row of tables.cases.values()) {
    if (row.status !== "open" || (row.kind !== "unknown_outcome" && row.kind !== "overdue")) continue;
    const attempt = tables.attempts.get(row.subject);
    const payment = tables.payments.get(row.subject);
    if (attempt && !attemptIsOpen(attempt.status))
      blame("I8", `case ${row.id} (${row.kind}) is open, and the ${attempt.operation} of ${attempt.paymentId} is ${attempt.status}`);
    if (payment && paymentIsTerminal(payment.status))
      blame("I8", `case ${row.id} (${row.kind}) is open, and ${payment.id} is ${payment.status}`);
  }
}

function attemptsOf(tables: Tables, payment: Payment): Attempt[] {
  return [...tables.attempts.values()].filter((row) => row.paymentId === payment.id);
}
