import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, numberedId, SECOND, START } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import {
  COMMIT_TRIES_MAX,
  HEARTBEAT_MS,
  OVERDUE_BATCH,
  OVERDUE_SWEEP_MS,
  PURGE_BATCH,
  PURGE_EVERY_MS,
  PURGE_ROUNDS_MAX,
} from "../core/constants.ts";
import type { Store } from "../core/ports/store.ts";
import { startHeartbeat } from "./heartbeat.ts";

describe("a heartbeat", () => {
  it("beats at once and then every five seconds, until it is stopped", async () => {
    const world = new World();
    let beats = 0;
    const beating = startHeartbeat(world.deps, async () => ((beats += 1), 0));
    await world.clock.advance(3 * HEARTBEAT_MS);
    expect(beats).toBe(4);
    await world.clock.until(beating.stop());
    await world.clock.advance(MINUTE);
    expect(beats).toBe(4);
  });

  it("goes on after one that failed, and logs it", async () => {
    const world = new World();
    let beats = 0;
    const beat = async (): Promise<number> => {
      if (++beats === 1) throw new Error("connection lost");
      return 0;
    };
    const beating = startHeartbeat(world.deps, beat);
    await world.clock.advance(HEARTBEAT_MS);
    expect(beats).toBe(2);
    expect(world.logs).toMatchObject([{ level: "warn", message: "a heartbeat failed" }]);
    await world.clock.until(beating.stop());
  });

  it("moves jobs with a clock that went back, again at the next beat if the database was away then (F2)", async () => {
    const world = new World();
    const asked: number[] = [];
    const pullJobs: Store["pullJobs"] = async (_now, byMs) => {
      asked.push(byMs);
      if (asked.length === 1) throw new Error("connection lost");
      return 7;
    };
    const backs = [0, 600_000, 5_000, 0, 0];
    const beating = startHeartbeat({ ...world.deps, store: { ...world.deps.store, pullJobs } }, async () => backs.shift() ?? 0);
    await world.clock.advance(4 * HEARTBEAT_MS);
    expect(asked).toEqual([600_000, 605_000]);
    expect(world.logs.map((line) => line.message)).toEqual([
      "a heartbeat failed",
      "the database's clock went back; jobs that are due soon were moved with it",
    ]);
    expect(world.logs[1]!.fields).toEqual({ back_ms: 605_000, jobs: 7 });
    await world.clock.until(beating.stop());
  });

  it("removes old rows soon after the start and then every hour, or at the next sweep if there was more than it may take", async () => {
    const world = new World();
    const asked: number[] = [];
    let rest = 2 * PURGE_BATCH * PURGE_ROUNDS_MAX;
    const clean: Store["purge"] = async (what, _, limit) => {
      if (what !== "exchanges") return 0;
      if (asked.at(-1) !== world.clock.now()) asked.push(world.clock.now());
      const removed = Math.min(limit, rest);
      rest -= removed;
      return removed;
    };
    const store = { ...world.deps.store, purge: clean };
    const beating = startHeartbeat({ ...world.deps, store }, async () => 0);
    await world.clock.advance(PURGE_EVERY_MS + MINUTE);
    const first = asked[0]! - START;
    expect(first).toBe(OVERDUE_SWEEP_MS);
    expect(asked.map((at) => at - START - first)).toEqual(
      [0, 1, 2, 2 + PURGE_EVERY_MS / OVERDUE_SWEEP_MS].map((n) => n * OVERDUE_SWEEP_MS),
    );
    await world.clock.until(beating.stop());
  });

  it("reports jobs past their deadline", async () => {
    const world = new World();
    await world.created();
    const beating = startHeartbeat(world.deps, async () => 0);
    await world.clock.advance(5 * MINUTE + OVERDUE_SWEEP_MS);
    expect(world.cases()).toEqual(["overdue"]);
    await world.clock.until(beating.stop());
  });

  it("stops after the present batch of overdue jobs, however many more there are", async () => {
    const world = new World();
    const late = world.job(await world.created())!;
    for (let n = 1; n <= 5 * OVERDUE_BATCH; n++) world.tables.jobs.set(numberedId("job", n), { ...late, id: numberedId("job", n) });
    world.clock.jump(HOUR);
    let loads = 0;
    let stopped: Promise<void> | null = null;
    const load: Store["load"] = async (scope, id) => {
      if (++loads === 1) stopped = beating.stop();
      await world.clock.sleep(SECOND);
      return world.deps.store.load(scope, id);
    };
    const beating = startHeartbeat({ ...world.deps, store: { ...world.deps.store, load } }, async () => 0);
    await world.clock.advance(OVERDUE_SWEEP_MS);
    const stoppedAt = world.clock.now();
    await world.clock.until(stopped!);
    expect(loads).toBeLessThanOrEqual(2 * OVERDUE_BATCH);
    expect(world.clock.now() - stoppedAt).toBeLessThanOrEqual(COMMIT_TRIES_MAX * SECOND);
  });

  it("goes on while the clean-up waits for a slow database, and while overdue jobs cannot be looked for", async () => {
    const world = new World();
    let beats = 0;
    const store: Store = {
      ...world.deps.store,
      overdue: () => Promise.reject(new Error("connection lost")),
      purge: () => new Promise(() => {}),
    };
    startHeartbeat({ ...world.deps, store }, async () => ((beats += 1), 0));
    await world.clock.advance(4 * OVERDUE_SWEEP_MS);
    expect(beats).toBe(1 + (4 * OVERDUE_SWEEP_MS) / HEARTBEAT_MS);
    expect(world.logs).toMatchObject([{ level: "warn", message: "overdue jobs could not be looked for" }]);
  });
});
