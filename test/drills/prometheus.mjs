// `npm run proof:full -- prometheus`, or with DATABASE_URL `npm run drill:prometheus [-- --write]`: a real Prometheus with the files of
// deploy/prometheus scrapes an API and a worker; the worker is killed, and the alert that says so fires, and ends when there is one again.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { killAll, Victim } from "../crash/processes.mjs";
import { freePort, seedDatabase } from "../crash/stage.mjs";
import { newDatabase, until } from "./servers.mjs";

const root = resolve(import.meta.dirname, "../..");
const page = join(root, "docs/reliability.md");
const BEGIN = "<!-- prometheus: written by `npm run proof:full -- prometheus` -->";
const END = "<!-- end of prometheus -->";
const ALERT = "TillwayWorkerGone";
const TOKEN = "a-token-of-this-drill";

process.exitCode = await main();

async function main() {
  if (!process.env.DATABASE_URL) {
    console.error("drill: set DATABASE_URL to a PostgreSQL in which databases may be made. `npm run proof:full -- prometheus` starts one");
    return 2;
  }
  if (spawnSync("prometheus", ["--version"]).error) {
    console.error("drill: prometheus is missing. Install the package prometheus");
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), "tillway-prometheus-"));
  const stops = [];
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (killAll(), process.exit(130)));
  try {
    const found = await drill(directory, stops);
    console.log(
      `ok   ${ALERT} fired ${found.firedAfter} s after kill -9 of the only worker, and ended ${found.endedAfter} s after its start`,
    );
    if (process.argv.includes("--write")) write(found);
    return 0;
  } catch (error) {
    console.log(`FAIL ${error.message}`);
    return 1;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function drill(directory, stops) {
  const load = loadavg()[0];
  const { worker, targets } = await openTillway(directory, stops);
  const prometheus = await openPrometheus(directory, targets, stops);
  const ask = async (path) => (await (await fetch(`http://127.0.0.1:${prometheus}/api/v1/${path}`)).json()).data;
  const query = async (text) => (await ask(`query?query=${encodeURIComponent(text)}`)).result;
  const isFiring = async () => (await ask("alerts")).alerts.some(({ labels, state }) => labels.alertname === ALERT && state === "firing");
  const bothAreRead = async () => worker.died || (await query('up{job="tillway"} == 1')).length === 2;
  await until("Prometheus reads both processes", bothAreRead);
  if (worker.died) throw new Error(`the worker ended: ${readFileSync(join(directory, "worker.log"), "utf8").slice(0, 500)}`);
  await until("a worker is seen", async () => (await query("min(tillway_worker_seen_seconds) < 15")).length === 1);
  const [{ value }] = await query('count({__name__=~"tillway_.+"})');
  const rules = (await ask("rules")).groups.flatMap((group) => group.rules);
  const unwell = rules.filter(({ health }) => health === "err").map(({ name, lastError }) => `${name}: ${lastError}`);
  if (unwell.length > 0) throw new Error(unwell.join("; "));
  if (await isFiring()) throw new Error(`${ALERT} fires while a worker runs`);
  await worker.kill();
  const firedAfter = await secondsUntil(`${ALERT} fires`, isFiring);
  worker.start();
  const endedAfter = await secondsUntil(`${ALERT} ends`, async () => !(await isFiring()));
  return { series: Number(value[1]), alerts: rules.length, firedAfter, endedAfter, load };
}

async function secondsUntil(what, isSo) {
  const from = performance.now();
  await until(what, isSo);
  return Math.round((performance.now() - from) / 1_000);
}

/** An API and a worker, each showing its figures to who has the token. */
async function openTillway(directory, stops) {
  const { url: databaseUrl } = await newDatabase(process.env.DATABASE_URL);
  const seed = await seedDatabase({ databaseUrl, directory });
  const ports = { API_PORT: String(await freePort()), DASHBOARD_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()) };
  const metricsPort = String(await freePort());
  // Nobody pays here: the gateway is not asked.
  const shared = { DATABASE_URL: databaseUrl, SANDBOX_URL: "http://127.0.0.1:9", TEST_MODE: "true", LOG_LEVEL: "warn" };
  const env = { ...shared, METRICS_TOKEN: TOKEN, ...seed.settings };
  const api = new Victim({ name: "api", argv: ["api"], env: { ...env, ...ports }, directory }).start();
  const worker = new Victim({ name: "worker", argv: ["worker"], env: { ...env, METRICS_PORT: metricsPort }, directory }).start();
  stops.push(() => Promise.all([api.stop(), worker.stop()]));
  return { worker, targets: { api: [`127.0.0.1:${ports.API_PORT}`], worker: [`127.0.0.1:${metricsPort}`] } };
}

/** The files that users are given; other addresses, and a look each two seconds. @returns its port */
async function openPrometheus(directory, targets, stops) {
  const home = join(directory, "prometheus");
  cpSync(join(root, "deploy/prometheus"), home, { recursive: true });
  const config = parse(readFileSync(join(home, "prometheus.yml"), "utf8"));
  config.global = { scrape_interval: "2s", evaluation_interval: "2s" };
  const [job] = config.scrape_configs;
  job.authorization.credentials_file = join(home, "token");
  for (const each of job.static_configs) each.targets = targets[each.labels.role];
  writeFileSync(join(home, "token"), TOKEN);
  writeFileSync(join(home, "prometheus.yml"), stringify(config));
  const port = await freePort();
  const words = [`--config.file=${home}/prometheus.yml`, `--storage.tsdb.path=${home}/data`, `--web.listen-address=127.0.0.1:${port}`];
  const child = spawn("prometheus", [...words, "--log.level=warn"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((done) => child.once("close", done));
  process.once("exit", () => child.kill("SIGTERM"));
  stops.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  await until("Prometheus answers", async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok);
  return port;
}

function write({ series, alerts, firedAfter, endedAfter, load }) {
  const text = readFileSync(page, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/reliability.md has no block of Prometheus");
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const rows = [
    ["series of Tillway that Prometheus has of an API and a worker", series],
    ["alerts that it evaluates, none of them in error", alerts],
    ["from `kill -9` of the only worker to the alert, s (it waits for 30 s of silence, and a minute of it)", firedAfter],
    ["from the start of a worker to the end of the alert, s", endedAfter],
    ["measured", `${new Date().toISOString().slice(0, 10)} ${commit}, ${cpus().length} cores, load ${load.toFixed(1)}`],
  ];
  const table = rows.map(([what, figure]) => `| ${what} | ${figure} |`).join("\n");
  writeFileSync(page, `${text.slice(0, begin)}${BEGIN}\n\n| | |\n|---|---|\n${table}\n\n${text.slice(end)}`);
}
