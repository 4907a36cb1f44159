import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hideOurSecrets } from "../core/card-number.ts";
import { HomeError, knownOperatorKey, operatorKeyFile, operatorKeyOf } from "./home.ts";

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "tillway-home-"))));
afterEach(() => rmSync(home, { recursive: true }));

describe("the operator key of a home", () => {
  it("is made once, for its owner's eyes only, and hidden wherever it would be logged", () => {
    expect(knownOperatorKey(home)).toBeNull();
    const key = operatorKeyOf(home);
    expect(key).toMatch(/^opk_[\w-]{43}$/);
    expect([operatorKeyOf(home), knownOperatorKey(home)]).toEqual([key, key]);
    expect(statSync(operatorKeyFile(home)).mode & 0o777).toBe(0o600);
    expect(hideOurSecrets(`Bearer ${key}.`)).toBe("Bearer opk_[redacted].");
  });

  it.each(["", "short", `${"x".repeat(40)} y`])("that was spoiled is refused with what to do, and never replaced: %j", (text) => {
    writeFileSync(operatorKeyFile(home), text);
    expect(() => operatorKeyOf(home)).toThrow(HomeError);
    expect(() => operatorKeyOf(home)).toThrow(/operator-key does not hold .* Remove it/);
  });
});
