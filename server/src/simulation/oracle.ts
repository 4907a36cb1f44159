/** The rules that hold at every moment, whatever was killed or lost. The rules for when everything is quiet are in `at-rest.ts`. */
import { ATTEMPTS_PER_PAYMENT_MAX, EXCHANGES_PER_ATTEMPT_MAX } from "../core/constants.ts";
import type { Attempt, Payment } from "../core/model.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import { type AmountRules, toWire } from "../core/money.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Arrival, Books, Position } from "./bank.ts";
import { EPOCH, type Kernel } from "./kernel.ts";

export interface Violation {
  /** As in the table of invariants, e.g. `I1`. */
  readonly invariant: string;
  readonly explanation: string;
  /** Virtual milliseconds after the start. */
  readonly atMs: number;
}

export interface OracleSetup {
  readonly kernel: Kernel;
  readonly tables: Tables;
  readonly books: Books;
}

/** A seed that breaks a rule breaks it at every later moment too: the first few are enough. */
const VIOLATIONS_MAX = 5;

export class Oracle {
  readonly violations: Violation[] = [];
  readonly #setup: OracleSetup;
  readonly #payments = new Map<string, Payment>();
  readonly #attempts = new Map<string, Attempt>();
  #served = -1;
  #looks = 0;

  constructor(setup: OracleSetup) {
    this.#setup = setup;
  }

  readonly blame = (invariant: string, explanation: string): void => {
    const { kernel } = this.#setup;
    const known = this.violations.some((other) => other.invariant === invariant && other.explanation === explanation);
    if (known || this.violations.length >= VIOLATIONS_MAX) return;
    this.violations.push({ invariant, explanation, atMs: kernel.now - EPOCH });
    kernel.trace.add(kernel.now, `VIOLATION ${invariant}: ${explanation}`);
  };

  /** After every moment. */
  look(): void {
    const { tables, books } = this.#setup;
    for (const payment of tables.payments.values()) if (this.#payments.get(payment.id) !== payment) this.#lookAtPayment(payment);
    for (const attempt of tables.attempts.values()) if (this.#attempts.get(attempt.id) !== attempt) this.#lookAtAttempt(attempt);
    // The books change by requests, and by themselves as time goes on; a look now and then sees the latter.
    if (books.served() === this.#served && this.#looks++ % 32 !== 0) return;
    this.#served = books.served();
    lookAtMoney(this.#setup, this.blame);
  }

  #lookAtPayment(payment: Payment): void {
    const before = this.#payments.get(payment.id);
    this.#payments.set(payment.id, payment);
    if (before && paymentIsTerminal(before.status) && before.status !== payment.status)
      this.blame("I2", `${payment.id} left ${before.status} for ${payment.status}`);
    if (before && payment.version <= before.version)
      this.blame("I2", `${payment.id} went from version ${before.version} to ${payment.version}: a write was lost`);
    if (payment.orderId !== null) this.#lookAtOrder(payment.orderId);
    if (payment.amountRefunded + payment.refundReserved > payment.amountCaptured)
      this.blame("I4", `${payment.id} refunds more than it captured in our own books`);
  }

  /** One order is paid once. */
  #lookAtOrder(orderId: string): void {
    const live = [...this.#setup.tables.payments.values()].filter(
      (other) =>
        other.orderId === orderId &&
        !["created", "failed", "canceled"].includes(other.status) &&
        // All of it was given back: no money of the order is left, and it may be paid again.
        (other.status !== "succeeded" || other.amountRefunded < other.amountCaptured) &&
        !this.#isMoneyBackByContradiction(other),
    );
    if (live.length > 1)
      this.blame(
        "I1",
        `order ${orderId} has ${live.length} live payments: ${live.map((other) => `${other.id} ${other.status}`).join(", ")}`,
      );
  }

  /** The gateway confirmed that its money was given back, and took that back when the order may have been paid again: a person is told. */
  #isMoneyBackByContradiction({ id }: Payment): boolean {
    return [...this.#setup.tables.cases.values()].some((row) => row.kind === "refund_contradicted" && row.paymentId === id);
  }

  #lookAtAttempt(attempt: Attempt): void {
    const before = this.#attempts.get(attempt.id);
    this.#attempts.set(attempt.id, attempt);
    if (before && !attemptIsOpen(before.status) && before.status !== attempt.status)
      this.blame("I2", `closed ${attempt.operation} ${attempt.id} left ${before.status} for ${attempt.status}`);
    if (before && attemptIsOpen(before.status)) this.#lookAtEnd(attempt);
    if (before && before.gatewayKey !== attempt.gatewayKey) this.blame("I11", `${attempt.id} changed its gateway key`);
    if (attempt.operation === "charge" && attempt.n > ATTEMPTS_PER_PAYMENT_MAX)
      this.blame("I14", `${attempt.paymentId} has ${attempt.n} charge attempts`);
    if (attempt.sends > EXCHANGES_PER_ATTEMPT_MAX) this.blame("I14", `${attempt.id} was sent ${attempt.sends} times`);
    const inFlight = [...this.#setup.tables.attempts.values()].filter(
      (other) => other.subject === attempt.subject && (other.status === "calling" || other.status === "unknown"),
    );
    if (inFlight.length > 1)
      this.blame(
        "I13",
        `${attempt.subject} has ${inFlight.length} attempts in flight: ${inFlight.map((other) => `${other.operation} ${other.n} ${other.status}`).join(", ")}`,
      );
  }

  /** I6: a charge is closed without money by the gateway's own word: at that moment it has none of it. What a sweep mends later was a guess. */
  #lookAtEnd({ operation, n, paymentId, status, accountId, gatewayKey }: Attempt): void {
    if (operation !== "charge" || attemptIsOpen(status) || status === "succeeded" || status === "authorized") return;
    const { books, kernel } = this.#setup;
    const position = books.positions(kernel.now).find((one) => one.account === accountId && one.key === gatewayKey);
    // Its word may have changed since it was given.
    if (!position || position.isFickle) return;
    const truth = position.status;
    if (truth === "succeeded" || truth === "authorized")
      this.blame("I6", `charge ${n} of ${paymentId} was closed as ${status}, while the gateway says ${truth}`);
  }
}

