// `npm run dev`: everything as `npm start` runs it, and what is changed is seen. A change of the server's sources is compiled and starts it
// anew, a change of the checkout's page is built and shown in the pages that are open, and so is the dashboard, by Vite at an address of its
// own. Environment variables as for `npm start`.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { buildCheckout } from "./checkout/build.mjs";
import { pageSources } from "./checkout/inputs.mjs";
import { serveDashboard } from "./dashboard/dev.mjs";
import { withReload } from "./dev/live.mjs";
import { writeFiles } from "./site/write.mjs";

const root = join(import.meta.dirname, "..");
const page = join(root, "server/dist/checkout-page");
const tsc = join(root, "node_modules/typescript/bin/tsc");
/** An editor writes a file in several steps: what comes within a moment is one change. */
const SETTLE_MS = 100;

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
let isStopping = false;

/** @param {string[]} args */
function start(args) {
  // In a group of its own: Ctrl-C of the terminal reaches us alone, and we end one after the other.
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    detached: process.platform !== "win32",
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<number>} */
function ended(child) {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

/** @param {import("node:child_process").ChildProcess} child */
function end(child) {
  // The compiler is a program behind a script that hands nothing on; the server is asked once, by the one that watches it.
  const isCompiler = child.spawnargs.includes(tsc) && process.platform !== "win32";
  if (isCompiler && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  else child.kill("SIGTERM");
}

/** @param {number} code */
async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  const left = [...children].map((child) => {
    const gone = ended(child);
    end(child);
    return gone;
  });
  await Promise.all(left);
  process.exit(code);
}

async function buildPage() {
  const startedAt = performance.now();
  const { files, over } = await buildCheckout(root);
  for (const line of over) console.error(`checkout: ${line}`);
  // No build that `npm start` would take for its own.
  writeFiles(withReload(files), page, { inputs: "dev", notFound: "/404" });
  console.log(`dev: built the checkout's page in ${Math.round(performance.now() - startedAt)} ms`);
}

/** One build at a time; what changes meanwhile is built after it. */
function followPage() {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let building = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(buildPage).catch((/** @type {Error} */ error) => console.error(`dev: ${error.message}`));
    }, SETTLE_MS);
  };
  for (const source of pageSources(root)) watch(source, { recursive: true }, changed);
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => void stop(0));

if ((await ended(start([tsc, "-b"]))) !== 0) console.error("dev: what was compiled runs all the same");
if ((await ended(start(["scripts/site.mjs"]))) !== 0) console.error("dev: without /docs");
if ((await ended(start(["scripts/dashboard.mjs"]))) !== 0) console.error("dev: without the dashboard as it is served");
const dashboard = await serveDashboard(root, process.env["DASHBOARD_URL"] ?? `http://localhost:${process.env["DASHBOARD_PORT"] ?? 3000}`);
await buildPage();
followPage();
const watching = [
  start([tsc, "-b", "--watch", "--preserveWatchOutput"]),
  start([
    "--watch",
    "--watch-preserve-output",
    "--max-semi-space-size=16",
    "--v8-pool-size=1",
    "server/bin/tillway.js",
    "all",
    ...process.argv.slice(2),
  ]),
];
for (const child of watching) child.once("exit", (code) => void stop(code ?? 1));
console.log(`dev: follows checkout/src, sdk/src and server/src; the dashboard with dashboard/src is at ${dashboard}. Stop with Ctrl-C.`);
