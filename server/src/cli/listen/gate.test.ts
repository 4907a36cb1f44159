import { expect, it } from "vitest";
import { backoffMs, Gate } from "./gate.ts";

it("one at a time tries an address that is down, later and later; all follow when it answers", async () => {
  const pauses: number[] = [];
  const wakes: (() => void)[] = [];
  const gate = new Gate((ms) => (pauses.push(ms), new Promise((resolve) => wakes.push(resolve))));
  const entered: number[] = [];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await gate.enter();
  gate.failed();
  for (const n of [1, 2, 3]) void gate.enter().then(() => entered.push(n));
  await turn();
  expect(entered).toEqual([]);
  wakes.shift()!();
  await turn();
  expect(entered).toEqual([1]);
  gate.failed();
  wakes.shift()!();
  await turn();
  expect(entered).toEqual([1, 2]);
  expect(pauses).toEqual([250, 500]);
  gate.answered();
  await turn();
  expect(entered).toEqual([1, 2, 3]);
  // The next outage begins with short pauses again.
  gate.failed();
  expect(pauses.at(-1)).toBe(250);
});

it("no pause is longer than five seconds", () => {
  expect(backoffMs(0)).toBe(250);
  expect(backoffMs(1_000)).toBe(5_000);
});
