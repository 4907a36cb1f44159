import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { MONEY_LEASE_MS } from "../../core/constants.ts";
import { iso } from "../../core/represent.ts";
import type { Deps } from "../deps.ts";
import { runJob } from "../jobs/run.ts";
import { deleteEndpoint } from "../setup/endpoints.ts";
import { handleLetters } from "./handle.ts";
import { discard, failingCharge, fails, givenUp, letters, many, one, read, replay } from "./handle.testing.ts";

describe("many dead letters at once", () => {
  /** Two failing charges, one failing question, two failed deliveries, one event of nobody. */
  async function full(): Promise<World> {
    const world = new World({ endpoints: 1 });
    // Cases have webhooks of their own, which are not what this is about.
    for (const row of world.tables.endpoints.values()) world.tables.endpoints.set(row.id, { ...row, events: ["payment.*"] });
    await givenUp(world, 2);
    await world.hook({ id: "gw_1", attempt: { gatewayKey: "nobody's" }, outcome: says.canceled });
    await world.later(2 * HOUR);
    for (let n = 0; n < 2; n++) {
      world.clock.jump(SECOND);
      await failingCharge(world);
    }
    world.gateway.next("send", "answer lost").next("find", says.unknown, says.unknown);
    const id = await world.created();
    await runJob(world.deps, (await world.claim(world.job(id)!.id))!);
    await fails(world, world.job(id)!);
    return world;
  }

  it("are replayed oldest first at the pace, and none is left (UX-U4)", async () => {
    const world = await full();
    const now = world.clock.now();
    expect(await many(world, replay, { perSecond: 2 })).toMatchObject({
      matched: 6,
      changed: 6,
      skipped: 0,
      has_more: false,
      last_try_at: iso(now + 2_500),
    });
    expect([...world.tables.jobs.values()].map((job) => job.runAt - now).sort((a, b) => a - b)).toEqual([
      0, 500, 1_000, 1_500, 2_000, 2_500,
    ]);
    world.gateway.next("find", ...Array.from({ length: 10 }, () => says.unknown));
    await world.later(MINUTE);
    expect(world.deliveries.filter((row) => row.status === "failed")).toEqual([]);
    expect(world.cases().filter((kind) => kind === "dead_job")).toEqual([]);
    expect(await many(world, replay, { reason: "delivery_failed" })).toMatchObject({
      matched: 0,
      changed: 0,
      oldest_at: null,
      last_try_at: null,
    });
  });

  it.each([
    ["reason", { reason: "delivery_failed" }, 2],
    ["another reason", { reason: "unmatched" }, 1],
    ["no such reason here", { reason: "malformed" }, 0],
    ["kind", { kind: "charge" }, 2],
    ["another kind", { kind: "ask" }, 1],
    ["the kind of deliveries", { kind: "webhook" }, 2],
    ["reason and kind", { reason: "job_failing", kind: "webhook" }, 0],
    ["limit", { limit: 4 }, 4],
  ] as const)("are those of the filter and nothing else: %s", async (_, wish, count) => {
    const world = await full();
    expect(await many(world, replay, wish)).toMatchObject({ matched: count, changed: count, has_more: "limit" in wish });
  });

  it("are those of a time", async () => {
    const world = await full();
    const [, second] = letters(world).filter((row) => row.paymentId !== null);
    expect(await many(world, replay, { reason: "job_failing", before: second!.openedAt, dryRun: true })).toMatchObject({ matched: 1 });
    expect(await many(world, replay, { reason: "job_failing", from: second!.openedAt, dryRun: true })).toMatchObject({ matched: 2 });
  });

  it("are only counted in a dry run, which takes no key", async () => {
    const world = await full();
    const before = JSON.stringify([...world.tables.jobs.values(), ...world.tables.cases.values(), ...world.deliveries]);
    expect(await many(world, discard, { dryRun: true }, "k")).toMatchObject({ dry_run: true, matched: 6, changed: 0, acknowledged: 0 });
    expect(JSON.stringify([...world.tables.jobs.values(), ...world.tables.cases.values(), ...world.deliveries])).toBe(before);
    expect(world.tables.idempotency.size).toBe(0);
  });

  it("are discarded with one reason; work on money is acknowledged and goes on", async () => {
    const world = await full();
    expect(await many(world, discard, {}, "k")).toMatchObject({ matched: 6, changed: 6, acknowledged: 3, last_try_at: null });
    expect(letters(world)).toEqual([]);
    expect(world.deliveries.map((row) => row.status)).toEqual(["canceled", "canceled"]);
    expect(world.tables.jobs.size).toBe(3);
    expect(await many(world, discard, {}, "k")).toMatchObject({ replayed: true, changed: 6 });
  });

  it("are replayed but for what a worker holds, and for deliveries that have nowhere to go", async () => {
    const world = await full();
    const [held] = [...world.tables.jobs.values()];
    world.tables.jobs.set(held!.id, { ...held!, leaseToken: "worker", runAt: world.clock.now() + MONEY_LEASE_MS });
    await deleteEndpoint(world.deps, scope, world.deliveries[0]!.endpointId);
    expect(await many(world, replay)).toMatchObject({ matched: 4, changed: 3, skipped: 1 });
    expect(letters(world)).toHaveLength(1);
    expect(await many(world, discard, { reason: "delivery_failed" })).toMatchObject({ matched: 2, changed: 2 });
  });

  it("leave deliveries alone for a key that may not see them", async () => {
    const world = await full();
    expect(await many(world, { ...replay, deliveries: false })).toMatchObject({ matched: 4, changed: 4 });
    expect(world.deliveries.map((row) => row.status)).toEqual(["failed", "failed"]);
  });

  it("of webhooks do not stand before the rest for a key that may not see deliveries", async () => {
    const world = new World({ endpoints: 1 });
    const paid = await world.created();
    await runJob(world.deps, (await world.claim(world.job(paid)!.id))!);
    await fails(world, world.job(world.deliveries[0]!.id)!);
    const { id } = await failingCharge(world);
    const blind = { ...replay, deliveries: false };
    expect(await many(world, blind, { limit: 1 })).toMatchObject({ matched: 1, changed: 1, skipped: 0, has_more: false });
    expect(world.job(id)).toMatchObject({ tries: 0 });
    expect(letters(world)).toMatchObject([{ evidence: { job: { kind: "webhook" } } }]);
    expect(await many(world, blind, { limit: 1 })).toMatchObject({ matched: 0, has_more: false });
  });

  it("are said to be more only if another request would do more: not in a dry run, nor if a worker has all of these", async () => {
    const world = await full();
    const wish = { kind: "charge", limit: 1 };
    expect(await many(world, replay, { ...wish, dryRun: true })).toMatchObject({ matched: 1, has_more: false });
    const oldest = letters(world).find((row) => row.kind === "dead_job")!.subject;
    const work = world.tables.jobs.get(oldest)!;
    world.tables.jobs.set(oldest, { ...work, leaseToken: "worker", runAt: world.clock.now() + MONEY_LEASE_MS });
    expect(await many(world, replay, wish)).toMatchObject({ matched: 1, changed: 0, skipped: 1, has_more: false });
    world.tables.jobs.set(oldest, work);
    expect(await many(world, replay, wish)).toMatchObject({ matched: 1, changed: 1, has_more: true });
    expect(await many(world, replay, wish)).toMatchObject({ matched: 1, changed: 1, has_more: false });
  });

  it("are decided upon again if somebody was faster with one of them", async () => {
    const world = await full();
    let looked = 0;
    const store: Deps["store"] = {
      ...world.deps.store,
      letters: async (of, filter) => {
        const rows = await world.deps.store.letters(of, filter);
        if (++looked === 1) await one(world, rows[0]!.id, replay);
        return rows;
      },
    };
    const wish = { reason: "job_failing", limit: 100, perSecond: 10, dryRun: false } as const;
    const answer = await handleLetters({ ...world.deps, store }, world.caller(), replay, wish);
    expect([looked, read(answer.body)]).toMatchObject([2, { matched: looked, changed: 2 }]);
  });
});
