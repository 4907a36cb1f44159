import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { waitFor } from "../../../test/support/wait-for.ts";
import { inspectProcess, isRunning } from "./processes.ts";

describe("a process", () => {
  it("is running while it lives, with its start and command", () => {
    const info = inspectProcess(process.pid);
    expect(info).toMatchObject({ state: "running", startedAt: expect.stringMatching(/\d/) });
    expect(inspectProcess(process.pid).startedAt).toBe(info.startedAt);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 30])("with the pid %d is none", (pid) => {
    expect(inspectProcess(pid).state).toBe("gone");
  });

  it("is gone after it ended", async () => {
    const child = spawn("true");
    await once(child, "exit");
    expect(isRunning(child.pid as number)).toBe(false);
  });

  it("is no longer running while it is a zombie", async () => {
    // The shell becomes a sleep, which never collects the child that the shell had.
    const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(await waitFor("a zombie", () => inspectProcess(pid).state === "zombie")).toBe(true);
    expect(isRunning(pid)).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });
});
