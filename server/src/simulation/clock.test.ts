import { describe, expect, it } from "vitest";
import { HEARTBEAT_MS, OVERDUE_SWEEP_MS, POLL_MS, PURGE_EVERY_MS } from "../core/constants.ts";
import { aJob, MINUTE } from "../../../test/support/flows/rows.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { simulatedClock, type Interests } from "./clock.ts";
import { hints } from "./hints.ts";
import { jobInterests } from "./interests.ts";
import { EPOCH } from "./kernel.ts";
import { machine, runAll } from "./machinery.testing.ts";
import { end, Life } from "./process.ts";

const DAY_MS = 86_400_000;
const nothing: Interests = { nextJobAt: () => Infinity, nextDeadlineAt: () => Infinity };

/** A process's clock, and when each of its sleeps ended, in ms from the start. */
function sleeper(interests: Interests | null = null, skewMs = 0) {
  const machinery = machine();
  const life = new Life("p", skewMs, machinery.kernel);
  const clock = simulatedClock(machinery, life, interests);
  const woke: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal) => void clock.sleep(ms, signal).then(() => woke.push(machinery.kernel.now - EPOCH));
  return { machinery, life, clock, woke, sleep };
}

describe("a process's clock", () => {
  it("is off by the process's own error, either way", () => {
    for (const skewMs of [-200, 0, 200]) expect(sleeper(null, skewMs).clock.now()).toBe(EPOCH + skewMs);
  });

  it("ends each sleep in its time", async () => {
    const { machinery, woke, sleep } = sleeper();
    for (const ms of [300, 100, 200, 0]) sleep(ms);
    await runAll(machinery);
    expect(woke).toEqual([0, 100, 200, 300]);
  });

  it("ends a sleep at once when its signal fires, also if it had fired before", async () => {
    const { machinery, woke, sleep } = sleeper();
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    machinery.kernel.after(0, () => sleep(DAY_MS, early.signal));
    sleep(DAY_MS, late.signal);
    machinery.kernel.after(50, () => late.abort());
    await runAll(machinery);
    expect(woke).toEqual([0, 50]);
  });

  it("does not wake twice if the signal fires after the sleep, nor wake the dead", async () => {
    const { machinery, life, woke, sleep } = sleeper();
    const stop = new AbortController();
    sleep(10, stop.signal);
    machinery.kernel.after(20, () => stop.abort());
    machinery.kernel.after(30, () => sleep(DAY_MS));
    machinery.kernel.after(40, () => end(machinery, life, "is killed"));
    machinery.kernel.after(50, () => sleep(1));
    await runAll(machinery);
    expect(woke).toEqual([10]);
  });

  it.each([
    ["poll of the jobs", POLL_MS, "nextJobAt"],
    ["sweep for late jobs", OVERDUE_SWEEP_MS, "nextDeadlineAt"],
  ] as const)("leaves out each %s that would find nothing, and keeps its beat", async (_, everyMs, interest) => {
    const afterMs = 40 * MINUTE + 1;
    const { machinery, woke, sleep } = sleeper({ ...nothing, [interest]: () => EPOCH + afterMs });
    sleep(everyMs);
    await runAll(machinery);
    expect(woke).toEqual([40 * MINUTE + everyMs]);
    expect(machinery.kernel.steps).toBe(1);
  });

  it.each([-600_000, 600_000])("follows the database's clock, which steps by %s ms, at the second beat (F2)", async (stepMs) => {
    const { machinery, life, clock } = sleeper(nothing);
    const { kernel } = machinery;
    const offs: number[] = [];
    const beat = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(HEARTBEAT_MS);
        life.clock.adjust(kernel.databaseAheadMs);
        offs.push(clock.now() - kernel.now);
      }
    };
    void beat();
    kernel.after(1_000, () => Object.assign(kernel, { databaseAheadMs: stepMs, databaseSteppedAt: kernel.now }));
    while (kernel.next() <= EPOCH + MINUTE) await kernel.step();
    expect(offs.slice(0, 4)).toEqual([0, stepMs, stepMs, stepMs]);
  });

  it("leaves out each beat of the heart: it finds nothing, ever", async () => {
    const { machinery, woke, sleep } = sleeper({ nextJobAt: () => EPOCH, nextDeadlineAt: () => EPOCH });
    sleep(HEARTBEAT_MS);
    await runAll(machinery);
    expect(woke).toEqual([]);
  });

  it("sweeps for old rows now and then, though no job is late", async () => {
    const { machinery, woke, sleep } = sleeper(nothing);
    sleep(OVERDUE_SWEEP_MS);
    await runAll(machinery);
    expect(woke).toEqual([PURGE_EVERY_MS]);
  });

  it("sleeps on if nothing will ever be found, until it is stopped", async () => {
    const { machinery, woke, sleep } = sleeper(nothing);
    const stop = new AbortController();
    sleep(POLL_MS, stop.signal);
    machinery.kernel.after(DAY_MS + 7, () => stop.abort());
    await runAll(machinery);
    expect(woke).toEqual([DAY_MS + 7]);
    stop.abort();
    await runAll(machinery);
    expect(woke).toHaveLength(1);
  });

  it("of a process that does not poll sleeps for exactly the length asked for", async () => {
    const { machinery, woke, sleep } = sleeper(null);
    sleep(POLL_MS);
    await runAll(machinery);
    expect(woke).toEqual([POLL_MS]);
  });
});

