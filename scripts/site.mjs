// Builds the documentation's site into server/dist/site, which the API serves at /docs. Does nothing if its sources are as they were.
import { join } from "node:path";
import { inputsHash } from "./site/inputs.mjs";
import { builtFrom } from "./site/write.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/site");
const inputs = inputsHash(root);
if (builtFrom(folder) !== inputs) {
  const { buildSite, writeSite } = await import("./site/build.mjs");
  writeSite(buildSite(root), folder, inputs);
}
