import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aJob, numberedId, SECOND, START } from "../../../../test/support/flows/rows.ts";
import type { Job } from "../../core/model.ts";
import type { ClaimWish } from "../../core/ports/store.ts";
import { memoryStorage } from "./index.ts";

function storeWith(jobs: readonly Partial<Job>[]) {
  const storage = memoryStorage();
  jobs.forEach((given, i) => {
    const job = aJob({ id: numberedId("job", i + 1), leaseToken: null, tries: 0, ...given });
    storage.tables.jobs.set(job.id, job);
  });
  return storage;
}

function wish(given: Partial<ClaimWish> = {}): ClaimWish {
  return {
    queue: "payment-queue",
    now: START,
    leaseUntil: START + 40 * SECOND,
    token: "mine",
    limit: 100,
    perLane: 100,
    room: new Map(),
    cursor: "",
    ...given,
  };
}

describe("a claim", () => {
  it("leases what is due, oldest first, and counts the try", async () => {
    const { store, tables } = storeWith([{ runAt: START }, { runAt: START - 5 }, { runAt: START + 1 }, { queue: "webhook-queue" }]);
    const { jobs } = await store.claim(wish());
    expect(jobs.map((job) => job.id)).toEqual([numberedId("job", 2), numberedId("job", 1)]);
    expect(jobs).toMatchObject([{ leaseToken: "mine", runAt: START + 40 * SECOND, tries: 1 }, { tries: 1 }]);
    expect(tables.jobs.get(numberedId("job", 1))).toEqual(jobs[1]);
  });

  it("gives nothing that somebody holds, and gives it again when the lease is over, under a new token", async () => {
    const { store } = storeWith([{}]);
    await store.claim(wish());
    expect((await store.claim(wish({ token: "other" }))).jobs).toEqual([]);
    const later = START + 40 * SECOND;
    expect((await store.claim(wish({ token: "other", now: later, leaseUntil: later + 1 }))).jobs).toMatchObject([
      { leaseToken: "other", tries: 2 },
    ]);
  });

  it("takes no more of a lane than it may, and none where there is no room", async () => {
    const { store } = storeWith([...Array.from({ length: 5 }, () => ({ lane: "a" })), { lane: "b" }, { lane: "c" }]);
    const { jobs } = await store.claim(wish({ perLane: 2, room: new Map([["b", 0]]) }));
    expect(jobs.map((job) => job.lane).sort()).toEqual(["a", "a", "c"]);
  });

  it("serves every lane, however much one of them has due", async () => {
    const { store } = storeWith([
      ...Array.from({ length: 1_000 }, () => ({ lane: "flood" })),
      ...Array.from({ length: 20 }, (_, i) => ({ lane: `shop ${i}` })),
    ]);
    const served = new Set<string>();
    let cursor = "";
    for (let i = 0; i < 10; i++) {
      const claimed = await store.claim(wish({ limit: 10, perLane: 3, cursor, token: `t${i}` }));
      cursor = claimed.cursor;
      for (const job of claimed.jobs) served.add(job.lane);
    }
    expect(served.size).toBe(21);
  });

  it("by many, whatever their limits, gives each job to one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { maxLength: 60 }),
        fc.array(fc.record({ limit: fc.integer({ min: 1, max: 9 }), perLane: fc.integer({ min: 1, max: 5 }) }), { maxLength: 30 }),
        async (lanes, claims) => {
          const { store } = storeWith(lanes.map((lane) => ({ lane: `lane ${lane}` })));
          const taken: string[] = [];
          let cursor = "";
          for (const [i, each] of claims.entries()) {
            const claimed = await store.claim(wish({ ...each, cursor, token: `t${i}` }));
            expect(claimed.jobs.length).toBeLessThanOrEqual(each.limit);
            taken.push(...claimed.jobs.map((job) => job.id));
            cursor = claimed.cursor;
          }
          expect(new Set(taken).size).toBe(taken.length);
        },
      ),
    );
  });
});

describe("taking one job for a synchronous answer", () => {
  const take = (store: ReturnType<typeof storeWith>["store"], now = START) =>
    store.take(numberedId("job", 1), now, now + 40 * SECOND, "mine");

  it("leases it where it is due and free", async () => {
    expect(await take(storeWith([{}]).store)).toMatchObject({ leaseToken: "mine", tries: 1, runAt: START + 40 * SECOND });
  });

  it.each<[string, Partial<Job>]>([
    ["somebody holds it", { leaseToken: "other", runAt: START + 1 }],
    ["it waits for its time: it may have become another job by now", { kind: "expire", runAt: START + 1 }],
  ])("gives nothing where %s", async (_, job) => {
    expect(await take(storeWith([job]).store)).toBeNull();
  });

  it("gives nothing where it is gone", async () => {
    expect(await take(storeWith([]).store)).toBeNull();
  });
});
