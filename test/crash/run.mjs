// npm run crash -- --kills 50 [--seed 1] [--rate 40] [--gateway-down 60] [--engine redis|kafka]: kill -9 of workers and APIs under load, then four ledgers are compared.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomBytes } from "node:crypto";
import { startEmbeddedPostgres } from "../../server/dist/embedded/launcher.js";
import { Client } from "./client.mjs";
import { judge, unresolved, waiting } from "./judge.mjs";
import { runOnce, Victim } from "./processes.mjs";
import { startReceiver } from "./receiver.mjs";

/**
 * A gateway that is back is asked at once about what is due later than a minute; a dead process's lease ends after 40 s, and "not found"
 * needs 15 s more to count (F9). What is under way after this is a fault.
 */
const HEAL_MS = 120_000;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "40" },
    "gateway-down": { type: "string", default: "60" },
    engine: { type: "string", default: "postgres" },
  },
});
/** What brings the jobs: each engine and the variable that names its server, here and to Tillway. */
const ENGINES = { postgres: null, redis: "REDIS_URL", kafka: "KAFKA_BROKERS" };
const engine = engineOf(values.engine);
const options = { kills: whole("kills"), seed: whole("seed"), rate: whole("rate"), gatewayDownSeconds: whole("gateway-down") };
process.exitCode = await main(options);

function whole(name) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`crash: --${name} is ${values[name]}, which is not a whole number`);
  process.exit(2);
}

/** The settings of Tillway for this engine. */
function engineOf(name) {
  const variable = ENGINES[name];
  if (variable === null) return {};
  const url = variable && process.env[variable];
  if (url) return { [variable]: url };
  console.error(
    variable
      ? `crash: --engine ${name} needs a server: set ${variable}`
      : `crash: --engine is ${name}, and there is none but ${Object.keys(ENGINES).join(", ")}`,
  );
  process.exit(2);
}

async function main({ kills, seed, rate, gatewayDownSeconds }) {
  const directory = mkdtempSync(join(tmpdir(), "tillway crash "));
  chmodSync(directory, 0o711);
  const stops = [async () => rmSync(directory, { recursive: true, force: true })];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  process.once("SIGINT", () => void stopAll().then(() => process.exit(130)));
  try {
    const stage = await setUp(directory, { seed, rate }, stops);
    await Promise.all([killing(stage, kills), withoutGateway(stage, gatewayDownSeconds)]);
    await stage.client.stop();
    const healed = await healing(stage);
    return await verdict(stage, healed);
  } finally {
    await stopAll();
  }
}

async function setUp(directory, { seed, rate }, stops) {
  const random = generator(seed);
  say(`seed ${seed}: starting PostgreSQL, the sandbox, an API and two workers`);
  const postgres = await startEmbeddedPostgres({ homeDir: join(directory, "home"), log: say });
  stops.push(() => postgres.stop());
  const receiver = await startReceiver();
  stops.push(() => receiver.close());
  const [apiPort, sandboxPort] = [await freePort(), await freePort()];
  const env = {
    ...engine,
    DATABASE_URL: postgres.databaseUrl,
    TILLWAY_MASTER_KEY: randomBytes(32).toString("hex"),
    SANDBOX_URL: `http://127.0.0.1:${sandboxPort}`,
    API_PORT: String(apiPort),
    CHECKOUT_PORT: "0",
    DASHBOARD_PORT: "0",
    TEST_MODE: "",
    SANDBOX_DELAY_MS: "150",
    LOG_LEVEL: "warn",
    TILLWAY_HOME: join(directory, "home"),
    WEBHOOK_RETRY_INTERVALS_TEST: "true",
    PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
  };
  await runOnce(["migrate"], env);
  const keys = JSON.parse(
    await runOnce(["merchant", "create", "--name", "Crash", "--email", "crash@merchant.example", "--webhook-url", receiver.url, "--json"], {
      ...env,
      TEST_MODE: "true",
    }),
  );
  receiver.state.secret = keys.webhook_secret;
  const victim = (name, argv) =>
    new Victim({ name, argv, env: { ...env, TEST_MODE: name.startsWith("gateway") ? "" : "true" }, directory });
  const gateway = victim("gateway", [
    "gateway",
    "sandbox",
    "--port",
    String(sandboxPort),
    "--journal",
    join(directory, "journal.jsonl"),
  ]).start();
  const victims = [victim("api", ["api"]), victim("worker-1", ["worker"]), victim("worker-2", ["worker"])];
  for (const one of victims) one.start();
  stops.push(async () => {
    await Promise.all(victims.map((one) => one.stop()));
    await gateway.stop();
  });
  await reachable(apiPort);
  const client = new Client({ port: apiPort, keys, random, perSecond: rate }).start();
  return { client, receiver, gateway, victims, random, sandboxPort, databaseUrl: postgres.databaseUrl };
}

