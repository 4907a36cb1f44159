import { expect, test } from "vitest";
import { chance, randomPort } from "./random.ts";

test("a stream repeats itself for the same seed and name, and for no other", () => {
  const draw = (seed: number, stream: string) =>
    Array.from(
      { length: 5 },
      (
        (source) => () =>
          source.uint32()
      )(chance(seed, stream)),
    );
  expect(draw(1, "faults")).toEqual(draw(1, "faults"));
  expect(draw(1, "faults")).not.toEqual(draw(2, "faults"));
  expect(draw(1, "faults")).not.toEqual(draw(1, "ids"));
  expect(draw(1, "faults")).not.toEqual(draw(1 + 2 ** 32, "faults"));
});

test("a probability of 0 draws nothing, so that a switched-off fault does not shift the others", () => {
  const [with0, without] = [chance(3, "a"), chance(3, "a")];
  with0.hit(0);
  expect(with0.uint32()).toBe(without.uint32());
});

test("numbers are spread over their range, both ends included", () => {
  const source = chance(5, "spread");
  const counts = new Map<number, number>();
  for (let i = 0; i < 6_000; i++) {
    const drawn = source.int(1, 6);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});

test("bytes have the length asked for", () => {
  const random = randomPort(chance(9, "bytes"));
  for (const length of [0, 1, 3, 4, 16, 33]) expect(random.bytes(length)).toHaveLength(length);
  expect(new Set(random.bytes(64)).size).toBeGreaterThan(32);
});
