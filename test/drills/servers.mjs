// The real servers of a drill, each of which can be ended, held and started again. They come from the folder of servers that CI uses.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import pg from "pg";
import { sleep } from "../crash/stage.mjs";

const folder = resolve(import.meta.dirname, "../../../shared/services");
export const haveServers = existsSync(join(folder, "up"));

const ENDED_MS = 20_000;
let databases = 0;

/** Servers with a port base and a directory of their own. */
export class Servers {
  /** Variables that the servers were told to be reached by, such as REDIS_URL. */
  urls = {};
  #started = new Set();

  constructor({ directory, portBase }) {
    this.directory = directory;
    this.env = { ...process.env, SERVICES_DATA: directory, SERVICES_PORT_BASE: String(portBase) };
  }

  /** Starts a server that does not run, with the data that it had. */
  async up(name) {
    this.#started.add(name);
    const said = await output(join(folder, "up"), [name], this.env);
    for (const [, variable, url] of said.matchAll(/^export (\w+)=(.*)$/gm)) this.urls[variable] = url;
  }

  /** Ends a server by this signal, and waits until it is gone. */
  async end(name, signal) {
    const pid = this.pidOf(name);
    process.kill(pid, signal);
    for (const giveUpAt = Date.now() + ENDED_MS; isRunning(pid);) {
      if (Date.now() > giveUpAt) throw new Error(`${name} did not end by ${signal}`);
      await sleep(20);
    }
  }

  /** Holds a server and all of its processes, which then take connections and answer nothing, for as long. */
  async hold(name, ms) {
    const pids = [this.pidOf(name), ...childrenOf(this.pidOf(name))];
    try {
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      await sleep(ms);
    } finally {
      for (const pid of pids) if (isRunning(pid)) process.kill(pid, "SIGCONT");
    }
  }

  pidOf(name) {
    return Number(readFileSync(join(this.directory, name, "pid"), "utf8").split("\n")[0]);
  }

  /** A new database of the PostgreSQL. */
  async newDatabase() {
    const client = new pg.Client({ connectionString: this.urls.DATABASE_URL });
    await client.connect();
    const name = `drill_${process.pid}_${databases++}`;
    await client.query(`create database ${name}`);
    await client.end();
    return { name, url: named(this.urls.DATABASE_URL, name) };
  }

  close() {
    if (this.#started.size > 0) execFileSync(join(folder, "down"), ["--wipe", ...this.#started], { env: this.env, stdio: "ignore" });
  }
}

/** The URL of another database of the same server. */
export function named(url, name) {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Installs tools by name, such as sentinel or patroni. */
export function install(...names) {
  return output(join(folder, "install"), names, process.env);
}

/** One command to a Redis, and the first line of its answer. */
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

function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that ended and that nobody has collected yet.
  return !/^State:\s+Z/m.test(readIfThere(`/proc/${pid}/status`));
}

function childrenOf(pid) {
  return readIfThere(`/proc/${pid}/task/${pid}/children`).trim().split(/\s+/).filter(Boolean).map(Number);
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
