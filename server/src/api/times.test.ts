import { expect, it } from "vitest";
import { parseTime } from "./times.ts";

it.each([
  ["2026-01-31T12:00:00Z", Date.UTC(2026, 0, 31, 12)],
  ["2026-01-31T12:00:00.25Z", Date.UTC(2026, 0, 31, 12) + 250],
  ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
  ["2027-02-29T00:00:00Z", null],
  ["2027-02-30T00:00:00Z", null],
  ["2027-04-31T00:00:00Z", null],
  ["2027-13-01T00:00:00Z", null],
  ["2027-01-01T24:00:00Z", null],
  ["2027-01-01T12:00:60Z", null],
  ["1969-12-31T23:59:59Z", null],
  ["2027-01-01T12:00:00+05:30", null],
  ["2027-01-01", null],
  ["", null],
] as const)("the time %s is %s", (text, at) => {
  expect(parseTime(text)).toBe(at);
});
