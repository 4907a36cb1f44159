import { describe, expect, it } from "vitest";
import { RETRY_AFTER_MAX_MS } from "../core/constants.ts";
import { retryAfterMs } from "./retry-after.ts";

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);
  const hourAhead = "Sat, 21 Nov 2026 13:00:00 GMT";

  it.each([
    [undefined, null],
    ["0", 0],
    ["7", 7_000],
    [" 7 ", 7_000],
    ["99999999", RETRY_AFTER_MAX_MS],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 12:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["Sat, 21 Nov 2036 12:00:30 GMT", RETRY_AFTER_MAX_MS],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["2026-11-21T12:00:30Z", null],
    ["Sat, 99 Nov 2026 12:00:30 GMT", null],
    ["9".repeat(400), null],
  ])("%j means %j ms", (header, expected) => {
    expect(retryAfterMs({ "retry-after": header }, now)).toBe(expected);
  });

  it.each([
    ["30 s after it", "Sat, 21 Nov 2026 13:00:30 GMT", 30_000],
    ["before it", "Sat, 21 Nov 2026 12:59:00 GMT", 0],
    ["two hours after it", "Sat, 21 Nov 2026 15:00:00 GMT", RETRY_AFTER_MAX_MS],
  ])("as a date is measured by the answer's own date, an hour ahead of us: %s (R13)", (_name, header, expected) => {
    expect(retryAfterMs({ date: hourAhead, "retry-after": header }, now)).toBe(expected);
  });

  it("is measured by our clock if the answer's date is none", () => {
    expect(retryAfterMs({ date: "yesterday", "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, now)).toBe(30_000);
  });
});
