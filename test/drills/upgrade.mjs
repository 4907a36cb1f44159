// npm run drill:upgrade [-- --write] [--from COMMIT] [--requests N]: from the build before to this one under traffic, behind nginx.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildCommit, project } from "../../bench/build.mjs";
import { killAll, runOnce } from "../crash/processes.mjs";
import { booksOf, settled } from "./edge-books.mjs";
import { Load } from "./edge-load.mjs";
import { openEdge } from "./edge-stage.mjs";
import { newDatabase } from "./servers.mjs";
import { writeBlock } from "./table.mjs";

const MIGRATIONS = "server/src/storage/postgres/migrations";
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, from: { type: "string" }, requests: { type: "string", default: "4000" } },
});
process.exitCode = await main(Number(values.requests));

async function main(requests) {
  if (!process.env.DATABASE_URL || spawnSync("nginx", ["-v"]).error) {
    console.error("drill: it needs nginx, and a PostgreSQL in DATABASE_URL. `npm run proof:full -- upgrade` starts one");
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), "tillway-upgrade-"));
  chmodSync(directory, 0o755);
  const stops = [() => rmSync(directory, { recursive: true, force: true })];
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (killAll(), process.exit(130)));
  try {
    const from = values.from ?? beforeTheLastMigration();
    say(`building ${from}`);
    const old = await buildCommit(from);
    stops.push(old.remove);
    const { url } = await newDatabase(process.env.DATABASE_URL);
    const edge = await openEdge({ databaseUrl: url, directory, root: old.root }, stops);
    const load = new Load(edge);
    const machineLoad = loadavg()[0];
    await load.run(requests, upgrade(edge, load, requests));
    say(`${load.sent} requests: ${JSON.stringify(load.statuses)}`);
    const faults = await booksOf(edge, load, { left: await settled(url, say), say });
    for (const fault of faults) console.log(`FAIL ${fault}`);
    if (faults.length > 0) return 1;
    const migrations = newMigrations(old.root).join(", ");
    console.log(
      `ok   ${old.label} to this build (${migrations || "the same schema"}): 0 of ${load.sent} requests failed, ${load.ids.size} payments charged once each`,
    );
    if (values.write) writeBlock("upgrade", rowsOf(load, { label: old.label, migrations, machineLoad }));
    return 0;
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** The newest commit whose schema is another than this one's, so that each run upgrades a schema. */
function beforeTheLastMigration() {
  const git = (...args) => execFileSync("git", ["-C", project, ...args], { encoding: "utf8" }).trim();
  const added = git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS);
  return git("rev-parse", "--short", `${added}^`);
}

function newMigrations(oldRoot) {
  const names = (root) => readdirSync(join(root, MIGRATIONS)).filter((name) => /^\d{4}-.*\.ts$/.test(name) && !name.includes(".test."));
  const known = new Set(names(oldRoot));
  return names(project)
    .filter((name) => !known.has(name))
    .map((name) => name.slice(0, -3));
}

/** By the page docs/operations.md: the schema first, then part after part, of which the others take the load. */
async function upgrade(edge, load, requests) {
  await load.reached(requests * 0.2);
  const said = await runOnce(["migrate"], edge.env);
  say(said.trim().split("\n").at(-1));
  const wait = requests * 0.1;
  for (const [n, one] of [...edge.api.entries(), ...edge.worker.entries()]) {
    // Old and new work beside each other for a while.
    await load.reached(load.sent + wait);
    say(`${one.name} becomes the new build`);
    await one.stop();
    Object.assign(one, { stopping: false, root: project });
    one.start();
    if (edge.api.includes(one)) await edge.ready(n);
  }
  await load.reached(load.sent + wait);
}

function rowsOf(load, { label, migrations, machineLoad }) {
  const rows = [
    ["from", label],
    ["its schema lacks", migrations],
    ["requests, each sent once by its client", load.sent],
    ["of these without a 201", load.failed.length],
    ["payments, each charged once in the gateway's books", load.ids.size],
    ["answered within, ms (p50 / p99)", `${load.quantile(0.5).toFixed(0)} / ${load.quantile(0.99).toFixed(0)}`],
    ["load of the machine", machineLoad.toFixed(1)],
  ];
  return ["| | |", "|---|---|", ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)];
}
