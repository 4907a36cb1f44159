/** The benchmark: see docs/performance.md. Starts servers of its own and leaves nothing behind. */
import { buildCommit, project } from "./build.mjs";
import { measure } from "./measure.mjs";
import { USAGE, readOptions } from "./options.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { findPgbench, prepareReference } from "./reference.mjs";
import { comparison, figuresOf, table, writeDocs } from "./report.mjs";
import { openSide } from "./side.mjs";

const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}

await runBench(async () => {
  const sides = await openSides();
  const context = { options, sides, reference: options.emptyStats ? null : await reference(), say };
  const measured = {};
  for (const name of options.only) measured[name] = await measure(name, context);
  const labels = sides.map(({ label }) => label);
  const figures = figuresOf(measured, { options, labels, postgres: sides[0].side.version });
  console.log(`\n${table(figures)}\n\n${comparison(figures)}`);
  if (options.write) writeDocs(figures);
  if (options.json) console.log(JSON.stringify(figures));
});

/** This build first; then the one that it is compared with, if any. */
async function openSides() {
  say("starting PostgreSQL in a directory of its own");
  const side = await open("this build", project);
  if (options.emptyStats)
    return [
      { label: "analysed while empty", side, emptyStats: true },
      { label: "not analysed", side, emptyStats: false },
    ];
  const sides = [{ label: side.label, side }];
  if (options.against === undefined) return sides;
  say(`building ${options.against} in a temporary directory`);
  const { label, root, remove } = await buildCommit(options.against);
  atEnd(remove);
  return [...sides, { label, side: await open(label, root) }];
}

async function open(label, root) {
  const side = await openSide(label, root);
  atEnd(side.close);
  return side;
}

/** On a server of its own: what it leaves in a server's memory and log would be paid for by the build that runs there next. */
async function reference() {
  const file = findPgbench();
  if (file === null) {
    say("there is no pgbench, neither on the PATH nor in /usr/lib/postgresql: no ratios to R");
    return null;
  }
  return await prepareReference(file, await open("R", project));
}
