/** Passwords by what is computed for them, not by how long that takes: a clock would tell of the machine's load. */
import type * as Crypto from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TillwayError } from "../core/errors.ts";
import { commonPasswords } from "./common-passwords.ts";
import { passwords, refuseWeak, SCRYPT } from "./passwords.ts";

/** Each derivation: its cost, and how much it was asked for. */
const derived: object[] = [];
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof Crypto>();
  const scrypt = (password: string, salt: Buffer, length: number, options: object, done: (error: Error | null, key: Buffer) => void) => {
    derived.push({ saltBytes: salt.length, length, ...options });
    crypto.scrypt(password, salt, length, options, done);
  };
  return { ...crypto, scrypt, default: { ...crypto, scrypt } };
});

beforeEach(() => void derived.splice(0));

describe("a password that is tried (security row 12)", () => {
  it("costs one derivation of the same cost, whether there is such a person, one without a password, or none", async () => {
    const house = passwords();
    const kept = await house.hash("violet kettle harbour 7", "192.0.2.1");
    const ways: [password: string, hash: string | null][] = [
      ["violet kettle harbour 7", kept],
      ["something that is wrong", kept],
      ["something that is wrong", null],
      ["something that is wrong", "no hash at all"],
    ];
    const answers: boolean[] = [];
    const work: object[][] = [];
    for (const [password, hash] of ways) {
      derived.splice(0);
      answers.push(await house.isRight(password, hash, "192.0.2.1"));
      work.push([...derived]);
    }
    expect(answers).toEqual([true, false, false, false]);
    const once = [{ saltBytes: 16, length: 32, ...SCRYPT, maxmem: expect.any(Number) }];
    expect(work).toEqual([once, once, once, once]);
  });

  it("is compared with the cost that it was kept with, and as it is typed on any keyboard", async () => {
    const house = passwords();
    const kept = await house.hash("caf\u00e9 by the harbour", "192.0.2.1");
    expect(await house.isRight("cafe\u0301 by the harbour", kept, "192.0.2.1")).toBe(true);
    await house.isRight("x", kept.replace("n=32768", "n=1024"), "192.0.2.1");
    expect(derived.at(-1)).toMatchObject({ N: 1_024, r: 8, p: 3 });
  });
});

describe("a password that is chosen (security row 12)", () => {
  const isRefused = (password: string, own: readonly string[] = []): boolean => {
    try {
      refuseWeak(password, own);
      return false;
    } catch (error) {
      return error instanceof TillwayError && error.code === "weak_password";
    }
  };

  it("is none of the lists that guesses begin with, however it is decorated", () => {
    const long = [...commonPasswords].filter((word) => word.length >= 12);
    expect(long.length).toBeGreaterThan(50);
    const decorated = long.flatMap((word) => [
      word,
      word.toUpperCase(),
      `${word}!`,
      `${word[0]!.toUpperCase()}${word.slice(1)}.`,
      word.replaceAll("a", "@"),
    ]);
    expect(decorated.filter((word) => !isRefused(word))).toEqual([]);
  });

  it.each([
    ["eleven char", true],
    ["twelve chars", false],
    ["\u{1f511}".repeat(12), true],
    ["asha@shop.example1", true],
    ["correct horse battery", false],
  ])("%s: refused is %s", (password, refused) => {
    expect(isRefused(password, ["asha@shop.example"])).toBe(refused);
  });
});
