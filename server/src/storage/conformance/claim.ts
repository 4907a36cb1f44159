import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobIdOf } from "../../core/ids.ts";
import type { Job, JobKind } from "../../core/model.ts";
import type { ClaimWish, Store } from "../../core/ports/store.ts";
import { case_, id, job, moving, newScope, processing, T0 } from "./rows.ts";
import type { MakeStorage, Storage } from "./storage.ts";

export interface ClaimSize {
  /** How many due jobs wait in the one lane that must not slow down the others. */
  readonly crowd: number;
}

export function claimConformance(make: MakeStorage, size: ClaimSize): void {
  describe("claims and leases", () => {
    // Claims see the jobs of all merchants, so each test has a storage of its own.
    let storage: Storage;
    let store: Store;
    beforeEach(async () => {
      storage = await make();
      store = storage.store;
    });
    afterEach(async () => storage.close());

    test("a claim leases due jobs, the oldest first, and nobody else gets them", async () => {
      const all = await add(4, (n) => ({ runAt: T0 - n, lane: "a" }));
      await add(1, () => ({ runAt: T0 + 1, lane: "a" }));
      const claimed = await store.claim(wish({ limit: 3 }));
      expect(claimed.jobs).toEqual([all[3]!, all[2]!, all[1]!].map((row) => ({ ...row, tries: 1, leaseToken: "t1", runAt: T0 + 40_000 })));
      expect((await store.claim(wish({ token: "t2" }))).jobs.map((row) => row.id)).toEqual([all[0]!.id]);
      expect((await store.claim(wish({ token: "t3" }))).jobs).toEqual([]);
    });

    test("a lease that has ended is due again, with another token and one try more", async () => {
      const [one] = await add(1);
      await store.claim(wish());
      const again = await store.claim(wish({ now: T0 + 40_000, leaseUntil: T0 + 80_000, token: "t2" }));
      expect(again.jobs).toEqual([{ ...one!, tries: 2, leaseToken: "t2", runAt: T0 + 80_000 }]);
    });

    test("many claims at once share the jobs out, none twice", async () => {
      const all = await add(100, (n) => ({ lane: `lane ${n % 7}` }));
      const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => store.claim(wish({ token: `t${n}`, limit: 20, perLane: 20 }))));
      const got = claims.flatMap((claimed) => claimed.jobs.map((row) => row.id));
      expect(new Set(got).size).toBe(got.length);
      const rest = await drain(wish({ token: "last" }));
      expect(new Set([...got, ...rest])).toEqual(new Set(all.map((row) => row.id)));
    });

    test("only the queue and the kinds that were asked for", async () => {
      await add(1, () => ({ queue: "webhook-queue", kind: "webhook" }));
      const kinds: JobKind[] = ["charge", "ask", "expire"];
      const all = await Promise.all(kinds.map(async (kind) => (await add(1, () => ({ kind })))[0]!));
      expect((await store.claim(wish({ kinds: ["ask", "expire"] }))).jobs.map((row) => row.id).toSorted()).toEqual([all[1]!.id, all[2]!.id].toSorted());
      expect((await store.claim(wish({ queue: "refund-queue" }))).jobs).toEqual([]);
      expect((await store.claim(wish({ queue: "webhook-queue" }))).jobs).toHaveLength(1);
    });

    test("no lane gets more than its share of a claim, nor more than its room", async () => {
      await add(10, () => ({ lane: "a" }));
      await add(10, () => ({ lane: "b" }));
      await add(10, () => ({ lane: "c" }));
      const { jobs } = await store.claim(wish({ perLane: 4, room: new Map([["b", 1], ["c", 0], ["elsewhere", 9]]) }));
      expect(countByLane(jobs)).toEqual({ a: 4, b: 1 });
    });

    test("the walk goes on after the lane where the last claim ended, and round", async () => {
      await add(3, () => ({ lane: "a" }));
      await add(3, () => ({ lane: "b" }));
      await add(3, () => ({ lane: "c" }));
      const first = await store.claim(wish({ limit: 2, perLane: 1 }));
      expect(first.jobs.map((row) => row.lane)).toEqual(["a", "b"]);
      const second = await store.claim(wish({ limit: 2, perLane: 1, cursor: first.cursor, token: "t2" }));
      expect(second.jobs.map((row) => row.lane)).toEqual(["c", "a"]);
      const third = await store.claim(wish({ limit: 9, perLane: 1, cursor: second.cursor, token: "t3" }));
      expect(third.jobs.map((row) => row.lane)).toEqual(["b", "c", "a"]);
    });

    test("one lane with a crowd of due jobs delays nobody", { timeout: 120_000 }, async () => {
      await add(size.crowd, () => ({ lane: "m", runAt: T0 - 60_000 }));
      await add(2, () => ({ lane: "a" }));
      await add(2, () => ({ lane: "z" }));
      let cursor = "";
      const lanes = new Set<string>();
      for (let n = 0; n < 3 && lanes.size < 3; n++) {
        const claimed = await store.claim(wish({ limit: 60, perLane: 50, cursor, token: `t${n}` }));
        cursor = claimed.cursor;
        for (const row of claimed.jobs) lanes.add(row.lane);
      }
      expect(lanes).toEqual(new Set(["a", "m", "z"]));
    });

    test("more lanes than one walk visits are all reached", async () => {
      await add(600, (n) => ({ lane: `lane ${String(n).padStart(4, "0")}`, runAt: n === 599 ? T0 : T0 + 90_000 }));
      let cursor = "";
      for (let n = 0; n < 10; n++) {
        const claimed = await store.claim(wish({ cursor }));
        if (claimed.jobs.length === 1) return;
        cursor = claimed.cursor;
      }
      expect.fail("the one due job was not found in ten claims");
    });

    test("a job can be taken by id once it is due, but not from somebody", async () => {
      const [one] = await add(1);
      expect(await store.take(one!.id, T0 - 1, T0 + 40_000, "early")).toBeNull();
      expect(await store.take(one!.id, T0, T0 + 40_000, "mine")).toEqual({ ...one!, tries: 1, leaseToken: "mine", runAt: T0 + 40_000 });
      expect(await store.take(one!.id, T0 + 1, T0 + 50_000, "other")).toBeNull();
      expect((await store.claim(wish({ now: T0 + 39_999 }))).jobs).toEqual([]);
      expect((await store.take(one!.id, T0 + 40_000, T0 + 90_000, "other"))?.leaseToken).toBe("other");
      expect(await store.take(jobIdOf(id("pay")), T0, T0 + 1, "t")).toBeNull();
    });

    test("20 takes at once give the job to one", async () => {
      const [one] = await add(1);
      const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => store.take(one!.id, T0, T0 + 40_000, `t${n}`)));
      expect(taken.filter((row) => row !== null)).toHaveLength(1);
    });

    test("what its token guards is written only by the holder", async () => {
      const [one] = await add(1);
      await store.take(one!.id, T0, T0 + 40_000, "holder");
      const evidence = case_(one!, { subject: one!.subject });
      const finish = (token: string) => store.commit({ merchantId: one!.merchantId, mode: one!.mode, job: { id: one!.id, token }, cases: { open: [evidence] } });
      expect(await finish("stranger")).toBe("stale");
      expect((await storage.reads.cases(one!, { limit: 5 })).rows).toEqual([]);
      expect(await finish("holder")).toBe("applied");
      expect((await storage.reads.cases(one!, { limit: 5 })).rows).toEqual([evidence]);
      expect(await finish("holder")).toBe("stale");
      expect(await store.take(one!.id, T0 + 99_999, T0 + 100_000, "t")).toBeNull();
    });

    test("a guarding job that is moved stays, free or held as the move says", async () => {
      const [one] = await add(1, () => ({ deadlineAt: T0 + 7, lane: "a" }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      const held = (await store.take(one!.id, T0, T0 + 40_000, "holder"))!;
      const keep = { id: one!.id, kind: "ask" as const, attemptId: "att_1", lane: "b", runAt: T0 + 60_000, release: false };
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "stranger" }, jobs: { move: [keep] } })).toBe("stale");
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "holder" }, jobs: { move: [keep] } })).toBe("applied");
      expect((await store.claim(wish({ now: T0 + 59_999 }))).jobs).toEqual([]);
      const retry = { id: one!.id, runAt: T0 + 50_000, tries: 0, attemptId: null, deadlineAt: null, release: true };
      expect(await store.commit({ ...scope, job: { id: one!.id, token: "holder" }, jobs: { move: [retry] } })).toBe("applied");
      const next = (await store.claim(wish({ now: T0 + 50_000, leaseUntil: T0 + 90_000, token: "t2" }))).jobs;
      expect(next).toEqual([{ ...held, kind: "ask", lane: "b", attemptId: null, deadlineAt: null, tries: 1, leaseToken: "t2", runAt: T0 + 90_000 }]);
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
      expect(await store.commit(moving({ ...payment, version: 9 }, { lapsesAt: 1 }, { job: { id: jobId, token: "holder" } }))).toBe("stale");
      expect((await store.load(payment, payment.id))!.payment).toEqual(payment);
      const move = { id: jobId, kind: "ask" as const, runAt: T0 + 50_000, release: false };
      expect(await store.commit(moving(payment, { lapsesAt: 1 }, { job: { id: jobId, token: "holder" }, jobs: { move: [move] } }))).toBe("applied");
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
        all.map(({ payment }, n) => store.commit(moving(payment, { lapsesAt: n + 1 }, { job: { id: jobIdOf(payment.id), token: n % 3 ? "holder" : "stranger" } }))),
      );
      expect(results).toEqual(all.map((_, n) => (n % 3 ? "applied" : "stale")));
      const rows = await Promise.all(all.map(async ({ payment }) => (await store.load(scope, payment.id))!.payment.lapsesAt));
      expect(rows).toEqual(all.map((_, n) => (n % 3 ? n + 1 : null)));
      const taken = await Promise.all(all.map(({ payment }) => store.take(jobIdOf(payment.id), T0 + 40_000, T0 + 90_000, "t")));
      expect(taken.map((row) => row !== null)).toEqual(all.map((_, n) => n % 3 === 0));
    });

    test("a move that names no time keeps it", async () => {
      const [one] = await add(1, () => ({ deadlineAt: T0 + 3 }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      const held = (await store.take(one!.id, T0, T0 + 40_000, "holder"))!;
      expect(await store.commit({ ...scope, jobs: { move: [{ id: one!.id, deadlineAt: null, release: false }] } })).toBe("applied");
      expect(await store.overdue(T0 + 3, 9)).toEqual([]);
      expect(await store.take(one!.id, T0 + 39_999, T0 + 50_000, "t")).toBeNull();
      expect(await store.take(one!.id, T0 + 40_000, T0 + 50_000, "t")).toEqual({ ...held, deadlineAt: null, tries: 2, leaseToken: "t", runAt: T0 + 50_000 });
    });

    test("a job that exists already is not inserted a second time", async () => {
      const [one] = await add(1, () => ({ runAt: T0 + 7 }));
      const scope = { merchantId: one!.merchantId, mode: one!.mode };
      expect(await store.commit({ ...scope, jobs: { insert: [{ ...one!, runAt: T0 }] } })).toBe("applied");
      expect(await store.take(one!.id, T0 + 6, T0 + 9, "t")).toBeNull();
    });

    test("jobs whose deadline has passed are told, the latest of them last, until their deadline is taken away", async () => {
      const all = await add(3, (n) => ({ deadlineAt: n === 2 ? null : T0 + 10 - n }));
      await add(1, () => ({ deadlineAt: T0 + 11 }));
      expect(await store.overdue(T0 + 10, 10)).toEqual([all[1], all[0]]);
      expect(await store.overdue(T0 + 10, 1)).toEqual([all[1]]);
      const scope = { merchantId: all[1]!.merchantId, mode: all[1]!.mode };
      await store.commit({ ...scope, jobs: { move: [{ id: all[1]!.id, runAt: T0, deadlineAt: null, release: false }] } });
      expect(await store.overdue(T0 + 10, 10)).toEqual([all[0]]);
    });

    test("a heartbeat is seen, and answers a time", async () => {
      const now = await store.heartbeat({ id: "p1", role: "all", startedAt: T0, now: T0 });
      await store.heartbeat({ id: "p2", role: "worker", startedAt: T0, now: T0 });
      await store.heartbeat({ id: "p1", role: "all", startedAt: T0, now: T0 + 5_000 });
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(await storage.reads.processes(T0)).toEqual([{ id: "p1", role: "all", seenAt: T0 + 5_000 }, { id: "p2", role: "worker", seenAt: T0 }]);
      expect((await storage.reads.processes(T0 + 1)).map((row) => row.id)).toEqual(["p1"]);
    });

    async function add(count: number, given: (n: number) => Partial<Job> = () => ({})): Promise<Job[]> {
      const scope = newScope();
      const rows = Array.from({ length: count }, (_, n) => job(scope, { subject: id("pay"), ...given(n) }));
      for (let from = 0; from < rows.length; from += 5_000) {
        const commits = rows.slice(from, from + 5_000).map((row) => store.commit({ ...scope, jobs: { insert: [row] } }));
        await Promise.all(commits);
      }
      return rows;
    }

    async function drain(given: ClaimWish): Promise<string[]> {
      const got: string[] = [];
      for (let cursor = ""; ; ) {
        const claimed = await store.claim({ ...given, cursor });
        if (claimed.jobs.length === 0) return got;
        got.push(...claimed.jobs.map((row) => row.id));
        cursor = claimed.cursor;
      }
    }
  });
}

function wish(given: Partial<ClaimWish> = {}): ClaimWish {
  return { queue: "payment-queue", kinds: [], now: T0, leaseUntil: T0 + 40_000, token: "t1", limit: 100, perLane: 50, room: new Map(), cursor: "", ...given };
}

function countByLane(jobs: readonly Job[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of jobs) counts[row.lane] = (counts[row.lane] ?? 0) + 1;
  return counts;
}
