import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toDescriptor } from "./log.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "tillway log "))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lines = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}\n`);

describe("a log file", () => {
  it("gets all lines in order, also those of one turn and those that come during a write", async () => {
    const file = join(directory, "log");
    const log = toDescriptor(openSync(file, "a"));
    for (const [n, line] of lines(2_000).entries()) {
      log.write(line);
      if (n % 100 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toBe(lines(2_000).join("")));
  });

  it("gets the lines in memory at the end", () => {
    const file = join(directory, "log");
    const log = toDescriptor(openSync(file, "a"));
    for (const line of lines(3)) log.write(line);
    log.flushSync();
    expect(readFileSync(file, "utf8")).toBe(lines(3).join(""));
  });
});

describe("a log whose reader is gone", () => {
  it("is dropped silently: nothing is thrown, and the end does not wait", async () => {
    const file = join(directory, "log");
    writeFileSync(file, "before\n");
    // Open and ours, but only to be read: each write fails.
    const descriptor = openSync(file, "r");
    const log = toDescriptor(descriptor);
    const flushed: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      log.write("lost\n");
      await new Promise(setImmediate);
      log.write("lost too\n");
      const from = performance.now();
      log.flushSync();
      flushed.push(performance.now() - from);
    }
    closeSync(descriptor);
    // One wait for a busy reader is a second; one of five may have met a busy machine.
    expect(Math.min(...flushed)).toBeLessThan(500);
    expect(readFileSync(file, "utf8")).toBe("before\n");
  });

  it.skipIf(process.platform === "win32")("does not end the process whose reader went away", async () => {
    const fifo = join(directory, "fifo");
    execFileSync("sh", ["-c", 'mkfifo "$0"', fifo]);
    const reader = spawn("head", ["-n", "1", fifo], { stdio: ["ignore", "pipe", "ignore"] });
    let heard = "";
    reader.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    const descriptor = openSync(fifo, "w");
    const log = toDescriptor(descriptor);
    log.write("first\n");
    await once(reader, "close");
    log.write("second\n");
    await new Promise(setImmediate);
    log.write("third\n");
    const from = performance.now();
    log.flushSync();
    expect(performance.now() - from).toBeLessThan(500);
    expect(heard).toBe("first\n");
    closeSync(descriptor);
  });
});
