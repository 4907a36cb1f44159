import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDueList } from "./due.ts";

describe("the list of what is due", () => {
  it("gives the earliest first, and nothing before its time", () => {
    const due = createDueList();
    expect([due.nextAt(), due.take(Infinity)]).toEqual([null, null]);
    due.add("late", 30);
    due.add("early", 10);
    expect([due.nextAt(), due.take(9)]).toEqual([10, null]);
    expect([due.take(10), due.nextAt(), due.take(29), due.take(30), due.nextAt()]).toEqual(["early", 30, null, "late", null]);
  });

  it("gives back all that was added, in order, however additions and takings mix", () => {
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
