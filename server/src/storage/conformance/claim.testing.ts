import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../core/model.ts";
import type { ClaimWish, Store } from "../../core/ports/store.ts";
import { addJobs, T0 } from "./rows.testing.ts";
import type { MakeStorage, Storage } from "./storage.testing.ts";

export interface ClaimSize {
  /** How many due jobs wait in the one lane that must not slow down the others. */
  readonly crowd: number;
}

export function claimConformance(make: MakeStorage, size: ClaimSize): void {
  describe("claims", () => {
    // Claims see the jobs of all merchants, so each test has a storage of its own.
    let storage: Storage;
    let store: Store;
    beforeEach(async () => {
      storage = await make();
      store = storage.store;
    });
    afterEach(async () => storage.close());

    test("a claim leases due jobs, the oldest first, and nobody else gets them", async () => {
      const all = await addJobs(store, 4, (n) => ({ runAt: T0 - n, lane: "a" }));
      await addJobs(store, 1, () => ({ runAt: T0 + 1, lane: "a" }));
      const claimed = await store.claim(due({ limit: 3 }));
      expect(claimed.jobs).toEqual([all[3]!, all[2]!, all[1]!].map((row) => ({ ...row, tries: 1, leaseToken: "t1", runAt: T0 + 40_000 })));
      expect((await store.claim(due({ token: "t2" }))).jobs.map((row) => row.id)).toEqual([all[0]!.id]);
      expect((await store.claim(due({ token: "t3" }))).jobs).toEqual([]);
    });

    test("a lease that has ended is due again, with another token and one try more", async () => {
      const [one] = await addJobs(store, 1);
      await store.claim(due());
      const again = await store.claim(due({ now: T0 + 40_000, leaseUntil: T0 + 80_000, token: "t2" }));
      expect(again.jobs).toEqual([{ ...one!, tries: 2, leaseToken: "t2", runAt: T0 + 80_000 }]);
    });

    test("many claims at once share the jobs out, none twice", async () => {
      const all = await addJobs(store, 100, (n) => ({ lane: `lane ${n % 7}` }));
      const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => store.claim(due({ token: `t${n}`, limit: 20, perLane: 20 }))));
      const got = claims.flatMap((claimed) => claimed.jobs.map((row) => row.id));
      expect(new Set(got).size).toBe(got.length);
      const rest = await drain(due({ token: "last" }));
      expect(new Set([...got, ...rest])).toEqual(new Set(all.map((row) => row.id)));
    });

    test("only the queue that was asked for", async () => {
      await addJobs(store, 1, () => ({ queue: "webhook-queue", kind: "webhook" }));
      await addJobs(store, 2);
      expect((await store.claim(due())).jobs).toHaveLength(2);
      expect((await store.claim(due({ queue: "refund-queue" }))).jobs).toEqual([]);
      expect((await store.claim(due({ queue: "webhook-queue" }))).jobs).toHaveLength(1);
    });

    test("no lane gets more than its share of a claim, nor more than its room", async () => {
      await addJobs(store, 10, () => ({ lane: "a" }));
      await addJobs(store, 10, () => ({ lane: "b" }));
      await addJobs(store, 10, () => ({ lane: "c" }));
      const { jobs } = await store.claim(
        due({
          perLane: 4,
          room: new Map([
            ["b", 1],
            ["c", 0],
            ["elsewhere", 9],
          ]),
        }),
      );
      expect(countByLane(jobs)).toEqual({ a: 4, b: 1 });
    });

    test("the walk goes on after the lane where the last claim ended, and round", async () => {
      await addJobs(store, 3, () => ({ lane: "a" }));
      await addJobs(store, 3, () => ({ lane: "b" }));
      await addJobs(store, 3, () => ({ lane: "c" }));
      const first = await store.claim(due({ limit: 2, perLane: 1 }));
      expect(first.jobs.map((row) => row.lane)).toEqual(["a", "b"]);
      const second = await store.claim(due({ limit: 2, perLane: 1, cursor: first.cursor, token: "t2" }));
      expect(second.jobs.map((row) => row.lane)).toEqual(["c", "a"]);
      const third = await store.claim(due({ limit: 9, perLane: 1, cursor: second.cursor, token: "t3" }));
      expect(third.jobs.map((row) => row.lane)).toEqual(["b", "c", "a"]);
    });

    test("one lane with a crowd of due jobs delays nobody", { timeout: 120_000 }, async () => {
      await addJobs(store, size.crowd, () => ({ lane: "m", runAt: T0 - 60_000 }));
      await addJobs(store, 2, () => ({ lane: "a" }));
      await addJobs(store, 2, () => ({ lane: "z" }));
      let cursor = "";
      const lanes = new Set<string>();
      for (let n = 0; n < 3 && lanes.size < 3; n++) {
        const claimed = await store.claim(due({ limit: 60, perLane: 50, cursor, token: `t${n}` }));
        cursor = claimed.cursor;
        for (const row of claimed.jobs) lanes.add(row.lane);
      }
      expect(lanes).toEqual(new Set(["a", "m", "z"]));
    });

    test("more lanes than one walk visits are all reached", async () => {
      await addJobs(store, 600, (n) => ({ lane: `lane ${String(n).padStart(4, "0")}`, runAt: n === 599 ? T0 : T0 + 90_000 }));
      let cursor = "";
      for (let n = 0; n < 10; n++) {
        const claimed = await store.claim(due({ cursor }));
        if (claimed.jobs.length === 1) return;
        cursor = claimed.cursor;
      }
      expect.fail("the one due job was not found in ten claims");
    });

    async function drain(given: ClaimWish): Promise<string[]> {
      const got: string[] = [];
      for (let cursor = ""; ;) {
        const claimed = await store.claim({ ...given, cursor });
        if (claimed.jobs.length === 0) return got;
        got.push(...claimed.jobs.map((row) => row.id));
        cursor = claimed.cursor;
      }
    }
  });
}

/** A claim of payment jobs that are due at `T0`. */
export function due(given: Partial<ClaimWish> = {}): ClaimWish {
  return {
    queue: "payment-queue",
    now: T0,
    leaseUntil: T0 + 40_000,
    token: "t1",
    limit: 100,
    perLane: 50,
    room: new Map(),
    cursor: "",
    ...given,
  };
}

function countByLane(jobs: readonly Job[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of jobs) counts[row.lane] = (counts[row.lane] ?? 0) + 1;
  return counts;
}
