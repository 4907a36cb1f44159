import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { anAttempt, numberedId, says, START } from "../../../../test/support/flows/rows.ts";
import type { Change } from "../../core/change.ts";
import type { Attempt, Payment } from "../../core/model.ts";
import { payments } from "../tables.ts";
import { ConstraintError } from "./tables.ts";

/** A change by hand, past the core: what a bug of ours would write. */
function change(desk: Desk, set: Partial<Payment>, more: Partial<Change> = {}): Change {
  const before = desk.payment;
  return { merchantId: before.merchantId, mode: before.mode, payment: { before, after: { ...before, ...set } }, ...more };
}

async function refused(desk: Desk, given: Change): Promise<string> {
  const rows = JSON.stringify([...desk.tables.payments, ...desk.tables.attempts, ...desk.tables.events, ...desk.tables.jobs]);
  const error = await desk.storage.store.commit(given).then(
    () => expect.fail("was applied"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConstraintError);
  expect(JSON.stringify([...desk.tables.payments, ...desk.tables.attempts, ...desk.tables.events, ...desk.tables.jobs])).toBe(rows);
  return (error as ConstraintError).constraint;
}

describe("what the rules refuse, whoever decides it", () => {
  const fixed = payments.columns.filter((column) => column.change === null && !["id", "merchantId", "mode"].includes(column.field));
  it.each(fixed.map((column) => column.field))("a payment's %s changes, which is not declared as mutable", async (field) => {
    const desk = await new Desk().authorized();
    const value = field === "amount" ? 1_001 : field === "currency" ? "EUR" : "other";
    expect(await refused(desk, change(desk, { [field]: value }))).toBe("payments_fixed");
  });

  it.each<[string, Partial<Payment>, string]>([
    ["captured more than authorized", { amountCaptured: 1_001 }, "payments_capture_bound"],
    ["reserved more than authorized", { captureReserved: 1_001 }, "payments_capture_bound"],
    ["captured and reserved more than authorized", { amountCaptured: 600, captureReserved: 401 }, "payments_capture_bound"],
    ["authorized more than the amount", { amountAuthorized: 1_001 }, "payments_capture_bound"],
    ["refunded more than captured", { amountRefunded: 1 }, "payments_refund_bound"],
    ["reserved a refund of what was not captured", { refundReserved: 1 }, "payments_refund_bound"],
    ["a negative amount", { amountCaptured: -1 }, "payments_amounts"],
    ["half a unit", { amountCaptured: 0.5 }, "payments_amounts"],
    ["no amount", { amount: 0 }, "payments_amounts"],
    ["no currency code", { currency: "RUPEE" }, "payments_amounts"],
    ["a move that the table does not have", { status: "pending" }, "payments_moves"],
  ])("%s", async (_, set, constraint) => {
    const desk = await new Desk().authorized();
    expect(await refused(desk, change(desk, set))).toBe(constraint);
  });

  it.each(["succeeded", "failed", "canceled"] as const)("leaving %s", async (status) => {
    const desk = await new Desk().create();
    desk.tables.payments.set(desk.paymentId, { ...desk.payment, status });
    expect(await refused(desk, change(desk, { status: "processing" }))).toBe("payments_terminal");
  });

  it.each<[string, Partial<Attempt>, string]>([
    ["the same number twice", { n: 1, subject: "other", gatewayKey: "other" }, "attempts_n"],
    ["the same gateway key twice", { n: 2, subject: "other" }, "attempts_gateway_key"],
    ["a second open attempt of one subject", { n: 2, gatewayKey: "other" }, "attempts_one_open"],
    ["a second charge beside one that may take money", { n: 2, gatewayKey: "other", subject: "other" }, "attempts_one_charge"],
  ])("%s", async (_, given, constraint) => {
    const desk = new Desk();
    const sent = await desk.charging();
    const next = anAttempt({
      id: numberedId("att", 99),
      paymentId: desk.paymentId,
      subject: desk.paymentId,
      gatewayKey: sent.gatewayKey,
      ...given,
    });
    expect(await refused(desk, change(desk, {}, { attempts: { insert: [next] } }))).toBe(constraint);
  });

  it("changing a closed attempt in anything but its late truth", async () => {
    const desk = await new Desk().succeeded();
    const charge = desk.last("charge");
    for (const given of [{ status: "declined" as const }, { amount: 1 }, { gatewayReference: "other" }, { closedAt: START + 1 }]) {
      expect(await refused(desk, change(desk, {}, { attempts: { update: [{ ...charge, ...given }] } }))).toBe("attempts_closed");
    }
    expect(
      await desk.storage.store.commit(change(desk, {}, { attempts: { update: [{ ...charge, lateStatus: "declined", lateAt: START }] } })),
    ).toBe("applied");
  });

  it("a move of an attempt that the table does not have", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    expect(await refused(desk, change(desk, {}, { attempts: { update: [{ ...desk.last("capture"), status: "succeeded" }] } }))).toBe(
      "attempts_moves",
    );
  });

  it("changing an event, or counting one twice", async () => {
    const desk = await new Desk().create();
    const [event] = desk.events;
    expect(await refused(desk, change(desk, {}, { events: [{ ...event!, body: "{}" }] }))).toBe("events_append_only");
    expect(await refused(desk, change(desk, {}, { events: [{ ...event!, id: numberedId("evt", 99) }] }))).toBe("events_sequence");
  });
});

