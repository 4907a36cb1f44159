import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isId, jobIdOf, newId } from "./ids.ts";

const zeros = new Uint8Array(16);
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("an id", () => {
  it.each([
    [0, "pay_0000000000" + "0".repeat(16)],
    [1, "pay_0000000001" + "0".repeat(16)],
    [32, "pay_0000000010" + "0".repeat(16)],
    [1_469_918_176_385, "pay_01ARYZ6S41" + "0".repeat(16)],
    [2 ** 48 - 1, "pay_7ZZZZZZZZZ" + "0".repeat(16)],
  ])("of time %s without randomness is %s, as a ULID is", (now, id) => {
    expect(newId("pay", now, zeros)).toBe(id);
  });

  it("sorts by its time", () => {
    fc.assert(
      fc.property(time, time, random, random, (a, b, x, y) => {
        fc.pre(a !== b);
        return newId("evt", a, x) < newId("evt", b, y) === a < b;
      }),
    );
  });

  it("is itself an id of its prefix and of no other", () => {
    fc.assert(
      fc.property(time, random, (now, bytes) => {
        const id = newId("att", now, bytes);
        return isId("att", id) && !isId("pay", id) && id.length === 30;
      }),
    );
  });

  it("differs where 5 of its random bits differ, so that 80 bits count", () => {
    const ids = new Set<string>();
    for (let position = 0; position < 16; position++) {
      for (let value = 0; value < 32; value++) {
        const bytes = new Uint8Array(16);
        bytes[position] = value;
        ids.add(newId("pay", 5, bytes));
      }
    }
    expect(ids.size).toBe(16 * 31 + 1);
  });

  it("takes the time of its own call, also when two times alternate", () => {
    const first = newId("pay", 1_000, zeros);
    const second = newId("pay", 2_000, zeros);
    expect(newId("pay", 1_000, zeros)).toBe(first);
    expect(newId("pay", 2_000, zeros)).toBe(second);
    expect(first).not.toBe(second);
  });
});

describe("what is no id", () => {
  const good = newId("pay", 1_700_000_000_000, zeros);

  it.each([
    ["empty", ""],
    ["only a prefix", "pay_"],
    ["without its prefix", good.slice(4)],
    ["too short", good.slice(0, -1)],
    ["too long", `${good}0`],
    ["in small letters", good.toLowerCase()],
    ["with a letter that the alphabet leaves out", good.slice(0, -1) + "I"],
    ["with SQL", "pay_' or '1'='1' --0000000000"],
    ["with a line feed at its end", `${good}\n`],
    ["with another prefix", good.replace("pay", "ord")],
  ])("is refused: %s", (_, text) => {
    expect(isId("pay", text)).toBe(false);
  });
});

describe("the id of an operation's job", () => {
  it("follows from the payment's or attempt's id, so that nobody has to look it up", () => {
    expect(jobIdOf("pay_01ARYZ6S410000000000000000")).toBe("job_01ARYZ6S410000000000000000");
    expect(jobIdOf("rfnd_01ARYZ6S410000000000000000")).toBe("job_01ARYZ6S410000000000000000");
  });

  it("is an id", () => {
    expect(isId("job", jobIdOf(newId("att", 77, zeros)))).toBe(true);
  });
});
