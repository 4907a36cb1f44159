import { describe, expect, it } from "vitest";
import { lostFrom, LOST_AT_MOST_MS, LOST_SLACK_MS, whyRestored, type Found, type Mark } from "./restore.ts";

const mark: Mark = { systemIdentifier: "7", timeline: "00000001", position: "1000", restoreId: null, at: 10_000 };
const found: Found = {
  ...mark,
  position: "1200",
  at: 20_000,
  installation: "one",
  last: { systemIdentifier: "7", timeline: "00000001" },
  restoreBegunAt: null,
  isOpen: false,
  livedUntil: null,
};
const moved = { timeline: "00000002" };

describe("a database was restored if", () => {
  it.each<[string, Partial<Found>, Partial<Mark> | null, boolean, string | null]>([
    ["it goes on where it was: no", {}, {}, false, null],
    ["nothing was noted outside of it: no", {}, null, false, null],
    ["its log ends exactly where it was noted: no", { position: "1000" }, {}, false, null],
    ["its log ends a byte before", { position: "999" }, {}, false, "behind"],
    [
      "its log ends before, in numbers that no double holds",
      { position: "9007199254740993" },
      { position: "9007199254740994" },
      false,
      "behind",
    ],
    ["it is on another server", { systemIdentifier: "8" }, null, false, "other_server"],
    ["it is on another server, though failovers lose nothing", { systemIdentifier: "8" }, null, true, "other_server"],
    ["it is on another timeline", moved, null, false, "other_timeline"],
    ["it is on another timeline, and failovers lose nothing: no", moved, {}, true, null],
    ["failovers lose nothing, and this one did", { ...moved, position: "999" }, {}, true, "behind"],
    ["one is open already: no other begins", { isOpen: true, position: "1", systemIdentifier: "8" }, {}, false, null],
    [
      "its last restore began after the mark: it answers for it",
      { position: "1", restoreId: "rstr_1", restoreBegunAt: 10_000 },
      {},
      false,
      null,
    ],
    ["its last restore began before the mark", { position: "1", restoreId: "rstr_1", restoreBegunAt: 9_999 }, {}, false, "behind"],
    [
      "the mark is of that restore's time",
      { position: "1", restoreId: "rstr_1", restoreBegunAt: 9_000 },
      { restoreId: "rstr_1" },
      false,
      "behind",
    ],
    ["it has forgotten a restore", {}, { restoreId: "rstr_1" }, false, "behind"],
    ["it has forgotten its second restore", { restoreId: "rstr_1", restoreBegunAt: 5_000 }, { restoreId: "rstr_2" }, false, "behind"],
    ["the mark is of another server, whose positions say nothing: no", { position: "1" }, { systemIdentifier: "6" }, false, null],
  ])("%s", (_name, of, noted, keepsCommits, reason) => {
    const why = whyRestored({ ...found, ...of }, noted && { ...mark, ...noted }, keepsCommits);
    expect(why?.reason ?? null).toBe(reason);
  });
});

describe("what may be lost begins", () => {
  it.each([
    ["a little before the last sign of life", 50_000_000, 50_000_000 - LOST_SLACK_MS],
    ["a day ago where there is none", null, 90_000_000 - LOST_AT_MOST_MS - LOST_SLACK_MS],
    ["never in the future", 95_000_000, 90_000_000 - LOST_SLACK_MS],
  ])("%s", (_name, livedUntil, from) => {
    expect(lostFrom(livedUntil, 90_000_000)).toBe(from);
  });
});
