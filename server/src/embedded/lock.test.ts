import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EmbeddedPostgresError } from "./errors.ts";
import { acquireLock } from "./lock.ts";
import type { Lock } from "./lock.ts";
import { inspectProcess } from "./processes.ts";

let dir: string;
let file: string;
const held: Lock[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tillway lock "));
  file = join(dir, "lock");
});

afterEach(() => {
  for (const lock of held.splice(0)) lock.release();
  rmSync(dir, { recursive: true, force: true });
});

function acquire(): Lock {
  const lock = acquireLock(file, dir);
  held.push(lock);
  return lock;
}

function leave(holder: { pid: number; startedAt?: string | null; host?: string }, ageMs = 0): void {
  writeFileSync(file, JSON.stringify({ startedAt: null, host: hostname(), ...holder }));
  const then = new Date(Date.now() - ageMs);
  utimesSync(file, then, then);
}

/** Above every pid that Linux and macOS give out. */
const deadPid = 2 ** 30;
const self = (): string | null => inspectProcess(process.pid).startedAt;

describe("the lock of a home", () => {
  it("is held until it is released, and leaves no other file", () => {
    const lock = acquire();
    expect(() => acquire()).toThrow(EmbeddedPostgresError);
    expect(() => acquire()).toThrow(`Another Tillway (pid ${process.pid}) uses ${dir}: end it, or set TILLWAY_HOME to another directory.`);
    expect(readdirSync(dir)).toEqual(["lock"]);
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
    acquire();
  });

  it.each([
    ["a process that is gone", () => leave({ pid: deadPid })],
    ["a process whose number somebody else has by now", () => leave({ pid: process.pid, startedAt: `${self()}0` })],
    ["another host that has been silent", () => leave({ pid: process.pid, host: "elsewhere" }, 60_000)],
    ["nobody, as after a power cut", () => writeFileSync(file, "")],
  ])("is taken over from %s", (_name, prepare) => {
    prepare();
    acquire();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ pid: process.pid, startedAt: self(), host: hostname() });
    expect(readdirSync(dir)).toEqual(["lock"]);
  });

  it.each([
    ["a living process", () => leave({ pid: process.pid, startedAt: self() }), /pid \d+\) uses/],
    ["a living process of unknown start", () => leave({ pid: process.ppid }), /pid \d+\) uses/],
    [
      "another host that was heard of just now",
      () => leave({ pid: deadPid, host: "elsewhere" }, 5_000),
      /on elsewhere \(if that one is dead, wait 15 s\)/,
    ],
  ])("is respected while it belongs to %s", (_name, prepare, message) => {
    prepare();
    const before = readFileSync(file, "utf8");
    expect(() => acquire()).toThrow(message);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it.each(["EPERM", "ENOTSUP", "ENOSYS"])("is refused in one line if the file system has no hard links (%s)", (code) => {
    const link = () => {
      throw Object.assign(new Error("no"), { code });
    };
    expect(() => acquireLock(file, dir, link)).toThrow(EmbeddedPostgresError);
    expect(() => acquireLock(file, dir, link)).toThrow(
      /^.* lies on a file system without hard links .*set TILLWAY_HOME to .* local disk\.$/,
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  it("fails with the system's own error if that is more precise", () => {
    const link = () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    };
    expect(() => acquireLock(file, dir, link)).toThrow("full");
  });

  it("that changes hands at every look is refused in the end, and its drafts are gone", () => {
    const taken = () => {
      throw Object.assign(new Error("taken"), { code: "EEXIST" });
    };
    expect(() => acquireLock(file, dir, taken)).toThrow(/keeps changing hands: end the other Tillway, or set TILLWAY_HOME/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("whose first holder died goes to the faster one, and the other gets an error that names it", () => {
    leave({ pid: deadPid });
    let looks = 0;
    const beaten: typeof linkSync = (from, to) => {
      // Between our look at the dead lock and our own, somebody else has taken it.
      if (looks++ === 1) leave({ pid: process.ppid });
      linkSync(from, to);
    };
    expect(() => acquireLock(file, dir, beaten)).toThrow(`Another Tillway (pid ${process.ppid}) uses`);
    expect(readdirSync(dir)).toEqual(["lock"]);
  });

  it("is not removed by a process that lost it", () => {
    const lock = acquire();
    leave({ pid: process.ppid });
    lock.release();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.ppid });
  });
});
