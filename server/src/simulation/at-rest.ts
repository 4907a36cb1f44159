/** The rules that hold once faults have ended and everything has had its time. */
import type { Attempt, Case, Payment, Ms } from "../core/model.ts";
import { eventTypes, wants } from "../core/events.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Books } from "./bank.ts";
import { lookAtMail } from "./mail-at-rest.ts";
import { type Oracle, paymentOf } from "./oracle.ts";
import type { PostOffice } from "./post-office.ts";
import type { Receiver } from "./receiver.ts";

export interface RestSetup {
  readonly tables: Tables;
  readonly books: Books;
  /** Gateway webhooks that we answered with 2xx, as `account/event`. */
  readonly taken: ReadonlySet<string>;
  readonly receiver: Receiver;
  readonly office: PostOffice;
  /** The connector's gateway can be asked by key, so each outcome is known sooner or later. */
  readonly answersByKey: (connector: string) => boolean;
  readonly now: Ms;
  readonly blame: Oracle["blame"];
}

export function lookAtRest(rest: RestSetup): void {
  for (const payment of rest.tables.payments.values()) {
    const cases = [...rest.tables.cases.values()].filter((row) => row.status === "open" && row.paymentId === payment.id);
    lookAtLiveness(rest, payment, cases);
    lookAtTruth(rest, payment, cases);
    lookAtEvents(rest, payment);
  }
  lookAtOrders(rest);
  lookAtDeliveries(rest);
  lookAtMail(rest);
  lookAtCases(rest);
  for (const [orderId, paymentId] of rest.tables.live) {
    const status = rest.tables.payments.get(paymentId)?.status;
    if (status === undefined || status === "failed" || status === "canceled")
      rest.blame("I5", `order ${orderId} can never be paid: it is held by ${paymentId}, which is ${status ?? "gone"}`);
  }
  const kept = new Set([...rest.tables.inbox.values()].map((row) => `${row.accountId}/${row.gatewayEventId}`));
  for (const event of rest.taken) if (!kept.has(event)) rest.blame("I3", `gateway event ${event} was acknowledged and is gone`);
  for (const row of rest.tables.inbox.values())
    if (row.status === "received") rest.blame("I5", `gateway event ${row.gatewayEventId} was taken and never looked at`);
}

/** I5: each payment has ended, or a case is open. */
function lookAtLiveness({ tables, books, answersByKey, now, blame }: RestSetup, payment: Payment, cases: readonly Case[]): void {
  const kinds = cases.map((row) => row.kind).join(", ") || "no case";
  if (!paymentIsTerminal(payment.status) && cases.length === 0)
    blame("I5", `${payment.id} is still ${payment.status}, and no case is open`);
  for (const attempt of attemptsOf(tables, payment)) {
    const open = attemptIsOpen(attempt.status) && !cases.some((row) => row.subject === attempt.id || row.subject === attempt.subject);
    if (open) blame("I5", `${attempt.operation} ${attempt.n} of ${payment.id} is still ${attempt.status} (${kinds})`);
    // Questions go on beside a case. Only a gateway that always answers about something else leaves the attempt open.
    // So do captures and voids of such a charge.
    const isUseless = (): boolean => books.positions(now).some((one) => one.isUseless && paymentOf(tables, one) === payment.id);
    if (attemptIsOpen(attempt.status) && answersByKey(attempt.connector) && !isUseless())
      blame("I5", `${attempt.operation} ${attempt.n} of ${payment.id} is still ${attempt.status}, though the gateway would answer`);
  }
  for (const refund of tables.refunds.values()) {
    if (refund.paymentId !== payment.id || (refund.status !== "pending" && refund.status !== "processing")) continue;
    if (cases.length === 0) blame("I5", `refund ${refund.id} is still ${refund.status}, and no case is open`);
  }
}

