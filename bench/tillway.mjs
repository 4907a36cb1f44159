/** A Tillway as a user starts it: the committed program, processes of their own, the logging it ships with, into a file. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { run, start } from "./processes.mjs";

const masterKey = randomBytes(32).toString("hex");
const READY_MS = 30_000;

/** Migrates a fresh database and creates a merchant. @returns its id and key */
export async function prepareDatabase(side, databaseUrl) {
  // Without it the account of a new merchant is disabled.
  const env = environment({ DATABASE_URL: databaseUrl, SANDBOX_URL: "http://127.0.0.1:1" });
  const tillway = (...args) => run(process.execPath, [programOf(side), ...args], { env });
  await tillway("migrate");
  return JSON.parse(await tillway("merchant", "create", "--name", "Bench", "--email", "bench@merchant.example", "--json"));
}

/** The API alone. @returns its process and port */
export async function startApi(side, { databaseUrl, profile, settings = {} }) {
  const given = { DATABASE_URL: databaseUrl, SANDBOX_URL: "http://127.0.0.1:1", ...settings };
  return await startProgram(side, "api", { profile, settings: given });
}

/** A worker alone. It listens for nobody, so it is ready once it says so. @returns its process */
export async function startWorker(side, { databaseUrl, settings }) {
  const logFile = join(side.directory, `worker-${new URL(databaseUrl).pathname.slice(1)}.log`);
  const program = start(process.execPath, [programOf(side), "worker"], {
    env: environment({ DATABASE_URL: databaseUrl, ...settings }),
    logFile,
  });
  for (const endsAt = performance.now() + READY_MS; performance.now() < endsAt; await sleep(20)) {
    if (readFileSync(logFile, "utf8").includes("the worker works")) return program;
    if (program.child.exitCode !== null) break;
  }
  throw new Error(`the worker did not begin:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
}

/** All in one process, its bank without delay. @returns its process, port, file of what it prints, and keys */
export async function startAll(side, { databaseUrl, profile, bankMs = 0, sandboxUrl }) {
  const home = join(side.directory, new URL(databaseUrl).pathname.slice(1));
  mkdirSync(home);
  const settings = { DATABASE_URL: databaseUrl, TILLWAY_HOME: home, SANDBOX_DELAY_MS: String(bankMs) };
  if (sandboxUrl !== undefined) settings.SANDBOX_URL = sandboxUrl;
  // As `npm start` of that build runs it.
  const { scripts } = JSON.parse(readFileSync(join(side.root, "package.json"), "utf8"));
  const all = await startProgram(side, "all", { profile, settings, flags: scripts.start.match(/--\S+/g) ?? [] });
  return { ...all, keys: JSON.parse(readFileSync(join(home, "test-keys.json"), "utf8")) };
}

/** So many merchants more, each with a test key and an account at the sandbox: the command line would take half a second for each. @returns their keys */
export async function moreMerchants(side, databaseUrl, count) {
  const load = (file) => import(pathToFileURL(join(side.root, "server/dist", file)).href);
  const [{ createMerchant }, { sandboxAccount }] = await Promise.all(["flows/setup/merchant.js", "connectors/sandbox/index.js"].map(load));
  return await withSettings(side, databaseUrl, async (deps) => {
    const made = [];
    for (let n = 0; n < count; n++)
      made.push(await createMerchant(deps, { name: `Bench ${n}`, email: `bench${n}@merchant.example` }, sandboxAccount));
    return made.map(({ key, secret }) => ({ key, secret }));
  });
}

/** A merchant with a live key and an account at the sandbox: no command makes those, since no gateway of this version takes real money. */
export async function liveMerchant(side, databaseUrl) {
  const load = (file) => import(pathToFileURL(join(side.root, "server/dist", file)).href);
  const [{ newKey }, { newId }, { scopes }] = await Promise.all(["flows/setup/keys.js", "core/ids.js", "core/permissions.js"].map(load));
  return await withSettings(side, databaseUrl, async (deps) => {
    const merchantId = newId("mer", Date.now(), deps.random.bytes(16));
    const account = { id: merchantId.replace("mer_", "acc_"), secret: randomBytes(32).toString("hex") };
    const scope = { merchantId, mode: "live" };
    await deps.settings.createMerchant({ id: merchantId, name: "Bench", email: "live@merchant.example", createdAt: Date.now() });
    const credentials = { api_key: "bench", webhook_secret: account.secret };
    const fresh = { credentialsSetAt: {}, previousSecretUntil: null, verifiedAt: null, closedAt: null, version: 1, createdAt: Date.now() };
    const kind = { connector: "sandbox", name: "Bench", priority: 1, status: "enabled" };
    await deps.settings.putAccount({ ...scope, id: account.id, ...kind, credentials, ...fresh });
    const keys = newKey(deps, scope, { name: "Bench", scopes });
    await deps.settings.createKey(keys);
    return { keys: { key: keys.key, secret: keys.secret }, account };
  });
}

/** Runs `use` with what makes merchants, keys and accounts in this database. */
async function withSettings(side, databaseUrl, use) {
  const load = (file) => import(pathToFileURL(join(side.root, "server/dist", file)).href);
  const [{ connectPostgres }, { systemRandom }, { versions }] = await Promise.all(
    ["storage/postgres/index.js", "system/random.js", "api/versions/index.js"].map(load),
  );
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const storage = await connectPostgres({ databaseUrl, masterKey: Buffer.from(masterKey, "hex"), log: silent });
  try {
    return await use({ settings: storage.settings, random: systemRandom(), clock: { now: () => Date.now() }, versions });
  } finally {
    await storage.close();
  }
}

/** The simulated gateway in a process of its own, as a real one is. @returns its process and URL */
export async function startGateway(side, { bankMs }) {
  const port = await freePort();
  const home = join(side.directory, "gateway");
  mkdirSync(home);
  const env = environment({ TILLWAY_HOME: home, SANDBOX_DELAY_MS: String(bankMs) });
  const program = start(process.execPath, [programOf(side), "gateway", "sandbox", "--port", String(port)], {
    env,
    logFile: join(home, "log"),
  });
  return { ...program, url: `http://127.0.0.1:${port}` };
}

async function startProgram(side, role, { profile, settings, flags = [] }) {
  const port = await freePort();
  const name = `${new URL(settings.DATABASE_URL).pathname.slice(1)}-${side.label.replaceAll(/\W/g, "-")}`;
  const logFile = join(side.directory, `${name}.log`);
  const env = environment({ ...settings, API_PORT: String(port), CHECKOUT_PORT: "0", DASHBOARD_PORT: "0" });
  const program = start(process.execPath, [...flags, ...profiling(profile, name), programOf(side), role], { env, logFile });
  await untilReady(program, port, logFile);
  return { ...program, port, logFile };
}

function programOf(side) {
  return join(side.root, "server/bin/tillway.js");
}

/** Without the variables of the person who runs the bench: they would change the figures. */
function environment(settings) {
  const { PATH, HOME, TMPDIR, NODE_OPTIONS } = process.env;
  return { PATH, HOME, TMPDIR, NODE_OPTIONS, TILLWAY_MASTER_KEY: masterKey, HOST: "127.0.0.1", ...settings };
}

function profiling(directory, name) {
  return directory === undefined
    ? []
    : ["--cpu-prof", "--cpu-prof-interval", "500", `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}.cpuprofile`];
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilReady({ child }, port, logFile) {
  for (const endsAt = performance.now() + READY_MS; performance.now() < endsAt; await sleep(20)) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (child.exitCode !== null) throw new Error(`tillway ended at its start:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
  }
  throw new Error(`tillway was not ready after ${READY_MS / 1_000} s:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
}
