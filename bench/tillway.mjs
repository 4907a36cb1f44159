/** Tillway as a user starts it: the committed program, processes of their own, the logging it is shipped with, into a file. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run, start } from "./processes.mjs";

const program = fileURLToPath(new URL("../server/bin/tillway.js", import.meta.url));
/** As `npm start` runs it: a smaller young generation costs a little time and saves what V8 would let grow old unlooked at. */
const startFlags = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).scripts.start.match(/--\S+/g) ?? [];
const masterKey = randomBytes(32).toString("hex");
const READY_MS = 30_000;

/** One merchant in a fresh database: its id and key. */
export async function prepareDatabase(databaseUrl) {
  const env = environment({ DATABASE_URL: databaseUrl });
  await run(process.execPath, [program, "migrate"], { env });
  const shown = await run(
    process.execPath,
    [program, "merchant", "create", "--name", "Bench", "--email", "bench@merchant.example", "--json"],
    { env },
  );
  return JSON.parse(shown);
}

/** The API alone. @returns its process and port */
export async function startApi({ databaseUrl, directory, profile }) {
  const logFile = join(directory, "api.log");
  const env = environment({ DATABASE_URL: databaseUrl, SANDBOX_URL: "http://127.0.0.1:1" });
  const api = start(process.execPath, [...profiling(profile, "api"), program, "api"], { env, logFile });
  return { ...api, port: Number(await waitForLine(api, logFile, /"port":(\d+).*the API listens/)) };
}

/** All in one process, its bank at no delay. @returns its process, port, merchant and keys */
export async function startAll({ databaseUrl, directory, name, profile }) {
  const home = join(directory, name);
  mkdirSync(home);
  const logFile = join(directory, `${name}.log`);
  const env = environment({ DATABASE_URL: databaseUrl, TILLWAY_HOME: home, SANDBOX_DELAY_MS: "0" });
  const all = start(process.execPath, [...startFlags, ...profiling(profile, name), program, "all"], { env, logFile });
  const port = Number(await waitForLine(all, logFile, /http:\/\/127\.0\.0\.1:(\d+)\/v1/));
  return { ...all, port, keys: JSON.parse(readFileSync(join(home, "test-keys.json"), "utf8")) };
}

/** Our own variables would change what is measured. */
function environment(settings) {
  const { PATH, HOME, TMPDIR, NODE_OPTIONS } = process.env;
  return { PATH, HOME, TMPDIR, NODE_OPTIONS, TILLWAY_MASTER_KEY: masterKey, API_PORT: "0", HOST: "127.0.0.1", ...settings };
}

function profiling(directory, name) {
  return directory === undefined
    ? []
    : ["--cpu-prof", "--cpu-prof-interval", "500", `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}.cpuprofile`];
}

async function waitForLine({ child }, logFile, pattern) {
  for (const endsAt = performance.now() + READY_MS; performance.now() < endsAt; await sleep(20)) {
    const log = readFileSync(logFile, "utf8");
    const found = pattern.exec(log);
    if (found !== null) return found[1];
    if (child.exitCode !== null) throw new Error(`tillway ended at its start:\n${log.slice(-2_000)}`);
  }
  throw new Error(`tillway was not ready after ${READY_MS / 1_000} s:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
}