/** I6: our books and the gateway's agree, or a case is open. */
function lookAtTruth(rest: RestSetup, payment: Payment, cases: readonly Case[]): void {
  if (cases.length > 0 || !paymentIsTerminal(payment.status)) return;
  const mine = rest.books.positions(rest.now).filter((one) => paymentOf(rest.tables, one) === payment.id);
  const net = mine.reduce((sum, one) => sum + one.captured - one.refunded, 0);
  const expected = payment.status === "succeeded" ? payment.amountCaptured - payment.amountRefunded : 0;
  if (net !== expected) {
    rest.blame("I6", `${payment.id} is ${payment.status} and should hold ${expected}, the gateway holds ${net}`);
  }
  const held = mine.filter((one) => one.status === "authorized" && one.captured === 0);
  if (held.length > 0) rest.blame("I6", `${payment.id} is ${payment.status}, and the gateway still blocks the shopper's money`);
}

/** I10: each end has one event, and the last event shows the payment's state. */
function lookAtEvents({ tables, blame }: RestSetup, payment: Payment): void {
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
  const body = last && (JSON.parse(last.body) as { status: string; payment?: { status: string } });
  const shown = body && (body.payment ?? body).status;
  if (paymentIsTerminal(payment.status) && shown !== payment.status)
    blame("I10", `the last event of ${payment.id} says ${shown}, the payment is ${payment.status}`);
  if (last && last.sequence !== payment.sequence) blame("I10", `${payment.id} counts ${payment.sequence} events and has ${last.sequence}`);
  const webhooks = [...tables.deliveries.values()].filter((row) => row.channel === "webhook");
  const delivered = new Set(webhooks.map((row) => row.eventId));
  const owed = new Set(webhooks.map((row) => `${row.eventId} ${row.endpointId}`));
  // Events from while the endpoint was switched off count too.
  for (const { id, merchantId, events: filters } of tables.endpoints.values())
    for (const event of merchantId === payment.merchantId ? events : []) {
      const isWanted = eventTypes[event.type].webhook && wants(filters, event.type);
      const isOwed = owed.has(`${event.id} ${id}`);
      const whom = delivered.has(event.id) ? `not owed to ${id}, which wants it` : "owed to nobody";
      if (isWanted && !isOwed) blame("I10", `${event.type} of ${payment.id} is ${whom}`);
      if (!isWanted && isOwed) blame("I10", `${event.type} of ${payment.id} is owed to ${id}, which does not want it`);
    }
}

/** I9: an order is paid exactly if a payment of it was announced as succeeded, and attempted once one was sent. */
function lookAtOrders({ tables, blame }: RestSetup): void {
  for (const order of tables.orders.values()) {
    const payments = [...tables.payments.values()].filter((row) => row.orderId === order.id);
    const succeeded = [...tables.events.values()].some(
      (row) => row.type === "payment.succeeded" && payments.some((payment) => payment.id === row.paymentId),
    );
    const status = succeeded ? "paid" : payments.some((payment) => payment.attempt > 0) ? "attempted" : "created";
    if (order.status !== status) blame("I9", `${order.id} is ${order.status} and should be ${status}`);
    if (payments.some((payment) => payment.amount !== order.amount)) blame("I9", `${order.id} has a payment of another amount`);
  }
}

/** I10: each delivery reached the merchant, or its log has the reason why it was given up. */
function lookAtDeliveries({ tables, receiver, blame }: RestSetup): void {
  for (const row of tables.deliveries.values()) {
    if (row.channel === "email") continue;
    const event = tables.events.get(row.eventId)!;
    const tries = tables.tries.filter((one) => one.deliveryId === row.id).length;
    const reached = receiver.book.get(row.eventId);
    if (row.status === "canceled") blame("I10", `${event.type} ${row.id} was called off, though the merchant has an endpoint`);
    if (row.status === "pending") blame("I10", `${event.type} ${row.id} was never delivered and never given up`);
    if (row.status === "succeeded" && !reached) blame("I10", `${event.type} ${row.id} counts as delivered, the merchant never got it`);
    if (row.status === "failed" && tries === 0) blame("I10", `${event.type} ${row.id} was given up without a try in its log`);
    if (reached?.some((body) => body !== event.body)) blame("I10", `${event.type} ${row.id} was sent with other bytes than those stored`);
  }
  for (const id of receiver.book.keys()) if (!tables.events.has(id)) blame("I10", `the merchant got ${id}, which was never committed`);
}

/** I8: a case whose answer has arrived is resolved. */
function lookAtCases({ tables, blame }: RestSetup): void {
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
