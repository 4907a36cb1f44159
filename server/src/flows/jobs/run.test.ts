import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { DAY, HOUR, MINUTE, says, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { JOB_CASE_AFTER_TRIES, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Job, JobKind } from "../../core/model.ts";
import { queueRules } from "../../core/queues.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import type { Deps } from "../deps.ts";
import { cancelPayment } from "../payments/operations.ts";
import { handlers } from "./handlers.ts";
import { runJob } from "./run.ts";

/** A world whose store fails on load, so that the handler throws. */
function failing(world: World, error: Error = new Error("a bug of ours")): Deps {
  return { ...world.deps, store: { ...world.deps.store, load: () => Promise.reject(error) } };
}

async function leased(world: World): Promise<{ id: string; job: Job }> {
  const id = await world.created();
  return { id, job: (await world.claim())! };
}

describe("what a handler says of its job", () => {
  it("done: the runner writes nothing more", async () => {
    const world = new World();
    const { job } = await leased(world);
    let commits = 0;
    const commit: Deps["store"]["commit"] = (change) => {
      commits++;
      return world.deps.store.commit(change);
    };
    await runJob({ ...world.deps, store: { ...world.deps.store, commit } }, job);
    expect(commits).toBe(2); // begin and settle, both the handler's own
    expect(world.tables.jobs.size).toBe(0);
  });

  it("obsolete: the runner deletes the job", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    world.tables.payments.set(id, { ...world.payment(id), status: "succeeded" });
    await runJob(world.deps, job);
    expect(world.tables.jobs.size).toBe(0);
  });

  it("obsolete, of a job that somebody else holds by now: it stays theirs", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    world.tables.payments.set(id, { ...world.payment(id), status: "succeeded" });
    world.clock.jump(MONEY_LEASE_MS + 1);
    const other = await world.claim();
    await runJob(world.deps, job);
    expect(world.job(id)).toEqual(other);
  });

  it("retry: the job is free at that time, and waiting is not failing", async () => {
    const world = new World();
    const id = await world.created({ confirm: false });
    world.clock.jump(DAY - SECOND);
    const job = { ...world.job(id)!, leaseToken: "token", tries: 3, runAt: world.clock.now() + MONEY_LEASE_MS };
    world.tables.jobs.set(job.id, job);
    await runJob(world.deps, job);
    expect(world.job(id)).toMatchObject({ leaseToken: null, runAt: world.clock.now() + SECOND, tries: 0 });
  });
});

describe("a job that is handed out twice under one lease", () => {
  it("is run once at a time: a cancel beside the call does not close what the call may still charge", async () => {
    const world = new World();
    const id = await world.created();
    const held = new Held();
    world.gateway.next("send", held);
    const { job, end } = await world.start();
    await cancelPayment(world.deps, world.caller(), { paymentId: id });
    await runJob(world.deps, { ...job, attemptId: world.attempts(id)[0]!.id });
    expect(world.attempts(id)).toMatchObject([{ status: "calling" }]);
    held.answer((attempt) => says.succeeded(attempt));
    await end;
    await world.work();
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountRefunded: 1_000 });
  });
});

