/**
 * What is too long for CI, part after part. `npm run proof:full`; with names, only those parts. Each goes into the report in test/proof/reports/
 * with its day, commit and machine: a proof that takes hours can be run a part at a time. A part fails by its exit code. Nothing else
 * should run on the machine.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { haveServers, Servers } from "../drills/servers.mjs";
import { report } from "./report.mjs";

const root = resolve(import.meta.dirname, "../..");
const tillway = ["node", "server/bin/tillway.js"];
const vitest = (/** @type {string} */ file, /** @type {string} */ name) => [
  "npx",
  "vitest",
  "run",
  file,
  "-t",
  name,
  "--testTimeout=3600000",
];

/** What tests read, and under which name the servers say it: programs that tests start are not to be told of an engine by themselves. */
const testUrls = {
  TEST_REDIS_URL: "REDIS_URL",
  TEST_KAFKA_BROKERS: "KAFKA_BROKERS",
  REPLICATED_DATABASE_URL: "DATABASE_URL",
  REPLICA_DATABASE_URL: "DATABASE_REPLICA_URL",
  ...Object.fromEntries(
    ["DATABASE_URL", "REDIS_CLUSTER_URL", "FERRETDB_URL", "MAILPIT_SMTP_URL", "MAILPIT_API_URL", "STRIPE_MOCK_URL"].map((name) => [
      name,
      name,
    ]),
  ),
  PLAIN_MONGODB_URL: "MONGODB_URL",
};

/**
 * `says`: the lines of the output that are the part's verdict. `servers` are started for it, and it is told of them by the variables of `urls`.
 * @typedef {{ what: string, command: string[], env?: Record<string, string>, says: RegExp, servers?: string[], urls?: Record<string, string> }} Part
 * @type {Record<string, Part>}
 */
const parts = {
  simulate: {
    what: "random faults and crashes, 2,000 seeds",
    command: [...tillway, "simulate", "--seeds", "2000"],
    says: /violation|crash|year/i,
  },
  gateways: {
    what: "the same at two different gateways each, 2,000 seeds",
    command: [...tillway, "simulate", "--seeds", "2000", "--gateways", "two"],
    says: /violation|crash|year/i,
  },
  planted: {
    what: "planted bugs, each found; harmless changes, 2,000 seeds each",
    command: [...tillway, "simulate", "--planted", "--seeds", "2000"],
    says: /caught|harmless|planted/i,
  },
  crash: {
    what: "kill -9 of real processes, 50 times",
    command: ["node", "test/crash/run.mjs", "--kills", "50"],
    says: /lost|doubled|ledger/i,
  },
  "crash-redis": {
    what: "the same with Redis bringing the jobs",
    command: ["node", "test/crash/run.mjs", "--kills", "50", "--engine", "redis"],
    says: /lost|doubled|ledger/i,
    servers: ["redis"],
    urls: { REDIS_URL: "REDIS_URL" },
  },
  "crash-kafka": {
    what: "the same with Kafka bringing the jobs",
    command: ["node", "test/crash/run.mjs", "--kills", "50", "--engine", "kafka"],
    says: /lost|doubled|ledger/i,
    servers: ["kafka"],
    urls: { KAFKA_BROKERS: "KAFKA_BROKERS" },
  },
  outages: {
    what: "each server away, stopped or failed over, under load",
    command: ["node", "test/drills/outages.mjs"],
    says: /^(ok|FAIL) |lost|skipped/,
  },
  containers: {
    what: "the image built, compose.yaml started, a payment made",
    command: ["node", "test/drills/containers.mjs", "--write"],
    says: /holds|FAILS|skipped|MB|ok /,
  },
  edge: {
    what: "two APIs and two workers behind nginx: rolling restart and kill -9 under load, 10,000 requests",
    command: ["node", "test/drills/edge.mjs", "--write"],
    says: /^(ok|FAIL) |requests:|charges/,
    servers: ["postgres"],
    urls: { DATABASE_URL: "DATABASE_URL" },
  },
  upgrade: {
    what: "from the build before the last migration to this one, under load behind nginx",
    command: ["node", "test/drills/upgrade.mjs", "--write"],
    says: /^(ok|FAIL) |requests:|new build/,
    servers: ["postgres"],
    urls: { DATABASE_URL: "DATABASE_URL" },
  },
  restore: {
    what: "PostgreSQL lost under load and set back by five minutes, to a moment and as a snapshot",
    command: ["node", "test/drills/restore.mjs", "--write"],
    says: /^(ok|FAIL) |noticed|swept/,
    servers: ["postgres"],
  },
  prometheus: {
    what: "a real Prometheus with the rules of deploy/prometheus: one alert fires and ends",
    command: ["node", "test/drills/prometheus.mjs", "--write"],
    says: /^(ok|FAIL) |drill:/,
    servers: ["postgres"],
    urls: { DATABASE_URL: "DATABASE_URL" },
  },
  tests: {
    what: "every test as a whole: both PostgreSQLs, every page in every state, width and colours, the long files",
    command: ["npx", "vitest", "run"],
    says: /Tests |Test Files |✗|FAIL/,
    servers: ["postgres", "redis", "redis-cluster", "kafka", "ferretdb", "mongo", "mailpit", "stripe-mock"],
    urls: Object.fromEntries(Object.entries(testUrls).filter(([name]) => !name.startsWith("REPLICA"))),
  },
  profiles: {
    what: "the same journeys on every profile",
    command: ["npx", "vitest", "run", "test/journeys/profiles.test.ts"],
    env: { PROFILES: "embedded,server,redis,redis-cluster,kafka,kafka + mongo + mail + replica", REQUIRE_SERVICES: "1" },
    says: /Tests |✗|FAIL/,
    servers: ["postgres", "postgres-replica", "redis", "redis-cluster", "kafka", "ferretdb", "mailpit"],
    urls: testUrls,
  },
  race: {
    what: "64 requests of every kind at once on one payment, 200 rounds",
    command: vitest("test/journeys/races.test.ts", "64 requests, webhooks and questions"),
    env: { RACE_ROUNDS: "200" },
    says: /Tests /,
  },
  seals: {
    what: "ivs of 500,000 sealed texts and their keys, none twice",
    command: vitest("server/src/storage/seal.test.ts", "none of which is used twice"),
    env: { SEALED_TEXTS: "500000" },
    says: /Tests /,
  },
  lists: {
    what: "every list over 2,000,000 rows, within 100 ms",
    command: vitest("server/src/storage/postgres/lists.long.test.ts", "read their page"),
    env: { LIST_ROWS: "2000000" },
    says: /slowest page|Tests /,
  },
  kubernetes: {
    what: "the Helm chart's pods, replaced one after the other under load",
    command: ["node", "test/drills/kubernetes.mjs", "--write"],
    says: /^\||FAIL|skipped|migrated|ready|new after/,
    servers: ["postgres"],
    urls: { DATABASE_URL: "DATABASE_URL" },
  },
  "kubernetes-api": {
    what: "the Helm chart on a real API server: installed, rolled, rolled back, evicted, uninstalled",
    command: ["node", "test/drills/kubernetes-api.mjs", "--write"],
    says: /^\||FAIL|skipped|ready|uninstalled|evicted/,
  },
  platform: {
    what: "the whole platform on Kafka, with a gateway that is away for 30 s",
    command: vitest("test/journeys/kafka-platform.test.ts", "every payment comes to its end"),
    env: { OUTAGE_MS: "30000", REQUIRE_SERVICES: "1" },
    says: /Tests /,
    servers: ["kafka", "ferretdb", "mailpit"],
    urls: testUrls,
  },
};

