import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHome } from "./home.ts";
import type { Home } from "./home.ts";
import { findHolder, poll, readPidFile } from "./postmaster.ts";

let dir: string;
let home: Home;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tillway postmaster "));
  home = openHome(dir);
  mkdirSync(home.dataDir);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("postmaster.pid", () => {
  it.each([
    ["complete", "4711\n/data\n1700000000\n5433\n\n127.0.0.1\n  123 4\nready   \n", { pid: 4711, port: 5433, status: "ready" }],
    ["just begun", "4711\n/data\n", { pid: 4711, port: 0, status: "" }],
    ["of a single-user server", "-4711\n/data\n", null],
    ["empty", "", null],
    ["garbage", "\0\0\0", null],
  ])("that is %s is read", (_name, content, expected) => {
    writeFileSync(join(home.dataDir, "postmaster.pid"), content);
    expect(readPidFile(home)).toEqual(expected);
  });

  it("that is missing is none", () => expect(readPidFile(home)).toBeNull());
});

describe.runIf(process.platform === "linux")("the holder of a pid", () => {
  // A check that only looks cannot tell a sleep that calls itself postgres from a real one.
  async function holderOf(directory: string, name: string): Promise<string> {
    const child = spawn("sleep", ["60"], { cwd: directory, argv0: name });
    await once(child, "spawn");
    try {
      return findHolder(home, child.pid as number);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  it("is our postgres if it works in our data directory", async () => {
    expect(await holderOf(home.dataDir, "/opt/some where/bin/postgres")).toBe("our postgres");
  });

  it("is a stranger if it is a postgres of another directory, or something else", async () => {
    expect(await holderOf(home.dir, "postgres")).toBe("a stranger");
    expect(await holderOf(home.dataDir, "sleep")).toBe("a stranger");
  });

  it("is nobody if there is no such process", () => expect(findHolder(home, 2 ** 30)).toBe("nobody"));
});

describe("poll", () => {
  it("returns its find, and undefined when the time is over", async () => {
    let looks = 0;
    expect(await poll(10_000, () => ((looks += 1) === 3 ? "found" : undefined))).toBe("found");
    expect(await poll(20, () => undefined)).toBeUndefined();
  });
});
