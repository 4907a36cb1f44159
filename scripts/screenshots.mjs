// Pictures of the checkout in every state of its catalogue, and of the dashboard's routes, into docs/screenshots. `npm run screenshots`, or `npm run screenshots dashboard`
// for one part, or `npm run screenshots dashboard settings cases-one` for pages of the dashboard, named as their pictures are; needs Chromium.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { listOf } from "./screenshots/list.mjs";
import { withPalette } from "./screenshots/palette.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/screenshots");
const all = { checkout: "test/browser/checkout-states.test.ts", dashboard: "test/browser/dashboard-pictures.test.ts" };
const [part, ...only] = process.argv.slice(2);
if (part !== undefined && !Object.hasOwn(all, part))
  throw new Error(`No part is called ${part}. There are: ${Object.keys(all).join(", ")}.`);
if (part !== "dashboard" && only.length > 0) throw new Error("Only the dashboard's pictures are taken by page.");
const tests = Object.entries(all).flatMap(([name, test]) => (part === undefined || part === name ? [test] : []));
for (const name of pictures()) if (isTaken(name)) rmSync(join(folder, name));
const run = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...tests], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: folder, SCREENSHOTS_ONLY: only.join(",") },
});
for (const name of pictures().filter(isTaken)) writeFileSync(join(folder, name), withPalette(readFileSync(join(folder, name))));
for (const page of only)
  if (!pictures().some((name) => pageOf(name) === page))
    throw new Error(`No page is called ${page}: the names are those of docs/screenshots/dashboard.`);
writeFileSync(join(folder, "README.md"), listOf(pictures()));
process.exitCode = run.status ?? 1;

function pictures() {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"));
}

/** @param {string} name */
function isTaken(name) {
  if (part === undefined) return true;
  if (name.startsWith("dashboard") !== (part === "dashboard")) return false;
  return only.length === 0 || only.includes(pageOf(name));
}

/** @param {string} name */
function pageOf(name) {
  return basename(name).replace(/-(light|dark)(-360)?\.png$/, "");
}