describe("what polling can find", () => {
  it("is the earliest due job and the earliest deadline, and is looked up again only after a change", () => {
    const { tables } = memoryStorage();
    const found = jobInterests(tables);
    expect([found.nextJobAt(), found.nextDeadlineAt()]).toEqual([Infinity, Infinity]);
    for (const [n, runAt, deadlineAt] of [
      [1, 500, null],
      [2, 300, 900],
      [3, 400, 800],
    ] as const)
      tables.jobs.set(`job_${n}`, aJob({ id: `job_${n}`, runAt, deadlineAt }));
    expect([found.nextJobAt(), found.nextDeadlineAt()]).toEqual([Infinity, Infinity]);
    found.forget();
    expect([found.nextDeadlineAt(), found.nextJobAt()]).toEqual([800, 300]);
    tables.jobs.delete("job_2");
    found.forget();
    expect([found.nextJobAt(), found.nextDeadlineAt()]).toEqual([400, 800]);
  });
});

describe("hints between processes", () => {
  function two(hintLost = 0) {
    const machinery = machine({ hintLost });
    const all = hints(machinery);
    const [from, to] = [new Life("api", 0, machinery.kernel), new Life("worker", 0, machinery.kernel)];
    const heard: string[] = [];
    const port = all.portOf(to);
    port.onHint((queue) => heard.push(queue));
    return { machinery, to, heard, port, hint: () => all.portOf(from).hint(["payment-queue", "refund-queue"]) };
  }

  it("arrive, sooner or later, one for each queue", async () => {
    const { machinery, heard, hint } = two();
    hint();
    expect(heard).toEqual([]);
    await runAll(machinery);
    expect(heard.sort()).toEqual(["payment-queue", "refund-queue"]);
  });

  it.each<[string, (given: ReturnType<typeof two>) => unknown]>([
    ["killed", ({ machinery, to }) => end(machinery, to, "is killed")],
    ["closed", ({ port }) => port.close()],
  ])("do not reach who is %s", async (_, leave) => {
    const given = two();
    await leave(given);
    given.hint();
    await runAll(given.machinery);
    expect(given.heard).toEqual([]);
  });

  it("under way do not wake the dead", async () => {
    const { machinery, to, heard, hint } = two();
    hint();
    end(machinery, to, "is killed");
    await runAll(machinery);
    expect(heard).toEqual([]);
  });

  it("that are lost are counted as such", async () => {
    const { machinery, heard, hint } = two(1);
    hint();
    await runAll(machinery);
    expect([heard, machinery.counts.faults]).toEqual([[], { "queue:hint lost": 2 }]);
  });
});
