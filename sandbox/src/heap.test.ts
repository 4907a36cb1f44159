import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDueList, Heap } from "./heap.ts";

interface Item {
  readonly at: number;
  readonly order: number;
}

/** Pushes and pops in any order; a pop is -1, a push is a moment. */
const steps = fc.array(fc.oneof(fc.constant(-1), fc.nat(5)), { maxLength: 60 });

describe("a heap", () => {
  it("returns the first item first, whatever was pushed and popped before", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const heap = new Heap<Item>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
        let model: Item[] = [];
        for (const [order, step] of given.entries()) {
          if (step >= 0) {
            const item = { at: step, order };
            heap.push(item);
            model = [...model, item].sort((a, b) => a.at - b.at || a.order - b.order);
          } else {
            expect(heap.pop()).toBe(model.shift());
          }
          expect(heap.peek()).toBe(model[0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of equal items returns each once", () => {
    const heap = new Heap<Item>((a, b) => a.at < b.at);
    const items = [1, 0, 1, 0, 1].map((at, order) => ({ at, order }));
    for (const item of items) heap.push(item);
    const popped = items.map(() => heap.pop()!);
    expect(popped.map(({ at }) => at)).toEqual([0, 0, 1, 1, 1]);
    expect(new Set(popped)).toEqual(new Set(items));
    expect([heap.peek(), heap.pop()]).toEqual([undefined, undefined]);
  });
});

describe("the list of due items", () => {
  it("returns the earliest first, and nothing before its time", () => {
    const due = createDueList();
    expect([due.nextAt(), due.take(Infinity)]).toEqual([null, null]);
    due.add("late", 30);
    due.add("early", 10);
    expect([due.nextAt(), due.take(9)]).toEqual([10, null]);
    expect([due.take(10), due.nextAt(), due.take(29), due.take(30), due.nextAt()]).toEqual(["early", 30, null, "late", null]);
  });

  it("returns all that was added, in order, however additions and removals mix", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(1_000), fc.constant(null)), { maxLength: 200 }), (steps) => {
        const due = createDueList();
        const wanted: number[] = [];
        for (const [n, step] of steps.entries()) {
          if (step !== null) {
            due.add(`${step}/${n}`, step);
            wanted.push(step);
          } else {
            const least = wanted.sort((one, other) => one - other).shift();
            expect(due.take(Infinity)?.split("/")[0]).toBe(least === undefined ? undefined : String(least));
          }
        }
        const rest = wanted.sort((one, other) => one - other).map(() => Number(due.take(Infinity)!.split("/")[0]));
        expect(rest).toEqual(wanted);
        expect(due.take(Infinity)).toBeNull();
      }),
    );
  });
});
