import { describe, expect, it } from "vitest";
import { diesOnceWritten } from "../../../../test/support/flows/crash.ts";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { OVERDUE_AGAIN_MS, OVERDUE_BATCH } from "../../core/constants.ts";
import type { Deps } from "../deps.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { DAY, HOUR, MINUTE, says, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { capturePayment, confirmPayment } from "../payments/operations.ts";
import { runJob } from "../../flows/jobs/run.ts";
import { expirePayment } from "./expire.ts";
import { reportOverdue } from "./overdue.ts";

describe("the expiry of a created payment", () => {
  it("ends it after a day, and tells the merchant", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created({ confirm: false, orderId: "ord_1" });
    await world.later(DAY - 1);
    expect(world.payment(id).status).toBe("created");
    await world.later(1);
    expect(world.payment(id).status).toBe("canceled");
    expect(world.receiver.got.map((message) => message.event.type)).toEqual(["payment.canceled"]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("loses against a confirm that came first, however late it wakes up", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    world.clock.jump(DAY);
    const job = (await world.claim())!;
    expect(job.kind).toBe("expire");
    const confirmed = await world.clock.until(confirmPayment(world.deps, world.caller(), { paymentId: id, method: null, returnUrl: null }));
    expect(JSON.parse(confirmed.body)).toMatchObject({ status: "succeeded" });
    await runJob(world.deps, job);
    expect(world.payment(id)).toMatchObject({ status: "succeeded", cancelRequestedAt: null });
    expect(world.gateway.net).toBe(1_000);
  });

  it.each(["pending", "processing", "requires_action"] as const)("does nothing to a payment that is %s", async (status) => {
    const world = new World();
    const id = await world.created({ confirm: false });
    world.tables.payments.set(id, { ...world.payment(id), status });
    world.clock.jump(2 * DAY);
    expect(await expirePayment(world.deps, world.job(id)!)).toEqual({ outcome: "obsolete" });
    expect(world.payment(id)).toMatchObject({ status, cancelRequestedAt: null });
  });

  it("run too early waits for its time", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    expect(await expirePayment(world.deps, world.job(id)!)).toEqual({ outcome: "retry", at: world.clock.now() + DAY });
    expect(world.payment(id).status).toBe("created");
  });
});

describe("the expiry of a hold", () => {
  it("voids it an hour before it lapses", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.authorized();
    await world.later(7 * DAY - HOUR - SECOND);
    expect(world.payment(id).status).toBe("authorized");
    await world.later(SECOND);
    expect(world.payment(id).status).toBe("canceled");
    expect([...world.gateway.ledger.values()].map((entry) => `${entry.operation} ${entry.status}`)).toEqual([
      "charge authorized",
      "void succeeded",
    ]);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });

  it("waits for a capture that is under way", async () => {
    const world = new World();
    const id = await world.authorized();
    world.clock.jump(7 * DAY - HOUR);
    const held = new Held();
    world.gateway.next("send", held);
    const capturing = capturePayment(world.deps, world.caller(), { paymentId: id });
    await world.clock.advance(SECOND);
    await world.work();
    expect(world.attempts(id).map((attempt) => attempt.operation)).toEqual(["charge", "capture"]);
    held.answer((attempt) => says.succeeded(attempt));
    await world.clock.until(capturing);
    await world.later(DAY);
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect(world.tables.jobs.size).toBe(0);
  });

  it("that the gateway refuses to release is not voided again every hour: one void, one case, and the gateway is asked what became of it", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.authorized();
    world.gateway.next("send", says.declined("operation_refused"));
    await world.later(9 * DAY);
    expect(world.attempts(id).filter((attempt) => attempt.operation === "void")).toHaveLength(1);
    expect(world.eventTypes(id).filter((type) => type === "payment.cancel_failed")).toHaveLength(1);
    expect(world.cases()).toEqual(["hold_not_released"]);
    expect(world.gateway.count("retrieve")).toBeGreaterThanOrEqual(2);
    world.gateway.next("retrieve", says.canceled);
    await world.later(2 * DAY);
    expect(world.payment(id).status).toBe("canceled");
    expect(broken(world.tables)).toEqual([]);
  });
});

