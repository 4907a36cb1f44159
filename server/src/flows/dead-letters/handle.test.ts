import { describe, expect, it } from "vitest";
import { HOUR, says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { ACKNOWLEDGED_FOR_MS, CASE_REASON_LENGTH_MAX, MONEY_LEASE_MS } from "../../core/constants.ts";
import { iso } from "../../core/represent.ts";
import { timelineOf } from "../../core/timeline.ts";
import { runJob } from "../jobs/run.ts";
import { discard, failingCharge, fails, givenUp, letters, one, replay } from "./handle.testing.ts";

describe("replaying a dead letter", () => {
  it("makes a failing job due at once as if it had never been tried, and resolves its case", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    expect(world.job(id)!.runAt - world.clock.now()).toBe(HOUR);
    expect(await one(world, letter.id, { ...replay, reason: "the bug is mended" })).toMatchObject({
      id: letter.id,
      outcome: "replayed",
      payment_id: id,
      subject: id,
      next_try_at: iso(world.clock.now()),
    });
    expect(world.job(id)).toMatchObject({ kind: "charge", tries: 0, leaseToken: null, runAt: world.clock.now() });
    const resolution = { status: "resolved", resolvedBy: "person", resolvedByName: "Ann", resolution: "Replayed: the bug is mended" };
    expect(world.tables.cases.get(letter.id)).toMatchObject(resolution);
    expect(world.hints).toContain("payment-queue");
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("sends a failed delivery again from its start, and keeps who did so", async () => {
    const world = new World({ endpoints: 1 });
    await givenUp(world);
    const [before] = world.deliveries;
    await one(world, before!.id, { ...replay, reason: "receiver mended" });
    const byHand = [{ action: "replayed", by: "Ann", reason: "receiver mended", at: world.clock.now() }];
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 5, scheduleStart: 5, byHand }]);
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 6, byHand }]);
  });

  it("applies a gateway's event that belonged to nothing, once its attempt is there", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 50 }, () => says.unknown));
    await world.hook({ id: "gw_1", attempt: { gatewayKey: "not yet" }, outcome: says.canceled });
    await world.later(2 * HOUR);
    const [letter] = letters(world);
    expect(letter).toMatchObject({ kind: "unmatched_gateway_event" });
    expect(await one(world, letter!.id, replay)).toMatchObject({ outcome: "replayed", subject: letter!.subject, payment_id: null });
    expect([...world.tables.inbox.values()]).toMatchObject([{ status: "received", handledAt: null }]);
    await world.work();
    // It still belongs to nothing: it is parked again at once, not after another hour.
    expect(letters(world)).toMatchObject([{ kind: "unmatched_gateway_event", subject: letter!.subject }]);
  });

  it("is refused while a worker holds the job, and when the lease has ended it is not", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    const held = { ...world.job(id)!, leaseToken: "worker", runAt: world.clock.now() + MONEY_LEASE_MS };
    world.tables.jobs.set(held.id, held);
    await expect(one(world, letter.id, replay)).rejects.toMatchObject({
      code: "invalid_state",
      message: expect.stringContaining("A worker is at"),
    });
    expect([world.job(id), letters(world)]).toEqual([held, [letter]]);
    world.clock.jump(MONEY_LEASE_MS);
    expect(await one(world, letter.id, replay)).toMatchObject({ outcome: "replayed" });
    expect(world.job(id)).toMatchObject({ leaseToken: null, tries: 0 });
  });

  it("is refused a second time, and names who was first", async () => {
    const world = new World();
    const { letter } = await failingCharge(world);
    const both = await Promise.allSettled([one(world, letter.id, replay), one(world, letter.id, { ...replay, by: "Bob" })]);
    expect(both.map((each) => each.status)).toEqual(["fulfilled", "rejected"]);
    expect((both[1] as PromiseRejectedResult).reason).toMatchObject({ code: "invalid_state", message: expect.stringContaining("by Ann") });
  });

  it("under one key is done once, also at once, and a repeat gets the same answer", async () => {
    const world = new World();
    const { letter } = await failingCharge(world);
    const [first, second] = await Promise.all([one(world, letter.id, replay, "k"), one(world, letter.id, replay, "k")]);
    expect(second).toEqual({ ...first, replayed: true });
    expect(await one(world, letter.id, replay, "k")).toEqual(second);
  });

  it("is refused of what is no dead letter", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created();
    await world.work();
    await expect(one(world, world.deliveries[0]!.id, replay)).rejects.toMatchObject({
      code: "invalid_state",
      message: expect.stringContaining("succeeded"),
    });
    world.tables.cases.set("case_1", { ...(await failingCharge(world)).letter, id: "case_1", kind: "overdue", subject: id });
    await expect(one(world, "case_1", replay)).rejects.toMatchObject({ code: "not_found" });
    await expect(one(world, "case_2", replay)).rejects.toMatchObject({ code: "not_found" });
    await expect(one(world, "dlv_2", discard)).rejects.toMatchObject({ code: "not_found" });
  });

  it("of a job that is gone is refused, and a discard ends its case", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    world.tables.jobs.delete(world.job(id)!.id);
    await expect(one(world, letter.id, replay)).rejects.toMatchObject({ code: "invalid_state", message: expect.stringContaining("gone") });
    expect(await one(world, letter.id, discard)).toMatchObject({ outcome: "discarded" });
    expect(letters(world)).toEqual([]);
  });
});

