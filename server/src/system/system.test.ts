import { describe, expect, test, vi } from "vitest";
import { databaseClock } from "./clock.ts";
import { systemRandom } from "./random.ts";

describe("the database's clock", () => {
  test.each([0, 2_000, 600_000])("takes over the database's time, which was read half way of a round trip of %s ms", (tripMs) => {
    const clock = databaseClock();
    const answered = clock.elapsed();
    clock.adjust(5_000_000_000_000, answered - tripMs, answered);
    const late = clock.now() - 5_000_000_000_000 - tripMs / 2;
    expect(late).toBeGreaterThanOrEqual(-1);
    expect(late).toBeLessThanOrEqual(clock.elapsed() - answered);
  });

  test("follows each answer, also where an earlier one was ahead: it stands still until it is true again", () => {
    const clock = databaseClock();
    const at = clock.elapsed();
    clock.adjust(5_000_000_030_000, at, at);
    const ahead = clock.now();
    clock.adjust(5_000_000_000_000, at, at);
    const seen = Array.from({ length: 1_000 }, () => clock.now());
    expect(new Set(seen)).toEqual(new Set([ahead]));
    clock.adjust(5_000_000_060_000, at, at);
    expect(clock.now()).toBeGreaterThan(ahead);
  });

  test("does not believe a leap that is measured once: what it would make old, or late, cannot be undone", () => {
    const clock = databaseClock();
    const at = clock.elapsed();
    const halfAYear = 180 * 86_400_000;
    clock.adjust(5_000_000_000_000, at, at);
    clock.adjust(5_000_000_000_000 + halfAYear, at, at);
    expect(clock.now()).toBeLessThan(5_000_000_000_000 + halfAYear);
    clock.adjust(5_000_000_000_000, at, at);
    clock.adjust(5_000_000_000_000 + halfAYear, at, at);
    expect(clock.now()).toBeLessThan(5_000_000_000_000 + halfAYear);
  });

  test("follows a leap that is measured twice: another database has taken over", () => {
    const clock = databaseClock();
    const at = clock.elapsed();
    clock.adjust(5_000_000_000_000, at, at);
    clock.adjust(5_000_000_600_000, at, at);
    clock.adjust(5_000_000_600_001, at, at);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000_000_600_000);
  });

  test("gives whole milliseconds, in order, however often it is asked", () => {
    const clock = databaseClock();
    const seen = Array.from({ length: 10_000 }, () => clock.now());
    expect(seen.every(Number.isSafeInteger)).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("never goes back, even when the database's time does", () => {
    const clock = databaseClock();
    const before = clock.now();
    clock.adjust(before - 3_600_000, clock.elapsed(), clock.elapsed());
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  test("sleeps as long as it is told", async () => {
    const clock = databaseClock();
    const before = clock.elapsed();
    await clock.sleep(30);
    // Timers may be a millisecond early.
    expect(clock.elapsed() - before).toBeGreaterThanOrEqual(29);
  });

  test("wakes from a sleep when the signal fires, not before, and does not fall asleep when it has fired", async () => {
    const clock = databaseClock();
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
    const clock = databaseClock();
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    for (let i = 0; i < 3; i++) await clock.sleep(1, signal);
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([3, 3]);
  });
});

describe("randomness", () => {
  test("hands out bytes that stay what they were", () => {
    const random = systemRandom();
    const first = random.bytes(16);
    const copy = Uint8Array.from(first);
    for (let i = 0; i < 3_000; i++) random.bytes(16);
    expect(first).toEqual(copy);
  });

  test("gives as many bytes as it is asked for, also more than it keeps, and never the same", () => {
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
