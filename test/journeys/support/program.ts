import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { VARIABLES } from "../../../server/src/config/variables.ts";
import type { UserId } from "../../support/embedded.ts";
import { waitFor } from "../../support/wait-for.ts";

const bin = fileURLToPath(new URL("../../../server/bin/tillway.js", import.meta.url));

/** The built program, started as a user starts it. */
export interface Program {
  readonly process: ChildProcess;
  /** Its output so far. */
  readonly out: string;
  readonly err: string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Waits until its output matches; fails at once if it ends before that. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Asks it to stop and waits for its end; kills it if it does not end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** @param environment settings of Tillway; those of the test run itself are not handed on */
export function launch(argv: readonly string[], environment: Readonly<Record<string, string>> = {}, user?: UserId): Program {
  const child = spawn(process.execPath, [bin, ...argv], {
    ...user,
    cwd: tmpdir(),
    // Programs run beside each other, each with a checkout of its own.
    env: { ...environmentWithoutOurs(), CHECKOUT_PORT: "0", DASHBOARD_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that fails half way must not leave it behind.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString("utf8")));
  let isOver = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once("close", (code, signal) => {
      isOver = true;
      resolve({ code, signal });
    }),
  );
  return {
    process: child,
    get out() {
      return said.out;
    },
    get err() {
      return said.err;
    },
    ended,
    printed: (pattern, timeoutMs = 60_000) => match(argv, said, { pattern, timeoutMs, isOver: () => isOver }),
    stop: (signal = "SIGTERM") => stop(child, ended, signal),
  };
}

/** Runs a command to its end. */
export async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}, user?: UserId) {
  const program = launch(argv, environment, user);
  const { code } = await program.ended;
  return { code, out: program.out, err: program.err };
}

/** Pids of processes on this home: the program that was given it, and servers that work inside it. Linux only; elsewhere none. */
export function processesOf(home: string): number[] {
  return pids().filter((pid) => {
    const environment = read(() => readFileSync(`/proc/${pid}/environ`, "latin1"));
    const directory = read(() => readlinkSync(`/proc/${pid}/cwd`));
    return environment.split("\0").includes(`TILLWAY_HOME=${home}`) || directory === home || directory.startsWith(`${home}/`);
  });
}

interface Said {
  readonly out: string;
  readonly err: string;
}

async function match(argv: readonly string[], said: Said, awaited: { pattern: RegExp; timeoutMs: number; isOver: () => boolean }) {
  const name = `tillway ${argv.join(" ")}`;
  const found = await waitFor(
    `${name} to print ${awaited.pattern}`,
    () => awaited.pattern.exec(said.out) ?? (awaited.isOver() ? "over" : null),
    {
      timeoutMs: awaited.timeoutMs,
    },
  );
  if (found === "over") throw new Error(`${name} ended without printing ${awaited.pattern}: ${said.out}${said.err}`);
  return found as RegExpExecArray;
}

/** Shorter than the program drains (35 s): one with nothing under way must not wait for that. */
const STOP_PATIENCE_MS = 25_000;

async function stop(child: ChildProcess, ended: Promise<unknown>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const giveUp = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(giveUp);
}

/** Without our settings, and without this machine's settings for a Tillway of another version: each unknown one would be a warning. */
export function environmentWithoutOurs(): NodeJS.ProcessEnv {
  const ours: ReadonlySet<string> = new Set(Object.keys(VARIABLES));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name) && !name.startsWith("TILLWAY_")));
}

function pids(): number[] {
  return read(() => readdirSync("/proc").join(" "))
    .split(" ")
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Processes come and go, and some are none of our business. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
