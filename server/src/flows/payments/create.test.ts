import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { API_VERSION, DAY, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import type { TillwayError } from "../../core/errors.ts";
import type { Answer } from "../idempotency.ts";
import { cancelPayment } from "./operations.ts";
import { createPayment } from "./create.ts";

const shown = (answer: Answer) =>
  JSON.parse(answer.body) as {
    id: string;
    status: string;
    error: { code: string; request_id: string; payment_id: string; decline_code: string };
  };

async function thrown(work: Promise<unknown>): Promise<TillwayError> {
  return work.then(
    () => expect.fail("did not throw"),
    (error: unknown) => error as TillwayError,
  );
}

describe("creating a payment in the background", () => {
  it("answers 201 with the pending payment and wakes a worker", async () => {
    const world = new World();
    const answer = await world.create();
    expect(answer).toMatchObject({ status: 201, replayed: false });
    expect(shown(answer).status).toBe("pending");
    expect(world.hints).toEqual(["payment-queue"]);
    expect(world.gateway.requests).toEqual([]);
  });

  it("ends with one charge and one webhook", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created();
    await world.work();
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect(world.gateway.net).toBe(1_000);
    expect(world.receiver.got.map((message) => message.event.type)).toEqual(["payment.succeeded"]);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });

  it("kept as created is charged by nobody, and expires after a day", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    await world.later(DAY - SECOND);
    expect(world.payment(id).status).toBe("created");
    await world.later(SECOND);
    expect(world.payment(id).status).toBe("canceled");
    expect(world.gateway.requests).toEqual([]);
  });
});

describe("creating with confirm: true", () => {
  it("answers what the charge ended with", async () => {
    const world = new World();
    const answer = await world.clock.until(world.create({ confirm: true }));
    expect(answer.status).toBe(201);
    expect(shown(answer).status).toBe("succeeded");
  });

  it("answers 402 with the payment's id where the bank says no", async () => {
    const world = new World();
    world.gateway.next("send", says.declined());
    const answer = await world.clock.until(world.create({ confirm: true }));
    expect(answer.status).toBe(402);
    expect(shown(answer).error).toMatchObject({ code: "payment_failed", decline_code: "insufficient_funds" });
    expect(world.payment(shown(answer).error.payment_id).status).toBe("failed");
  });

  it("answers the payment still processing after ten seconds; the call goes on", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const started = world.clock.now();
    const answer = await world.clock.until(world.create({ confirm: true }));
    expect(world.clock.now() - started).toBe(10 * SECOND);
    expect(shown(answer).status).toBe("processing");
    held.answer((attempt) => says.succeeded(attempt));
    await world.clock.advance(0);
    expect(world.payment(shown(answer).id).status).toBe("succeeded");
  });

  it("tells at once that the shopper must act", async () => {
    const world = new World();
    world.gateway.next("send", (call) => says.requiresAction(call.attempt));
    const started = world.clock.now();
    const answer = await world.clock.until(world.create({ confirm: true }));
    expect(shown(answer).status).toBe("requires_action");
    expect(world.clock.now() - started).toBeLessThan(SECOND);
  });

  it("waits for the worker that was faster, and charges once", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const creating = world.create({ confirm: true });
    await world.clock.advance(100);
    await world.work();
    held.answer((attempt) => says.succeeded(attempt));
    expect(shown(await world.clock.until(creating)).status).toBe("succeeded");
    expect(world.gateway.count("send")).toBe(1);
  });

  it("throws where there is no method", async () => {
    expect(await thrown(new World().create({ confirm: true, method: null }))).toMatchObject({ code: "method_required", status: 400 });
  });
});

describe("the same create again", () => {
  it("is answered with the same bytes, and nothing is made", async () => {
    const world = new World();
    const first = await world.create({}, "k");
    await world.work();
    const again = await world.create({}, "k");
    expect(again).toEqual({ ...first, replayed: true, apiVersion: API_VERSION });
    expect(world.tables.payments.size).toBe(1);
  });

  it("without a key is a new payment", async () => {
    const world = new World();
    await world.create();
    await world.create();
    expect(world.tables.payments.size).toBe(2);
  });

  it("with confirm: true is answered with the same bytes, also a 402 with its first request's id", async () => {
    const world = new World();
    world.gateway.next("send", says.declined());
    const first = await world.clock.until(world.create({ confirm: true }, "k"));
    const again = await world.clock.until(world.create({ confirm: true }, "k"));
    expect(again).toEqual({ status: 402, body: first.body, replayed: true, apiVersion: API_VERSION });
    expect(world.gateway.count("send")).toBe(1);
  });

  it("with confirm: true while the first waits joins its wait", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const both = [world.create({ confirm: true }, "k"), world.create({ confirm: true }, "k")];
    await world.clock.advance(SECOND);
    held.answer((attempt) => says.succeeded(attempt));
    const [first, second] = await world.clock.until(Promise.all(both));
    expect(second!.body).toBe(first!.body);
    expect(world.gateway.count("send")).toBe(1);
  });

  it("with confirm: true after the wait ended is answered with how the payment stands, until it ends", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost").next("find", says.unknown);
    const first = await world.clock.until(world.create({ confirm: true }, "k"));
    expect(shown(first).status).toBe("processing");
    await world.later(SECOND * 30);
    const second = await world.clock.until(world.create({ confirm: true }, "k"));
    expect(shown(second).status).toBe("succeeded");
    expect(await world.create({ confirm: true }, "k")).toEqual({ ...second, replayed: true });
  });

  it("with another body is refused with 422", async () => {
    const world = new World();
    await world.create({}, "k");
    expect(await thrown(createPayment(world.deps, world.caller("k", "other"), world.input()))).toMatchObject({
      code: "idempotency_mismatch",
      status: 422,
    });
  });

  it("a day later names the payment that exists; a year later too", async () => {
    const world = new World();
    const { id } = shown(await world.create({}, "k"));
    await world.later(DAY);
    expect((await world.create({}, "k")).replayed).toBe(true);
    for (const later of [1, 365 * DAY]) {
      world.clock.jump(later);
      expect(await thrown(world.create({}, "k"))).toMatchObject({
        code: "idempotency_key_expired",
        status: 409,
        details: { paymentId: id },
      });
    }
    expect(world.tables.payments.size).toBe(1);
  });

  it("under the key of another merchant, mode or audience is another payment", async () => {
    const world = new World();
    const caller = world.caller("k");
    await createPayment(world.deps, caller, world.input());
    await createPayment(world.deps, { ...caller, scope: { ...scope, merchantId: "mer_00000000000000000000000002" } }, world.input());
    await createPayment(world.deps, { ...caller, scope: { ...scope, mode: "live" } }, world.input());
    await createPayment(world.deps, { ...caller, audience: "checkout" }, world.input());
    expect(world.tables.payments.size).toBe(4);
    expect(new Set([...world.tables.payments.values()].map((payment) => payment.identity))).toEqual(new Set(["k"]));
  });
});

