import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A TypeScript module that runs in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  /** The first line it printed. */
  readonly line: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
}

/** The child's arguments. */
export interface ChildOptions {
  readonly args?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const runner = fileURLToPath(new URL("run-typescript.mjs", import.meta.url));

/** Runs a module in its own process group and waits for its first line. Throws if it ends without one. */
export async function runChild(module: URL, options: ChildOptions = {}): Promise<Child> {
  const { args = [], env, ...user } = options;
  const path = fileURLToPath(module);
  const child = spawn(process.execPath, [runner, path, ...args], {
    ...user,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString("utf8")));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("close", (code, signal) => reject(new Error(`${path} ended with ${signal ?? code} before it reported: ${complaints}`)));
  });
  return { process: child, line, ended };
}
