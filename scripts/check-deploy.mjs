// What deploy/ holds, before the tools it is written for, one line each. `npm run check:deploy`, or with `-- nginx helm` some of them;
// --report FILE keeps the counts. Each file of scripts/deploy-checks is one check: its name, what must hold, and `run`, which returns faults as
// sentences, or throws an error named Skipped where the tool is missing.
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runChecks } from "./check/run.mjs";

const root = resolve(import.meta.dirname, "..");
const folder = join(import.meta.dirname, "deploy-checks");

/** @typedef {{ name: string, what: string, run: () => string[] | Promise<string[]> }} DeployCheck */

const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
/** @type {DeployCheck[]} */
const checks = await Promise.all(files.sort().map((file) => import(pathToFileURL(join(folder, file)).href)));

const words = process.argv.slice(2);
const reportAt = words.indexOf("--report");
const [, reportFile] = reportAt === -1 ? [] : words.splice(reportAt, 2);
const unknown = words.filter((word) => !checks.some((check) => check.name === word));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}`);
  process.exit(2);
}

const chosen = checks.filter((check) => words.length === 0 || words.includes(check.name)).map(toCheck);
const counts = await runChecks(root, chosen, (line) => console.log(line));
if (reportFile !== undefined) writeFileSync(reportFile, `${JSON.stringify(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** @param {DeployCheck} check */
function toCheck({ name, what, run }) {
  return {
    name,
    about: what,
    run: async () => ({ problems: (await run()).map((message) => ({ file: "", line: 0, message, cure: "" })) }),
  };
}
