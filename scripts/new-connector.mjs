// A connector to begin with: npm run new-connector NAME. What is left to write fails in its conformance run, with a sentence each.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runTool } from "./check/lib.mjs";
import { home, scaffold } from "./new-connector/scaffold.mjs";

const usage = `npm run new-connector NAME

Writes ${home}/NAME/ and its line in ${home}/index.ts. NAME is how accounts, metrics and variables
name the gateway: 2 to 20 lower-case letters and digits, such as acme. "Writing a connector" in CONTRIBUTING.md goes on from there.`;

const root = process.cwd();
const words = process.argv.slice(2);
if (words.includes("--help") || words.includes("-h")) {
  console.log(usage);
} else if (words.length !== 1) {
  fail(`Name one connector.\n\n${usage}`);
} else {
  const made = scaffold(words[0] ?? "", place());
  if ("problem" in made) fail(made.problem);
  else await write(made.files, words[0] ?? "");
}

function place() {
  const folder = resolve(import.meta.dirname, "new-connector/template");
  const templates = Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  return { there: readdirSync(join(root, home)), tableText: readFileSync(join(root, home, "index.ts"), "utf8"), templates };
}

/** @param {Readonly<Record<string, string>>} files @param {string} name */
async function write(files, name) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`  ${path}`);
  }
  // How a line is broken depends on the name's length.
  await runTool(root, "oxfmt/bin/oxfmt", Object.keys(files));
  console.log(`
Each line with FILL IN waits for you. To see what is left:
  npx vitest run ${name}
"Writing a connector" in CONTRIBUTING.md goes through it, and what belongs beside it: a page of the documentation, a line in CHANGELOG.md.`);
}

/** @param {string} problem */
function fail(problem) {
  console.error(problem);
  process.exitCode = 2;
}
