import { describe, expect, test } from "vitest";
import { EPOCH, Kernel, Trace, type Poller } from "./kernel.ts";
import { chance } from "./random.ts";

describe("virtual time", () => {
  test("equal moments happen in the order in which they were planned, others by time", async () => {
    const kernel = new Kernel(new Trace(false));
    const seen: string[] = [];
    const draw = chance(7, "order");
    const delays = Array.from({ length: 200 }, () => draw.int(0, 20));
    delays.forEach((delay, n) =>
      kernel.after(delay, () => void seen.push(`${String(delay).padStart(2, "0")}/${String(n).padStart(3, "0")}`)),
    );
    while (kernel.next() !== Infinity) await kernel.step();
    expect(seen).toHaveLength(200);
    expect(seen).toEqual([...seen].sort());
    expect(kernel.now).toBe(EPOCH + Math.max(...delays));
  });

  test("everything that follows from a moment without waiting happens before the next moment", async () => {
    const kernel = new Kernel(new Trace(false));
    const seen: string[] = [];
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      seen.push("end of the chain");
    };
    kernel.after(5, () => void chain());
    kernel.after(5, () => seen.push("next moment"));
    await kernel.step();
    await kernel.step();
    expect(seen).toEqual(["end of the chain", "next moment"]);
  });

  test("a moment that is called off never happens and costs no step", async () => {
    const kernel = new Kernel(new Trace(false));
    const planned = kernel.after(5, () => expect.unreachable());
    planned.run = null;
    expect(kernel.next()).toBe(Infinity);
  });

  test("a poller is woken at its first beat at which there is something to find, and time does not run through the empty beats", async () => {
    const kernel = new Kernel(new Trace(false));
    let dueAt = Infinity;
    let woken = 0;
    const poller: Poller = { from: EPOCH + 500, periodMs: 500, interest: () => dueAt, wake: () => void (woken = kernel.now) };
    kernel.poll(poller);
    expect(kernel.next()).toBe(Infinity);
    dueAt = EPOCH + 86_400_001;
    await kernel.step();
    expect(woken).toBe(EPOCH + 86_400_500);
    expect(kernel.steps).toBe(1);
  });

  test("a poller whose work was due before its first beat wakes at that beat, not earlier", async () => {
    const kernel = new Kernel(new Trace(false));
    let woken = 0;
    kernel.poll({ from: EPOCH + 500, periodMs: 500, interest: () => EPOCH, wake: () => void (woken = kernel.now) });
    await kernel.step();
    expect(woken).toBe(EPOCH + 500);
  });
});

describe("a trace", () => {
  test("has the same hash whether its lines are kept or not, and another one for another history", () => {
    const [kept, dropped, other] = [new Trace(true), new Trace(false), new Trace(false)];
    for (const trace of [kept, dropped, other]) trace.add(EPOCH + 1, "one");
    kept.note("a remark is no part of the history");
    kept.add(EPOCH + 2, "two");
    dropped.add(EPOCH + 2, "two");
    other.add(EPOCH + 3, "two");
    expect(kept.hash).toBe(dropped.hash);
    expect(other.hash).not.toBe(kept.hash);
    expect(kept.lines).toHaveLength(3);
  });
});
