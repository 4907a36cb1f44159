import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify as canonicalJson } from "safe-stable-stringify";
import { parseStrictJson } from "./strict-json.ts";

const SEPARATORS = ["\u0000", "\u001e", "\u001f"];
const isBadText = (text: string): boolean => SEPARATORS.some((each) => text.includes(each)) || /\p{Surrogate}/u.test(text);

/** The rule once more, the slow and obvious way. */
function mustBeRefused(value: unknown): boolean {
  if (typeof value === "string") return isBadText(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) => key === "__proto__" || isBadText(key) || mustBeRefused(member));
}

const isRefused = (text: string): boolean => {
  try {
    parseStrictJson(Buffer.from(text));
    return false;
  } catch {
    return true;
  }
};

/** Objects of any JSON, with keys and strings of any characters. */
const anyObject = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary", maxDepth: 4 }));

describe("strict JSON", () => {
  it("reads what JSON.parse reads, or refuses it for a character", () => {
    fc.assert(
      fc.property(anyObject, (value) => {
        const text = JSON.stringify(value);
        if (mustBeRefused(JSON.parse(text))) return isRefused(text);
        expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text));
        return true;
      }),
    );
  });

  it("reads a number with many zeros in the time of its length", () => {
    const startedAt = performance.now();
    expect(parseStrictJson(Buffer.from(`{"amount":1.${"0".repeat(60_000)}1}`))).toEqual({ amount: Number.NaN });
    // One pass takes less than a millisecond; a pass from each zero takes seconds.
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it("finds a doubled key wherever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("object", "array"), { maxLength: 6 }), fc.string(), (nesting, noise) => {
        const twice = `{"x":${JSON.stringify(isBadText(noise) ? "" : noise)},"a:{":1,"a:{":2}`;
        const text = nesting.reduce((inner, kind) => (kind === "object" ? `{"o":${inner},"p":[]}` : `[0,${inner}]`), twice);
        const once = text.replace('"a:{":1,', "");
        return isRefused(`{"v":${text}}`) && !isRefused(`{"v":${once}}`);
      }),
    );
  });

  it("reads nothing as an empty object", () => {
    expect(parseStrictJson(Buffer.alloc(0))).toEqual({});
  });

  it("takes a byte order mark for no part of the body (R25)", () => {
    expect(parseStrictJson(Buffer.from('\ufeff{"amount":1}'))).toEqual({ amount: 1 });
    expect(parseStrictJson(Buffer.from("\ufeff"))).toEqual({});
    expect(isRefused("\ufeff\ufeff{}")).toBe(true);
  });

  it.each<[text: string, value: number]>([
    ["0.99999999999999999999", Number.NaN],
    ["100.00000000000000001", Number.NaN],
    ["-100.00000000000000001", Number.NaN],
    ["9007199254740992.5", Number.NaN],
    ["1e-999", Number.NaN],
    ["10000000000000000000001e-20", Number.NaN],
    ["1.0", 1],
    ["1e2", 100],
    ["1.50e1", 15],
    ["1000e-3", 1],
    ["0.0", 0],
    ["0e-5", 0],
    ["-0", -0],
    ["10.5", 10.5],
    ["1e999", Number.POSITIVE_INFINITY],
    ["12345678901234567890", Number("12345678901234567890")],
  ])("reads %s as %d: an integer only if its text is one (R5)", (text, value) => {
    expect(parseStrictJson(Buffer.from(`{"a":{"b":[1.5,"0.99999999999999999999",${text}]},"c":2}`))).toEqual({
      a: { b: [1.5, "0.99999999999999999999", value] },
      c: 2,
    });
  });
});

describe("the text of a request that its hash covers", () => {
  it("is the same for the same content in any order, and JSON of that content", () => {
    fc.assert(
      fc.property(anyObject, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value)!)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("tells different contents apart", () => {
    const texts = [{ a: 1 }, { a: "1" }, { a: [1] }, { a: null }, {}, { a: { b: 1 } }, { "a.b": 1 }, { a: 1, b: 1 }].map((each) =>
      canonicalJson(each),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });
});
