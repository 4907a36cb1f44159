import { closeSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeDirectory, openHome, openLog, readLog, readText, writePrivately } from "./home.ts";
import { aHome, temporaryDirectory } from "./home.testing.ts";

const mode = (path: string) => statSync(path).mode & 0o777;

describe("a home", () => {
  it("is made with all that is missing above it, and named without symbolic links, as PostgreSQL names it", () => {
    const dir = temporaryDirectory();
    symlinkSync(join(dir), join(dir, "link"), "dir");
    const home = openHome(join(dir, "link", "a", "b"));
    expect(home.dir).toBe(join(realpathSync(dir), "a", "b"));
    expect(home.dataDir).toBe(join(home.dir, "postgres", "data"));
    expect(existsSync(home.dataDir)).toBe(false);
    expect(openHome(home.dir)).toEqual(home);
  });

  it("may be listed by nobody else, and existing files keep their rights", () => {
    const dir = temporaryDirectory();
    const made = join(dir, "new", "home");
    makeDirectory(made);
    for (const path of [made, join(dir, "new")]) expect(mode(path) & 0o066).toBe(0);
    mkdirSync(join(dir, "theirs"), { mode: 0o755 });
    makeDirectory(join(dir, "theirs"));
    expect(mode(join(dir, "theirs"))).toBe(0o755);
  });

  it("is refused by the system if a file is in its place", () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, "file"), "");
    expect(() => openHome(join(dir, "file"))).toThrow(/EEXIST|ENOTDIR/);
  });
});

describe("a private file", () => {
  it("is replaced at once and readable for its owner only, even if it was readable for all", () => {
    const file = join(temporaryDirectory(), "secret");
    expect(readText(file)).toBeNull();
    writeFileSync(file, "old", { mode: 0o644 });
    writePrivately(file, "new\n");
    expect([readText(file), mode(file), existsSync(`${file}.new`)]).toEqual(["new", 0o600, false]);
  });

  it("is written over the rest of an interrupted write", () => {
    const file = join(temporaryDirectory(), "secret");
    writeFileSync(`${file}.new`, "half of something long", { mode: 0o644 });
    writePrivately(file, "whole");
    expect([readText(file), mode(file)]).toEqual(["whole", 0o600]);
  });
});

describe("the log", () => {
  it("goes on at its end; only newer lines are read", () => {
    const home = aHome();
    writeFileSync(home.logFile, "before\n");
    const { descriptor, offset } = openLog(home);
    closeSync(descriptor);
    writeFileSync(home.logFile, "since\n", { flag: "a" });
    expect([offset, readLog(home, offset)]).toEqual([7, "since\n"]);
  });

  it.each([
    [10 * 1024 * 1024, false],
    [10 * 1024 * 1024 + 1, true],
  ])("of %s bytes is put aside: %s", (bytes, isAside) => {
    const home = aHome();
    writeFileSync(home.logFile, "");
    truncateSync(home.logFile, bytes);
    writeFileSync(`${home.logFile}.1`, "the one before");
    const { descriptor, offset } = openLog(home);
    closeSync(descriptor);
    expect([offset, statSync(home.logFile).size]).toEqual(isAside ? [0, 0] : [bytes, bytes]);
    expect(readFileSync(`${home.logFile}.1`).length).toBe(isAside ? bytes : 14);
  });
});
