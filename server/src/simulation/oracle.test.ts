/** Each rule of the oracle must be able to fail: a judge who acquits everybody is no judge. */
import { describe, expect, test } from "vitest";
import { newCharge } from "../core/decide/begin.ts";
import { decideCreate } from "../core/decide/create.ts";
import type { Context } from "../core/change.ts";
import { newId } from "../core/ids.ts";
import type { Attempt, Case, Payment } from "../core/model.ts";
import { apply, emptyLedger, type Ledger, type OperationRecord } from "../gateways/ledger.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { lookAtRest } from "./at-rest.ts";
import { EPOCH, Kernel, Trace } from "./kernel.ts";
import { lookAtArrival, Oracle } from "./oracle.ts";
import { chance, randomPort } from "./random.ts";
import { scope, setUp } from "./set-up.ts";
import { drawSwarm } from "./swarm.ts";

const random = randomPort(chance(1, "test"));
const context: Context = { now: EPOCH, id: (prefix) => newId(prefix, EPOCH, random.bytes(16)), capabilities: () => undefined };

function world() {
  const kernel = new Kernel(new Trace(false));
  const { tables } = memoryStorage();
  setUp(tables, drawSwarm(1));
  const ledger = emptyLedger();
  apply(ledger, { kind: "account", account: "acc_1", apiKey: "key", webhookUrl: null, webhookSecret: "secret" });
  const oracle = new Oracle({ kernel, tables, ledger });
  const receiver = { book: new Map<string, string[]>(), gone: false };
  const atRest = (): void => lookAtRest({ tables, ledger, taken: new Set(), receiver, tells: true, now: kernel.now, blame: oracle.blame });
  const blamed = (): string[] => oracle.violations.map(({ invariant }) => invariant);
  return { kernel, tables, ledger, oracle, receiver, atRest, blamed };
}

type Made = ReturnType<typeof world>;

function addPayment({ tables }: Made, given: Partial<Payment> = {}): Payment {
  const decided = decideCreate(
    {
      scope,
      audience: "merchant",
      requestId: "req",
      idempotency: null,
      confirm: null,
      traceparent: null,
      amount: 500,
      currency: "EUR",
      method: { type: "upi", vpa: "a@b" },
      captureMethod: "automatic",
      orderId: null,
      description: null,
      metadata: {},
      customer: null,
      returnUrl: null,
    },
    context,
  );
  if (!("creation" in decided)) throw new Error("refused");
  const payment = { ...decided.creation.payment, ...given };
  tables.payments.set(payment.id, payment);
  return payment;
}

function addCharge({ tables }: Made, payment: Payment, given: Partial<Attempt> = {}): Attempt {
  const snapshot = { payment, attempts: [...tables.attempts.values()], refunds: [], endpointIds: [], accounts: [], openCases: [] };
  const route = { accountId: "acc_1", connector: "sandbox", routing: { rule: "test", reason: "test" } };
  const attempt = { ...newCharge(snapshot, route, "calling", context), ...given };
  tables.attempts.set(attempt.id, attempt);
  return attempt;
}

function openCase(kind: Case["kind"], subject: string, paymentId: string): Case {
  return {
    ...scope,
    id: "case_1",
    kind,
    subject,
    paymentId,
    status: "open",
    summary: "",
    evidence: {},
    openedAt: 0,
    resolvedAt: null,
    resolvedBy: null,
  };
}

function charged(ledger: Ledger, payment: Payment, key: string): void {
  const record: OperationRecord = {
    key,
    operation: "charge",
    amount: payment.amount,
    currency: payment.currency,
    source: "tok_success",
    capture: true,
    scenario: "success",
    approves: true,
    payment: payment.id,
    receivedAt: EPOCH,
    dueAt: EPOCH,
    storedError: false,
    tail: null,
    children: [],
  };
  apply(ledger, { kind: "operation", account: "acc_1", record });
  ledger.served++;
}

