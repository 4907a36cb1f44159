/** What happens just before and just after a figure of `core/constants.ts`, in flows: a change of one is a change of what is promised. */
import { describe, expect, it } from "vitest";
import type { Script } from "../../../test/support/flows/gateway.ts";
import { DAY, HOUR, numberedId, says, scope } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import {
  ACTION_EXPIRES_AFTER_MS,
  AUTHORIZATION_MARGIN_MS,
  BUSY_PAYMENT_GAP_MS,
  CREATED_EXPIRES_AFTER_MS,
  MONEY_LEASE_MS,
  OVERDUE_AGAIN_MS,
  OVERDUE_BATCH,
  OVERDUE_ROUNDS_MAX,
  PENDING_CASE_AFTER_MS,
  QUESTION_LAST_GAP_MS,
  QUESTION_SCHEDULE_MS,
  SEND_WITHIN_MS,
  THROTTLED_GAP_MS,
  UNABLE_TO_ASK_GAP_MS,
  UNKNOWN_CASE_AFTER_MS,
  VOID_PATIENCE_MS,
} from "../core/constants.ts";
import type { Call } from "../core/ports/connector.ts";
import { askGateway } from "./ask.ts";
import { expirePayment } from "./upkeep/expire.ts";
import { reportOverdue } from "./upkeep/overdue.ts";

/** A payment and what it is one millisecond before a moment and at it; nobody works in between. */
async function around(world: World, id: string, afterMs: number): Promise<[before: string, at: string]> {
  world.clock.jump(afterMs - 1);
  await world.work();
  const before = world.payment(id).status;
  world.clock.jump(1);
  await world.work();
  return [before, world.payment(id).status];
}

const challenged: Script = (call) => says.requiresAction(call.attempt);

describe("what waits for somebody waits exactly as long as it is told", () => {
  it("a created payment for its confirm", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    expect(await around(world, id, CREATED_EXPIRES_AFTER_MS)).toEqual(["created", "canceled"]);
  });

  it("a hold, voided with a margin before the gateway drops it", async () => {
    const world = new World();
    const id = await world.authorized();
    const lapsesAt = world.payment(id).lapsesAt!;
    expect(await around(world, id, lapsesAt - AUTHORIZATION_MARGIN_MS - world.clock.now())).toEqual(["authorized", "canceled"]);
  });

  it("a shopper's challenge: whoever asks later calls it off", async () => {
    const world = new World();
    world.gateway.next("send", challenged).next("retrieve", challenged);
    const id = await world.created();
    await world.work();
    world.clock.jump(ACTION_EXPIRES_AFTER_MS - 1);
    await world.clock.until(askGateway(world.deps, (await world.claim(world.job(id)!.id))!));
    expect(world.payment(id)).toMatchObject({ status: "requires_action", cancelRequestedAt: null });
    world.clock.jump(MONEY_LEASE_MS);
    await world.work();
    expect(world.payment(id).status).toBe("canceled");
  });

  it.each([
    ["a payment that nobody comes for", "overdue", PENDING_CASE_AFTER_MS, unclaimed],
    ["an outcome that nobody knows", "unknown_outcome", UNKNOWN_CASE_AFTER_MS, unknownOutcome],
  ] as const)("%s: then a person is told", async (_, kind, afterMs, make) => {
    const world = new World();
    await make(world);
    world.clock.jump(afterMs - 1);
    expect([await reportOverdue(world.deps), world.cases()]).toEqual([0, []]);
    world.clock.jump(1);
    expect([await reportOverdue(world.deps), world.cases()]).toEqual([1, [kind]]);
  });
});

async function unclaimed(world: World): Promise<void> {
  await world.created();
}

async function unknownOutcome(world: World): Promise<void> {
  world.gateway.next("send", "answer lost");
  await world.created();
  await world.work();
}

