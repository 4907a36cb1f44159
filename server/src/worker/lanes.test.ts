import { describe, expect, it } from "vitest";
import { Lanes } from "./lanes.ts";

function busy(...lanes: string[]): Lanes {
  const found = new Lanes();
  for (const lane of lanes) found.enter(lane);
  return found;
}

describe("room in the lanes", () => {
  it("is not limited if a lane is idle: it may have all there is", () => {
    expect(busy().room(32, 100)).toEqual(new Map());
  });

  it.each<[string, string[], number, number, [string, number][]]>([
    ["what its limit leaves", ["a", "a"], 32, 100, [["a", 30]]],
    ["nothing at its limit", ["a", "a"], 2, 100, [["a", 0]]],
    [
      "half of the slots at most, while another works",
      ["a", "a", "b"],
      90,
      10,
      [
        ["a", 3],
        ["b", 4],
      ],
    ],
    [
      "never less than nothing",
      ["a", "a", "a", "b"],
      90,
      4,
      [
        ["a", 0],
        ["b", 1],
      ],
    ],
  ])("of a busy lane is %s", (_, lanes, perLane, slots, room) => {
    expect([...busy(...lanes).room(perLane, slots)]).toEqual(room);
  });

  it("grows again when a job ends, and a lane that is empty is forgotten", () => {
    const lanes = busy("a", "a");
    lanes.leave("a");
    expect([lanes.total, [...lanes.room(5, 10)]]).toEqual([1, [["a", 4]]]);
    lanes.leave("a");
    expect([lanes.total, [...lanes.room(5, 10)]]).toEqual([0, []]);
  });

  it("that was full is reported once, so that its next job need not wait for the poll", () => {
    const lanes = busy("a", "b");
    lanes.room(1, 10);
    expect([lanes.wasFull("a"), lanes.wasFull("a"), lanes.wasFull("c")]).toEqual([true, false, false]);
  });
});

it("a lane that got all that it was offered counts as full, and one that got less does not", () => {
  const lanes = busy("a", "b", "c");
  lanes.found([{ lane: "a" }, { lane: "a" }, { lane: "b" }, { lane: "c" }], new Map([["c", 1]]), 2);
  expect(["a", "b", "c"].map((lane) => lanes.wasFull(lane))).toEqual([true, false, true]);
});

describe("a job that is made here", () => {
  it("waits behind older ones of its lane, until a claim was offered more of the lane than there was", () => {
    const lanes = busy("slow", "quick");
    expect([lanes.mayBegin("slow", 1, 100), lanes.mayBegin("quick", 2, 100)]).toEqual([false, true]);
    lanes.leave("slow");
    expect(lanes.mayBegin("slow", 1, 100)).toBe(false);
    lanes.found([{ lane: "slow" }], new Map(), 1);
    expect(lanes.mayBegin("slow", 1, 100)).toBe(false);
    lanes.found([], new Map([["slow", 0]]), 1);
    expect(lanes.mayBegin("slow", 1, 100)).toBe(false);
    lanes.found([{ lane: "quick" }], new Map([["quick", 1]]), 1);
    expect(lanes.mayBegin("slow", 1, 100)).toBe(true);
  });
});
