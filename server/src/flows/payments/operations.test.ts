import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { API_VERSION, DAY, MINUTE, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import type { TillwayError } from "../../core/errors.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { purge } from "../upkeep/purge.ts";
import { cancelPayment, capturePayment, confirmPayment } from "./operations.ts";

type Act = (world: World, caller: Caller, paymentId: string) => Promise<Answer>;

const acts = {
  confirm: (world, caller, paymentId) => confirmPayment(world.deps, caller, { paymentId, method: null, returnUrl: null }),
  capture: (world, caller, paymentId) => capturePayment(world.deps, caller, { paymentId }),
  cancel: (world, caller, paymentId) => cancelPayment(world.deps, caller, { paymentId }),
} satisfies Record<string, Act>;

type Name = keyof typeof acts;

/** A payment on which this can be done. */
async function ready(name: Name, world = new World({ endpoints: 1 })): Promise<{ world: World; id: string }> {
  return { world, id: name === "confirm" ? await world.created({ confirm: false, orderId: "ord_1" }) : await world.authorized() };
}

const shown = (answer: Answer) => JSON.parse(answer.body) as { id: string; status: string; error: { code: string; payment_id: string } };
const names = Object.keys(acts) as Name[];

describe.each([
  ["confirm", "succeeded", "succeeded"],
  ["capture", "succeeded", "succeeded"],
  ["cancel", "canceled", "canceled"],
] as const)("%s", (name, status, ended) => {
  const act = acts[name];

  it(`answers 200 with the ${status} payment when the gateway has done it`, async () => {
    const { world, id } = await ready(name);
    const answer = await world.clock.until(act(world, world.caller(), id));
    expect([answer.status, shown(answer).status]).toEqual([200, status]);
    await world.work();
    expect(world.payment(id).status).toBe(ended);
    expect(broken(world.tables)).toEqual([]);
  });

  it("answers 402 with the payment's id where the gateway says no, and the same bytes to a repeat", async () => {
    const { world, id } = await ready(name);
    world.gateway.next("send", says.declined("operation_refused"));
    const answer = await world.clock.until(act(world, world.caller("k"), id));
    expect([answer.status, shown(answer).error.payment_id]).toEqual([402, id]);
    expect(shown(answer).error.code).toBe(name === "confirm" ? "payment_failed" : `${name}_failed`);
    const again = await world.clock.until(act(world, world.caller("k"), id));
    expect(again).toEqual({ status: 402, body: answer.body, replayed: true, apiVersion: API_VERSION });
    expect(broken(world.tables)).toEqual([]);
  });

  it("answers how the payment stands after ten seconds; a repeat gets the end, with the bytes that everybody gets", async () => {
    const { world, id } = await ready(name);
    const held = new Held();
    world.gateway.next("send", held);
    const first = await world.clock.until(act(world, world.caller("k"), id));
    expect(["processing", "authorized"]).toContain(shown(first).status);
    held.answer((attempt) => says.succeeded(attempt));
    await world.clock.advance(0);
    const second = await act(world, world.caller("k"), id);
    expect(shown(second).status).toBe(ended);
    expect(await act(world, world.caller("k"), id)).toEqual(second);
  });

  it("200 times at once with one key asks the gateway once and gives 200 equal answers", async () => {
    const { world, id } = await ready(name);
    const sent = world.gateway.count("send");
    const answers = await world.clock.until(Promise.all(Array.from({ length: 200 }, () => act(world, world.caller("k"), id))));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body}`)).size).toBe(1);
    expect(world.gateway.count("send")).toBe(sent + 1);
  });

  it("20 times at once with 20 keys asks the gateway once; the others are told why not", async () => {
    const { world, id } = await ready(name);
    const sent = world.gateway.count("send");
    const each = Array.from({ length: 20 }, (_, i) => act(world, world.caller(`k${i}`), id).catch((error: TillwayError) => error));
    const answers = await world.clock.until(Promise.all(each));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect(world.gateway.count("send")).toBe(sent + 1);
    expect(broken(world.tables)).toEqual([]);
  });

  it("refused for the moment leaves its key free: the same request is done once it is allowed (R1)", async () => {
    const { world, id } = await ready(name);
    const payment = world.payment(id);
    world.tables.payments.set(id, { ...payment, status: "failed" });
    await expect(act(world, world.caller("k"), id)).rejects.toMatchObject({ code: "invalid_state", status: 409 });
    expect(world.tables.idempotency.size).toBe(0);
    world.tables.payments.set(id, payment);
    expect(await world.clock.until(act(world, world.caller("k"), id))).toMatchObject({ status: 200, replayed: false });
    expect(world.payment(id).status).toBe(ended);
  });

  it("of nobody's payment, or somebody else's, is not found", async () => {
    const { world, id } = await ready(name);
    for (const [caller, paymentId] of [
      [world.caller(), "pay_00000000000000000000000000"],
      [{ ...world.caller(), scope: { ...scope, merchantId: "mer_00000000000000000000000002" } }, id],
      [{ ...world.caller(), scope: { ...scope, mode: "live" as const } }, id],
    ] as const) {
      await expect(act(world, caller, paymentId)).rejects.toMatchObject({ code: "not_found", status: 404 } satisfies Partial<TillwayError>);
    }
  });

  it("with the key of another request is refused with 422", async () => {
    const { world, id } = await ready(name);
    await world.clock.until(act(world, world.caller("k"), id));
    await expect(act(world, world.caller("k", "other"), id)).rejects.toMatchObject({ status: 422 });
  });

  it("a day later is another request, whether the clean-up has been by or not: decided anew, and not done again", async () => {
    const { world, id } = await ready(name);
    const first = await world.clock.until(act(world, world.caller("k"), id));
    const sent = world.gateway.count("send");
    world.clock.jump(DAY);
    expect(await act(world, world.caller("k"), id)).toMatchObject({ body: first.body, replayed: true });
    world.clock.jump(1);
    await expect(act(world, world.caller("k", "other"), id)).rejects.toMatchObject({ code: "invalid_state", status: 409 });
    await purge(world.deps);
    expect(world.tables.idempotency.size).toBe(0);
    await expect(act(world, world.caller("k", "third"), id)).rejects.toMatchObject({ code: "invalid_state", status: 409 });
    expect(world.gateway.count("send")).toBe(sent);
  });

  it("a day later leaves its key to a create, which is told to come again first", async () => {
    const { world, id } = await ready(name);
    await world.clock.until(act(world, world.caller("k"), id));
    world.clock.jump(DAY + 1);
    await expect(world.create({}, "k")).rejects.toMatchObject({ code: "idempotency_in_progress" });
    expect(await world.create({}, "k")).toMatchObject({ status: 201, replayed: false });
    world.clock.jump(DAY + 1);
    await expect(world.create({}, "k")).rejects.toMatchObject({ code: "idempotency_key_expired" });
  });
});

describe("a key whose operation has no answer for days", () => {
  it("goes on naming it: a repeat is told how the payment stands, and in the end what became of it", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 60 }, () => says.unknown));
    const confirm = () => world.clock.until(acts.confirm(world, world.caller("k"), id));
    await confirm();
    await world.later(DAY + MINUTE);
    await purge(world.deps);
    expect(shown(await confirm())).toMatchObject({ id, status: "processing" });
    const attempt = world.attempts(id)[0]!;
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work();
    expect(await confirm()).toMatchObject({ status: 200 });
    expect(world.gateway.net).toBe(1_000);
  });
});

describe("a synchronous answer", () => {
  it.each(names)("of %s survives the death of the process that waited: the job's lease runs out and a worker goes on", async (name) => {
    const { world, id } = await ready(name);
    world.gateway.next("send", new Held());
    const abandoned = acts[name](world, world.caller("k"), id);
    await world.clock.advance(SECOND);
    void abandoned;
    await world.later(10 * MINUTE);
    expect(world.payment(id).status).toBe(name === "cancel" ? "canceled" : "succeeded");
    expect(broken(world.tables)).toEqual([]);
  });

  it("never runs the expiry that the payment's job has become", async () => {
    const world = new World();
    const id = await world.created({ confirm: false, captureMethod: "manual" });
    const confirming = acts.confirm(world, world.caller("k"), id);
    await world.work();
    await world.clock.until(confirming);
    await world.clock.until(Promise.all(Array.from({ length: 5 }, () => acts.confirm(world, world.caller("k"), id))));
    await world.work();
    expect(world.payment(id).status).toBe("authorized");
    expect(world.attempts(id)).toHaveLength(1);
  });

  it("that is asked for again and again does not hurry the questions to the gateway", async () => {
    const world = new World();
    world.gateway.next("send", "request lost").next("find", ...Array.from({ length: 100 }, () => says.unknown));
    const { id } = shown(await world.clock.until(world.create({ confirm: true }, "k")));
    for (let i = 0; i < 30; i++) await world.clock.until(world.create({ confirm: true }, "k"));
    // 30 waits of ten seconds: what the schedule and the look-out for a silent gateway ask in five minutes, and no more.
    expect(world.attempts(id)[0]!.questions).toBeLessThanOrEqual(6);
  });
});

describe("confirming a payment of an order that another payment has", () => {
  it("is refused, leaves the key free and the payment as it was (R1)", async () => {
    const world = new World();
    await world.created({ orderId: "ord_1" });
    const id = await world.created({ orderId: "ord_1", confirm: false });
    await expect(acts.confirm(world, world.caller("k"), id)).rejects.toMatchObject({ code: "order_busy", status: 409 });
    expect([world.payment(id).status, world.tables.idempotency.size]).toEqual(["created", 0]);
  });
});

describe("cancelling", () => {
  it("a payment whose caller waits for its end: the wait ends with 409, since the money goes back (U4)", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    const held = new Held();
    world.gateway.next("send", held);
    const confirming = acts.confirm(world, world.caller("k"), id);
    await world.clock.advance(SECOND);
    await acts.cancel(world, world.caller(), id);
    held.answer((attempt) => says.succeeded(attempt));
    const answer = await world.clock.until(confirming);
    expect([answer.status, shown(answer).error.code]).toEqual([409, "payment_canceled"]);
    expect(await acts.confirm(world, world.caller("k"), id)).toEqual({ ...answer, replayed: true });
  });

  it("what took nothing yet is answered with the event that was written, also to a repeat", async () => {
    const world = new World();
    const id = await world.created();
    const first = await acts.cancel(world, world.caller("k"), id);
    expect([first.status, shown(first).status]).toEqual([200, "canceled"]);
    expect(await acts.cancel(world, world.caller("k"), id)).toEqual({ ...first, replayed: true, apiVersion: API_VERSION });
    await world.work();
    expect(world.gateway.requests).toEqual([]);
  });

  it.each([
    ["declined", says.declined(), "canceled", 0],
    ["authorized", undefined, "canceled", 0],
  ] as const)("while the call is in flight: %s", async (_, outcome, status, net) => {
    const world = new World({ endpoints: 1 });
    const id = await world.created({ captureMethod: "manual" });
    const held = new Held();
    world.gateway.next("send", held);
    const running = await world.start();
    const answer = await acts.cancel(world, world.caller("k"), id);
    expect([answer.status, shown(answer).status]).toEqual([200, "processing"]);
    held.answer((attempt) => outcome ?? says.authorized(attempt));
    await running.end;
    await world.work();
    expect(world.payment(id).status).toBe(status);
    expect(world.gateway.net).toBe(net);
    expect(broken(world.tables)).toEqual([]);
    expect(shown(await acts.cancel(world, world.caller("k"), id)).status).toBe(status);
  });

  it("while the call succeeds gives all of it back by itself, and no shop that ships on payment.succeeded hears it (U4)", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created();
    const held = new Held();
    world.gateway.next("send", held);
    const running = await world.start();
    await acts.cancel(world, world.caller(), id);
    held.answer((attempt) => says.succeeded(attempt));
    await running.end;
    await world.work();
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000, amountRefunded: 1_000, refundReserved: 0 });
    expect(world.receiver.got.map((message) => message.event.type)).toEqual(["payment.charged_after_cancel", "refund.succeeded"]);
    expect(broken(world.tables)).toEqual([]);
  });
});
