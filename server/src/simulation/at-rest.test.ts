/** The rules at rest: each is broken by hand, and the oracle must blame it. */
import { describe, expect, it } from "vitest";
import { EPOCH } from "./kernel.ts";
import { Courtroom } from "./oracle.testing.ts";

describe("a sound world at rest", () => {
  it("is acquitted: charged, announced, and nothing left open", () => {
    const court = new Courtroom();
    court.blameless();
    const failed = court.payment({ status: "failed" });
    court.attempt(failed, { status: "declined" });
    const event = court.event(failed, "payment.failed");
    court.givenUp(event);
    court.tables.live.set("ord_1", [...court.tables.payments.keys()][0]!);
    court.inbox("applied");
    expect(court.rest().blamed).toEqual([]);
  });
});

/** Planted beside a sound payment. */
type Plant = (court: Courtroom, made: ReturnType<Courtroom["blameless"]>) => void;

const bugs: readonly [name: string, plant: Plant, blamed: RegExp][] = [
  [
    "I5: a payment that nobody works on",
    (court) => court.payment({ status: "processing" }),
    /^I5: .* is still processing, and no case is open$/,
  ],
  [
    "I5: an attempt that is still unknown beside an open case, though the gateway would answer",
    (court, { payment }) => court.openCase("unknown_outcome", court.attempt(payment, { n: 2, status: "unknown" }).id, payment.id),
    /^I5: charge 2 of .* is still unknown, though the gateway would answer$/,
  ],
  [
    "I5: an attempt that is still unknown without a case, if the gateway cannot be asked",
    (court, { payment }) => {
      court.answersByKey = false;
      court.attempt(payment, { n: 2, status: "unknown" });
    },
    /^I5: charge 2 of .* is still unknown \(no case\)$/,
  ],
  [
    "I5: an attempt whose payment has a case about something else",
    (court, { payment }) => {
      court.answersByKey = false;
      court.openCase("late_truth", "att_other", payment.id);
      court.attempt(payment, { n: 2, status: "pending" });
    },
    /^I5: charge 2 of .* is still pending \(late_truth\)$/,
  ],
  [
    "I5: a refund that nobody works on",
    (court, { payment }) => court.refund(payment),
    /^I5: refund rfnd_\w+ is still pending, and no case is open$/,
  ],
  [
    "I5: an order that a failed payment still holds",
    (court) => {
      const payment = court.payment({ status: "failed" });
      court.event(payment, "payment.failed");
      court.givenUp([...court.tables.events.values()].at(-1)!);
      court.tables.live.set("ord_1", payment.id);
    },
    /^I5: order ord_1 can never be paid: it is held by pay_\w+, which is failed$/,
  ],
  [
    "I5: an order that a lost payment holds",
    (court) => court.tables.live.set("ord_1", "pay_gone"),
    /^I5: .* held by pay_gone, which is gone$/,
  ],
  [
    "I5: a gateway event that was never looked at",
    (court) => court.inbox("received"),
    /^I5: gateway event sev_1 was taken and never looked at$/,
  ],
  [
    "I6: failed here, charged there",
    (court) => {
      const payment = court.payment({ status: "failed" });
      court.givenUp(court.event(payment, "payment.failed"));
      court.charged(payment);
    },
    /^I6: pay_\w+ is failed and should hold 0, the gateway holds 500$/,
  ],
  [
    "I6: succeeded here, never charged there",
    (court) => {
      const payment = court.payment({ status: "succeeded", amountCaptured: 500 });
      court.givenUp(court.event(payment, "payment.succeeded"));
    },
    /^I6: pay_\w+ is succeeded and should hold 500, the gateway holds 0$/,
  ],
  [
    "I6: a refund there that we do not know",
    (court, { charge }) => court.child("refund", charge, 100),
    /^I6: .* should hold 500, the gateway holds 400$/,
  ],
  [
    "I6: canceled here, still blocked there",
    (court) => {
      const payment = court.payment({ status: "canceled" });
      court.givenUp(court.event(payment, "payment.canceled"));
      court.charged(payment, { capture: false });
    },
    /^I6: pay_\w+ is canceled, and the gateway still blocks the shopper's money$/,
  ],
  [
    "I8: a case about an attempt that was answered long ago",
    (court, { payment }) => court.openCase("unknown_outcome", court.attempt(payment, { n: 2, status: "declined" }).id, payment.id),
    /^I8: case case_\w+ \(unknown_outcome\) is open, and the charge of pay_\w+ is declined$/,
  ],
  [
    "I8: a case about a payment that ended",
    (court, { payment }) => court.openCase("overdue", payment.id, payment.id),
    /^I8: case case_\w+ \(overdue\) is open, and pay_\w+ is succeeded$/,
  ],
  [
    "I10: an end with two events",
    (court, { payment }) => tellTwice(court, payment),
    /^I10: pay_\w+ is succeeded and has 2 events that say that it ended$/,
  ],
  [
    "I10: an end whose last event says something else",
    (court) => {
      const payment = court.payment({ status: "canceled" });
      court.givenUp(court.event(payment, "payment.canceled", "authorized"));
    },
    /^I10: the last event of pay_\w+ says authorized, the payment is canceled$/,
  ],
  [
    "I10: an event that was lost",
    (court, { payment }) => court.tables.payments.set(payment.id, { ...payment, sequence: 2 }),
    /^I10: pay_\w+ counts 2 events and has 1$/,
  ],
  [
    "I10: an end that is owed to nobody",
    (court) => court.event(court.payment({ status: "canceled" }), "payment.canceled"),
    /^I10: payment.canceled of pay_\w+ is owed to nobody$/,
  ],
  [
    "I10: an event that one of its endpoints does not get",
    (court) => court.tables.endpoints.set("whe_2", { ...court.tables.endpoints.get("whe_1")!, id: "whe_2", events: ["payment.succeeded"] }),
    /^I10: payment.succeeded of pay_\w+ is not owed to whe_2, which wants it$/,
  ],
  [
    "I10: an event at an endpoint that did not ask for it",
    (court) => court.tables.endpoints.set("whe_1", { ...court.tables.endpoints.get("whe_1")!, events: ["refund.*"] }),
    /^I10: payment.succeeded of pay_\w+ is owed to whe_1, which does not want it$/,
  ],
  [
    "I10: a delivery that was called off, though there is an endpoint",
    (court, { event }) => court.delivery(event, { status: "canceled" }),
    /was called off, though the merchant has an endpoint$/,
  ],
  [
    "I10: a delivery that is still owed",
    (court, { event }) => court.delivery(event, { status: "pending" }),
    /was never delivered and never given up$/,
  ],
  [
    "I10: a delivery that counts as made and was not received",
    (court, { event }) => court.receiver.book.delete(event.id),
    /counts as delivered, the merchant never got it$/,
  ],
  [
    "I10: a delivery that was given up untried",
    (court, { event }) => court.delivery(event, { status: "failed" }),
    /was given up without a try in its log$/,
  ],
  [
    "I10: other bytes than those stored",
    (court, { event }) => court.receiver.book.set(event.id, [event.body, `${event.body} `]),
    /was sent with other bytes than those stored$/,
  ],
  [
    "I10: news of what was never committed",
    (court) => court.receiver.book.set("evt_ghost", ["{}"]),
    /^I10: the merchant got evt_ghost, which was never committed$/,
  ],
];

