/** One sandbox payment through HTTP in one process, and which functions ran at each stage of it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";

/** Longer than any interval at which an idle process looks for work. */
const IDLE_MS = 7_000;
/** The bank takes so long that the stages before and after its answer are apart. */
const BANK_MS = 2_000;
const WAIT_MS = 30_000;
const recorder = new URL("recorder.mjs", import.meta.url).href;

/**
 * @typedef {Set<string>} Functions each as "url#offset"
 * @param {string} root a checkout that is built
 * @returns {Promise<{ idle: Functions, whole: Functions, answer: Functions }>} `answer`: from the gateway's answer until the statement
 * that settles the payment is with the database
 */
export async function followPayment(root) {
  const directory = mkdtempSync(join(tmpdir(), "tillway-walk-"));
  chmodSync(directory, 0o711);
  /** @type {(() => Promise<unknown>)[]} */
  const undo = [async () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 })];
  try {
    const launcher = pathToFileURL(join(root, "server/dist/embedded/launcher.js")).href;
    const postgres = await (await import(launcher)).startEmbeddedPostgres({ homeDir: directory, log: () => {}, syncFirstStart: false });
    undo.push(() => postgres.stop());
    const tillway = await startTillway(root, directory, postgres.databaseUrl);
    undo.push(tillway.stop);
    const database = new pg.Client({ connectionString: postgres.databaseUrl });
    await database.connect();
    undo.push(() => database.end());
    return await stages(tillway, database);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** @param {Awaited<ReturnType<typeof startTillway>>} tillway @param {pg.Client} database */
async function stages(tillway, database) {
  const asked = (/** @type {string} */ text) => until(async () => (await database.query(`select exists (${text}) as yes`)).rows[0].yes);
  const idle = await idleFunctions(tillway);
  await tillway.pay();
  await asked("select from attempts where status = 'calling'");
  await sleep(BANK_MS / 4);
  const before = await tillway.called();
  // The commit that settles the payment waits for us: the functions that ran until then are the way from the answer to the change.
  await database.query("begin; select from payments for update");
  await asked("select from pg_locks where not granted");
  const answer = await tillway.called();
  await database.query("commit");
  await asked("select from payments where status = 'succeeded'");
  await asked("select where not exists (select from jobs)");
  const after = await tillway.called();
  await sleep(1_000);
  for (const one of await idleFunctions(tillway)) idle.add(one);
  return { idle, whole: new Set([...before, ...answer, ...after]), answer };
}

/** @param {{ called: () => Promise<Functions> }} tillway */
async function idleFunctions(tillway) {
  await tillway.called();
  await sleep(IDLE_MS);
  return await tillway.called();
}

/** @param {string} root @param {string} directory @param {string} databaseUrl */
async function startTillway(root, directory, databaseUrl) {
  const home = join(directory, "home");
  mkdirSync(home);
  const { PATH, HOME, TMPDIR } = process.env;
  const bank = { SANDBOX_DELAY_MS: String(BANK_MS), SANDBOX_SUCCESS_RATE: "1" };
  const env = { PATH, HOME, TMPDIR, DATABASE_URL: databaseUrl, TILLWAY_HOME: home, API_PORT: "0", HOST: "127.0.0.1", ...bank };
  const child = fork(join(root, "server/bin/tillway.js"), ["all"], { env, execArgv: ["--import", recorder], silent: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const port = await until(async () => {
    if (child.exitCode !== null) throw new Error(`tillway ended at its start:\n${output.slice(-2_000)}`);
    return /http:\/\/127\.0\.0\.1:(\d+)\/v1/.exec(output)?.[1];
  });
  const { key, secret } = JSON.parse(readFileSync(join(home, "test-keys.json"), "utf8"));
  const headers = { "content-type": "application/json", "x-api-key": key, "x-api-secret": secret, "idempotency-key": "walk" };
  const body = JSON.stringify({ amount: 49_900, currency: "INR", method: "upi", upi: { vpa: "asha@upi" } });
  return {
    pay: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/payments`, { method: "POST", headers, body });
      if (answer.status !== 201) throw new Error(`the payment was refused: ${await answer.text()}`);
    },
    called: async () => {
      child.send("which?");
      return new Set(/** @type {string[]} */ ((await once(child, "message"))[0]));
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** @template T @param {() => Promise<T | null | undefined | false>} look @returns {Promise<T>} */
async function until(look) {
  for (const endsAt = performance.now() + WAIT_MS; performance.now() < endsAt; await sleep(10)) {
    const seen = await look();
    if (seen) return seen;
  }
  throw new Error(`nothing happened within ${WAIT_MS / 1_000} s`);
}

/** "server/src/api/app.ts" of a function of server/dist/api/app.js. @param {string} root @param {string} one */
export function sourceOf(root, one) {
  const file = fileURLToPath(one.slice(0, one.lastIndexOf("#"))).slice(root.length + 1);
  return file.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
}
