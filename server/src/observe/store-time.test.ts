import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Store } from "../core/ports/store.ts";
import { timingStore } from "./store-time.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A store whose writes take as many milliseconds as the test says. */
function slow() {
  const write = (ms: unknown) =>
    new Promise((resolve, reject) => setTimeout(() => (ms === 400 ? reject(new Error("no")) : resolve("applied")), Number(ms)));
  const { store, takeMs } = timingStore({ create: write, commit: write } as unknown as Store);
  const begin = (ms: number, kind: "create" | "commit" = "commit") => void store[kind](ms as never).catch(() => undefined);
  return { begin, takeMs, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

describe("the time that writes take", () => {
  it("is the average since the last look, failures included, and nothing if there was none", async () => {
    const { begin, takeMs, pass } = slow();
    expect(takeMs()).toBe(0);
    begin(100);
    begin(200, "create");
    begin(400);
    await pass(400);
    expect(takeMs()).toBeCloseTo(233.3, 0);
    expect(takeMs()).toBe(0);
  });

  it("is not forgotten while slow ones are under way, and grows while none of them ends", async () => {
    const { begin, takeMs, pass } = slow();
    begin(150);
    begin(1_000);
    await pass(150);
    expect(takeMs()).toBe(150);
    await pass(100);
    expect(takeMs()).toBe(150);
    await pass(600);
    expect(takeMs()).toBe(700);
    await pass(150);
    expect(takeMs()).toBe(1_000);
    await pass(60_000);
    expect(takeMs()).toBe(0);
    begin(50);
    await pass(20);
    expect(takeMs()).toBe(20);
  });
});