describe("200 equal requests at once", () => {
  it("make one payment and get 200 equal answers", async () => {
    const world = new World();
    const answers = await Promise.all(Array.from({ length: 200 }, () => world.create({}, "k")));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body}`)).size).toBe(1);
    await world.work();
    expect([world.tables.payments.size, world.gateway.net]).toEqual([1, 1_000]);
  });

  it.each([
    ["succeed", undefined, 201],
    ["are declined", says.declined(), 402],
  ] as const)("with confirm: true %s together: one charge, 200 equal answers", async (_, outcome, status) => {
    const world = new World();
    if (outcome) world.gateway.next("send", outcome);
    const answers = await world.clock.until(Promise.all(Array.from({ length: 200 }, () => world.create({ confirm: true }, "k"))));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    expect([world.tables.payments.size, world.gateway.count("send")]).toEqual([1, 1]);
  });
});

describe("a payment of an order", () => {
  it("is refused with 409 while another one is live; the refusal names that one (U2) and leaves its key free (R1)", async () => {
    const world = new World();
    const { id } = shown(await world.create({ orderId: "ord_1" }, "first"));
    const busy = { code: "order_busy", status: 409, details: { paymentId: id, param: "order_id" } };
    expect(await thrown(world.create({ orderId: "ord_1" }, "second"))).toMatchObject(busy);
    expect(await thrown(world.create({ orderId: "ord_1" }, "second"))).toMatchObject(busy);
    world.clock.jump(DAY + 1);
    expect(await thrown(world.create({ orderId: "ord_1" }, "second"))).toMatchObject(busy);
    world.gateway.next("send", says.declined());
    await world.work();
    expect(await world.create({ orderId: "ord_1" }, "second")).toMatchObject({ status: 201, replayed: false });
  });

  it("whose process died after it claimed the key and before it freed it again can be made under that key (R1)", async () => {
    const world = new World();
    await world.create({ orderId: "ord_1" });
    const store = { ...world.deps.store, forgetKey: () => Promise.reject(new Error("died")) };
    await thrown(createPayment({ ...world.deps, store }, world.caller("k"), world.input({ orderId: "ord_1" })));
    expect(world.tables.idempotency.size).toBe(1);
    expect(await thrown(world.create({}, "k"))).toMatchObject({ code: "idempotency_in_progress" });
    expect(await world.create({}, "k")).toMatchObject({ status: 201 });
  });

  it("may follow one that was called off too late, once all of it was given back (U2, R26)", async () => {
    const world = new World();
    const id = await world.created({ orderId: "ord_1" });
    const [held, refunded] = [new Held(), new Held()];
    world.gateway.next("send", held, refunded);
    const charging = await world.start();
    await cancelPayment(world.deps, world.caller(), { paymentId: id });
    held.answer((attempt) => says.succeeded(attempt));
    await charging.end;
    const refunding = await world.start();
    expect(await thrown(world.create({ orderId: "ord_1" }))).toMatchObject({ code: "order_busy", details: { paymentId: id } });
    refunded.answer((attempt) => says.succeeded(attempt));
    await refunding.end;
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountRefunded: 1_000 });
    expect((await world.create({ orderId: "ord_1" })).status).toBe(201);
  });

  it("of the same name belongs to each merchant and mode alone", async () => {
    const world = new World();
    await world.create({ orderId: "ord_1" });
    for (const other of [
      { ...scope, merchantId: "mer_00000000000000000000000002" },
      { ...scope, mode: "live" as const },
    ]) {
      expect((await createPayment(world.deps, { ...world.caller(), scope: other }, world.input({ orderId: "ord_1" }))).status).toBe(201);
    }
  });

  it("may follow one that failed", async () => {
    const world = new World();
    world.gateway.next("send", says.declined());
    await world.create({ orderId: "ord_1" });
    await world.work();
    expect((await world.create({ orderId: "ord_1" })).status).toBe(201);
  });

  it("with confirm: true, repeated while its own charge is under way, joins the wait and is not called busy", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const first = world.create({ confirm: true, orderId: "ord_1" }, "k");
    await world.clock.advance(SECOND);
    const second = world.create({ confirm: true, orderId: "ord_1" }, "k");
    await world.clock.advance(SECOND);
    held.answer((attempt) => says.succeeded(attempt));
    const answers = await world.clock.until(Promise.all([first, second]));
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    expect(answers[1]!.body).toBe(answers[0]!.body);
  });
});
