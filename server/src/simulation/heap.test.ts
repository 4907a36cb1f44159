import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap, type Planned } from "./heap.ts";

/** Pushes and pops in any order; a pop is -1, a push is a moment. */
const orders = fc.array(fc.oneof(fc.constant(-1), fc.nat(5)), { maxLength: 60 });

describe("the heap of planned moments", () => {
  it("gives the earliest first, equal ones as they were planned, whatever was pushed and popped before", () => {
    fc.assert(
      fc.property(orders, (steps) => {
        const heap = new Heap();
        let model: Planned[] = [];
        for (const [order, step] of steps.entries()) {
          if (step >= 0) {
            const item = { at: step, order, run: null };
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
});
