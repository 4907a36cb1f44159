// Builds all that runs: the compiler's output, the documentation's site, the checkout's and the dashboard's page. At once, since each takes a
// core of its own at most; a part that fails is said by its name, and the others are built all the same.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const steps = [["node_modules/typescript/bin/tsc", "-b"], ["scripts/site.mjs"], ["scripts/checkout.mjs"], ["scripts/dashboard.mjs"]];

/** @param {string[]} step @returns {Promise<boolean>} whether it was done */
function run(step) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, step, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.once("exit", (code) => resolve(code === 0));
  });
}

// The compiler's own binary is an optional package of it, as the bundler's is: an install without optional or development packages can't build.
if (existsSync(join(root, `node_modules/@typescript/typescript-${process.platform}-${process.arch}`))) await build();
else if (existsSync(join(root, "server/dist/main.js"))) console.error("build: the compiler is not installed; what was built before stays.");
else {
  console.error(
    "build: nothing was built, the compiler is not installed. Run `npm ci` first; packages can be left out by a second `npm ci --omit=optional`.",
  );
  // An install does what it was asked for; whatever needs the build ends here.
  if (process.env["npm_lifecycle_event"] !== "prepare") process.exitCode = 1;
}

async function build() {
  const done = await Promise.all(steps.map(run));
  const failed = steps.filter((_step, at) => !done[at]);
  for (const step of failed) console.error(`build: failed: ${step.join(" ")}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