const LINES_MAX = 12;
const SAY_EVERY_MS = 30_000;

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in parts));
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}. There are: ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}

/** @typedef {{ code: number, minutes: string, lines: string[] }} Result */
let haveAllHeld = true;
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`== ${name}: ${part.what}`);
  if (part.servers && !haveServers) {
    console.log("== skipped: the folder with the servers, ../shared/services, is not beside this one\n");
    continue;
  }
  const result = await withServers(part);
  const verdict = verdictOf(result);
  console.log(`== ${name} ${verdict} after ${result.minutes} min\n${result.lines.join("\n")}\n`);
  report(Object.keys(parts), name, { what: part.what, command: commandOf(part), verdict, minutes: result.minutes, lines: result.lines });
  haveAllHeld &&= verdict !== "FAILS";
}
process.exitCode = haveAllHeld ? 0 : 1;

/** A part that lacks what it needs ends well and proves nothing. @param {Result} result @returns {import("./report.mjs").Verdict} */
function verdictOf({ code, lines }) {
  if (code !== 0) return "FAILS";
  return lines.some((line) => line.startsWith("skipped: ")) ? "skipped" : "holds";
}

/** @param {Part} part */
function commandOf({ command, env = {} }) {
  const settings = Object.entries(env).map(([key, value]) => `${key}=${/[^\w.,-]/.test(value) ? JSON.stringify(value) : value} `);
  return `${settings.join("")}${command.join(" ")}`;
}

/** @param {Part} part @returns {Promise<Result>} */
async function withServers(part) {
  if (!part.servers) return run(part);
  const directory = mkdtempSync(join(tmpdir(), "tillway-proof-"));
  // PostgreSQL runs as another user if we are root, who must be able to get to its own directory.
  chmodSync(directory, 0o755);
  const servers = new Servers({ directory, portBase: 20_000 + Math.floor(Math.random() * 10_000) });
  try {
    for (const name of part.servers) await servers.up(name);
    const told = Object.entries(part.urls ?? {}).flatMap(([variable, name]) =>
      servers.urls[name] ? [[variable, servers.urls[name]]] : [],
    );
    return await run({ ...part, env: { ...part.env, ...Object.fromEntries(told) } });
  } finally {
    servers.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {Part} part @returns {Promise<Result>} */
function run({ command: [program = "", ...args], env, says }) {
  return new Promise((/** @type {(result: Result) => void} */ done) => {
    const startedAt = performance.now();
    const child = spawn(program, args, {
      cwd: root,
      // Of tests that `npm test` takes a sample of, all: test/support/how-much.ts.
      env: { ...process.env, NO_COLOR: "1", TESTS: "whole", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let rest = "";
    let last = "";
    /** @type {string[]} */
    const lines = [];
    const minutes = () => ((performance.now() - startedAt) / 60_000).toFixed(1);
    const take = (/** @type {Buffer} */ chunk) => {
      const read = (rest + chunk).split(/[\r\n]+/);
      rest = read.pop() ?? "";
      for (const line of read.map((each) => each.trim()).filter(Boolean)) {
        last = line;
        if (says.test(line)) lines.push(line);
        if (lines.length > LINES_MAX) lines.shift();
      }
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const saying = setInterval(() => console.log(`   ${minutes()} min: ${last.slice(0, 140)}`), SAY_EVERY_MS);
    child.on("close", (code) => {
      clearInterval(saying);
      take(Buffer.from("\n"));
      done({ code: code ?? 1, minutes: minutes(), lines });
    });
  });
}
