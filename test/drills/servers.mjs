// The real servers of a drill, each of which can be ended, held and started again. They come from the folder of servers that CI uses.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const folder = resolve(import.meta.dirname, "../../../shared/services");
export const haveServers = existsSync(join(folder, "up"));

const ENDED_MS = 20_000;
/** For what has to start first, which takes a minute on a machine that is busy. */
const PATIENCE_MS = 240_000;
const STARTING_UP = /the database system is (starting up|in recovery|not yet accepting connections)/;
let databases = 0;

/** Servers with a port base and a directory of their own. */
export class Servers {
  /** The variables by which programs are told where the servers are, such as REDIS_URL. @type {Record<string, string>} */
  urls = {};
  /** @type {Set<string>} */
  #names = new Set();

  /** @param {{ directory: string, portBase: number }} where */
  constructor({ directory, portBase }) {
    this.directory = directory;
    this.env = { ...process.env, SERVICES_DATA: directory, SERVICES_PORT_BASE: String(portBase) };
  }

  /** Starts a server that does not run, with the data that it had. @param {string} name */
  async up(name) {
    this.#names.add(name);
    const said = await this.#started(name);
    if (!isRunning(this.pidOf(name))) throw new Error(`${name} was to be started, and does not run`);
    for (const [, variable, url] of said.matchAll(/^export (\w+)=(.*)$/gm)) if (variable && url) this.urls[variable] = url;
  }

  /** What the starter says. It asks PostgreSQL for a database as soon as that listens, which after a crash is before its log is replayed. @param {string} name */
  async #started(name) {
    for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(200)) {
      try {
        return await output(join(folder, "up"), [name], this.env);
      } catch (error) {
        if (!STARTING_UP.test(String(error)) || Date.now() > giveUpAt) throw error;
      }
    }
  }

  /** Ends a server by this signal, and waits until it is gone. @param {string} name @param {NodeJS.Signals} signal */
  async end(name, signal) {
    const pid = this.pidOf(name);
    process.kill(pid, signal);
    for (const giveUpAt = Date.now() + ENDED_MS; isRunning(pid);) {
      if (Date.now() > giveUpAt) throw new Error(`${name} did not end by ${signal}`);
      await sleep(20);
    }
    // Until somebody collects it, a process that has ended is taken by the starter for one that runs, and nothing would be started.
    rmSync(join(this.directory, name, "pid"), { force: true });
  }

  /** Holds a server and all of its processes, which then take connections and answer nothing, for as long. @param {string} name @param {number} ms */
  async hold(name, ms) {
    const pids = [this.pidOf(name), ...childrenOf(this.pidOf(name))];
    try {
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      await sleep(ms);
    } finally {
      for (const pid of pids) if (isRunning(pid)) process.kill(pid, "SIGCONT");
    }
  }

  /** @param {string} name */
  pidOf(name) {
    return Number(readFileSync(join(this.directory, name, "pid"), "utf8").split("\n")[0]);
  }

  close() {
    if (this.#names.size > 0) execFileSync(join(folder, "down"), ["--wipe", ...this.#names], { env: this.env, stdio: "ignore" });
  }
}

/** A new database of the server of this URL: empty, or a copy. @param {string} serverUrl @param {string} [template] */
export async function newDatabase(serverUrl, template = "template1") {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const name = `drill_${process.pid}_${databases++}`;
  await client.query(`create database ${name} template ${template}`);
  await client.end();
  return { name, url: named(serverUrl, name) };
}

/** The URL of another database of the same server. @param {string} url @param {string} name */
export function named(url, name) {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Installs tools by name, such as sentinel or patroni. @param {string[]} names */
export function install(...names) {
  return output(join(folder, "install"), names, process.env);
}

/** Waits for a condition; an error is "not yet". @param {string} what @param {() => Promise<boolean>} isSo */
export async function until(what, isSo) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ;) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${PATIENCE_MS / 1_000} s`);
    await sleep(50);
  }
}

/** One command to a Redis, and its answer. @param {number} port @param {string} command @returns {Promise<string>} */
export function redisSays(port, command) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setTimeout(2_000, () => socket.destroy(new Error("Redis does not answer")));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk;
      socket.end();
    });
    socket.on("close", () => resolve(text));
    socket.write(`${command}\r\n`);
  });
}

/** @param {string} file @param {readonly string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<string>} */
function output(file, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${file} ${args.join(" ")}: ${err}`))));
    child.on("error", reject);
  });
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that ended and that nobody has collected yet.
  return !/^State:\s+Z/m.test(readIfThere(`/proc/${pid}/status`));
}

/** @param {number} pid */
function childrenOf(pid) {
  return readIfThere(`/proc/${pid}/task/${pid}/children`).trim().split(/\s+/).filter(Boolean).map(Number);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Where the newest PostgreSQL of the machine has its programs. */
export function postgresPrograms() {
  const base = "/usr/lib/postgresql";
  const versions = readdirSync(base).toSorted((a, b) => Number(b) - Number(a));
  return join(base, versions[0] ?? "", "bin");
}
