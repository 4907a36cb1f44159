/** The rules that hold at every moment, whatever was killed or lost. The rules for when everything is quiet are in `at-rest.ts`. */
import { ATTEMPTS_PER_PAYMENT_MAX, EXCHANGES_PER_ATTEMPT_MAX } from "../core/constants.ts";
import type { Attempt, Payment } from "../core/model.ts";
import { attemptIsOpen, paymentIsTerminal } from "../core/states.ts";
import { type Ledger, positions } from "@tillway/sandbox";
import type { Tables } from "../storage/memory/index.ts";
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
  readonly ledger: Ledger;
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
    const { tables, ledger } = this.#setup;
    for (const payment of tables.payments.values()) if (this.#payments.get(payment.id) !== payment) this.#lookAtPayment(payment);
    for (const attempt of tables.attempts.values()) if (this.#attempts.get(attempt.id) !== attempt) this.#lookAtAttempt(attempt);
    // The books change by requests, and by themselves as time goes on; a look now and then sees the latter.
    if (ledger.served === this.#served && this.#looks++ % 32 !== 0) return;
    this.#served = ledger.served;
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
        (other.status !== "succeeded" || other.amountRefunded < other.amountCaptured),
    );
    if (live.length > 1)
      this.blame(
        "I1",
        `order ${orderId} has ${live.length} live payments: ${live.map((other) => `${other.id} ${other.status}`).join(", ")}`,
      );
  }

  #lookAtAttempt(attempt: Attempt): void {
    const before = this.#attempts.get(attempt.id);
    this.#attempts.set(attempt.id, attempt);
    if (before && !attemptIsOpen(before.status) && before.status !== attempt.status)
      this.blame("I2", `closed ${attempt.operation} ${attempt.id} left ${before.status} for ${attempt.status}`);
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
}

/** I11: every operation at the gateway was committed before it was sent. Called while the request is being served. */
export function lookAtArrival(
  setup: Pick<OracleSetup, "tables">,
  record: { readonly account: string; readonly key: string },
  blame: Oracle["blame"],
): void {
  const known = [...setup.tables.attempts.values()].some(
    (attempt) => attempt.accountId === record.account && attempt.gatewayKey === record.key,
  );
  if (!known) blame("I11", `the gateway was asked under ${record.key}, which no attempt of ours carries`);
}

/** I1 and I4 in the far side's books. */
function lookAtMoney({ tables, ledger, kernel }: OracleSetup, blame: Oracle["blame"]): void {
  const nets = new Map<string, number>();
  for (const one of positions(ledger, kernel.now)) {
    if (one.refunded > one.captured) blame("I4", `the gateway refunded ${one.refunded} of ${one.captured} captured under ${one.key}`);
    if (one.captured > one.amount) blame("I1", `the gateway captured ${one.captured} of ${one.amount} under ${one.key}`);
    if (one.payment !== null) nets.set(one.payment, (nets.get(one.payment) ?? 0) + one.captured - one.refunded);
  }
  for (const [id, net] of nets) {
    const payment = tables.payments.get(id);
    if (!payment) blame("I3", `the gateway has a charge of ${id}, which we do not know`);
    else if (net > payment.amount) blame("I1", `${id} is for ${payment.amount}, the gateway holds ${net}`);
  }
}
