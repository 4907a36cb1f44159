/**
 * The conformance suite of what brings jobs to workers: the same rules, whether they are claimed from PostgreSQL or travel through an engine.
 * Real rows in a real PostgreSQL, real workers; what a job does is the test's own. The engine's server is reached by a line that can be cut.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../../test/support/wait-for.ts";
import { JOB_CASE_AFTER_TRIES, LANE_LIMIT_ENDPOINT } from "../core/constants.ts";
import type { Job } from "../core/model.ts";
import type { Engine, Message } from "../core/ports/engine.ts";
import { allDone, EngineBench, patiently, subjects, type EngineSuite } from "./engine-bench.testing.ts";

export function engineConformance(suite: EngineSuite): void {
  describe(`jobs by ${suite.name}`, () => {
    let bench: EngineBench;
    beforeEach(async () => {
      bench = new EngineBench(suite, (await suite.server?.()) ?? null);
    });
    afterEach(async (context) => {
      await bench.close();
      if (context.task.result?.state === "fail") console.log(bench.warnings.join("\n"));
    });

    for (const [rule, check] of COMMON) it(rule, { timeout: 60_000 }, () => check(bench));
    if (suite.server) for (const [rule, check] of OUTAGES) it(rule, { timeout: 60_000 }, () => check(bench));
  });
}

type Check = (bench: EngineBench) => Promise<void>;

const COMMON: readonly (readonly [rule: string, check: Check])[] = [
  [
    "each of 500 jobs is run, and by one of two workers only",
    async (bench) => {
      await Promise.all([bench.start(), bench.start()]);
      const jobs = await bench.add(500);
      await allDone(bench, jobs);
      expect(bench.done.toSorted()).toEqual(subjects(jobs));
    },
  ],
  [
    "a job that is due later waits until then",
    async (bench) => {
      await bench.start();
      const [later] = await bench.add(1, () => ({ runAt: Date.now() + 900 }));
      let ranAt = 0;
      bench.work = () => (ranAt = Date.now());
      await allDone(bench, [later!]);
      expect(ranAt).toBeGreaterThanOrEqual(later!.runAt);
    },
  ],
  [
    "a job that fails is run again after its gap, and healthy ones are not held up",
    async (bench) => {
      await bench.start();
      const tries: number[] = [];
      const poorId = `dlv_${"0".repeat(25)}P`;
      bench.work = ({ subject }) => {
        if (subject !== poorId) return;
        tries.push(Date.now());
        if (tries.length < 2) throw new Error("the first try fails");
      };
      const [poor, ...healthy] = await bench.add(20, (n) => (n === 0 ? { subject: poorId } : {}));
      await allDone(bench, healthy);
      await allDone(bench, [poor!]);
      expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(1_000);
    },
  ],
  [
    "a job that fails for the eighth time calls a person, and is kept",
    async (bench) => {
      const { engine } = await bench.start();
      bench.work = () => {
        throw new Error("poison");
      };
      const [poison] = await bench.add(1, () => ({ tries: JOB_CASE_AFTER_TRIES - 1 }));
      const { store } = bench.deps;
      const { merchantId, mode, id: subject } = poison!;
      const find = () => store.case({ merchantId, mode }, { kind: "dead_job", subject });
      const found = await waitFor("its case", find, patiently);
      expect([found.status, (found.evidence as { reason: string }).reason]).toEqual(["open", "Error: poison"]);
      bench.work = () => undefined;
      await allDone(bench, await bench.add(10));
      expect(engine === null || (await engine.health()).status).toBe(engine === null || "ok");
    },
  ],
  [
    "a receiver that never answers keeps its own jobs waiting, and nobody else's",
    async (bench) => {
      await bench.start();
      let open = () => {};
      const answered = new Promise<void>((resolve) => (open = resolve));
      let under = 0;
      const dead = new Set<string>();
      bench.work = async ({ subject }) => {
        if (!dead.has(subject)) return;
        under += 1;
        await answered;
      };
      const rows = await bench.add(LANE_LIMIT_ENDPOINT * 6, () => ({ lane: "whe_dead", runAt: Date.now() + 300 }));
      for (const row of rows) dead.add(row.subject);
      await waitFor("its lane to be full", () => under === LANE_LIMIT_ENDPOINT, patiently);
      await allDone(bench, await bench.add(200, (n) => ({ lane: `whe_alive_${n % 9}` })));
      expect(under).toBe(LANE_LIMIT_ENDPOINT);
      open();
      await allDone(bench, rows);
    },
  ],
  [
    "a worker that stops ends what it has begun, and leaves the rest to others",
    async (bench) => {
      let open = () => {};
      const answered = new Promise<void>((resolve) => (open = resolve));
      bench.work = () => answered;
      const { worker } = await bench.start();
      const [begun] = await bench.add(1);
      await waitFor("it to begin", () => worker.busy() === 1, patiently);
      let isStopped = false;
      const stopped = worker.stop().then(() => (isStopped = true));
      const rest = await bench.add(30);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect([isStopped, bench.done]).toEqual([false, []]);
      open();
      await stopped;
      expect(bench.done).toEqual([begun!.subject]);
      await bench.start();
      await allDone(bench, rest);
    },
  ],
];

const messageOf = (job: Job, id: string): Message => ({ ...job, id, jobId: job.id });

const OUTAGES: readonly (readonly [rule: string, check: Check])[] = [
  [
    "every job travels through the engine",
    async (bench) => {
      const engine = await bench.openEngine();
      const published = new Set<string>();
      const noting: Engine = {
        ...engine,
        publish: (queue, messages, delayMs) => {
          for (const message of messages) published.add(message.jobId);
          return engine.publish(queue, messages, delayMs);
        },
      };
      bench.startWith(noting);
      const jobs = await bench.add(200);
      await allDone(bench, jobs);
      expect([...published].toSorted()).toEqual(jobs.map((job) => job.id).toSorted());
    },
  ],
  [
    "a message that comes three times, or for a job that is gone, is run once or not at all",
    async (bench) => {
      const { engine } = await bench.start();
      let ran = 0;
      bench.work = async () => {
        ran += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
      };
      const [job] = await bench.add(1);
      const gone = { ...job!, id: `${job!.id.slice(0, -4)}0000` };
      const messages = [1, 2, 3].map((n) => messageOf(job!, `${job!.id}-x${n}`));
      await engine!.publish("webhook-queue", [...messages, messageOf(gone, `${gone.id}-x`)], 0);
      await allDone(bench, [job!]);
      await allDone(bench, await bench.add(5));
      expect(ran).toBe(6);
    },
  ],
  [
    "a message that is not one of ours harms nobody",
    async (bench) => {
      const { engine } = await bench.start();
      await engine!.publish("webhook-queue", [{ id: "not-ours", kind: "webhook" } as Message], 0);
      await allDone(bench, await bench.add(20));
      expect(bench.done).toHaveLength(20);
    },
  ],
  [
    "a delayed message comes when it is due, and its row need not wait for it",
    async (bench) => {
      const { engine } = await bench.start();
      const [job] = await bench.add(1, () => ({ runAt: Date.now() + 1_000 }));
      await engine!.publish("webhook-queue", [messageOf(job!, `${job!.id}-later`)], 1_000);
      await allDone(bench, [job!]);
      expect(bench.done).toEqual([job!.subject]);
    },
  ],
  [
    "an engine that goes away in the middle and comes back loses nothing and doubles nothing",
    async (bench) => {
      const { engine } = await bench.start();
      const first = await bench.add(150, () => ({ runAt: Date.now() + 100 }));
      await waitFor("some to be done", () => bench.done.length > 10, patiently);
      bench.server!.goAway();
      const second = await bench.add(100);
      await waitFor("the outage to be seen", async () => (await engine!.health()).status === "down", patiently);
      bench.server!.comeBack();
      await waitFor("the return to be seen", async () => (await engine!.health()).status === "ok", patiently);
      await bench.endLeasesOfEngine();
      await allDone(bench, [...first, ...second]);
      expect(bench.done.toSorted()).toEqual(subjects([...first, ...second]));
    },
  ],
  [
    "an engine that comes back empty loses nothing",
    async (bench) => {
      let open = () => {};
      const answered = new Promise<void>((resolve) => (open = resolve));
      let begun = 0;
      bench.work = () => ((begun += 1), answered);
      await bench.start();
      const jobs = await bench.add(300);
      await waitFor("work to begin", () => begun > 0, patiently);
      await bench.server!.empty();
      open();
      await bench.endLeasesOfEngine();
      await allDone(bench, jobs);
      expect(bench.done.toSorted()).toEqual(subjects(jobs));
    },
  ],
  [
    "a process starts while the engine is away, says so, and works once it is there",
    async (bench) => {
      bench.server!.goAway();
      const { engine } = await bench.start();
      const jobs = await bench.add(20);
      const health = await engine!.health();
      expect([health.status, typeof health.problem]).toEqual(["down", "string"]);
      expect(bench.warnings.length).toBeGreaterThan(0);
      bench.server!.comeBack();
      await allDone(bench, jobs);
      expect((await engine!.health()).status).toBe("ok");
    },
  ],
];
