// Builds the documentation's site into server/dist/site, which the API serves at /docs. Does nothing if its sources are as they were.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inputsHash } from "./site/inputs.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/site");
const inputs = inputsHash(root);
if (builtFrom() !== inputs) {
  const { buildSite, writeSite } = await import("./site/build.mjs");
  writeSite(buildSite(root), folder, inputs);
}

/** The hash of what the site there was built from; undefined: there is none. @returns {string | undefined} */
function builtFrom() {
  try {
    return JSON.parse(readFileSync(join(folder, "site.json"), "utf8")).inputs;
  } catch {
    return undefined;
  }
}