describe("a job past its deadline", () => {
  it("opens a case once: nobody came for a payment in five minutes; the work itself goes on", async () => {
    const world = new World();
    const id = await world.created();
    await world.clock.advance(5 * MINUTE - 1);
    expect(await reportOverdue(world.deps)).toBe(0);
    await world.clock.advance(1);
    expect(await reportOverdue(world.deps)).toBe(1);
    expect(await reportOverdue(world.deps)).toBe(0);
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "overdue", subject: id, paymentId: id, status: "open" }]);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
  });

  it("that asks opens the case of the attempt it asks about, and the answer closes it", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    world.clock.jump(30 * MINUTE);
    expect(await reportOverdue(world.deps)).toBe(1);
    expect([...world.tables.cases.values()]).toMatchObject([
      { kind: "unknown_outcome", subject: world.attempts(id)[0]!.id, paymentId: id },
    ]);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
  });

  it("keeps its lease: who works on it goes on alone", async () => {
    const world = new World();
    const id = await world.created();
    world.clock.jump(5 * MINUTE);
    const stale = world.deps.store.overdue;
    const found = await stale(world.clock.now(), world.clock.now() + HOUR, 10);
    const held = new Held();
    world.gateway.next("send", held);
    const running = await world.start();
    await reportOverdue({ ...world.deps, store: { ...world.deps.store, overdue: async () => found } });
    expect(world.job(id)).toMatchObject({ leaseToken: running.job.leaseToken, runAt: running.job.runAt });
    expect(await world.claim()).toBeNull();
  });

  it("of a capture that nobody came for opens a case, which the capture closes", async () => {
    const world = new World();
    const id = await world.authorized();
    void capturePayment(diesOnceWritten(world.deps), world.caller(), { paymentId: id });
    await world.clock.advance(5 * MINUTE);
    expect(await reportOverdue(world.deps)).toBe(1);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
  });

  it("is found in bounded numbers, oldest first", async () => {
    const world = new World();
    for (let i = 0; i < 150; i++) await world.created();
    await world.clock.advance(5 * MINUTE);
    const asked: number[] = [];
    const overdue: Deps["store"]["overdue"] = (now, againAt, limit) => {
      asked.push(limit);
      return world.deps.store.overdue(now, againAt, limit);
    };
    expect(await reportOverdue({ ...world.deps, store: { ...world.deps.store, overdue } })).toBe(150);
    expect(asked).toEqual([OVERDUE_BATCH, OVERDUE_BATCH]);
    expect(world.cases()).toHaveLength(150);
  });

  it("that cannot be reported does not silence the others, and is looked at again later", async () => {
    const world = new World();
    const [bad, good] = [await world.created(), await world.created()];
    await world.clock.advance(5 * MINUTE);
    const load: Deps["store"]["load"] = (scope, id) =>
      id === bad ? Promise.reject(new Error("unreadable")) : world.deps.store.load(scope, id);
    const broken = { ...world.deps, store: { ...world.deps.store, load } };
    expect(await reportOverdue(broken)).toBe(2);
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "overdue", subject: good }]);
    expect(world.logs).toContainEqual(expect.objectContaining({ level: "error", fields: expect.objectContaining({ subject: bad }) }));
    await world.clock.advance(OVERDUE_AGAIN_MS - 1);
    expect(await reportOverdue(world.deps)).toBe(0);
    await world.clock.advance(1);
    await reportOverdue(world.deps);
    expect([...world.tables.cases.values()].map((one) => one.subject)).toContain(bad);
  });

  it("is looked at by one process, however many sweep at once", async () => {
    const world = new World();
    await world.created();
    await world.clock.advance(5 * MINUTE);
    expect(await Promise.all([reportOverdue(world.deps), reportOverdue(world.deps)])).toEqual([1, 0]);
  });

  it("of the next gateway's attempt is told of as well, where nobody comes for it", async () => {
    const world = new World({ accounts: 2 });
    world.gateway.next("send", says.rejected);
    const id = await world.created();
    const first = (await world.claim())!;
    await runJob(world.deps, first);
    expect(world.attempts(id).map((attempt) => attempt.status)).toEqual(["rejected", "queued"]);
    await world.clock.advance(5 * MINUTE);
    expect(await reportOverdue(world.deps)).toBe(1);
    expect(world.cases()).toEqual(["overdue"]);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
  });

  it("keeps the deadline that a later look has set: asking again does not bring a past one back", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 40 }, () => says.unknown));
    const id = await world.created();
    await world.work();
    await world.later(31 * MINUTE);
    await reportOverdue(world.deps);
    const told = world.job(id)!.deadlineAt!;
    await world.later(20 * MINUTE);
    expect(world.job(id)!.deadlineAt).toBe(told);
    expect(world.cases()).toEqual(["unknown_outcome"]);
  });
});
