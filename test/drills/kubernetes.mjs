// node test/drills/kubernetes.mjs [--write]: the chart as a cluster would run it, under load: the migration, two APIs and two workers, a rolling
// update of all of them, and whether anything failed or was cut short.
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findHelm, manifestsOf, render } from "../../scripts/deploy-checks/helm/chart.mjs";
import { killAll, runOnce, Victim } from "../crash/processes.mjs";
import { freePort, healing } from "../crash/stage.mjs";
import { Cluster, Deployment } from "./pods.mjs";
import { newDatabase } from "./servers.mjs";
import { writeBlock } from "./table.mjs";

const CLIENTS = 8;
const CALM_MS = 10_000;
/** One of so many requests waits for its outcome, so that a stop meets requests that take their time. */
const WAITS_OF = 4;
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

async function main() {
  const helm = findHelm();
  if (helm === undefined || !process.env.DATABASE_URL) {
    console.log(`skipped: ${helm === undefined ? "helm is not installed" : "DATABASE_URL names no PostgreSQL"}`);
    return 0;
  }
  const stops = [];
  try {
    const figures = await drill(helm, stops);
    const faults = faultsOf(figures);
    for (const line of [...rowsOf(figures), ...faults.map((fault) => `FAIL ${fault}`)]) console.log(line);
    if (process.argv.includes("--write") && faults.length === 0) writeBlock("kubernetes", rowsOf(figures));
    return faults.length === 0 ? 0 : 1;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    killAll();
  }
}

async function drill(helm, stops) {
  const { cluster, keys } = await prepare(helm, stops);
  const api = new Deployment(cluster, "tillway-api");
  const worker = new Deployment(cluster, "tillway-worker");
  stops.push(async () => void (await Promise.all([api.stop(), worker.stop()])));
  await Promise.all([api.start(), worker.start()]);
  say("two APIs and two workers are ready");
  const load = new Load(api, keys);
  load.start();
  await sleep(CALM_MS);
  say(`${load.answered} requests were answered; a rolling update of all begins`);
  const rolledAt = Date.now();
  const [apis, workers] = await Promise.all([api.rollout(), worker.rollout()]);
  const rolloutMs = Date.now() - rolledAt;
  say(`all pods are new after ${(rolloutMs / 1_000).toFixed(0)} s`);
  await sleep(CALM_MS);
  await load.stop();
  const { left } = await healing(cluster.secrets.tillway.DATABASE_URL, say);
  return { load, apis, workers, rolloutMs, left: Object.values(left).reduce((sum, count) => sum + count, 0) };
}

async function prepare(helm, stops) {
  const directory = mkdtempSync(join(tmpdir(), "tillway-kubernetes-"));
  stops.push(() => rmSync(directory, { recursive: true, force: true }));
  const sandboxPort = await freePort();
  const sandbox = `http://127.0.0.1:${sandboxPort}`;
  const settings = { TEST_MODE: "true", SANDBOX_URL: sandbox, SANDBOX_DELAY_MS: "150", LOG_LEVEL: "warn" };
  const set = Object.entries(settings).map(([name, value]) => `config.${name}=${value}`);
  const { status, stdout, stderr } = render(helm, "minimal", ["--set-string", set.join(",")]);
  if (status !== 0) throw new Error(stderr);
  const { url } = await newDatabase(process.env.DATABASE_URL);
  const tillway = { DATABASE_URL: url, TILLWAY_MASTER_KEY: randomBytes(32).toString("hex") };
  const cluster = new Cluster({ manifests: manifestsOf(stdout), secrets: { tillway }, directory });
  const code = await cluster.job("tillway-migrate");
  if (code !== 0) throw new Error(`the migration ended with ${code}`);
  say("the Job has migrated the database");
  const env = { ...settings, ...tillway, TILLWAY_HOME: directory };
  const made = await runOnce(["merchant", "create", "--name", "Drill", "--email", "drill@merchant.example", "--json"], env);
  const gateway = new Victim({ name: "gateway", argv: ["gateway", "sandbox", "--port", String(sandboxPort)], env, directory }).start();
  stops.push(() => gateway.stop());
  return { cluster, keys: JSON.parse(made) };
}

/** Clients that ask without end, each request once and at any pod that the Service knows. */
class Load {
  answered = 0;
  /** @type {string[]} */
  failed = [];
  #stopped = false;
  #agent = new Agent({ keepAlive: true });

  constructor(api, keys) {
    this.api = api;
    this.headers = { "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret };
  }

  start() {
    this.running = Promise.all(Array.from({ length: CLIENTS }, () => this.#run()));
  }

  async stop() {
    this.#stopped = true;
    await this.running;
    this.#agent.destroy();
  }

  async #run() {
    for (let n = 0; !this.#stopped; n++) {
      const pods = this.api.ready();
      const pod = pods[Math.floor(Math.random() * pods.length)];
      const outcome = pod ? await this.#pay(pod, n % WAITS_OF === 0) : "no pod is ready";
      if (outcome === 201) this.answered++;
      else this.failed.push(String(outcome));
      await sleep(20);
    }
  }

  /** @returns {Promise<number | string>} the status, or why there is none */
  #pay(pod, confirm) {
    const body = { amount: 49_900, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" }, ...(confirm && { confirm }) };
    return new Promise((resolve) => {
      const headers = { ...this.headers, "idempotency-key": randomUUID() };
      const target = { host: pod.address, port: pod.port("api"), method: "POST", path: "/v1/payments", headers, agent: this.#agent };
      const asked = request(target, (answer) =>
        answer
          .resume()
          .on("end", () => resolve(answer.statusCode))
          .on("error", (error) => resolve(error.code)),
      );
      asked.on("error", (error) => resolve(error.code ?? error.message));
      asked.end(JSON.stringify(body));
    });
  }
}

const longest = (ended) => Math.max(...ended.map(({ wholeMs }) => wholeMs));
const isCut = ({ code }) => code !== 0;

function faultsOf({ load, apis, workers, left }) {
  return [
    ...(load.failed.length > 0 ? [`${load.failed.length} requests failed: ${[...new Set(load.failed)].join(", ")}`] : []),
    ...(left > 0 ? [`${left} payments or jobs did not come to their end`] : []),
    ...[...apis, ...workers].filter(isCut).map(({ code }) => `a pod ended with ${code}`),
  ];
}

function rowsOf({ load, apis, workers, rolloutMs, left }) {
  const seconds = (ms) => (ms / 1_000).toFixed(1);
  const grace = (ended) => `${seconds(longest(ended))} of ${ended[0].graceMs / 1_000}`;
  return [
    "| pods replaced | in s | requests, each sent once | failed | not ended | longest stop of an API, s of its grace | of a worker | load |",
    "|---|---|---|---|---|---|---|---|",
    `| ${apis.length + workers.length} | ${seconds(rolloutMs)} | ${load.answered + load.failed.length} | ${load.failed.length} | ${left} | ${grace(apis)} | ${grace(workers)} | ${loadavg()[0].toFixed(1)} |`,
  ];
}

process.exitCode = await main();