describe("the guards of a change", () => {
  it.each<[string, Partial<Payment>]>([
    ["another status", { status: "processing" }],
    ["another version", { version: 7 }],
    ["another attempt", { attempt: 2 }],
    ["another mode", { mode: "live" }],
  ])("a payment with %s than the one decided upon writes nothing", async (_, stored) => {
    const desk = await new Desk().create();
    const given = change(desk, { status: "canceled" }, { jobs: { remove: [desk.job()!.id] } });
    desk.tables.payments.set(desk.paymentId, { ...desk.payment, ...stored });
    expect(await desk.storage.store.commit(given)).toBe("stale");
    expect(desk.job()).toBeDefined();
  });

  it("a lost job writes nothing, also where the payment's guard holds", async () => {
    const desk = await new Desk().create();
    const job = desk.job()!;
    expect(await desk.storage.store.commit(change(desk, { status: "canceled" }, { job: { id: job.id, token: "not mine" } }))).toBe("stale");
    expect(desk.payment.status).toBe("pending");
  });

  it("each commit raises the version", async () => {
    const desk = await new Desk().create();
    await desk.storage.store.commit(change(desk, {}));
    expect(desk.payment.version).toBe(2);
  });

  it("only the holder of an order frees it", async () => {
    const desk = await new Desk().create({ orderId: "ord_1" });
    const live = desk.paymentId;
    await desk.create({ confirm: false, orderId: "ord_1" });
    await desk.storage.store.commit(change(desk, {}, { releaseOrder: "ord_1" }));
    expect(desk.liveOf("ord_1")).toBe(live);
  });

  it("a job that is there already is not inserted again: its lease stays", async () => {
    const desk = await new Desk().create();
    const held = await desk.lease(desk.job()!);
    await desk.storage.store.commit(change(desk, {}, { jobs: { insert: [{ ...held, leaseToken: null, runAt: 0 }] } }));
    expect(desk.job()).toEqual(held);
  });

  it("a case is opened once per kind and subject, and again after it was resolved", async () => {
    const desk = new Desk();
    const sent = await desk.charging();
    const wrong = { kind: "succeeded", reference: "ref", figures: { amount: 1, currency: "INR" } } as const;
    await desk.hear(sent, wrong);
    await desk.hear(sent, wrong);
    expect(desk.openCases).toHaveLength(1);
    await desk.hear(sent, says.succeeded(sent));
    expect(desk.openCases).toHaveLength(0);
  });
});
