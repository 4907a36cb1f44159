// Real processes that are killed and started again. Each has a name, a command line and a log file.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VARIABLES } from "../../server/dist/config/variables.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
const programOf = (root) => join(root, "server/bin/tillway.js");

const living = new Set();

/** Ends every process that still runs, at once: for a run that is broken off. */
export function killAll() {
  for (const child of living) child.kill("SIGKILL");
}

/** Runs a command of the program to its end, of another build if `root` names one. Rejects with its output if it fails. */
export function runOnce(argv, env, root = project) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programOf(root), ...argv], { env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("exit", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`tillway ${argv.join(" ")} ended with ${code}: ${err || out}`)),
    );
  });
}

/** A server that can be killed: `kill` is kill -9, and `start` brings it back under the same name, as the build that `root` then names. */
export class Victim {
  constructor({ name, argv, env, directory, root = project }) {
    Object.assign(this, { name, argv, env, root, kills: 0, child: null, stopping: false });
    this.log = createWriteStream(join(directory, `${name}.log`), { flags: "a" });
  }

  start() {
    this.child = spawn(process.execPath, [programOf(this.root), ...this.argv], {
      env: environment(this.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.pipe(this.log, { end: false });
    this.child.stderr.pipe(this.log, { end: false });
    const { child } = this;
    living.add(child);
    this.exited = new Promise((resolve) => child.once("exit", resolve)).finally(() => living.delete(child));
    return this;
  }

  async kill() {
    this.kills++;
    this.child.kill("SIGKILL");
    await this.exited;
  }

  /** True if it ended without being killed by us: a crash of its own, which is a finding. */
  get died() {
    return this.child.exitCode !== null && !this.stopping;
  }

  async stop() {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGTERM");
    const giveUp = setTimeout(() => this.child.kill("SIGKILL"), 40_000);
    await this.exited;
    clearTimeout(giveUp);
  }
}

/** Settings of this machine for a Tillway of its own (a mock, a flaky gateway) would change the proof. */
function environment(ours) {
  const theirs = Object.entries(process.env).filter(([name]) => !Object.keys(VARIABLES).includes(name) && !name.startsWith("TILLWAY_"));
  return { ...Object.fromEntries(theirs), ...ours };
}
