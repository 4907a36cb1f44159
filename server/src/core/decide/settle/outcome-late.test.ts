import { describe, expect, it } from "vitest";
import { Desk } from "../../../../../test/support/flows/desk.ts";
import { broken } from "../../../../../test/support/flows/invariants.ts";
import { says } from "../../../../../test/support/flows/rows.ts";
import type { Attempt } from "../../model.ts";
import type { Outcome } from "../../outcome.ts";

/** A payment whose only charge was declined. */
async function declined(): Promise<{ desk: Desk; charge: Attempt }> {
  const desk = new Desk({ endpoints: 1 });
  const sent = await desk.charging({ orderId: "ord_1" });
  await desk.answer(sent, says.declined());
  return { desk, charge: desk.last("charge") };
}

describe("a declined charge that the gateway captured after all", () => {
  it("stays declined, the payment stays failed, and the truth is kept beside", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.succeeded(charge));
    expect(desk.payment).toMatchObject({ status: "failed", amountAuthorized: 0, amountCaptured: 0, refundReserved: 0 });
    expect(desk.last("charge")).toMatchObject({
      status: "declined",
      lateStatus: "succeeded",
      lateReference: `ref_${charge.gatewayKey.slice(0, 8)}`,
      lateAt: desk.now,
    });
  });

  it("opens a case and is given back by a refund of its own", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.succeeded(charge));
    expect(desk.openCases).toEqual(["late_truth"]);
    expect(desk.refunds).toMatchObject([{ kind: "reversal", reverses: charge.id, amount: 1_000, status: "pending" }]);
    expect(desk.last("refund")).toMatchObject({
      status: "queued",
      parentReference: desk.last("charge").lateReference,
      subject: desk.refunds[0]!.id,
    });
    expect(broken(desk.tables)).toEqual([]);
  });

  it("closes its case when the gateway has given the money back, without an event for the merchant", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.succeeded(charge));
    const refund = (await desk.begin("refund"))!;
    await desk.answer(refund, says.succeeded(refund));
    expect(desk.refunds).toMatchObject([{ status: "succeeded" }]);
    expect(desk.openCases).toEqual([]);
    expect(desk.eventTypes).toEqual(["payment.created", "payment.failed"]);
    expect(desk.payment.amountRefunded).toBe(0);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("tells a person where the gateway refuses to give it back", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.succeeded(charge));
    const refund = (await desk.begin("refund"))!;
    await desk.answer(refund, says.declined("operation_refused"));
    expect(desk.refunds).toMatchObject([{ status: "failed" }]);
    // The one about the charge stays, and with it the charge's evidence.
    expect([...desk.tables.cases.values()].map(({ subject, status }) => ({ subject, status }))).toEqual([
      { subject: charge.id, status: "open" },
      { subject: desk.refunds[0]!.id, status: "open" },
    ]);
  });

  it("keeps its case while a refund of it is under way, though the void of its hold was refused", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.authorized(charge));
    const release = (await desk.begin("void"))!;
    await desk.hear(charge, says.succeeded(charge));
    await desk.answer(release, says.declined("operation_refused"));
    expect([...desk.tables.cases.values()].filter(({ status }) => status === "open").map(({ subject }) => subject)).toContain(charge.id);
  });

  it("is given back once, however often the gateway says it", async () => {
    const { desk, charge } = await declined();
    for (let i = 0; i < 3; i++) await desk.hear(charge, says.succeeded(charge));
    expect(desk.refunds).toHaveLength(1);
  });

  it("with another amount is not acted on: a person is told", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, { kind: "succeeded", reference: "ref", figures: { amount: 999, currency: "INR" } });
    expect(desk.refunds).toEqual([]);
    expect(desk.openCases).toEqual(["mismatched_answer"]);
  });

  it("is given back while the next charge of the payment is in flight, which goes on as if nothing were", async () => {
    const desk = new Desk({ accounts: 2 });
    const first = await desk.charging();
    await desk.answer(first, says.rejected);
    const second = (await desk.begin())!;
    await desk.hear(desk.attempts[0]!, says.succeeded(first));
    expect(desk.payment).toMatchObject({ status: "processing", attempt: 2, amountCaptured: 0 });
    await desk.answer(second, says.succeeded(second));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, amountRefunded: 0 });
    const refund = (await desk.begin("refund"))!;
    await desk.answer(refund, says.succeeded(refund));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000, amountRefunded: 0 });
    expect(broken(desk.tables)).toEqual([]);
  });
});

