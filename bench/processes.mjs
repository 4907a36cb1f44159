/** Every process that a bench starts is in this list, so that all of them end with it, also on Ctrl-C. Ended by pid only. */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";

const STOP_MS = 40_000;
const living = new Set();
const steps = [];

/**
 * Starts a program. `stdio` of a long-running one goes to `logFile`; without it the output is collected.
 * @returns the child, and a promise of its exit code and output
 */
export function start(file, args, { env = process.env, cwd, logFile } = {}) {
  const log = logFile === undefined ? "pipe" : openSync(logFile, "a");
  const child = spawn(file, args, { env, cwd, stdio: ["ignore", log, log] });
  living.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: -1, stdout, stderr: error.message }));
    child.on("close", (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
  }).finally(() => living.delete(child));
  return { pid: child.pid, child, ended };
}

/** Runs a program to its end. Throws an Error with the end of its output if it fails. */
export async function run(file, args, options) {
  const { code, stdout, stderr } = await start(file, args, options).ended;
  if (code !== 0)
    throw new Error(`${file.split("/").at(-1)} ended with ${code}: ${(stderr || stdout).trim().split("\n").slice(-5).join("\n")}`);
  return stdout;
}

/** SIGTERM, and after 40 s SIGKILL: longer than the drain of a Tillway. */
export async function stop({ child, ended }, signal = "SIGTERM") {
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(late);
}

/** Kills every process that still runs. */
async function killAll() {
  const children = [...living];
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once("close", resolve))));
}

/** `step` is taken when the bench has ended and its processes are gone, the last one that was given first. */
export function atEnd(step) {
  steps.push(step);
}

/** Runs a bench, and leaves nothing behind however it ends. An error is printed, and is exit code 1; one that comes of a signal is none. */
export async function runBench(bench) {
  let stopped = null;
  const stopAll = () =>
    (stopped ??= (async () => {
      await killAll();
      for (const step of steps.toReversed()) await step();
    })());
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stopAll().finally(() => process.exit(130)));
  try {
    await bench();
  } catch (error) {
    if (stopped === null) {
      console.error(`bench: ${error.stack}`);
      process.exitCode = 1;
    }
  } finally {
    await stopAll();
  }
}
