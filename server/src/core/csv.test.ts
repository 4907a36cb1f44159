import { expect, it, test } from "vitest";
import { clockOf, csvLine } from "./csv.ts";

it("quotes what has a comma, a quotation mark or a line break in it, and ends with CR LF", () => {
  expect(csvLine(["a", 'b "c"', "d,e", "f\r\ng", null, "", -5])).toBe('a,"b ""c""","d,e","f\r\ng",,,-5\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("https://evil.example")'])("%j is no formula", (text) => {
  expect(csvLine([text]).replace(/^"/, "")).toMatch(/^'/);
});

test.each([
  ["UTC", "2026-01-31T12:00:00.500Z", "2026-01-31T12:00:00+00:00"],
  ["Asia/Kolkata", "2026-01-31T20:00:00Z", "2026-02-01T01:30:00+05:30"],
  ["America/St_Johns", "2026-01-31T02:00:00Z", "2026-01-30T22:30:00-03:30"],
  ["Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"],
  ["Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"],
  ["Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"],
])("in %s the clocks show at %s: %s", (zone, at, shown) => {
  expect(clockOf(zone)!(Date.parse(at))).toBe(shown);
});

it("knows no place that is none", () => expect(clockOf("Mars/Olympus")).toBeNull());