describe("a call to the gateway", () => {
  it("must have left while the lease under which it was decided is sure to outlive it", async () => {
    const world = new World();
    const calls: Call[] = [];
    world.gateway.next("send", (call) => (calls.push(call), says.succeeded(call.attempt)));
    const decidedAt = world.clock.now();
    await world.created();
    await world.work();
    expect(calls[0]!.sendBefore).toBe(decidedAt + SEND_WITHIN_MS);
  });

  it.each([
    ["names no time", null, THROTTLED_GAP_MS],
    ["names one", 7_000, 7_000],
  ])("that is throttled by a gateway that %s is sent again then", async (_, retryAfterMs, gapMs) => {
    const world = new World();
    world.gateway.next("send", says.throttled(retryAfterMs));
    const id = await world.created();
    await world.work();
    expect(world.job(id)!.runAt).toBe(world.clock.now() + gapMs);
  });
});

describe("a question that cannot be asked now", () => {
  it("for want of the connector is left to another process", async () => {
    const world = new World();
    await unknownOutcome(world);
    world.clock.jump(DAY);
    const job = (await world.claim())!;
    expect(await askGateway({ ...world.deps, connectors: new Map() }, job)).toEqual({
      outcome: "retry",
      at: world.clock.now() + UNABLE_TO_ASK_GAP_MS,
    });
  });

  it("because others settle the payment is asked soon", async () => {
    const world = new World();
    await unknownOutcome(world);
    world.clock.jump(DAY);
    const job = (await world.claim())!;
    const busy = { ...world.deps.store, commit: () => Promise.resolve("stale" as const) };
    expect(await askGateway({ ...world.deps, store: busy }, job)).toEqual({
      outcome: "retry",
      at: world.clock.now() + BUSY_PAYMENT_GAP_MS,
    });
    expect(world.gateway.count("find")).toBe(0);
  });

  it("after its whole schedule comes daily, for ever", async () => {
    const world = new World();
    await unknownOutcome(world);
    const [attempt] = [...world.tables.attempts.values()];
    const old = { ...attempt!, questions: QUESTION_SCHEDULE_MS.length + 5, firstSentAt: world.clock.now() - 90 * DAY };
    world.tables.attempts.set(old.id, { ...old, lastSentAt: old.firstSentAt });
    world.gateway.next("find", says.pending(old));
    world.clock.jump(DAY);
    await world.work();
    expect(world.job(old.paymentId)!.runAt).toBe(world.clock.now() + QUESTION_LAST_GAP_MS);
  });
});

describe("an expiry", () => {
  it("whose void is under way looks again later, and never voids twice", async () => {
    const world = new World();
    const id = await world.authorized();
    world.clock.jump(8 * DAY);
    const job = (await world.claim(world.job(id)!.id))!;
    const expected = { outcome: "retry", at: world.clock.now() + VOID_PATIENCE_MS };
    expect([await expirePayment(world.deps, job), await expirePayment(world.deps, job)]).toEqual([expected, expected]);
    expect(world.attempts(id).filter(({ operation }) => operation === "void")).toHaveLength(1);
  });
});

describe("a sweep for late jobs", () => {
  it("takes a bounded number of batches; what is left is first in the next one, and what was told rests", async () => {
    const world = new World();
    const bound = OVERDUE_BATCH * OVERDUE_ROUNDS_MAX;
    const id = await world.created();
    const late = world.job(id)!;
    for (let n = 1; n <= bound + 10; n++) world.tables.jobs.set(numberedId("job", n), { ...late, id: numberedId("job", n) });
    world.tables.jobs.delete(late.id);
    world.clock.jump(HOUR);
    expect(await reportOverdue(world.deps)).toBe(bound);
    expect(await reportOverdue(world.deps)).toBe(10);
    expect(await reportOverdue(world.deps)).toBe(0);
    world.clock.jump(OVERDUE_AGAIN_MS);
    expect(await reportOverdue(world.deps)).toBe(bound);
  });

  it("names a job whose payment is gone, and goes on with the others", async () => {
    const world = new World();
    const [lost, kept] = [await world.created(), await world.created()];
    world.tables.payments.delete(lost);
    world.clock.jump(PENDING_CASE_AFTER_MS);
    expect(await reportOverdue(world.deps)).toBe(2);
    expect(world.logs.map(({ level, fields }) => [level, fields["subject"]])).toEqual(
      expect.arrayContaining([
        ["error", lost],
        ["warn", kept],
      ]),
    );
    expect([...world.tables.cases.values()].map((row) => [row.merchantId, row.subject])).toEqual([[scope.merchantId, kept]]);
  });
});
