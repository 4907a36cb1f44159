// Tillway's parts as processes of their own, with a sandbox gateway, a merchant's receiver and a client that pays all the time.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { Client } from "./client.mjs";
import { unresolved, waiting } from "./judge.mjs";
import { runOnce, Victim } from "./processes.mjs";
import { startReceiver } from "./receiver.mjs";

/**
 * A gateway that is back is asked at once about what is due later than a minute; a dead process's lease ends after 40 s, and "not found"
 * needs 15 s more to count (F9). What is under way after this is a fault.
 */
const HEAL_MS = 120_000;
const READY_MS = 120_000;

/**
 * @param given `databaseUrl`, `directory` for logs and the gateway's journal, `settings` of Tillway, how many `apis` and `workers`, what
 * the `client` is told beside ports and keys; `seed` if the database is a copy of one that has a merchant
 * @param stops gets what ends it all, in the order of the starts
 */
export async function openStage({ databaseUrl, directory, settings, apis, workers, client, seed: given }, stops) {
  const seed = given ?? (await seedDatabase({ databaseUrl, directory, settings }));
  const { keys } = seed;
  const receiver = await startReceiver(seed.receiverPort);
  stops.push(() => receiver.close());
  receiver.state.secret = keys.webhook_secret;
  const ports = await Promise.all(Array.from({ length: apis }, freePort));
  const sandboxPort = await freePort();
  const env = environmentOf({ databaseUrl, directory, sandboxPort, apiPort: ports[0], settings: { ...settings, ...seed.settings } });
  const victim = (name, argv, own = { TEST_MODE: "true" }) => new Victim({ name, argv, env: { ...env, ...own }, directory });
  const journal = join(directory, "journal.jsonl");
  const gateway = victim("gateway", ["gateway", "sandbox", "--port", String(sandboxPort), "--journal", journal], {}).start();
  const api = ports.map((port, n) => victim(`api-${n + 1}`, ["api"], { TEST_MODE: "true", API_PORT: String(port) }).start());
  const worker = Array.from({ length: workers }, (_, n) => victim(`worker-${n + 1}`, ["worker"]).start());
  const victims = [...api, ...worker];
  stops.push(async () => {
    await Promise.all(victims.map((one) => one.stop()));
    await gateway.stop();
  });
  for (const port of ports) await reachable(port);
  return {
    client: new Client({ ports, keys, ...client }),
    receiver,
    gateway,
    api,
    worker,
    victims,
    ports,
    keys,
    sandboxPort,
    databaseUrl,
    env,
  };
}

/** Makes the tables and a merchant, whose keys, master key and receiver's port are what a stage over this database, or a copy of it, must know. */
export async function seedDatabase({ databaseUrl, directory, settings = {}, root }) {
  const own = { TILLWAY_MASTER_KEY: randomBytes(32).toString("hex") };
  const env = environmentOf({
    databaseUrl,
    directory,
    sandboxPort: await freePort(),
    apiPort: await freePort(),
    settings: { ...settings, ...own, TEST_MODE: "true" },
  });
  const receiverPort = await freePort();
  const webhooks = ["--webhook-url", `http://127.0.0.1:${receiverPort}/hook`];
  await runOnce(["migrate"], env, root);
  const merchant = ["merchant", "create", "--name", "Crash", "--email", "crash@merchant.example", ...webhooks, "--json"];
  const made = await runOnce(merchant, env, root);
  return { keys: JSON.parse(made), receiverPort, settings: own };
}

function environmentOf({ databaseUrl, directory, sandboxPort, apiPort, settings }) {
  return {
    DATABASE_URL: databaseUrl,
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
    ...settings,
  };
}

/** Waits until nothing is under way; what still is after two minutes is in `left`. */
export async function healing(databaseUrl, say) {
  const startedAt = Date.now();
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

/** The charges in the gateway's own books. */
export async function chargesAt(sandboxPort) {
  const { data } = await (await fetch(`http://127.0.0.1:${sandboxPort}/journal`)).json();
  return data.filter((row) => row.operation === "charge");
}

async function reachable(port) {
  for (const giveUpAt = Date.now() + READY_MS; Date.now() < giveUpAt;) {
    const live = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null);
    if (live?.ok) return;
    await sleep(100);
  }
  throw new Error(`the API did not come up within ${READY_MS / 1_000} s`);
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** mulberry32: the same seed kills in the same order, though not at the same instruction. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