describe("discarding a dead letter", () => {
  it("ends a failed delivery for good, with who and why", async () => {
    const world = new World({ endpoints: 1 });
    await givenUp(world);
    const [before] = world.deliveries;
    expect(await one(world, before!.id, discard)).toMatchObject({
      outcome: "discarded",
      by: "Ann",
      reason: "not needed",
      next_try_at: null,
    });
    const now = world.clock.now();
    const byHand = [{ action: "discarded", by: "Ann", reason: "not needed", at: now }];
    expect(world.deliveries).toEqual([{ ...before, status: "canceled", nextTryAt: null, finishedAt: now, byHand }]);
    expect(world.tables.jobs.size).toBe(0);
    await expect(one(world, before!.id, discard)).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("of work on money only acknowledges it: the job goes on, and the same failure is quiet for a week", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    const before = world.job(id)!;
    const until = world.clock.now() + ACKNOWLEDGED_FOR_MS;
    expect(await one(world, letter.id, discard)).toMatchObject({ outcome: "acknowledged", quiet_until: iso(until) });
    expect(world.job(id)).toEqual(before);
    await fails(world, before);
    expect(letters(world)).toEqual([]);
    await fails(world, before, "another bug");
    expect(letters(world)).toMatchObject([{ kind: "dead_job", evidence: { reason: "Error: another bug" } }]);
    await one(world, letters(world)[0]!.id, discard);
    world.clock.jump(ACKNOWLEDGED_FOR_MS);
    await fails(world, before, "another bug");
    expect(letters(world)).toHaveLength(1);
    world.clock.jump(HOUR);
    await world.work();
    expect([world.payment(id).status, letters(world)]).toEqual(["succeeded", []]);
  });

  it("for one reason and then for another leaves both quiet within the week", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    const work = world.job(id)!;
    await one(world, letter.id, discard);
    await fails(world, work, "another bug");
    await one(world, letters(world)[0]!.id, discard);
    await fails(world, work);
    await fails(world, work, "another bug");
    expect(letters(world)).toEqual([]);
  });

  it("of a failure whose message is no text, or is cut within a character, is quiet as well", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    const work = world.job(id)!;
    await one(world, letter.id, discard);
    // "Error: " stands before it.
    const message = `\u0000${"x".repeat(CASE_REASON_LENGTH_MAX - 9)}😀`;
    await fails(world, work, message);
    const reason = `Error: \ufffd${"x".repeat(CASE_REASON_LENGTH_MAX - 9)}\ufffd`;
    expect(letters(world)).toMatchObject([{ kind: "dead_job", evidence: { reason } }]);
    await one(world, letters(world)[0]!.id, discard);
    await fails(world, work, message);
    expect(letters(world)).toEqual([]);
  });

  it("that a person resolved as a case is news when it fails again (0027)", async () => {
    const world = new World();
    const { id, letter } = await failingCharge(world);
    await one(world, letter.id, replay);
    await fails(world, world.job(id)!);
    expect(letters(world)).toHaveLength(1);
  });

  it("of a webhook whose job fails ends the delivery and the job, and the payment is untouched", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created();
    await runJob(world.deps, (await world.claim(world.job(id)!.id))!);
    const [owed] = world.deliveries;
    await fails(world, world.job(owed!.id)!);
    const [letter] = letters(world);
    await expect(one(world, letter!.id, { ...discard, deliveries: false })).rejects.toMatchObject({ code: "permission_denied" });
    expect(await one(world, letter!.id, discard)).toMatchObject({ outcome: "discarded", subject: owed!.id });
    expect(world.deliveries).toMatchObject([{ status: "canceled", byHand: [{ action: "discarded" }] }]);
    expect([world.tables.jobs.size, letters(world), world.payment(id).status]).toEqual([0, [], "succeeded"]);
  });

  it("of a gateway's event resolves its case and keeps the event", async () => {
    const world = new World();
    await world.hook({ id: "gw_1", attempt: { gatewayKey: "nobody's" }, outcome: says.canceled });
    await world.later(2 * HOUR);
    expect(await one(world, letters(world)[0]!.id, discard)).toMatchObject({ outcome: "discarded", quiet_until: null });
    expect([...world.tables.inbox.values()]).toMatchObject([{ status: "unmatched" }]);
    expect([...world.tables.cases.values()]).toMatchObject([{ status: "resolved", resolution: "not needed", quietUntil: null }]);
  });

  it("needs a reason", async () => {
    const world = new World();
    const { letter } = await failingCharge(world);
    await expect(one(world, letter.id, { ...discard, reason: " " })).rejects.toMatchObject({
      code: "missing_field",
      details: { param: "reason" },
    });
    expect(letters(world)).toEqual([letter]);
  });

  it("is told in the payment's timeline, with who and why", async () => {
    const world = new World({ endpoints: 1 });
    await givenUp(world);
    const [owed] = world.deliveries;
    await one(world, owed!.id, discard);
    const history = (await world.storage.reads.history(scope, owed!.paymentId!))!;
    expect(timelineOf(history).filter((entry) => entry.kind === "person")).toEqual([
      {
        at: world.clock.now(),
        kind: "person",
        id: owed!.id,
        text: `Ann discarded the webhook payment.succeeded to ${owed!.endpointId}: not needed`,
      },
    ]);
  });
});
