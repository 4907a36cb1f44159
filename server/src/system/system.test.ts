import { describe, expect, test, vi } from "vitest";
import { databaseClock, machineClock, measureOffset, type DatabaseClock } from "./clock.ts";
import { systemRandom } from "./random.ts";

const T = 5_000_000_000_000;
const at = (clock: DatabaseClock, databaseNow: number): number => databaseNow - clock.elapsed();

/** A clock over a time that a test moves. */
function clockAt(databaseNow = T) {
  let elapsedMs = 1_000;
  const clock = databaseClock(databaseNow - elapsedMs, () => elapsedMs);
  return { clock, pass: (ms: number) => void (elapsedMs += ms) };
}

describe("the database's clock", () => {
  test.each([-600_000, 120_000, 600_000])(
    "starts with the first time that was measured, however wrong the machine's own is, here by %s ms (R7, F2)",
    (wrongMs) => {
      vi.useFakeTimers({ now: T + wrongMs, toFake: ["Date"] });
      const { clock } = clockAt();
      expect(clock.now()).toBe(T);
      vi.useRealTimers();
    },
  );

  test.each([0, 2_000, 600_000])("takes over the database's time, which was read half way of a round trip of %s ms", async (tripMs) => {
    const { clock, pass } = clockAt();
    const offset = await measureOffset(clock.elapsed, async () => {
      pass(tripMs);
      return T;
    });
    const over = databaseClock(offset, clock.elapsed);
    expect(over.now()).toBe(T + tripMs / 2);
  });

  test("follows small corrections, and stands still rather than go back by them", () => {
    const { clock, pass } = clockAt();
    expect(clock.adjust(at(clock, T - 2_000))).toBe(0);
    expect(clock.now()).toBe(T);
    pass(1_999);
    expect(clock.now()).toBe(T);
    pass(2);
    expect(clock.now()).toBe(T + 1);
    expect(clock.adjust(at(clock, T + 500))).toBe(0);
    expect(clock.now()).toBe(T + 500);
  });

  test("does not believe a leap that is measured once", () => {
    const { clock } = clockAt();
    for (const [leap, usual] of [
      [T + 180 * 86_400_000, T],
      [T - 600_000, T],
    ] as const) {
      expect(clock.adjust(at(clock, leap))).toBe(0);
      expect(clock.now()).toBe(T);
      expect(clock.adjust(at(clock, usual))).toBe(0);
      expect(clock.adjust(at(clock, leap))).toBe(0);
      expect(clock.now()).toBe(T);
      clock.adjust(at(clock, usual));
    }
  });

  test.each([
    ["back", -600_000, 600_000],
    ["back", -10_000, 10_000],
    ["forward", 600_000, 0],
  ])("follows a leap %s by %s ms at the second reading, and returns that it went back by %s ms (F2)", (_way, leapMs, backMs) => {
    const { clock, pass } = clockAt();
    expect(clock.adjust(at(clock, T + leapMs))).toBe(0);
    pass(5_000);
    expect(clock.adjust(at(clock, T + leapMs + 5_000))).toBe(backMs);
    expect(clock.now()).toBe(T + leapMs + 5_000);
    pass(10);
    expect(clock.now()).toBe(T + leapMs + 5_010);
  });

  test("gives whole milliseconds in order, however often it is read", () => {
    const clock = databaseClock(T - 0.15);
    const seen = Array.from({ length: 10_000 }, () => clock.now());
    expect(seen.every(Number.isSafeInteger)).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("sleeps as long as it is asked to", async () => {
    const { sleep } = machineClock();
    const before = performance.now();
    await sleep(30);
    // Timers may be a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  test("wakes from a sleep when the signal fires, not before, and does not fall asleep when it has fired", async () => {
    const clock = machineClock();
    const controller = new AbortController();
    const seen: string[] = [];
    const sleeping = clock.sleep(3_600_000, controller.signal).then(() => seen.push("woken"));
    await clock.sleep(5);
    seen.push("fires");
    controller.abort();
    await sleeping;
    await clock.sleep(3_600_000, controller.signal);
    expect(seen).toEqual(["fires", "woken"]);
  });

  test("leaves nothing with a signal that many sleeps share", async () => {
    const clock = machineClock();
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    for (let i = 0; i < 3; i++) await clock.sleep(1, signal);
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([3, 3]);
  });
});

describe("randomness", () => {
  test("returns bytes that never change", () => {
    const random = systemRandom();
    const first = random.bytes(16);
    const copy = Uint8Array.from(first);
    for (let i = 0; i < 3_000; i++) random.bytes(16);
    expect(first).toEqual(copy);
  });

  test("gives as many bytes as requested, even more than its pool holds, and never the same", () => {
    const random = systemRandom();
    for (const length of [0, 1, 16, 16_384, 16_385, 100_000]) expect(random.bytes(length)).toHaveLength(length);
    const ids = new Set(Array.from({ length: 5_000 }, () => Buffer.from(random.bytes(16)).toString("hex")));
    expect(ids.size).toBe(5_000);
  });

  test("draws floats in [0, 1) that are spread over the whole range", () => {
    const random = systemRandom();
    const drawn = Array.from({ length: 10_000 }, () => random.float());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const buckets = new Set(drawn.map((value) => Math.floor(value * 10)));
    expect(buckets.size).toBe(10);
  });
});
