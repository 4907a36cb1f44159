// Builds the dashboard's page into server/dist/dashboard-page, which its listener serves. Does nothing if its sources are as they were.
import { join } from "node:path";
import { inputsHash } from "./dashboard/inputs.mjs";
import { builtFrom, writeFiles } from "./site/write.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/dashboard-page");
const inputs = inputsHash(root);
if (builtFrom(folder) !== inputs) {
  const { buildDashboard } = await import("./dashboard/build.mjs");
  const { files, over } = await buildDashboard(root);
  if (over.length > 0) {
    console.error(over.map((line) => `dashboard: ${line}`).join("\n"));
    process.exit(1);
  }
  writeFiles(files, folder, { inputs, notFound: "/" });
}
