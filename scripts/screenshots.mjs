// Pictures of the checkout in every state of its catalogue, and of the dashboard's routes, into docs/screenshots. `npm run screenshots`, or `npm run screenshots dashboard`
// for one part; needs Chromium.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listOf } from "./screenshots/list.mjs";
import { withPalette } from "./screenshots/palette.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/screenshots");
const all = { checkout: "test/browser/checkout-states.test.ts", dashboard: "test/browser/dashboard-pictures.test.ts" };
const part = process.argv[2];
if (part !== undefined && !Object.hasOwn(all, part))
  throw new Error(`No part is called ${part}. There are: ${Object.keys(all).join(", ")}.`);
const tests = Object.entries(all).flatMap(([name, test]) => (part === undefined || part === name ? [test] : []));
for (const name of pictures())
  if (part === undefined || name.startsWith("dashboard") === (part === "dashboard")) rmSync(join(folder, name));
const run = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...tests], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: folder },
});
for (const name of pictures()) writeFileSync(join(folder, name), withPalette(readFileSync(join(folder, name))));
writeFileSync(join(folder, "README.md"), listOf(pictures()));
process.exitCode = run.status ?? 1;

function pictures() {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"));
}
