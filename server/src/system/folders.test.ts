import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder } from "./folders.ts";

let place: string;
beforeAll(() => void (place = mkdtempSync(join(tmpdir(), "tillway-folders-"))));
afterAll(() => rmSync(place, { recursive: true, force: true }));

it("makes those above it as well, for their owner alone, and takes one that is there", () => {
  for (let time = 0; time < 2; time++) makeFolder(join(place, "a/b/c"));
  for (const one of ["a", "a/b", "a/b/c"]) expect(statSync(join(place, one)).mode & 0o777).toBe(0o700);
});

it("says what the system says where a file is in the way", () => {
  writeFileSync(join(place, "file"), "");
  expect(() => makeFolder(join(place, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(place, "file/b"))).toThrow("ENOTDIR");
});

it("gives up where each folder is said to be missing, also one that was just made", () => {
  const asked: string[] = [];
  const refuse = (path: string): void => {
    asked.push(path);
    if (path !== join(place, "x")) throw Object.assign(new Error("it is not there"), { code: "ENOENT" });
  };
  expect(() => makeFolder(join(place, "x/y"), refuse)).toThrow("it is not there");
  expect(asked).toEqual([join(place, "x/y"), join(place, "x"), join(place, "x/y")]);
  expect(existsSync(join(place, "x"))).toBe(false);
});
