// What deploy/ holds, before the tools it is written for, one line each. `npm run check:deploy`, or with `-- nginx helm` some of them;
// --report FILE keeps the counts. Each file of scripts/deploy-checks is one check: its name, what must hold, and `run`, which returns faults as
// sentences, or throws an error named Skipped where the tool is missing.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runAsked } from "./check/run.mjs";

const root = resolve(import.meta.dirname, "..");
const folder = join(import.meta.dirname, "deploy-checks");

/** @typedef {{ name: string, what: string, run: () => string[] | Promise<string[]> }} DeployCheck */

const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
/** @type {DeployCheck[]} */
const checks = await Promise.all(files.sort().map((file) => import(pathToFileURL(join(folder, file)).href)));

await runAsked(root, checks.map(toCheck));

/** @param {DeployCheck} check */
function toCheck({ name, what, run }) {
  return {
    name,
    about: what,
    run: async () => ({ problems: (await run()).map((message) => ({ file: "", line: 0, message, cure: "" })) }),
  };
}
