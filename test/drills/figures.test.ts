/** What a row of the table of outages is made of. */
import { describe, expect, it } from "vitest";
import { faultsOf } from "./table.mjs";
import { Watch } from "./watch.mjs";

/** A watch that has seen this backlog, a look a second; it looks at nothing itself. */
function seen(...backlog: number[]): Watch {
  const watch = Object.create(Watch.prototype) as Watch;
  watch.looks = backlog.map((one, n) => [n * 1_000, one]);
  watch.tries = [];
  return watch;
}

describe("healed after", () => {
  it.each([
    ["at once, where nothing waits", [1, 2, 1, 2, 1], 0],
    ["where the backlog has come down", [90, 60, 5, 5, 5, 5], 2_000],
    ["not where it is down for a moment", [90, 5, 90, 5, 5, 5, 5], 3_000],
    ["not where nobody could look", [Infinity, 5, Infinity, 5, 5, 5, 5], 3_000],
    ["never, where it stays", [90, 90, 90, 90, 90], null],
    ["not known yet, before it has been steady", [90, 5, 5], null],
  ] as const)("is %s", (_, backlog, expected) => expect(seen(...backlog).healedAfter(0, 10)).toBe(expected));

  it("counts from the end of the outage", () => expect(seen(90, 90, 90, 5, 5, 5, 5).healedAfter(2_000, 10)).toBe(1_000));
});

it("the normal backlog is that of the calm, with room, and not that of the outage", () => {
  expect(seen(4, 8, 400).normal(0, 2_000)).toBe(15);
});

it("the 99th percentile is of the tries of its kind within its time", () => {
  const watch = seen(0);
  watch.tries = Array.from({ length: 100 }, (_, n) => ({ at: n, ms: n + 1, status: 201, waits: false }));
  watch.tries.push({ at: 5, ms: 9_000, status: 0, waits: true }, { at: 500, ms: 9_000, status: 503, waits: false });
  expect([watch.latency(0, 100, false), watch.latency(0, 100, true), watch.latency(600, 700, true)]).toEqual([99, 9_000, null]);
  expect([watch.refused(0, 100), watch.refused(100, 600)]).toEqual([1, 1]);
});

describe("a fault", () => {
  const good = { faults: [], healedMs: 100, downMs: 5_000, accept: { before: 20, during: 30 } };
  it.each([
    ["is none", {}, {}, []],
    ["is what the ledgers say", {}, { faults: ["acknowledged and lost: 1 (pay_1)"] }, ["acknowledged and lost: 1 (pay_1)"]],
    ["is an outage that does not heal", {}, { healedMs: null }, ["the backlog did not go back to normal"]],
    ["is one that took too long", { secondsMax: 4 }, {}, ["it took 5.0 s, and may take 4"]],
    [
      "is an API that takes more than twice as long",
      { isSparing: true },
      { accept: { before: 20, during: 41 } },
      [expect.stringMatching(/41 ms/)],
    ],
    ["is none where it is within the noise", { isSparing: true }, { accept: { before: 5, during: 24 } }, []],
    ["is none where the API is allowed to wait", {}, { accept: { before: 20, during: 9_000 } }, []],
  ] as const)("%s", (_, kind, found, expected) => expect(faultsOf(kind, { ...good, ...found })).toEqual(expected));
});
