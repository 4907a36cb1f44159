import { jobIdOf } from "../../../server/src/core/ids.ts";
import type { Attempt, Payment } from "../../../server/src/core/model.ts";
import { attemptIsOpen, closedWithoutCharge, paymentIsTerminal } from "../../../server/src/core/states.ts";
import type { Tables } from "../../../server/src/storage/memory/index.ts";

/** Rules for the rows between any two commits; returns the broken ones in words. */
export function broken(tables: Tables): string[] {
  const found: string[] = [];
  for (const payment of tables.payments.values()) found.push(...brokenOf(tables, payment));
  for (const delivery of tables.deliveries.values()) {
    if (delivery.status === "pending" && !owned(tables, delivery.id)) found.push(`${delivery.id} is pending without a job`);
  }
  return found;
}

function brokenOf(tables: Tables, payment: Payment): string[] {
  const attempts = [...tables.attempts.values()].filter((attempt) => attempt.paymentId === payment.id);
  return [
    ...brokenAmounts(payment),
    ...brokenOwners(tables, payment, attempts),
    ...brokenAttempts(attempts),
    ...brokenEvents(tables, payment),
    ...brokenRefunds(tables, payment, attempts),
  ];
}

function brokenAmounts(payment: Payment): string[] {
  const { amount, amountAuthorized, amountCaptured, captureReserved, amountRefunded, refundReserved } = payment;
  const found: string[] = [];
  if (amountCaptured + captureReserved > amountAuthorized) found.push("captured and reserved is more than authorized");
  if (amountAuthorized > amount) found.push("authorized is more than the amount");
  if (amountRefunded + refundReserved > amountCaptured) found.push("refunded and reserved is more than captured");
  if (Math.min(amountAuthorized, amountCaptured, captureReserved, amountRefunded, refundReserved) < 0) found.push("an amount is negative");
  if (payment.status === "succeeded" && amountCaptured === 0) found.push("succeeded without a captured amount");
  if ((payment.status === "failed" || payment.status === "canceled") && amountCaptured > 0)
    found.push(`${payment.status} with a captured amount`);
  return found;
}

function brokenOwners(tables: Tables, payment: Payment, attempts: readonly Attempt[]): string[] {
  const found: string[] = [];
  if (!paymentIsTerminal(payment.status) && !owned(tables, payment.id)) found.push(`payment is ${payment.status} without a job`);
  if (paymentIsTerminal(payment.status) && tables.jobs.has(jobIdOf(payment.id)))
    found.push(`payment is ${payment.status} and its job is still there`);
  for (const attempt of attempts) {
    if (!attemptIsOpen(attempt.status)) continue;
    const job = tables.jobs.get(jobIdOf(attempt.operation === "charge" ? payment.id : attempt.id));
    if (!job) found.push(`${attempt.operation} ${attempt.n} is ${attempt.status} without a job`);
    else if (job.attemptId !== attempt.id) found.push(`the job of ${attempt.operation} ${attempt.n} is about another attempt`);
    else if (job.kind !== "ask" && attempt.status !== "queued" && attempt.status !== "calling")
      found.push(`${attempt.operation} ${attempt.n} is ${attempt.status} but its job would send it`);
  }
  return found;
}

function brokenAttempts(attempts: readonly Attempt[]): string[] {
  const found: string[] = [];
  const subjects = attempts.filter((attempt) => attemptIsOpen(attempt.status)).map((attempt) => attempt.subject);
  if (new Set(subjects).size < subjects.length) found.push("two open attempts work on one subject");
  const charges = attempts.filter((attempt) => attempt.operation === "charge" && !closedWithoutCharge.includes(attempt.status));
  if (charges.length > 1) found.push("two charges may have taken money");
  if (new Set(attempts.map((attempt) => attempt.gatewayKey)).size < attempts.length) found.push("a gateway key is used twice");
  return found;
}

function brokenEvents(tables: Tables, payment: Payment): string[] {
  const numbers = [...tables.events.values()].filter((event) => event.paymentId === payment.id).map((event) => event.sequence);
  const counted = numbers.every((number, index) => number === index + 1) && payment.sequence === numbers.length;
  return counted ? [] : [`events are numbered ${numbers.join(", ")} and the payment says ${payment.sequence}`];
}

function brokenRefunds(tables: Tables, payment: Payment, attempts: readonly Attempt[]): string[] {
  const refunds = [...tables.refunds.values()].filter((refund) => refund.paymentId === payment.id);
  const found: string[] = [];
  for (const refund of refunds) {
    const waits = refund.status === "pending" || refund.status === "processing";
    const open = attempts.some((attempt) => attempt.refundId === refund.id && attemptIsOpen(attempt.status));
    if (waits !== open) found.push(`refund is ${refund.status} and its attempt is ${open ? "open" : "closed"}`);
  }
  const reserved = refunds.filter(
    (refund) => refund.kind !== "reversal" && (refund.status === "pending" || refund.status === "processing"),
  );
  const sum = reserved.reduce((total, refund) => total + refund.amount, 0);
  if (sum !== payment.refundReserved) found.push(`${payment.refundReserved} reserved for refunds of ${sum}`);
  return found;
}

function owned(tables: Tables, subject: string): boolean {
  return tables.jobs.has(jobIdOf(subject));
}