/**
 * I11: every operation at the gateway was committed before it was sent. I6: for that amount of money, and for none that the gateway's rules
 * leave out. Called while the request is being served.
 */
export function lookAtArrival(
  { tables, amounts = {} }: Pick<OracleSetup, "tables"> & { readonly amounts?: AmountRules | undefined },
  arrival: Arrival,
  blame: Oracle["blame"],
): void {
  const { key, operation, amount, currency, refusal = null } = arrival;
  const attempt = attemptOf(tables, arrival);
  if (!attempt) return blame("I11", `the gateway was asked under ${key ?? arrival.charge}, which no attempt of ours carries`);
  if (operation === "void") return;
  if (attempt.amount !== amount || attempt.currency !== currency)
    blame("I6", `the gateway was asked to ${operation} ${amount} ${currency}, the attempt is for ${attempt.amount} ${attempt.currency}`);
  const wire = toWire(amount, currency, amounts, operation);
  const why = refusal ?? (wire.ok ? null : wire.message);
  if (why !== null) blame("I6", `the gateway was asked for what it can't express: ${operation} ${amount} ${currency}. ${why}`);
}

/** By its key; a request without one by its charge: of that charge's payment there must be such an operation. */
function attemptOf(tables: Tables, { account, key, charge, operation }: Arrival): Attempt | undefined {
  const rows = [...tables.attempts.values()];
  const byKey = (wanted: string) => rows.find((row) => row.accountId === account && row.gatewayKey === wanted);
  if (key !== null) return byKey(key);
  const parent = charge ? byKey(charge) : undefined;
  return parent && rows.find((row) => row.paymentId === parent.paymentId && row.operation === operation);
}

/** A position's payment: named by the gateway, or that of the attempt under its key. */
export function paymentOf(tables: Tables, { payment, account, key }: Position): string | null {
  return payment ?? attemptOf(tables, { account, key, operation: "charge", amount: 0, currency: "" })?.paymentId ?? null;
}

/** I1 and I4 in the far side's books. */
function lookAtMoney({ tables, books, kernel }: OracleSetup, blame: Oracle["blame"]): void {
  const nets = new Map<string, number>();
  for (const one of books.positions(kernel.now)) {
    if (one.refunded > one.captured) blame("I4", `the gateway refunded ${one.refunded} of ${one.captured} captured under ${one.key}`);
    if (one.captured > one.amount) blame("I1", `the gateway captured ${one.captured} of ${one.amount} under ${one.key}`);
    const payment = paymentOf(tables, one);
    if (payment !== null) nets.set(payment, (nets.get(payment) ?? 0) + one.captured - one.refunded);
  }
  for (const [id, net] of nets) {
    const payment = tables.payments.get(id);
    if (!payment) blame("I3", `the gateway has a charge of ${id}, which we do not know`);
    else if (net > payment.amount) blame("I1", `${id} is for ${payment.amount}, the gateway holds ${net}`);
  }
}