describe("a handler that throws", () => {
  it("is run again, ever less often, without end; after many failures a person is told once", async () => {
    const world = new World();
    const { id } = await leased(world);
    world.clock.jump(MONEY_LEASE_MS);
    const gaps: number[] = [];
    for (let i = 0; i < 10; i++) {
      const job = (await world.claim(world.job(id)!.id))!;
      await runJob(failing(world), job);
      gaps.push(world.job(id)!.runAt - world.clock.now());
      expect(world.cases().length).toBe(job.tries >= JOB_CASE_AFTER_TRIES ? 1 : 0);
      world.clock.jump(gaps.at(-1)!);
    }
    expect(gaps).toEqual([5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR, HOUR, HOUR]);
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "dead_job", paymentId: id, status: "open" }]);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "dead_job", status: "resolved", resolvedBy: "answer" }]);
  });

  it.each([
    ["has nothing to do any more", "succeeded" as const],
    ["only asks to be run again", "authorized" as const],
  ])("closes its case when it %s", async (_, status) => {
    const world = new World();
    const id = await world.created({ confirm: false });
    const failed = { ...world.job(id)!, leaseToken: "token", tries: JOB_CASE_AFTER_TRIES };
    world.tables.jobs.set(failed.id, failed);
    await runJob(failing(world), failed);
    expect(world.cases()).toEqual(["dead_job"]);
    world.tables.payments.set(id, { ...world.payment(id), status, lapsesAt: world.clock.now() + DAY });
    const again = { ...failed, leaseToken: "again", tries: JOB_CASE_AFTER_TRIES + 1 };
    world.tables.jobs.set(failed.id, again);
    await runJob(world.deps, again);
    expect(world.cases()).toEqual([]);
  });

  it("has its case closed by a webhook that brings what it could not ask for", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    const asks = { ...world.job(id)!, leaseToken: "token", tries: JOB_CASE_AFTER_TRIES };
    world.tables.jobs.set(asks.id, asks);
    await runJob(failing(world), asks);
    expect(world.cases()).toEqual(["dead_job"]);
    const attempt = world.attempts(id)[0]!;
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
  });

  it("has its case closed where a word from outside sets it on its way anew", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost").next("find", says.unknown, says.unknown);
    const id = await world.created();
    await world.work();
    const asks = { ...world.job(id)!, leaseToken: "token", tries: JOB_CASE_AFTER_TRIES };
    world.tables.jobs.set(asks.id, asks);
    await runJob(failing(world), asks);
    const attempt = world.attempts(id)[0]!;
    await world.hook({ attempt, outcome: says.pending(attempt) });
    await world.work();
    expect(world.payment(id).status).toBe("processing");
    expect([world.job(id)!.tries, world.cases()]).toEqual([0, []]);
  });

  it("opens a second case where it fails again after the first was closed", async () => {
    const world = new World();
    const { job } = await leased(world);
    for (const tries of [JOB_CASE_AFTER_TRIES, JOB_CASE_AFTER_TRIES + 1]) {
      const again = { ...job, leaseToken: `token ${tries}`, tries };
      world.tables.jobs.set(job.id, again);
      await runJob(failing(world), again);
      for (const one of world.tables.cases.values()) world.tables.cases.set(one.id, { ...one, status: "resolved" });
    }
    expect(world.tables.cases.size).toBe(2);
  });

  it("is logged with what it worked on", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    await runJob(failing(world), job);
    expect(world.logs).toMatchObject([
      { level: "error", message: "a job failed", fields: { job_id: job.id, kind: "charge", subject: id, error: "Error: a bug of ours" } },
    ]);
  });

  it("never makes the runner throw", async () => {
    const world = new World();
    const { job } = await leased(world);
    const store = {
      ...world.deps.store,
      load: () => Promise.reject(new Error("no")),
      commit: () => Promise.reject(new StoreUnavailable("connection lost")),
    };
    await expect(runJob({ ...world.deps, store }, job)).resolves.toEqual({ outcome: "failed", reason: "Error: no" });
    expect(world.logs.map((entry) => entry.level)).toEqual(["error", "warn"]);
  });

  it("after the gateway was called leaves a job that asks, not one that sends again", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    let commits = 0;
    const commit: Deps["store"]["commit"] = (change) =>
      ++commits === 2 ? Promise.reject(new StoreUnavailable("connection lost")) : world.deps.store.commit(change);
    await runJob({ ...world.deps, store: { ...world.deps.store, commit } }, { ...job, tries: 50 });
    expect(world.job(id)).toMatchObject({ kind: "ask", attemptId: world.attempts(id)[0]!.id, leaseToken: null });
    expect(world.gateway.net).toBe(1_000);
    await world.later(MINUTE);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.gateway.count("send")).toBe(1);
  });

  it("while the store is gone leaves the job to come back with its lease", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    const down = () => Promise.reject(new StoreUnavailable("restarting"));
    await runJob({ ...world.deps, store: { ...world.deps.store, load: down, commit: down } }, job);
    expect(world.job(id)).toEqual(job);
    await world.later(MONEY_LEASE_MS);
    expect(world.payment(id).status).toBe("succeeded");
  });
});

describe("kinds of jobs", () => {
  it.each(Object.keys(handlers) as JobKind[])("%s has a flow", (kind) => {
    expect(handlers[kind]).toBeTypeOf("function");
  });

  it("unknown to this process are left to those that know them", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    world.tables.jobs.set(job.id, { ...job, kind: "from-the-future" as JobKind });
    await runJob(world.deps, { ...job, kind: "from-the-future" as JobKind });
    expect(world.job(id)).toMatchObject({ kind: "from-the-future", leaseToken: null, runAt: world.clock.now() + SECOND });
    expect(world.cases()).toEqual([]);
  });

  it("unknown to every process are tried hourly without end, and are a dead letter for being malformed until one knows them", async () => {
    const world = new World();
    const { id, job } = await leased(world);
    const strange = { ...job, kind: "from-the-future" as JobKind, leaseToken: "t", tries: JOB_CASE_AFTER_TRIES };
    for (const tries of [JOB_CASE_AFTER_TRIES, JOB_CASE_AFTER_TRIES + 1]) {
      world.tables.jobs.set(job.id, { ...strange, tries });
      await runJob(world.deps, { ...strange, tries });
      expect(world.job(id)!.runAt - world.clock.now()).toBe(HOUR);
    }
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "malformed_message", subject: job.id, paymentId: id, status: "open" }]);
    world.tables.jobs.set(job.id, { ...world.job(id)!, kind: "charge" });
    await world.later(HOUR);
    expect([world.payment(id).status, world.cases()]).toEqual(["succeeded", []]);
  });

  it("of each queue have a lease that outlives their longest call", () => {
    for (const rule of Object.values(queueRules)) {
      expect(rule.leaseMs).toBeGreaterThanOrEqual(20 * SECOND);
      expect(rule.perLane).toBeGreaterThan(0);
    }
  });
});
