import { describe, expect, it } from "vitest";
import { readCardNumber, hideAndCut } from "./card-number.ts";

const card = "4242424242424242";
const digits19 = Array.from({ length: 10 }, (_, check) => `424242424242424242${check}`).find(readCardNumber)!;
/** The longest way to write a number: as digits of two units each, with three characters nobody sees (of two units) between them. */
const longest = Array.from(digits19, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))).join("\u{e0020}".repeat(3));

describe("a text that is kept in part", () => {
  it("stays whole where it is short enough once its card numbers are hidden", () => {
    expect(hideAndCut("declined", 8)).toBe("declined");
    expect(hideAndCut(`x ${card}`, 15)).toBe("x [card number]");
  });

  it("is marked where it was cut, or not where a name is wanted", () => {
    expect(hideAndCut("declined", 7)).toBe("decline…");
    expect(hideAndCut("declined", 7, "")).toBe("decline");
  });

  it.each(Array.from({ length: 18 }, (_, n) => n))(
    "never shows the beginning of a number that the cut goes through: %i characters before the cut",
    (before) => {
      const shown = hideAndCut(`${"x ".repeat(50).slice(0, 100 - before)}${card} behind`, 100);
      expect(shown).not.toMatch(/\d/);
    },
  );

  it("shows no digits where numbers, written as long as they can be, are all there is: hiding them brings the end near", () => {
    expect(longest).toHaveLength(146);
    for (let before = 0; before < 146; before++)
      expect(hideAndCut("x ".repeat(before).slice(0, before) + `${longest} a `.repeat(200), 400)).not.toMatch(/\p{Nd}/u);
  });

  it("of any length takes no longer than what is kept of it", () => {
    const startedAt = performance.now();
    hideAndCut(`${card}`.repeat(4_000_000), 4_096);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
