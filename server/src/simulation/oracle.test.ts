/** Each rule of the oracle must be able to fail: a judge who acquits everybody is no judge. */
import { describe, expect, it } from "vitest";
import { lookAtArrival } from "./oracle.ts";
import { Courtroom } from "./oracle.testing.ts";

/** The rows that a bug would leave, and the one violation that the oracle finds in them. */
const bugs: readonly [name: string, plant: (court: Courtroom) => void, blamed: RegExp][] = [
  [
    "I1: two charges of one payment",
    (court) => {
      const payment = court.payment();
      court.charged(payment);
      court.look();
      court.charged(payment);
    },
    /^I1: pay_\w+ is for 500, the gateway holds 1000$/,
  ],
  [
    "I1: more captured than authorized, at the gateway",
    (court) => {
      const charge = court.charged(court.payment({ amount: 900 }), { capture: false, amount: 500 });
      court.child("capture", charge, 300);
      court.child("capture", charge, 300);
    },
    /^I1: the gateway captured 600 of 500 under key_/,
  ],
  [
    "I1: two live payments of one order",
    (court) => {
      court.payment({ orderId: "ord_1", status: "succeeded", amountCaptured: 500, amountRefunded: 499 });
      court.payment({ orderId: "ord_1", status: "processing" });
    },
    /^I1: order ord_1 has 2 live payments: pay_\w+ succeeded, pay_\w+ processing$/,
  ],
  [
    "I2: an end that is left",
    (court) => {
      const payment = court.payment({ status: "failed" });
      court.look();
      court.tables.payments.set(payment.id, { ...payment, status: "succeeded", version: 2 });
    },
    /^I2: pay_\w+ left failed for succeeded$/,
  ],
  [
    "I2: a version that does not grow",
    (court) => {
      const payment = court.payment();
      court.look();
      court.tables.payments.set(payment.id, { ...payment, description: "another" });
    },
    /^I2: pay_\w+ went from version 1 to 1: a write was lost$/,
  ],
  [
    "I2: a closed attempt that is opened again",
    (court) => {
      const attempt = court.attempt(court.payment(), { status: "declined" });
      court.look();
      court.tables.attempts.set(attempt.id, { ...attempt, status: "unknown" });
    },
    /^I2: closed charge att_\w+ left declined for unknown$/,
  ],
  [
    "I3: a charge of a payment that we do not know",
    (court) => court.tables.payments.delete(chargedPayment(court)),
    /^I3: .* we do not know$/,
  ],
  [
    "I4: more refunded than captured, in our books",
    (court) => court.payment({ amountAuthorized: 500, amountCaptured: 500, amountRefunded: 400, refundReserved: 101 }),
    /^I4: pay_\w+ refunds more than it captured in our own books$/,
  ],
  [
    "I4: more refunded than captured, at the gateway",
    (court) => {
      const charge = court.charged(court.payment());
      court.child("refund", charge, 300);
      court.child("refund", charge, 300);
    },
    /^I4: the gateway refunded 600 of 500 captured under key_/,
  ],
  [
    "I11: an attempt that changes its gateway key",
    (court) => {
      const attempt = court.attempt(court.payment());
      court.look();
      court.tables.attempts.set(attempt.id, { ...attempt, gatewayKey: "another" });
    },
    /^I11: att_\w+ changed its gateway key$/,
  ],
  [
    "I13: two attempts in flight about one thing",
    (court) => {
      const payment = court.payment();
      court.attempt(payment);
      court.attempt(payment, { n: 2, status: "unknown" });
    },
    /^I13: pay_\w+ has 2 attempts in flight: charge 1 calling, charge 2 unknown$/,
  ],
  ["I14: a fourth charge", (court) => court.attempt(court.payment(), { n: 4, status: "declined" }), /^I14: pay_\w+ has 4 charge attempts$/],
  ["I14: a send that never ends", (court) => court.attempt(court.payment(), { sends: 61 }), /^I14: att_\w+ was sent 61 times$/],
];

function chargedPayment(court: Courtroom): string {
  const payment = court.payment();
  court.charged(payment);
  return payment.id;
}

describe("at every moment the oracle blames", () => {
  it.each(bugs)("%s", (_, plant, blamed) => {
    const court = new Courtroom();
    plant(court);
    expect(court.look().blamed).toEqual([expect.stringMatching(blamed)]);
  });

  it("I11: a request at the gateway that was not committed before, also under another account", () => {
    const court = new Courtroom();
    const attempt = court.attempt(court.payment());
    const arrival = { account: "acc_1", key: attempt.gatewayKey, operation: "charge", amount: 500, currency: attempt.currency } as const;
    lookAtArrival(court, arrival, court.oracle.blame);
    expect(court.blamed).toEqual([]);
    lookAtArrival(court, { ...arrival, account: "acc_2" }, court.oracle.blame);
    expect(court.blamed).toEqual([`I11: the gateway was asked under ${attempt.gatewayKey}, which no attempt of ours carries`]);
  });
});