describe("at every moment", () => {
  test("I1: two charges of one payment", () => {
    const made = world();
    const payment = addPayment(made);
    charged(made.ledger, payment, "key-0000001");
    made.oracle.look();
    expect(made.blamed()).toEqual([]);
    charged(made.ledger, payment, "key-0000002");
    made.oracle.look();
    expect(made.blamed()).toEqual(["I1"]);
  });

  test("I1: two live payments of one order", () => {
    const made = world();
    addPayment(made, { orderId: "ord_1", status: "succeeded" });
    addPayment(made, { orderId: "ord_1", status: "processing" });
    made.oracle.look();
    expect(made.blamed()).toContain("I1");
  });

  test("I2: an end that is left, and a version that does not grow", () => {
    const made = world();
    const payment = addPayment(made, { status: "failed" });
    made.oracle.look();
    made.tables.payments.set(payment.id, { ...payment, status: "succeeded" });
    made.oracle.look();
    expect(made.blamed()).toEqual(["I2", "I2"]);
  });

  test("I2: a closed attempt that is opened again", () => {
    const made = world();
    const attempt = addCharge(made, addPayment(made), { status: "declined" });
    made.oracle.look();
    made.tables.attempts.set(attempt.id, { ...attempt, status: "unknown" });
    made.oracle.look();
    expect(made.blamed()).toEqual(["I2"]);
  });

  test("I3: a charge of a payment that we do not know", () => {
    const made = world();
    const payment = addPayment(made);
    charged(made.ledger, payment, "key-0000001");
    made.tables.payments.delete(payment.id);
    made.oracle.look();
    expect(made.blamed()).toEqual(["I3"]);
  });

  test("I4: more refunded than captured", () => {
    const made = world();
    addPayment(made, { amountAuthorized: 500, amountCaptured: 500, amountRefunded: 400, refundReserved: 200 });
    made.oracle.look();
    expect(made.blamed()).toEqual(["I4"]);
  });

  test("I11: a request at the gateway that was not committed before", () => {
    const made = world();
    const attempt = addCharge(made, addPayment(made));
    lookAtArrival(made, { account: "acc_1", key: attempt.gatewayKey }, made.oracle.blame);
    expect(made.blamed()).toEqual([]);
    lookAtArrival(made, { account: "acc_2", key: attempt.gatewayKey }, made.oracle.blame);
    expect(made.blamed()).toEqual(["I11"]);
  });

  test("I13: two attempts in flight; I14: a fourth charge", () => {
    const made = world();
    const payment = addPayment(made);
    addCharge(made, payment);
    addCharge(made, payment, { n: 4, status: "unknown" });
    made.oracle.look();
    expect(new Set(made.blamed())).toEqual(new Set(["I13", "I14"]));
  });
});

describe("at rest", () => {
  test("I5: a payment that nobody works on", () => {
    const made = world();
    addPayment(made, { status: "processing", sequence: 0 });
    made.atRest();
    expect(made.blamed()).toContain("I5");
  });

  test("I5: an attempt that is still unknown beside an open case, though the gateway would tell", () => {
    const made = world();
    const attempt = addCharge(made, addPayment(made, { status: "processing" }), { status: "unknown" });
    made.tables.cases.set("case_1", openCase("unknown_outcome", attempt.id, attempt.paymentId));
    made.atRest();
    expect(made.oracle.violations).toMatchObject([
      { invariant: "I5", explanation: expect.stringContaining("the gateway would tell") as string },
    ]);
  });

  test("I5: an order that a failed payment still holds", () => {
    const made = world();
    const payment = addPayment(made, { status: "failed", orderId: "ord_1" });
    made.tables.live.set("ord_1", payment.id);
    made.atRest();
    expect(made.oracle.violations.some(({ invariant, explanation }) => invariant === "I5" && explanation.includes("ord_1"))).toBe(true);
  });

  test("I6: failed here, charged there; and an open case says so", () => {
    const made = world();
    const payment = addPayment(made, { status: "failed" });
    charged(made.ledger, payment, "key-0000001");
    made.atRest();
    expect(made.blamed()).toContain("I6");
    const known = world();
    known.tables.payments.set(payment.id, payment);
    charged(known.ledger, payment, "key-0000001");
    known.tables.cases.set("case_1", openCase("late_truth", "x", payment.id));
    known.atRest();
    expect(known.blamed()).not.toContain("I6");
  });

  test("I8: a case about what was answered long ago", () => {
    const made = world();
    const attempt = addCharge(made, addPayment(made, { status: "failed" }), { status: "declined" });
    made.tables.cases.set("case_1", openCase("unknown_outcome", attempt.id, attempt.paymentId));
    made.atRest();
    expect(made.blamed()).toContain("I8");
  });

  test("I10: an end that no event tells", () => {
    const made = world();
    addPayment(made, { status: "succeeded", sequence: 0 });
    made.atRest();
    expect(made.blamed()).toContain("I10");
  });
});
