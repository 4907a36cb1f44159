// Builds all that runs: the compiler's output, the documentation's site, the checkout's and the dashboard's page. At once, since each takes a
// core of its own at most; a part that fails is said by its name, and the others are built all the same.
import { spawn } from "node:child_process";
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

const done = await Promise.all(steps.map(run));
const failed = steps.filter((_step, at) => !done[at]);
for (const step of failed) console.error(`build: failed: ${step.join(" ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