describe("at the gateway's door the oracle blames", () => {
  it.each([
    ["another amount", { amount: 50_000 }, /asked to charge 50000 INR, the attempt is for 500 INR$/],
    ["another currency", { currency: "JPY" }, /asked to charge 500 JPY, the attempt is for 500 INR$/],
  ])("I6: %s than the attempt's", (_, given, blamed) => {
    const court = new Courtroom();
    const { gatewayKey: key, currency } = court.attempt(court.payment(), { amount: 500 });
    lookAtArrival(court, { account: "acc_1", key, operation: "charge", amount: 500, currency, ...given }, court.oracle.blame);
    expect(court.blamed).toEqual([expect.stringMatching(blamed)]);
  });

  it("I6: an amount that the gateway can't express; a void has none", () => {
    const court = new Courtroom();
    const { gatewayKey: key, currency } = court.attempt(court.payment(), { amount: 501 });
    const atDoor = { tables: court.tables, amounts: { all: { multipleOf: 10 } } } as const;
    lookAtArrival(atDoor, { account: "acc_1", key, operation: "void", amount: 0, currency }, court.oracle.blame);
    expect(court.blamed).toEqual([]);
    lookAtArrival(atDoor, { account: "acc_1", key, operation: "charge", amount: 501, currency }, court.oracle.blame);
    expect(court.blamed).toEqual([expect.stringMatching(/^I6: the gateway was asked for what it can't express: charge 501/)]);
  });
});

describe("at every moment the oracle lets pass", () => {
  it.each<[string, (court: Courtroom) => void]>([
    ["a charge, captured in two parts and given back in two", lawfulMoney],
    ["an order whose first payments failed or were given back whole", twoPaymentsOfOneOrder],
    ["a refund beside the charge: they are about different things", refundBesideCharge],
    ["a payment whose charge was moved to the next account", cascade],
  ])("%s", (_, plant) => {
    const court = new Courtroom();
    plant(court);
    expect(court.look().look().blamed).toEqual([]);
  });
});

function lawfulMoney(court: Courtroom): void {
  const charge = court.charged(court.payment({ amountAuthorized: 500, amountCaptured: 500, amountRefunded: 500 }), { capture: false });
  for (const operation of ["capture", "refund"] as const) for (const amount of [200, 300]) court.child(operation, charge, amount);
}

function twoPaymentsOfOneOrder(court: Courtroom): void {
  for (const status of ["failed", "canceled", "created", "processing"] as const) court.payment({ orderId: "ord_1", status });
  court.payment({ orderId: "ord_1", status: "succeeded", amountAuthorized: 500, amountCaptured: 500, amountRefunded: 500 });
}

function refundBesideCharge(court: Courtroom): void {
  const payment = court.payment();
  court.attempt(payment, { status: "unknown" });
  court.attempt(payment, { operation: "refund", subject: "rfnd_1", status: "calling" });
}

function cascade(court: Courtroom): void {
  const payment = court.payment();
  court.attempt(payment, { status: "declined" });
  court.attempt(payment, { n: 2, status: "calling" });
}

describe("the list of violations", () => {
  it("has each one once, with its time, and the first five only", () => {
    const court = new Courtroom();
    court.kernel.now += 1_234;
    for (let i = 0; i < 3; i++) court.oracle.blame("I1", "the same");
    for (let i = 0; i < 9; i++) court.oracle.blame("I2", `another ${i}`);
    expect(court.oracle.violations[0]).toEqual({ invariant: "I1", explanation: "the same", atMs: 1_234 });
    expect(court.blamed).toEqual(["I1: the same", "I2: another 0", "I2: another 1", "I2: another 2", "I2: another 3"]);
  });

  it("is in the trace of the seed, so that the same seed is seen to fail the same way", () => {
    const [one, other] = [new Courtroom(), new Courtroom()];
    one.oracle.blame("I1", "doubled");
    expect(one.kernel.trace.hash).not.toBe(other.kernel.trace.hash);
    other.oracle.blame("I1", "doubled");
    expect(one.kernel.trace.hash).toBe(other.kernel.trace.hash);
  });
});

it("two live payments of one order are excused only where a person is told that a refund of one of them was taken back", () => {
  const court = new Courtroom();
  const refunded = court.payment({ orderId: "ord_1", status: "succeeded", amountCaptured: 500, amountRefunded: 0 });
  court.payment({ orderId: "ord_1", status: "processing" });
  court.openCase("refund_contradicted", "att_1", refunded.id);
  expect(court.look().blamed.filter((line) => line.startsWith("I1"))).toEqual([]);
});
