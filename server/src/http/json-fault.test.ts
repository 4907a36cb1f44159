import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { TillwayError } from "../core/errors.ts";
import { readJson } from "./strict-json.ts";

/** What is wrong and where, or null for valid JSON, whether or not we take it. */
function jsonFault(text: string): string | null {
  try {
    readJson(text);
    return null;
  } catch (error) {
    if (!(error instanceof TillwayError)) throw error;
    const message = error.code === "malformed_json" ? error.details.message : null;
    return message === undefined || message === null ? null : /^The body is not valid JSON: (.*)\.$/s.exec(message)![1]!;
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("what is wrong with a text that should be JSON", () => {
  it.each<[text: string, fault: string]>([
    ['{"amount": 100, "currency": }', "unexpected } at line 1, column 29"],
    ['{"amount": 100,}', "unexpected } at line 1, column 16"],
    ['{"amount": 100 "currency": "INR"}', 'unexpected " at line 1, column 16'],
    ['{\n  "amount": 100,\n  currency: "INR"\n}', "unexpected character at line 3, column 3"],
    ["{'amount': 100}", "unexpected ' at line 1, column 2"],
    ['{"amount" 100}', "unexpected character at line 1, column 11"],
    ['{"amount": 100}}', "unexpected } at line 1, column 16"],
    ['{"amount": 100} x', "unexpected character at line 1, column 17"],
    ['{"amount": 0100}', "unexpected character at line 1, column 12"],
    ['{"amount": +1}', "unexpected character at line 1, column 12"],
    ['{"amount": NaN}', "unexpected character at line 1, column 12"],
    ['{"a": "b\nc"}', "unexpected character at line 1, column 9"],
    ['{"a": "\\x"}', "unexpected character at line 1, column 8"],
    ['{"a": [1, 2}', "unexpected } at line 1, column 12"],
    ["[1, 2,]", "unexpected ] at line 1, column 7"],
    ["]", "unexpected ] at line 1, column 1"],
    ["\ufeff{}", "unexpected character at line 1, column 1"],
    ['{"amount": 1', "it ends too early"],
    ['{"amount": "1', "it ends too early"],
    ["", "it ends too early"],
  ])("%j: %s", (text, fault) => {
    expect(jsonFault(text)).toBe(fault);
  });

  it.each(["{}", "[]", ' {"a":[1,-0.5e+3,null,true,false,"\\u00e9\\n",{"b":{}}]} ', '"x"', "0"])("%j: nothing", (text) => {
    expect(jsonFault(text)).toBeNull();
  });

  it("is nothing for whatever JSON.parse takes, and something for whatever it refuses", () => {
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", ":", '"', "{", "}", "[", "]", "\\", "1", "-", ".", "e", "\n", "\u0001", "nul", " "),
      )
      .map(([text, place, put]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + put + text.slice(at + (place % 2));
      });
    fc.assert(
      fc.property(broken, (text) => {
        expect(jsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("never contains a value", () => {
    expect(jsonFault('{"card":{"number":4242424242424242 1}}')).toBe("unexpected character at line 1, column 36");
  });

  it("is found in time that grows with the text only", () => {
    const started = process.cpuUsage();
    for (const text of [
      `"${"\\u0061".repeat(10_000)}`,
      "9".repeat(60_000),
      `${"9".repeat(30_000)}.${"9".repeat(30_000)}x`,
      `{"a":"${"a".repeat(60_000)}`,
      "\n".repeat(60_000),
    ])
      expect(jsonFault(text) === null).toBe(isJson(text));
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});
