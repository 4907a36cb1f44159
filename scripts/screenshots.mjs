// Pictures of the checkout in every state of its catalogue, and of the dashboard's routes, into docs/screenshots. `npm run screenshots`; needs Chromium.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withPalette } from "./screenshots/palette.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/screenshots");
rmSync(folder, { recursive: true, force: true });
const tests = ["test/browser/checkout-states.test.ts", "test/browser/dashboard-shell.test.ts"];
const run = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...tests], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: folder },
});
const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"));
for (const name of names) writeFileSync(join(folder, name), withPalette(readFileSync(join(folder, name))));
process.exitCode = run.status ?? 1;
