// Pictures of the checkout in every state of its catalogue, into docs/screenshots. `npm run screenshots`; needs Chromium.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withPalette } from "./screenshots/palette.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/screenshots");
rmSync(folder, { recursive: true, force: true });
const run = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/browser/checkout-states.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: folder },
});
for (const name of readdirSync(folder)) writeFileSync(join(folder, name), withPalette(readFileSync(join(folder, name))));
process.exitCode = run.status ?? 1;
