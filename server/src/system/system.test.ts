import { describe, expect, test } from "vitest";
import { databaseClock } from "./clock.ts";
import { systemRandom } from "./random.ts";

describe("the database's clock", () => {
  test("takes over the database's time, half a round trip back", () => {
    const clock = databaseClock();
    const asked = clock.elapsed();
    clock.adjust(5_000_000_000_000, asked, asked);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000_000_000_000);
    expect(clock.now()).toBeLessThan(5_000_000_060_000);
  });

  test("never goes back, even when the database's time does", () => {
    const clock = databaseClock();
    const before = clock.now();
    clock.adjust(before - 3_600_000, clock.elapsed(), clock.elapsed());
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  test("wakes from a sleep at once when the signal fires, also when it fired before", async () => {
    const clock = databaseClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort();
    await sleeping;
    await clock.sleep(3_600_000, controller.signal);
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

  test("draws floats in [0, 1) that are spread over the whole range", () => {
    const random = systemRandom();
    const drawn = Array.from({ length: 10_000 }, () => random.float());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const buckets = new Set(drawn.map((value) => Math.floor(value * 10)));
    expect(buckets.size).toBe(10);
  });
});
