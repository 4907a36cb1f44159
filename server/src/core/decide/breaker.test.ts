import { describe, expect, it } from "vitest";
import { BREAKER_FAILURES, BREAKER_GAPS_MS, BREAKER_PROBE_MS, BREAKER_SPREAD_MS, WEBHOOK_TOTAL_TIMEOUT_MS } from "../constants.ts";
import { admit, breakerAfter, closed, heldUntil, isDown } from "./breaker.ts";

const NOW = 1_000_000;
const open = { breakerUntil: NOW, breakerTrips: 2 };

describe("a breaker", () => {
  it.each([
    [null, true],
    [500, true],
    [503, true],
    [429, true],
    [200, false],
    [404, false],
    [410, false],
    [302, false],
  ])("takes the status %s for down: %s", (statusCode, down) => expect(isDown({ statusCode })).toBe(down));

  it("that is closed lets all go, that is open none, and after its time one at a time", () => {
    expect(admit(closed, NOW)).toEqual({ is: "go" });
    expect(admit(open, NOW - 1)).toEqual({ is: "hold", until: NOW });
    expect(admit(open, NOW)).toEqual({ is: "probe", next: { breakerUntil: NOW + BREAKER_PROBE_MS, breakerTrips: 2 } });
  });

  it("gives a probe longer than a try may take", () => expect(BREAKER_PROBE_MS).toBeGreaterThan(WEBHOOK_TOTAL_TIMEOUT_MS));

  it("opens at a number of failures in a row, and not again if another process has opened it", () => {
    expect(breakerAfter(closed, false, { failures: BREAKER_FAILURES - 1, now: NOW })).toBeNull();
    expect(breakerAfter(closed, false, { failures: BREAKER_FAILURES, now: NOW })).toEqual({
      breakerUntil: NOW + BREAKER_GAPS_MS[0]!,
      breakerTrips: 1,
    });
    expect(breakerAfter(open, false, { failures: BREAKER_FAILURES, now: NOW })).toBeNull();
    expect(breakerAfter(closed, false, { failures: 0, now: NOW })).toBeNull();
  });

  it("closes when its probe arrives, and stays open longer each time that it does not, up to a bound", () => {
    expect(breakerAfter(open, true, { failures: 0, now: NOW })).toEqual(closed);
    const gaps = [0, 1, 2, 3, 10].map(
      (breakerTrips) => breakerAfter({ ...open, breakerTrips }, true, { failures: 1, now: NOW })!.breakerUntil! - NOW,
    );
    expect(gaps).toEqual([...BREAKER_GAPS_MS, BREAKER_GAPS_MS.at(-1)]);
  });

  it("lets what it held come back a little apart, and never before its time", () => {
    expect([0, 0.5, 0.999].map((random) => heldUntil(NOW, random) - NOW)).toEqual([0, BREAKER_SPREAD_MS / 2, BREAKER_SPREAD_MS * 0.999]);
  });
});
