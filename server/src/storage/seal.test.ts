import { describe, expect, test } from "vitest";
import { keyIdOf, remembering, SealBroken, sealWith, unwrapRoot, wrapRoot, type Place } from "./seal.ts";

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const place: Place = { table: "webhook_endpoints", merchantId: "mer_1", mode: "test", id: "whe_1", column: "secret" };
const seal = sealWith(key(1));

describe("sealed texts", () => {
  test.each(["", "whsec_abc", "ü 👟 \u0000", "x".repeat(100_000)])("come back as they were", (text) => {
    expect(seal.open(seal.seal(text, place), place)).toBe(text);
  });

  test("open as older versions sealed them", () => {
    // By version 0.1.0, with this key at this place.
    expect(seal.open("v1.933118c9.m35Q0QER4aLOpYaHzAEj_ZgAcXpYDfjb1tvSBSLOWUHopCxn5Q", place)).toBe("whsec_old");
  });

  // 500,000 texts have 1,000,000 ivs: `npm run proof:full`.
  test("have a key and ivs of their own, none of which is used twice (security row 17)", { timeout: 600_000 }, () => {
    const seen = new Set<string>();
    const texts = Number(process.env["SEALED_TEXTS"] ?? 20_000);
    for (let n = 0; n < texts; n++) {
      const data = Buffer.from(seal.seal("", place).split(".")[2]!, "base64url");
      seen.add(data.toString("latin1", 0, 12)).add(data.toString("latin1", 60, 72));
    }
    expect(seen.size).toBe(2 * texts);
  });

  test("never look the same twice, and show nothing", () => {
    const [one, two] = [seal.seal("secret text", place), seal.seal("secret text", place)];
    expect(one).not.toBe(two);
    expect(one).not.toContain("secret");
    expect(Buffer.from(one.split(".")[2]!, "base64url").toString("latin1")).not.toContain("secret");
  });

  test.each<[string, Partial<Place>]>([
    ["table", { table: "connector_accounts" }],
    ["merchant", { merchantId: "mer_2" }],
    ["mode", { mode: "live" }],
    ["row", { id: "whe_2" }],
    ["column", { column: "previous_secret" }],
    ["row with the same joined text", { merchantId: 'mer_1","test', mode: "" }],
  ])("do not open at another %s (security row 17)", (_, other) => {
    const sealed = seal.seal("x", place);
    expect(() => seal.open(sealed, { ...place, ...other })).toThrow(SealBroken);
  });

  test("do not open with another master key, even where the key id is forged (security row 17)", () => {
    const other = sealWith(key(2));
    const [version, , data] = seal.seal("x", place).split(".");
    const otherId = other.seal("x", place).split(".")[1];
    expect(() => other.open(`${version}.${otherId}.${data}`, place)).toThrow(SealBroken);
    expect(() => other.open(seal.seal("x", place), place)).toThrow("another master key");
  });

  test("do not open cut short, at any length (security row 17)", () => {
    const [version, id, data] = seal.seal("some text", place).split(".") as [string, string, string];
    const bytes = Buffer.from(data, "base64url");
    for (let length = 0; length < bytes.length; length++) {
      const cut = `${version}.${id}.${bytes.subarray(0, length).toString("base64url")}`;
      expect(() => seal.open(cut, place)).toThrow(SealBroken);
    }
  });

  test("do not open with any one bit changed (security row 17)", () => {
    const [version, id, data] = seal.seal("ab", place).split(".") as [string, string, string];
    const bytes = Buffer.from(data, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => seal.open(`${version}.${id}.${changed.toString("base64url")}`, place)).toThrow(SealBroken);
    }
  });

  test.each(["", "plain text", "v3.aaaa.bbbb", "v1..", "v1.x", "v2..", "v2.x"])("%j is not one", (text) => {
    expect(() => seal.open(text, place)).toThrow(SealBroken);
  });
});

describe("a seal that remembers", () => {
  test("opens a text once, and one that was moved or sealed anew again", () => {
    const real = sealWith(key(1));
    let opened = 0;
    const remembered = remembering({ ...real, open: (text, at) => (opened++, real.open(text, at)) });
    const sealed = real.seal("whsec", place);
    expect([remembered.open(sealed, place), remembered.open(sealed, place), opened]).toEqual(["whsec", "whsec", 1]);
    expect(() => remembered.open(sealed, { ...place, id: "another" })).toThrow(SealBroken);
    expect([remembered.open(real.seal("whsec", place), place), opened]).toEqual(["whsec", 3]);
  });
});

describe("a root key", () => {
  const root = key(7);

  test("is opened by the master key that sealed it, and by no other (security row 17)", () => {
    const wrapped = wrapRoot(root, key(1));
    expect(Buffer.from(unwrapRoot(wrapped, key(1)))).toEqual(Buffer.from(root));
    expect(() => unwrapRoot(wrapped, key(2))).toThrow(SealBroken);
    expect(wrapped).not.toContain(Buffer.from(root).toString("base64url"));
  });

  test("sealed by another master key opens all that was sealed before, without a row of it written anew (security row 17)", () => {
    const sealed = sealWith(root).seal("whsec_abc", place);
    const after = unwrapRoot(wrapRoot(unwrapRoot(wrapRoot(root, key(1)), key(1)), key(2)), key(2));
    expect(sealWith(after).open(sealed, place)).toBe("whsec_abc");
    expect(keyIdOf(key(1))).not.toBe(keyIdOf(key(2)));
  });
});

describe("hashed secrets", () => {
  test("fit their own secret only", () => {
    const hash = seal.hashSecret("sk_test_1");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(seal.isSecret("sk_test_1", hash)).toBe(true);
    for (const wrong of ["sk_test_2", "", "sk_test_1 ", "SK_TEST_1"]) expect(seal.isSecret(wrong, hash)).toBe(false);
    for (const broken of ["", "00", hash.slice(1), `${hash}0`]) expect(seal.isSecret("sk_test_1", broken)).toBe(false);
  });

  test("differ by master key, so a stolen table alone says nothing", () => {
    expect(sealWith(key(2)).hashSecret("s")).not.toBe(seal.hashSecret("s"));
  });
});

test.each([0, 16, 31, 33])("a master key of %i bytes is refused", (length) => {
  expect(() => sealWith(new Uint8Array(length))).toThrow(RangeError);
});