describe("a declined charge that the gateway holds after all", () => {
  it("is released by a void of its own, which leaves the payment as it is", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.authorized(charge));
    expect(desk.last("void")).toMatchObject({ status: "queued", subject: charge.id, amount: 1_000 });
    const release = (await desk.begin("void"))!;
    await desk.answer(release, says.succeeded(release));
    expect(desk.payment.status).toBe("failed");
    expect(desk.openCases).toEqual([]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("and then captures it is refunded too", async () => {
    const { desk, charge } = await declined();
    await desk.hear(charge, says.authorized(charge));
    await desk.hear(charge, says.succeeded(charge));
    expect(desk.last("charge").lateStatus).toBe("succeeded");
    expect(desk.refunds).toMatchObject([{ kind: "reversal", amount: 1_000 }]);
    expect(broken(desk.tables)).toEqual([]);
  });
});

describe("a hold that the gateway dropped by itself", () => {
  it("cancels the payment", async () => {
    const desk = await new Desk({ endpoints: 1 }).authorized({ orderId: "ord_1" });
    await desk.hear(desk.last("charge"), says.canceled);
    expect(desk.payment.status).toBe("canceled");
    expect(desk.last("charge").status).toBe("authorized");
    expect(desk.eventTypes.at(-1)).toBe("payment.canceled");
    expect(desk.tables.live.size).toBe(0);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("is not concluded from a decline, which may be older than the hold: a person is told", async () => {
    const desk = await new Desk().authorized();
    await desk.hear(desk.last("charge"), says.declined());
    expect([desk.payment.status, desk.openCases]).toEqual(["authorized", ["late_truth"]]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("while our capture is under way is a contradiction, and the capture decides", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    const capture = (await desk.begin("capture"))!;
    await desk.hear(desk.last("charge"), says.canceled);
    expect(desk.payment.status).toBe("authorized");
    expect(desk.openCases).toEqual(["late_truth"]);
    await desk.answer(capture, says.succeeded(capture));
    expect(desk.payment.status).toBe("succeeded");
    expect(broken(desk.tables)).toEqual([]);
  });

  it.each<[string, (attempt: Attempt) => Outcome]>([
    ["done", (a) => says.succeeded(a)],
    ["refused", () => says.declined("operation_refused")],
    ["not known", () => says.unknown],
  ])("while our void is under way ends the payment once; the void's own answer (%s) only closes it", async (_, outcome) => {
    const desk = await new Desk({ endpoints: 1 }).authorized();
    await desk.cancel();
    const release = (await desk.begin("void"))!;
    await desk.hear(desk.last("charge"), says.canceled);
    expect(desk.events.at(-1)).toMatchObject({ type: "payment.canceled", closes: release.id });
    await desk.answer(release, outcome(release));
    expect(desk.payment.status).toBe("canceled");
    expect(desk.eventTypes.filter((type) => type.startsWith("payment.cancel"))).toEqual(["payment.canceled"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("before our void was sent makes it unnecessary: it is never sent", async () => {
    const desk = await new Desk().authorized();
    await desk.cancel();
    await desk.hear(desk.last("charge"), says.canceled);
    expect(await desk.begin("void")).toBeUndefined();
    expect(desk.last("void")).toMatchObject({ status: "canceled", sends: 0 });
    expect(broken(desk.tables)).toEqual([]);
  });

  it("while our void waits to be sent again after throttling ends the void as well", async () => {
    const desk = await new Desk().authorized();
    await desk.cancel();
    await desk.answer((await desk.begin("void"))!, says.throttled());
    await desk.hear(desk.last("charge"), says.canceled);
    expect(await desk.begin("void")).toBeUndefined();
    expect(desk.last("void").status).toBe("canceled");
  });
});

describe("words about closed attempts that change nothing", () => {
  it.each<[string, (desk: Desk) => Promise<unknown>, (attempt: Attempt) => Outcome]>([
    ["a repeat of succeeded", (desk) => desk.succeeded(), (a) => says.succeeded(a)],
    ["pending after succeeded: the webhooks came in another order", (desk) => desk.succeeded(), (a) => says.pending(a)],
    ["a challenge after succeeded", (desk) => desk.succeeded(), (a) => says.requiresAction(a)],
    ["unknown after succeeded", (desk) => desk.succeeded(), () => says.unknown],
    ["not found after succeeded", (desk) => desk.succeeded(), () => says.notFound],
    ["a repeat of authorized", (desk) => desk.authorized(), (a) => says.authorized(a)],
    ["not sent after authorized", (desk) => desk.authorized(), () => says.notSent],
  ])("%s", async (_, arrange, outcome) => {
    const desk = new Desk();
    await arrange(desk);
    const charge = desk.last("charge");
    expect(await desk.hear(charge, outcome(charge))).toEqual({ nothing: true });
  });

  it("the gateway's own word that our captured charge is captured is no news", async () => {
    const desk = await new Desk().authorized();
    await desk.capture();
    expect(await desk.hear(desk.last("charge"), says.succeeded(desk.last("charge")))).toEqual({ nothing: true });
  });
});

describe("words that contradict what was closed open a case and change no amount", () => {
  it.each<[string, (desk: Desk) => Promise<unknown>, Attempt["operation"], (attempt: Attempt) => Outcome]>([
    ["a success that is denied", (desk) => desk.succeeded(), "charge", () => says.declined()],
    ["a hold that the gateway captured without us", (desk) => desk.authorized(), "charge", (a) => says.succeeded(a)],
    [
      "a refused capture that happened",
      async (desk) => {
        await desk.authorized();
        await desk.capture();
        await desk.answer((await desk.begin("capture"))!, says.declined("operation_refused"));
      },
      "capture",
      (a) => says.succeeded(a),
    ],
  ])("%s", async (_, arrange, operation, outcome) => {
    const desk = new Desk();
    await arrange(desk);
    const { status, amountCaptured, amountAuthorized } = desk.payment;
    await desk.hear(desk.last(operation), outcome(desk.last(operation)));
    expect(desk.payment).toMatchObject({ status, amountCaptured, amountAuthorized });
    expect(desk.openCases).toEqual(["late_truth"]);
    expect(broken(desk.tables)).toEqual([]);
  });

  it("a refund that the gateway takes back gives the amount back to the payment and tells the merchant", async () => {
    const desk = new Desk({ endpoints: 1 });
    const sent = await desk.charging();
    await desk.cancel();
    await desk.answer(sent, says.succeeded(sent));
    const refund = (await desk.begin("refund"))!;
    await desk.answer(refund, says.succeeded(refund));
    expect(desk.payment).toMatchObject({ amountRefunded: 1_000, refundReserved: 0 });
    await desk.hear(desk.last("refund"), says.declined());
    expect(desk.payment).toMatchObject({ status: "succeeded", amountRefunded: 0, refundReserved: 0 });
    expect(desk.refunds).toMatchObject([{ status: "failed" }]);
    expect(desk.openCases).toEqual(["refund_contradicted"]);
    expect(desk.eventTypes.at(-1)).toBe("refund.failed");
    expect(broken(desk.tables)).toEqual([]);
  });
});
