import { describe, expect, test } from "vitest";
import { machine, runAll } from "./machinery.testing.ts";
import { cross, Life, resume, type Crossing, type Fault, type Machinery } from "./process.ts";

/** Crosses once and runs everything. Returns what happened on both sides, and when. */
async function crossing(machinery: Machinery, life: Life, fault: Fault, meanwhile: () => void = () => undefined) {
  const seen: { effectAt: number | null; answer: string | null; answerAt: number | null } = {
    effectAt: null,
    answer: null,
    answerAt: null,
  };
  const { kernel } = machinery;
  const start = kernel.now;
  const crossing: Crossing<string> = {
    name: "store.commit",
    fault,
    latencyMs: [10, 10],
    timeoutMs: 100,
    lateMs: 50,
    effect: () => {
      seen.effectAt = kernel.now - start;
      return "done";
    },
    failure: () => Promise.reject(new Error("no answer")),
  };
  void cross(machinery, life, crossing).then(
    (answer) => Object.assign(seen, { answer, answerAt: kernel.now - start }),
    (error: Error) => Object.assign(seen, { answer: error.message, answerAt: kernel.now - start }),
  );
  meanwhile();
  await runAll(machinery);
  return seen;
}

describe("crossing a boundary", () => {
  const table: [Fault, { effectAt: number | null; answer: string; answerAt: number }][] = [
    [null, { effectAt: 10, answer: "done", answerAt: 20 }],
    ["before", { effectAt: null, answer: "no answer", answerAt: 10 }],
    ["lost", { effectAt: null, answer: "no answer", answerAt: 100 }],
    ["lostReply", { effectAt: 10, answer: "no answer", answerAt: 100 }],
    ["late", { effectAt: 150, answer: "no answer", answerAt: 100 }],
  ];
  test.each(table)("with the fault %s", async (fault, expected) => {
    expect(await crossing(machine(), new Life("p", 0, machine().kernel), fault)).toEqual(expected);
  });

  test("killed before: nothing leaves, nothing comes back", async () => {
    const machinery = machine({ crash: 1 });
    const life = new Life("p", 0, machine().kernel);
    expect(await crossing(machinery, life, null)).toEqual({ effectAt: null, answer: null, answerAt: null });
    expect(life.alive).toBe(false);
    expect(machinery.counts.crashPoints).toEqual({ "store.commit:before": 1 });
  });

  test("killed while it waits: the request is carried out, and nobody goes on", async () => {
    const machinery = machine();
    const life = new Life("p", 0, machine().kernel);
    const seen = await crossing(machinery, life, null, () => void machinery.kernel.after(5, () => (life.alive = false)));
    expect(seen).toEqual({ effectAt: 10, answer: null, answerAt: null });
  });

  test("a stopped process goes on when its stop ends", async () => {
    const machinery = machine();
    const life = new Life("p", 0, machine().kernel);
    const seen = await crossing(machinery, life, null, () => void (life.pausedUntil = machinery.kernel.now + 500));
    expect(seen).toEqual({ effectAt: 10, answer: "done", answerAt: 500 });
  });

  test("a dead process resumes nothing", () => {
    const life = new Life("p", 0, machine().kernel);
    life.alive = false;
    resume(machine(), life, { name: "clock.sleep", run: () => expect.unreachable() });
  });
});
