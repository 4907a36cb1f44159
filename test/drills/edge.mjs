// npm run drill:edge [-- --write] [--requests N]: rolling restart and kill -9 behind nginx under load, on the PostgreSQL of DATABASE_URL.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { killAll } from "../crash/processes.mjs";
import { sleep } from "../crash/stage.mjs";
import { booksOf, settled } from "./edge-books.mjs";
import { Load } from "./edge-load.mjs";
import { looks, slowestEventMs } from "./edge-paths.mjs";
import { openEdge } from "./edge-stage.mjs";
import { putTable } from "./edge-table.mjs";
import { newDatabase } from "./servers.mjs";

const DOWN_MS = 2_000;
const EVENT_MS_MAX = 1_000;

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, requests: { type: "string", default: "10000" } },
});
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
process.exitCode = await main(Number(values.requests));

async function main(requests) {
  if (!process.env.DATABASE_URL) {
    console.error("drill: set DATABASE_URL to a PostgreSQL in which databases may be made. `npm run proof:full -- edge` starts one");
    return 2;
  }
  if (spawnSync("nginx", ["-v"]).error) {
    console.error("drill: nginx is missing. Install the package nginx-light");
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), "tillway-edge-"));
  const stops = [];
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (killAll(), process.exit(130)));
  try {
    const { url } = await newDatabase(process.env.DATABASE_URL);
    const edge = await openEdge({ databaseUrl: url, directory }, stops);
    const found = await drill(edge, requests);
    for (const fault of found.faults) console.log(`FAIL ${fault}`);
    if (found.faults.length === 0)
      console.log(`ok   0 of ${found.figures.sent} requests failed, each of ${found.figures.payments} payments is charged once`);
    if (values.write) putTable(found.figures);
    return found.faults.length === 0 ? 0 : 1;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function drill(edge, requests) {
  const faults = [];
  const eventMs = await slowestEventMs(edge);
  say(`the slowest of the events came ${eventMs} ms after it was written`);
  if (eventMs > EVENT_MS_MAX) faults.push(`an event took ${eventMs} ms through the edge`);
  const load = new Load(edge);
  const machineLoad = loadavg()[0];
  await load.run(requests, restartAll(edge, load, requests));
  say(`${load.sent} requests: ${JSON.stringify(load.statuses)}`);
  const left = await settled(edge.databaseUrl, say);
  faults.push(...(await booksOf(edge, load, { left, say })));
  for (const [what, look] of Object.entries(looks)) {
    const wrong = await look(edge).catch((error) => String(error));
    if (wrong === null) say(`ok: ${what}`);
    else faults.push(`${what}: ${wrong}`);
  }
  const repeated = readFileSync(join(edge.edge, "access.log"), "utf8")
    .split("\n")
    .filter((line) => /"upstream_status":"[^"]*,/.test(line)).length;
  const figures = { sent: load.sent, failed: load.failed.length, payments: load.ids.size, repeated, eventMs, load: machineLoad };
  return { faults, figures: { ...figures, p50: load.quantile(0.5), p99: load.quantile(0.99) } };
}

/** One after the other: first in order, then an API in the middle of its work. */
async function restartAll(edge, load, requests) {
  await load.reached(requests * 0.1);
  for (const [n, one] of [...edge.api.entries(), ...edge.worker.entries()]) {
    say(`${one.name} is restarted`);
    await one.stop();
    one.stopping = false;
    one.start();
    if (edge.api.includes(one)) await edge.ready(n);
  }
  for (const [n, share] of [
    [0, 0.5],
    [1, 0.75],
  ]) {
    await load.reached(requests * share);
    // nginx asks the other server once. A request that both kills meet is refused with 503, which a shop repeats, and this load does not.
    await load.answered();
    say(`kill -9 of ${edge.api[n].name}`);
    await edge.api[n].kill();
    await sleep(DOWN_MS);
    edge.api[n].start();
    await edge.ready(n);
  }
}