/** A second event of the end, with its delivery, so that only the number of ends is wrong. */
function tellTwice(court: Courtroom, payment: Parameters<Courtroom["event"]>[0]): void {
  const again = court.event(payment, "payment.succeeded");
  court.givenUp(again);
}

describe("at rest the oracle blames", () => {
  it.each(bugs)("%s", (_, plant, blamed) => {
    const court = new Courtroom();
    plant(court, court.blameless());
    expect(court.rest().blamed).toEqual([expect.stringMatching(blamed)]);
  });
});

describe("at rest the oracle excuses", () => {
  it("other money at the gateway, if a case is open", () => {
    const court = new Courtroom();
    const { payment, charge } = court.blameless();
    court.child("refund", charge, 100);
    court.openCase("late_truth", "x", payment.id);
    expect(court.rest().blamed).toEqual([]);
  });

  it("a gateway that always answers about something else: the attempt stays open, with its case", () => {
    const court = new Courtroom();
    const { payment } = court.blameless();
    const attempt = court.attempt(payment, { n: 2, status: "unknown" });
    court.charged(null, { key: attempt.gatewayKey, scenario: "wrong-amount" });
    court.openCase("mismatched_answer", attempt.id, payment.id);
    expect(court.rest().blamed).toEqual([]);
  });
});

it("the oracle excuses no decline that the gateway took back: if its webhook is lost, the sweep finds it", () => {
  const court = new Courtroom();
  const payment = court.payment({ status: "failed" });
  court.givenUp(court.event(payment, "payment.failed"));
  const attempt = court.attempt(payment, { status: "declined" });
  court.charged(payment, { key: attempt.gatewayKey, scenario: "captured-later" });
  court.kernel.now = EPOCH + 86_400_000;
  expect(court.rest().blamed).toEqual([expect.stringMatching(/^I6: .* is failed and should hold 0, the gateway holds 500$/)]);
});
