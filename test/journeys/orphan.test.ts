/** A process whose starter has gone, and which nobody can reach any more, ends in order. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { isRunning } from "../../server/src/embedded/processes.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import "./support/patience.ts";

const bin = fileURLToPath(new URL("../../server/bin/tillway.js", import.meta.url));
const left: number[] = [];
afterEach(() => {
  for (const pid of left.splice(0)) if (isRunning(pid)) process.kill(pid, "SIGKILL");
});

/** Starts a process that starts Tillway and waits; answers both pids once it listens. */
async function started(how: { stdin: "ignore" | "pipe"; environment: Record<string, string> }) {
  const { path, remove } = temporaryPlace();
  const starter = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, [${JSON.stringify(bin)}, "gateway", "sandbox"], { stdio: ["${how.stdin}", "pipe", "inherit"] });
    console.log("pid " + child.pid);
    child.stdout.pipe(process.stdout);
    setInterval(() => {}, 1000);`;
  const env = { PATH: process.env["PATH"], SANDBOX_PORT: "0", TILLWAY_HOME: path, ...how.environment };
  const parent = spawn(process.execPath, ["-e", starter], { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  parent.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  await waitFor("the sandbox to listen", () => out.includes("listens on"), { timeoutMs: 60_000 });
  const pid = Number(/pid (\d+)/.exec(out)![1]);
  left.push(pid, parent.pid!);
  return { pid, kill: () => parent.kill("SIGKILL"), remove };
}

it.each([
  [
    "that npx started ends when npx is killed, though its input is /dev/null (U13)",
    { stdin: "ignore", environment: { npm_command: "exec" } },
  ],
  ["whose input was a pipe ends when whoever held it is killed (U13)", { stdin: "pipe", environment: {} }],
] as const)("a process %s", async (_, how) => {
  const { pid, kill, remove } = await started(how);
  kill();
  await waitFor("it to end", () => !isRunning(pid), { timeoutMs: 20_000 });
  await remove();
});

it("a daemon, whose input is /dev/null, lives on without its shell", async () => {
  const { pid, kill, remove } = await started({ stdin: "ignore", environment: {} });
  kill();
  // As long as the others need to end, twice.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, "SIGTERM");
  await waitFor("it to end", () => !isRunning(pid));
  await remove();
});