/** Kills one process after the other at random moments and starts it again at once. */
async function killing({ victims, random, client }, kills) {
  for (let n = 1; n <= kills; n++) {
    await sleep(300 + random() * 1_500);
    const one = victims[Math.floor(random() * victims.length)];
    await one.kill();
    one.start();
    if (n % 10 === 0 || n === kills)
      say(`${n} of ${kills} kills · ${client.ledger.size} payments acknowledged · ${client.retries} repeats`);
  }
}

/** The gateway dies as well, and stays away while payments go on coming in. Its journal has all that it had confirmed. */
async function withoutGateway({ gateway }, seconds) {
  if (seconds === 0) return;
  await sleep(1_500);
  await gateway.kill();
  say(`the gateway is killed and stays down for ${seconds} s`);
  await sleep(seconds * 1_000);
  gateway.start();
  say("the gateway is back");
}

async function healing({ databaseUrl }) {
  const startedAt = Date.now();
  say("no more kills; waiting until nothing is under way");
  for (let said = 0; Date.now() - startedAt < HEAL_MS;) {
    const left = await unresolved(databaseUrl);
    if (Object.values(left).every((count) => count === 0)) return { left, seconds: (Date.now() - startedAt) / 1000 };
    if (Date.now() - said > 10_000) {
      said = Date.now();
      say(`under way: ${JSON.stringify(left)}`);
    }
    await sleep(1_000);
  }
  for (const row of await waiting(databaseUrl)) say(`still waits: ${JSON.stringify(row)}`);
  return { left: await unresolved(databaseUrl), seconds: HEAL_MS / 1000 };
}

async function verdict({ client, receiver, victims, sandboxPort, databaseUrl }, healed) {
  const positions = (await (await fetch(`http://127.0.0.1:${sandboxPort}/journal`)).json()).data.filter(
    (row) => row.operation === "charge",
  );
  const found = await judge({ databaseUrl, positions, ledger: client.ledger, receiver });
  const faults = {
    "acknowledged and lost": found.lost,
    "charged twice": found.doubled,
    "two payments of one key": found.twins,
    "charges without an attempt": found.orphans,
    "state and gateway disagree, no case": found.untrue,
    "final event not delivered": found.undelivered,
    "still under way": Object.entries(healed.left)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`),
    "never answered": client.unanswered,
    "answers that contradict": client.contradictions,
    "forged webhooks": receiver.state.forged ? [String(receiver.state.forged)] : [],
    "ended by themselves": victims.filter((one) => one.died).map((one) => one.name),
  };
  say(`healed in ${healed.seconds.toFixed(0)} s`);
  for (const one of victims) say(`${one.name}: killed ${one.kills} times`);
  say(
    `${client.ledger.size} payments acknowledged, ${found.counts.payments} rows, ${found.counts.charges} charges at the gateway, ${found.counts.late} late truths, ${found.counts.openCases} open cases, ${receiver.state.received} webhooks received`,
  );
  let bad = 0;
  for (const [name, list] of Object.entries(faults)) {
    bad += list.length;
    console.log(`${list.length === 0 ? "ok  " : "FAIL"} ${name}: ${list.length}${list.length ? ` (${list.slice(0, 5).join("; ")})` : ""}`);
  }
  console.log(bad === 0 ? `0 lost, 0 doubled: client, database, gateway and receiver agree` : `${bad} disagreements`);
  return bad === 0 ? 0 : 1;
}

async function reachable(port) {
  for (let tried = 0; tried < 150; tried++) {
    const ready = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null);
    if (ready?.ok) return;
    await sleep(100);
  }
  throw new Error("the API did not come up within 15 s");
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** mulberry32: the same seed kills in the same order, though not at the same instruction. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(line) {
  console.log(`crash: ${line}`);
}
