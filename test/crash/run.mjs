// npm run crash -- --kills 50 [--seed 1] [--rate 40] [--gateway-down 60] [--engine redis|kafka]: kill -9 of workers and APIs under load, then four ledgers are compared.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "../../server/dist/embedded/launcher.js";
import { judge } from "./judge.mjs";
import { chargesAt, generator, healing, openStage, sleep } from "./stage.mjs";

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
    say("no more kills; waiting until nothing is under way");
    const healed = await healing(stage.databaseUrl, say);
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
  const { databaseUrl } = postgres;
  const given = { databaseUrl, directory, settings: engine, apis: 1, workers: 2, client: { random, perSecond: rate } };
  const stage = await openStage(given, stops);
  stage.client.start();
  return { ...stage, random };
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

async function verdict({ client, receiver, victims, sandboxPort, databaseUrl }, healed) {
  const positions = await chargesAt(sandboxPort);
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
    "refused for good": client.refused,
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

function say(line) {
  console.log(`crash: ${line}`);
}
