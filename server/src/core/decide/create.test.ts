import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { aCommand, card, contextAt, DAY, MINUTE, scope, START } from "../../../../test/support/flows/rows.ts";
import { jobIdOf } from "../ids.ts";
import { decideConfirm } from "./operations.ts";
import { decideCreate } from "./create.ts";

function create(given: Parameters<typeof aCommand>[0] = {}) {
  const decided = decideCreate(aCommand(given), contextAt(START));
  if ("refusal" in decided) throw new Error(decided.refusal.code);
  return decided.creation;
}

describe("creating a payment", () => {
  it.each([
    ["a method and confirm left out", card, null, "pending", "charge", START],
    ["a method and confirm: true", card, true, "pending", "charge", START],
    ["a method and confirm: false", card, false, "created", "expire", START + DAY],
    ["no method", null, null, "created", "expire", START + DAY],
    ["no method and confirm: false", null, false, "created", "expire", START + DAY],
  ] as const)("with %s gives a payment and the job that owns it", (_, method, confirm, status, kind, runAt) => {
    const { payment, job } = create({ method, confirm });
    expect(payment).toMatchObject({ status, method, version: 1, attempt: 0, amountAuthorized: 0, amountCaptured: 0 });
    expect(job).toMatchObject({ id: jobIdOf(payment.id), kind, subject: payment.id, runAt, leaseToken: null });
  });

  it("says when somebody must be told that nobody came for it", () => {
    expect(create().job.deadlineAt).toBe(START + 5 * MINUTE);
    expect(create({ confirm: false }).job.deadlineAt).toBeNull();
  });

  it("with confirm: true needs a method", () => {
    expect(decideCreate(aCommand({ confirm: true, method: null }), contextAt(START))).toEqual({
      refusal: { code: "method_required", param: "method" },
    });
  });

  it("writes event 1, whose body is the payment", () => {
    const { payment, event } = create();
    expect(event).toMatchObject({ sequence: 1, type: "payment.created", closes: null, paymentId: payment.id });
    expect(JSON.parse(event.body)).toMatchObject({ id: payment.id, status: "pending" });
    expect(payment.sequence).toBe(1);
  });

  it("is named after the client's key for ever where there is one, else after itself", () => {
    const idempotency = { key: "order-1", requestHash: "h" };
    expect(create({ idempotency }).payment).toMatchObject({ identityKind: "key", identity: "order-1" });
    const { payment } = create();
    expect(payment).toMatchObject({ identityKind: "payment", identity: payment.id });
  });

  it.each([
    ["at once, in the created event", null, "evt", null],
    ["when the charge has ended", true, null, "charge"],
  ] as const)("answers under its key %s", (_, confirm, answerEvent, answerCloses) => {
    const { event, idempotency } = create({ confirm, idempotency: { key: "k", requestHash: "h" } });
    expect(idempotency).toMatchObject({
      key: "k",
      requestHash: "h",
      creates: true,
      status: 201,
      answerEvent: answerEvent && event.id,
      answerCloses,
    });
  });

  it("without a key writes no idempotency row", () => {
    expect(create().idempotency).toBeNull();
  });
});

describe("confirming a payment", () => {
  it("makes it pending, turns its expiry into the charge and asks for its order", async () => {
    const desk = await new Desk().create({ confirm: false, orderId: "ord_1" });
    const decision = await desk.confirm();
    expect(desk.payment.status).toBe("pending");
    expect(desk.job()).toMatchObject({ kind: "charge", runAt: START, tries: 0, deadlineAt: START + 5 * MINUTE, leaseToken: null });
    expect("change" in decision && decision.change.takeOrder).toBe("ord_1");
    expect(desk.eventTypes).toEqual(["payment.created", "payment.pending"]);
  });

  it("may bring the method, or replace the one kept", async () => {
    const upi = { type: "upi", vpa: "ann@bank" } as const;
    const desk = await new Desk().create({ confirm: false });
    await desk.decide((snapshot, context) => decideConfirm(snapshot, { method: upi, returnUrl: "https://shop.example/back" }, context));
    expect(desk.payment).toMatchObject({ method: upi, returnUrl: "https://shop.example/back" });
  });

  it("needs a method from somewhere", async () => {
    const desk = await new Desk().create({ method: null });
    expect(await desk.confirm()).toEqual({ refusal: { code: "method_required", param: "method" } });
  });

  it.each(["pending", "processing", "requires_action", "authorized", "succeeded", "failed", "canceled"] as const)(
    "is refused where it is %s already",
    async (status) => {
      const desk = await new Desk().create({ confirm: false });
      desk.tables.payments.set(desk.paymentId, { ...desk.payment, status });
      expect(await desk.confirm()).toMatchObject({ refusal: { code: "invalid_state" } });
    },
  );

  it("where another payment of the order is live writes nothing", async () => {
    const desk = await new Desk().create({ orderId: "ord_1" });
    await desk.create({ orderId: "ord_1", confirm: false });
    const change = decideConfirm(await desk.snapshot(), { method: null, returnUrl: null }, desk.context());
    expect("change" in change && (await desk.storage.store.commit(change.change))).toBe("order_busy");
    expect(await desk.storage.store.load(scope, desk.paymentId)).toMatchObject({ payment: { status: "created", version: 1 } });
  });
});
