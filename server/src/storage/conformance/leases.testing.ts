import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLOCK_PULL_WITHIN_MS, MONEY_LEASE_MS } from "../../core/constants.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Job } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { addJobs, case_, id, moving, newScope, processing, T0 } from "./rows.testing.ts";
import { due } from "./claim.testing.ts";
import { known, type MakeStorage, type Storage } from "./storage.testing.ts";

export function leaseConformance(make: MakeStorage): void {
  describe("leases", () => {
    let storage: Storage;
    let store: Store;
    beforeEach(async () => {
      storage = await make();
      store = storage.store;
    });
    afterEach(async () => storage.close());

    test("a job can be taken by id once it is due, but not from somebody", async () => {
      const [one] = await addJobs(store, 1);
      expect(await store.take(one!.id, T0 - 1, T0 + 40_000, "early")).toBeNull();
      expect(await store.take(one!.id, T0, T0 + 40_000, "mine")).toEqual({ ...one!, tries: 1, leaseToken: "mine", runAt: T0 + 40_000 });
      expect(await store.take(one!.id, T0 + 1, T0 + 50_000, "other")).toBeNull();
      expect((await store.claim(due({ now: T0 + 39_999 }))).jobs).toEqual([]);
      expect((await store.take(one!.id, T0 + 40_000, T0 + 90_000, "other"))?.leaseToken).toBe("other");
      expect(await store.take(jobIdOf(id("pay")), T0, T0 + 1, "t")).toBeNull();
    });

    test("what is leased to the engine counts no try, is for whoever brings its message, and is due again when nobody does", async () => {
      const jobs = await addJobs(store, 3, () => ({ lane: "engine", runAt: T0 }));
      const wish = { ...due({ now: T0, limit: 9 }), leaseUntil: T0 + 30_000 };
      const relayed = (await store.relay(wish)).jobs.filter((job) => job.lane === "engine");
      expect(relayed.map(({ id: jobId, tries, leaseToken, runAt }) => [jobId, tries, leaseToken, runAt]).toSorted()).toEqual(
        jobs.map((job) => [job.id, 0, "engine", T0 + 30_000]).toSorted(),
      );
      expect((await store.relay(wish)).jobs).toEqual([]);
      const [taken, returned, lost] = jobs;
      expect((await store.takeBrought(taken!.id, T0 + 1, T0 + 40_000, "mine"))?.tries).toBe(1);
      expect(await store.takeBrought(taken!.id, T0 + 2, T0 + 50_000, "other")).toBeNull();
      // For whoever asks for its answer, too.
      const [asked] = await addJobs(store, 1, () => ({ lane: "engine", runAt: T0 }));
      await store.relay(wish);
      expect((await store.take(asked!.id, T0 + 1, T0 + 40_000, "mine"))?.leaseToken).toBe("mine");
      // Only what the engine still has: the taken one stays with its holder.
      await store.giveBack([taken!.id, returned!.id], T0 + 5);
      const claimed = async (now: number) => (await store.claim(due({ now, limit: 9 }))).jobs.map((job) => job.id);
      expect(await claimed(T0 + 4)).toEqual([]);
      expect(await claimed(T0 + 5)).toEqual([returned!.id]);
      expect(await claimed(T0 + 30_000)).toContain(lost!.id);
    });

    test("jobs that wait in a lane are woken in the order they were made, the oldest first, and those that somebody holds are not", async () => {
      const waiting = { queue: "webhook-queue", kind: "webhook", lane: "off", runAt: T0 + 9_000 } as const;
      const [newer, older, oldest, held] = await addJobs(store, 4, (n) => ({ ...waiting, createdAt: T0 - 10 * n }));
      const rest = await addJobs(store, 3, (n) => [{ ...waiting, lane: "another" }, { ...waiting, runAt: T0 }, { lane: "off" }][n]!);
      await store.take(held!.id, T0 + 9_000, T0 + 40_000, "holder");
      const wake = { to: "on", now: T0 + 5, limit: 2 };
      expect(await store.wakeJobs(["off", "nowhere"], wake)).toBe(2);
      expect(await store.wakeJobs(["off"], wake)).toBe(1);
      expect(await store.wakeJobs(["off", "on"], wake)).toBe(0);
      const claimed = await store.claim(due({ queue: "webhook-queue", now: T0 + 5, limit: 10 }));
      expect(claimed.jobs.map((job) => [job.id, job.lane])).toEqual([
        [rest[1]!.id, "off"],
        ...[oldest, older, newer].map((job) => [job!.id, "on"]),
      ]);
    });

    test("money jobs that wait in a lane are hurried one after the other, the next first; what is due soon, held or elsewhere is not (F9)", async () => {
      const later = { lane: "acc_1", kind: "ask", runAt: T0 + 600_000 } as const;
      const rows: Partial<Job>[] = [
        { ...later, runAt: T0 + 700_000 },
        { ...later, queue: "refund-queue", kind: "refund" },
        { ...later, runAt: T0 + 800_000 },
        // From here on they stay as they are.
        { ...later, runAt: T0 + 900_000 },
        { ...later, runAt: T0 + 60_000 },
        { ...later, lane: "acc_1 throttled" },
        { ...later, kind: "expire" },
        { ...later, queue: "webhook-queue" },
        { ...later, runAt: T0 },
      ];
      const jobs = await addJobs(store, rows.length, (n) => rows[n]!);
      await store.take(jobs.at(-1)!.id, T0, T0 + 500_000, "holder");
      const hurry = { kinds: ["ask", "refund"], beyond: T0 + 60_000, from: T0 + 1_000, gapMs: 20, limit: 2 } as const;
      expect(await store.hurryJobs("acc_1", hurry)).toBe(3);
      const dueAt = async (n: number, at: number): Promise<boolean[]> =>
        [await store.take(jobs[n]!.id, at - 1, at, "t"), await store.take(jobs[n]!.id, at, at + 1, "t")].map((row) => row !== null);
      const expected = [T0 + 1_020, T0 + 1_000, T0 + 1_040, ...rows.slice(3, -1).map((row) => row.runAt!), T0 + 500_000];
      for (const [n, at] of expected.entries()) expect([n, ...(await dueAt(n, at))]).toEqual([n, false, true]);
    });

    test("a hurry never makes a job come later", async () => {
      const [first, second] = await addJobs(store, 2, (n) => ({ lane: "acc_1", kind: "ask", runAt: T0 + 10 + n }));
      const hurry = { kinds: ["ask"], beyond: T0, from: T0 + 5, gapMs: 1_000, limit: 9 } as const;
      expect(await store.hurryJobs("nowhere", hurry)).toBe(0);
      expect(await store.hurryJobs("acc_1", hurry)).toBe(2);
      expect(await store.take(first!.id, T0 + 5, T0 + 6, "t")).not.toBeNull();
      expect(await store.take(second!.id, T0 + 11, T0 + 12, "t")).not.toBeNull();
    });

    test.each(["take", "takeBrought"] as const)("20 calls of %s at once give the job to one", async (how) => {
      const [one] = await addJobs(store, 1);
      const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => store[how](one!.id, T0, T0 + 40_000, `t${n}`)));
      expect(taken.filter((row) => row !== null)).toHaveLength(1);
    });

    test("many that are brought at once are taken each by its own token, and what is not due is not", async () => {
      const jobs = await addJobs(store, 40, (n) => ({ runAt: n < 30 ? T0 : T0 + 9_000 }));
      const taken = await Promise.all(jobs.map((job) => store.takeBrought(job.id, T0, T0 + 40_000, `of ${job.id}`)));
      expect(taken.map((row) => row?.leaseToken ?? null)).toEqual(jobs.map((job, n) => (n < 30 ? `of ${job.id}` : null)));
    });

    test("what its token guards is written only by the holder", async () => {
      const [one] = await addJobs(store, 1);
      await store.take(one!.id, T0, T0 + 40_000, "holder");
      const evidence = case_(one!, { subject: one!.subject });
      const finish = (token: string) =>
        store.commit({ merchantId: one!.merchantId, mode: one!.mode, job: { id: one!.id, token }, cases: { open: [evidence] } });
      expect(await finish("stranger")).toBe("stale");
      expect(known(await storage.reads.cases(one!, { limit: 5 })).rows).toEqual([]);
      expect(await finish("holder")).toBe("applied");
      expect(known(await storage.reads.cases(one!, { limit: 5 })).rows).toEqual([evidence]);
      expect(await finish("holder")).toBe("stale");
      expect(await store.take(one!.id, T0 + 99_999, T0 + 100_000, "t")).toBeNull();
    });

    test("a guarding job that is moved stays, free or held as the move says", async () => {
      const [one] = await addJobs(store, 1, () => ({ deadlineAt: T0 + 7, lane: "a" }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      const held = (await store.take(one!.id, T0, T0 + 40_000, "holder"))!;
      const keep = { id: one!.id, kind: "ask" as const, attemptId: "att_1", lane: "b", runAt: T0 + 60_000, release: false };
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "stranger" }, jobs: { move: [keep] } })).toBe("stale");
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "holder" }, jobs: { move: [keep] } })).toBe("applied");
      expect((await store.claim(due({ now: T0 + 59_999 }))).jobs).toEqual([]);
      const retry = { id: one!.id, runAt: T0 + 50_000, tries: 0, attemptId: null, deadlineAt: null, release: true };
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "holder" }, jobs: { move: [retry] } })).toBe("applied");
      const next = (await store.claim(due({ now: T0 + 50_000, leaseUntil: T0 + 90_000, token: "t2" }))).jobs;
      expect(next).toEqual([
        { ...held, kind: "ask", lane: "b", attemptId: null, deadlineAt: null, tries: 1, leaseToken: "t2", runAt: T0 + 90_000 },
      ]);
    });

    test("a move beside a payment that names another token leaves the job alone, and the payment moves", async () => {
      const { payment } = await processing(store, newScope());
      const jobId = jobIdOf(payment.id);
      await store.take(jobId, T0, T0 + 40_000, "holder");
      const move = { id: jobId, runAt: T0 + 1, release: true };
      expect(await store.commit(moving(payment, {}, { jobs: { move: [{ ...move, token: "stranger" }] } }))).toBe("applied");
      expect(await store.take(jobId, T0 + 2, T0 + 3, "t")).toBeNull();
      expect(await store.commit(moving({ ...payment, version: payment.version + 1 }, {}, { jobs: { move: [move] } }))).toBe("applied");
      expect(await store.take(jobId, T0 + 2, T0 + 3, "t")).not.toBeNull();
    });

    test("where payment and job both guard, both must hold, and both are written", async () => {
      const { payment } = await processing(store, newScope());
      const jobId = jobIdOf(payment.id);
      await store.take(jobId, T0, T0 + 40_000, "holder");
      const fresh = { ...payment, version: payment.version + 1 };
      expect(await store.commit(moving(payment, { lapsesAt: 1 }, { job: { id: jobId, token: "stranger" } }))).toBe("stale");
      expect(await store.commit(moving({ ...payment, version: 9 }, { lapsesAt: 1 }, { job: { id: jobId, token: "holder" } }))).toBe(
        "stale",
      );
      expect((await store.load(payment, payment.id))!.payment).toEqual(payment);
      const move = { id: jobId, kind: "ask" as const, runAt: T0 + 50_000, release: false };
      expect(await store.commit(moving(payment, { lapsesAt: 1 }, { job: { id: jobId, token: "holder" }, jobs: { move: [move] } }))).toBe(
        "applied",
      );
      expect(await store.take(jobId, T0 + 49_999, T0 + 90_000, "t")).toBeNull();
      expect(await store.commit(moving(fresh, { lapsesAt: 2 }, { job: { id: jobId, token: "holder" } }))).toBe("applied");
      expect((await store.load(payment, payment.id))!.payment).toEqual({ ...fresh, lapsesAt: 2, version: fresh.version + 1 });
      expect(await store.take(jobId, T0 + 99_999, T0 + 100_000, "t")).toBeNull();
    });

    test("many changes with both guards at once: those whose token is wrong write nothing", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 30 }, () => processing(store, scope)));
      await Promise.all(all.map(({ payment }) => store.take(jobIdOf(payment.id), T0, T0 + 40_000, "holder")));
      const results = await Promise.all(
        all.map(({ payment }, n) =>
          store.commit(moving(payment, { lapsesAt: n + 1 }, { job: { id: jobIdOf(payment.id), token: n % 3 ? "holder" : "stranger" } })),
        ),
      );
      expect(results).toEqual(all.map((_, n) => (n % 3 ? "applied" : "stale")));
      const rows = await Promise.all(all.map(async ({ payment }) => (await store.load(scope, payment.id))!.payment.lapsesAt));
      expect(rows).toEqual(all.map((_, n) => (n % 3 ? n + 1 : null)));
      const taken = await Promise.all(all.map(({ payment }) => store.take(jobIdOf(payment.id), T0 + 40_000, T0 + 90_000, "t")));
      expect(taken.map((row) => row !== null)).toEqual(all.map((_, n) => n % 3 === 0));
    });

    test("two changes of one job at once are both written", async () => {
      const [one] = await addJobs(store, 1, () => ({ deadlineAt: T0 + 3 }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      const moves = [{ kind: "ask" as const }, { deadlineAt: null }, { attemptId: "att_1" }, { tries: 4 }];
      const results = await Promise.all(
        moves.map((move) => store.commit({ ...scope, jobs: { move: [{ id: one!.id, release: false, ...move }] } })),
      );
      expect(results).toEqual(moves.map(() => "applied"));
      expect(await store.take(one!.id, T0, T0 + 9, "t")).toEqual({
        ...one!,
        kind: "ask",
        deadlineAt: null,
        attemptId: "att_1",
        tries: 5,
        leaseToken: "t",
        runAt: T0 + 9,
      });
    });

    test("a move of a job that nobody holds leaves a held one alone", async () => {
      const [free, held] = await addJobs(store, 2, () => ({ runAt: T0 }));
      const scope = { merchantId: free!.merchantId, mode: free!.mode };
      const lease = (await store.take(held!.id, T0, T0 + 40_000, "holder"))!;
      const wake = (id: string) => ({ id, token: "", runAt: T0 - 5, release: true });
      expect(await store.commit({ ...scope, jobs: { move: [wake(free!.id), wake(held!.id)] } })).toBe("applied");
      expect(await store.take(free!.id, T0 - 5, T0 + 9, "t")).toMatchObject({ id: free!.id, leaseToken: "t" });
      expect(await store.take(held!.id, T0 + 39_999, T0 + 50_000, "t")).toBeNull();
      expect(lease.leaseToken).toBe("holder");
    });

    test("a move that names no time keeps it", async () => {
      const [one] = await addJobs(store, 1, () => ({ deadlineAt: T0 + 3 }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      const held = (await store.take(one!.id, T0, T0 + 40_000, "holder"))!;
      expect(await store.commit({ ...scope, jobs: { move: [{ id: one!.id, deadlineAt: null, release: false }] } })).toBe("applied");
      expect(await store.overdue(T0 + 3, T0 + 4, 9)).toEqual([]);
      expect(await store.take(one!.id, T0 + 39_999, T0 + 50_000, "t")).toBeNull();
      expect(await store.take(one!.id, T0 + 40_000, T0 + 50_000, "t")).toEqual({
        ...held,
        deadlineAt: null,
        tries: 2,
        leaseToken: "t",
        runAt: T0 + 50_000,
      });
    });

    test("a job that exists already is not inserted a second time", async () => {
      const [one] = await addJobs(store, 1, () => ({ runAt: T0 + 7 }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      expect(await store.commit({ ...scope, jobs: { insert: [{ ...one!, runAt: T0 }] } })).toBe("applied");
      expect(await store.take(one!.id, T0 + 6, T0 + 9, "t")).toBeNull();
    });

    test("jobs whose deadline has passed are told, the latest of them last, until their deadline is taken away", async () => {
      const all = await addJobs(store, 3, (n) => ({ deadlineAt: n === 2 ? null : T0 + 10 - n }));
      await addJobs(store, 1, () => ({ deadlineAt: T0 + 11 }));
      expect(await store.overdue(T0 + 10, T0 + 20, 1)).toEqual([all[1]]);
      expect(await store.overdue(T0 + 10, T0 + 21, 10)).toEqual([all[0]]);
      expect(await store.overdue(T0 + 20, T0 + 30, 1)).toEqual([expect.objectContaining({ id: expect.any(String), deadlineAt: T0 + 11 })]);
      expect(await store.overdue(T0 + 20, T0 + 30, 10)).toEqual([{ ...all[1], deadlineAt: T0 + 20 }]);
      const scope = { merchantId: all[1]!.merchantId, mode: all[1]!.mode };
      await store.commit({ ...scope, jobs: { move: [{ id: all[1]!.id, runAt: T0, deadlineAt: null, release: false }] } });
      expect((await store.overdue(T0 + 40, T0 + 50, 10)).map((job) => job.id)).not.toContain(all[1]!.id);
    });

    test("when the clock went back, jobs that are due soon are moved with it, and no lease is cut short (F2)", async () => {
      const back = 600_000;
      const old = T0 + back;
      const [soon, due_, later, young, held, fresh] = (await addJobs(store, 6, (n) => ({
        runAt: [old + 5_000, T0 - 1, old + CLOCK_PULL_WITHIN_MS + 1, T0 + 300_000, old, T0][n]!,
      }))) as [Job, Job, Job, Job, Job, Job];
      await store.take(held.id, old, old + MONEY_LEASE_MS, "by the old time");
      await store.take(fresh.id, T0, T0 + MONEY_LEASE_MS, "by the new time");
      expect(await store.pullJobs(T0, back)).toBe(3);
      const dueAt = async (job: Job, at: number): Promise<boolean[]> =>
        [await store.take(job.id, at - 1, at, "t"), await store.take(job.id, at, at + 1, "t")].map((row) => row !== null);
      expect(await dueAt(soon, T0 + 5_000)).toEqual([false, true]);
      expect(await dueAt(due_, T0 - 1)).toEqual([false, true]);
      expect(await dueAt(later, old + CLOCK_PULL_WITHIN_MS + 1)).toEqual([false, true]);
      expect(await dueAt(young, T0)).toEqual([false, true]);
      expect(await dueAt(held, T0 + MONEY_LEASE_MS)).toEqual([false, true]);
      expect(await dueAt(fresh, T0 + MONEY_LEASE_MS)).toEqual([false, true]);
    });

    test("a heartbeat is seen, and answers a time", async () => {
      const now = await store.heartbeat({ id: "p1", role: "all", startedAt: T0, now: T0 });
      await store.heartbeat({ id: "p2", role: "worker", startedAt: T0, now: T0 });
      await store.heartbeat({ id: "p1", role: "all", startedAt: T0, now: T0 + 5_000 });
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(await storage.reads.processes(T0)).toEqual([
        { id: "p1", role: "all", seenAt: T0 + 5_000 },
        { id: "p2", role: "worker", seenAt: T0 },
      ]);
      expect((await storage.reads.processes(T0 + 1)).map((row) => row.id)).toEqual(["p1"]);
    });
  });
}
